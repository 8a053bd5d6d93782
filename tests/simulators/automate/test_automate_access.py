"""Who is let in: logins, tokens that end by the server's clock, the client id, rights, and how refusals look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from infra.local.simulators.automate import AutomateSimulator
from tests.simulators.automate.conftest import CLIENT_ID
from tests.simulators.conftest import TurnableClock

LogIn = Callable[..., httpx.Response]
DENIED = {"Message": "Authorization has been denied for this request."}


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {**CLIENT_ID, "Authorization": f"Bearer {answer.json()['AccessToken']}"}


def test_a_login_gives_a_token_for_an_hour(log_in: LogIn, raw: httpx.Client, clock: TurnableClock) -> None:
    answer = log_in()
    told = datetime.fromisoformat(answer.json()["ExpirationDate"])
    assert (told, told.utcoffset()) == (clock() + timedelta(hours=1), timedelta(hours=-5))
    clock.turn(minutes=59)
    assert raw.get("/Clients", headers=bearer(answer)).status_code == 200
    clock.turn(minutes=1)
    expired = raw.get("/Clients", headers=bearer(answer))
    assert (expired.status_code, expired.json()) == (401, DENIED)


def test_a_token_that_holds_is_followed_by_another_for_a_day(
    log_in: LogIn, raw: httpx.Client, clock: TurnableClock
) -> None:
    answer = log_in()
    for _ in range(26):
        clock.turn(minutes=55)
        answer = raw.post("/APIToken/refresh", json=answer.json()["AccessToken"])
        assert raw.get("/Clients", headers=bearer(answer)).status_code == 200
    clock.turn(minutes=55)
    assert raw.post("/apitoken/refresh", json=answer.json()["AccessToken"]).status_code == 401
    assert raw.post("/apitoken/refresh", json={"AccessToken": "x"}).status_code == 401


@pytest.mark.parametrize("keys", [("demo", "wrong"), ("nobody", "demo")])
def test_wrong_keys_are_refused(log_in: LogIn, keys: tuple[str, str]) -> None:
    assert log_in(*keys).status_code == 401


def test_a_second_factor_is_asked_for_with_200(log_in: LogIn, server: AutomateSimulator) -> None:
    server.settings.two_factor = "424242"
    answer = log_in()
    assert answer.status_code == 200
    assert "AccessToken" not in answer.json()
    assert answer.json()["IsTwoFactorRequired"] is True
    assert log_in(TwoFactorPasscode="424242").json()["AccessToken"]


def test_a_server_bound_to_sso_tells_so(log_in: LogIn, raw: httpx.Client, server: AutomateSimulator) -> None:
    server.settings.local_login = False
    assert raw.get("/apitoken").json()["Services"][0]["IsLocalLoginEnabled"] is False
    assert log_in().status_code == 401


def test_calls_need_a_client_id_and_a_token(log_in: LogIn, raw: httpx.Client, server: AutomateSimulator) -> None:
    good = bearer(log_in())
    for headers in ({"Authorization": good["Authorization"]}, CLIENT_ID, {**good, "Authorization": "Basic x"}):
        assert raw.get("/Clients", headers=headers).json() == DENIED
    server.settings.client_ids = frozenset({"registered"})
    assert raw.get("/Clients", headers=good).status_code == 401
    assert raw.get("/Clients", headers={**good, "clientId": "registered"}).status_code == 200


def test_the_servers_clock_is_told_with_its_zone(api: httpx.Client, clock: TurnableClock) -> None:
    assert api.get("/DatabaseServerTime").json() == "2026-11-02T04:00:00-05:00"


def test_refusals_have_the_shapes_of_the_web_server(api: httpx.Client, server: AutomateSimulator) -> None:
    server.settings.may_not = frozenset({"GET Groups"})
    for method, path, status in (
        ("GET", "/Groups", 403),
        ("GET", "/Clients/5", 404),
        ("GET", "/Computers/5", 404),
        ("GET", "/Nonsense", 404),
        ("POST", "/Computers", 405),
        ("DELETE", "/apitoken", 405),
    ):
        answer = api.request(method, path)
        assert (answer.status_code, list(answer.json())) == (status, ["Message"])
    assert httpx.get(f"{server.url}/elsewhere").status_code == 404
    refused = api.post("/Clients", json={"City": "Tampa"})
    assert refused.json() == {
        "Message": "The request is invalid.",
        "ModelState": {"Name": ["The Name field is required."]},
    }


def test_faults_are_taken_as_ordered(api: httpx.Client, server: AutomateSimulator) -> None:
    server.faults.order("html", operation="GET Clients")
    page = api.get("/clients")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    server.faults.order("status", status=503, retry_after=9)
    away = api.get("/clients")
    assert (away.status_code, away.headers["retry-after"], away.text[:6]) == (503, "9", "<html>")
    server.faults.order("status", status=500)
    assert api.get("/clients").json() == {"Message": "An error has occurred."}
    assert api.get("/clients").json() == []
    assert server.requests["GET Clients"] == 4
