"""Who may call the PSA, under which address, how often: contract sections 1 and 4."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from tests.simulators.conftest import TurnableClock

Connect = Callable[..., httpx.Client]
ENDPOINT = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}


def test_company_info_tells_the_codebase_without_keys(psa: PsaSimulator) -> None:
    info = httpx.get(f"{psa.url}/login/companyinfo/demo").json()
    assert info["Codebase"] == "v2026_1/"
    assert info["CompanyID"] == "demo"
    assert info["IsCloud"] is True


def test_an_unknown_company_is_null_and_no_error(psa: PsaSimulator) -> None:
    answer = httpx.get(f"{psa.url}/login/companyinfo/nobody")
    assert (answer.status_code, answer.json()) == (200, None)


def test_system_info_answers_under_the_codebase_and_the_router(connect: Connect) -> None:
    for codebase in ("v2026_1", "v4_6_release"):
        info = connect(codebase=codebase).get("/system/info").json()
        assert info["isCloud"] is True
        assert info["version"].startswith("v2026.1")
        assert info["serverTimeZone"]


def test_after_a_release_the_old_codebase_is_no_endpoint(psa: PsaSimulator, connect: Connect) -> None:
    psa.settings.codebase = "v2026_2/"
    old = connect(codebase="v2026_1").get("/system/info")
    assert (old.status_code, old.json()) == (404, ENDPOINT)
    assert connect(codebase="v2026_2").get("/system/info").status_code == 200


def test_wrong_keys_are_401_or_as_in_the_cloud_404(psa: PsaSimulator, connect: Connect) -> None:
    refused = connect(private="wrong").get("/system/info")
    assert (refused.status_code, refused.json()["code"]) == (401, "Unauthorized")
    psa.settings.bad_keys_answer = 404
    refused = connect(private="wrong").get("/system/info")
    assert (refused.status_code, refused.json()) == (404, ENDPOINT)


def test_the_login_company_is_part_of_the_keys(psa: PsaSimulator) -> None:
    answer = httpx.get(
        f"{psa.url}/v2026_1/apis/3.0/system/info", auth=("other+public", "private"), headers={"clientId": "x"}
    )
    assert answer.status_code == 401


def test_every_call_needs_a_client_id(psa: PsaSimulator) -> None:
    answer = httpx.get(f"{psa.url}/v2026_1/apis/3.0/system/info", auth=("demo+public", "private"))
    assert answer.status_code == 401


def test_a_version_in_accept_is_taken(api: httpx.Client) -> None:
    accept = {"Accept": "application/vnd.connectwise.com+json; version=2025.1, application/json"}
    assert api.get("/company/companies", headers=accept).status_code == 200


@pytest.mark.rule("EA-12")
def test_rights_are_refused_by_name(psa: PsaSimulator, connect: Connect) -> None:
    granted = {"Companies: Company Maintenance": "inquire edit", "System: My Company": "inquire"}
    psa.api_member("Narrow", "narrow", "secret", granted)
    narrow = connect("narrow", "secret")
    assert narrow.get("/company/companies").status_code == 200
    assert narrow.get("/company/companies/250/sites").status_code == 200
    assert narrow.get("/system/info").status_code == 200
    city = [{"op": "replace", "path": "city", "value": "Tampa"}]
    assert narrow.patch("/company/companies/250", json=city).json()["_info"]["updatedBy"] == "Narrow"
    for answer, lacking in (
        (narrow.post("/company/companies", json={}), "add in Companies: Company Maintenance"),
        (narrow.delete("/company/companies/250"), "delete in Companies: Company Maintenance"),
        (narrow.get("/company/companies/statuses"), "inquire in System: Table Setup"),
        (narrow.get("/company/companies/statuses/1"), "inquire in System: Table Setup"),
        (narrow.get("/service/tickets"), "inquire in Service Desk: Service Tickets"),
        (narrow.post("/service/tickets/search", json={}), "inquire in Service Desk: Service Tickets"),
        (narrow.get("/company/contacts/count"), "inquire in Companies: Contacts"),
    ):
        assert answer.status_code == 403
        assert answer.json()["message"] == f"The security role of member Narrow lacks the right to {lacking}."
    with pytest.raises(ValueError, match="has no Companies: Everything"):
        psa.api_member("Other", "o", "p", {"Companies: Everything": "inquire"})


@pytest.mark.parametrize("path", ["/company/nothing", "/company/companies/250/nothing", "/company"])
def test_a_path_that_is_not_there(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()) == (404, ENDPOINT)


def test_a_record_that_is_not_there(api: httpx.Client) -> None:
    answer = api.get("/company/companies/99")
    assert answer.status_code == 404
    assert answer.json() == {"code": "NotFound", "message": "Company 99 not found"}
    assert api.get("/company/companies/99/sites").json()["message"] == "Company 99 not found"


def test_a_verb_that_a_path_does_not_have(api: httpx.Client) -> None:
    assert api.delete("/system/members/140").status_code == 405
    assert api.post("/system/info", json={}).status_code == 405
    assert api.post("/company/companies/count", json={}).status_code == 405


def test_a_url_of_more_than_2000_characters_is_414(psa: PsaSimulator, api: httpx.Client) -> None:
    room = 2000 - len(f"{psa.url}/v2026_1/apis/3.0/company/companies?conditions=")
    fits = "id=1" + "%20" * ((room - 4) // 3)
    assert api.get(f"/company/companies?conditions={fits}").status_code == 200
    assert api.get(f"/company/companies?conditions={fits}%20%20").status_code == 414


def test_an_ordered_429_has_the_other_body(psa: PsaSimulator, api: httpx.Client) -> None:
    psa.faults.order("status", status=429, retry_after=12, operation="GET /system/info")
    answer = api.get("/system/info")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "12"
    assert answer.json() == {
        "error": "ConnectWiseAPI",
        "message": "Too many requests. Please try again in 12 seconds.",
    }
    assert api.get("/system/info").status_code == 200


def test_a_limit_by_the_minute(psa: PsaSimulator, api: httpx.Client, clock: TurnableClock) -> None:
    psa.settings.requests_per_minute = 3
    clock.turn(seconds=20)
    assert [api.get("/system/info").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert api.get("/system/info").headers["retry-after"] == "40"
    clock.turn(seconds=40)
    assert api.get("/system/info").status_code == 200


def test_an_ordered_500_is_in_the_vendors_words_and_not_carried_out(psa: PsaSimulator, api: httpx.Client) -> None:
    psa.faults.order("status", operation="^POST /company/companies$")
    body = {"identifier": "New", "name": "New", "city": "Tampa"}
    answer = api.post("/company/companies", json=body)
    assert (answer.status_code, answer.json()["message"]) == (500, "An error message has not been defined")
    assert api.post("/company/companies", json=body).status_code == 201


def test_operations_are_counted_without_codebase_and_ids(psa: PsaSimulator, api: httpx.Client) -> None:
    api.get("/company/companies/250/sites")
    httpx.get(f"{psa.url}/login/companyinfo/demo")
    assert psa.requests == {"GET /company/companies/{id}/sites": 1, "GET /login/companyinfo/{company}": 1}
    assert psa.log == [("GET /company/companies/{id}/sites", 200), ("GET /login/companyinfo/{company}", 200)]


def test_the_same_seed_gives_the_same_psa(psa: PsaSimulator, clock: TurnableClock) -> None:
    twin = PsaSimulator(clock=clock, companies=40, tickets=30)
    for path in ("company/companies", "company/companies/*/sites", "service/tickets", "system/members"):
        assert twin.records(path) == psa.records(path)
    other = PsaSimulator(clock=clock, seed=8, companies=40)
    assert other.records("company/companies") != psa.records("company/companies")
