"""The simulated Quickpass: tokens, pages, what a tenant may not offer, faults, and what it holds at first."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from infra.local.simulators import catalog
from infra.local.simulators.quickpass import QuickpassSimulator
from tests.serving import serving
from tests.simulators.conftest import TurnableClock


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[QuickpassSimulator]:
    with serving(QuickpassSimulator(clock=clock, customers=2, accounts=12)) as simulator:
        yield simulator


@pytest.fixture
def stranger(server: QuickpassSimulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, verify=False) as client:  # noqa: S501 (plain http)
        yield client


@pytest.fixture
def api(stranger: httpx.Client) -> httpx.Client:
    stranger.headers["authorization"] = f"Bearer {refresh(stranger).json()['access_token']}"
    return stranger


def refresh(client: httpx.Client, wrong: str = "", grant: str = "refresh_token") -> httpx.Response:
    return client.post("/oauth/token", data={"grant_type": grant, "refresh_token": wrong or "demo"})


def test_tokens_are_refreshed_by_a_form_and_live_a_day(api: httpx.Client, clock: TurnableClock) -> None:
    assert refresh(api, "wrong").status_code == 401
    assert refresh(api, grant="password").status_code == 400
    assert api.get("/customers").status_code == 200
    clock.turn(hours=24)
    assert api.get("/customers").status_code == 401


def test_lists_come_in_pages(server: QuickpassSimulator, api: httpx.Client) -> None:
    server.settings.page_size = 5
    path = f"/customers/{server.find('Birch Bakery')}/end-users"
    first = api.get(path).json()
    third = api.get(path, params={"page": "10"}).json()
    assert (len(first["items"]), first["nextPage"], len(third["items"]), third["nextPage"]) == (5, "5", 2, None)
    assert api.get(path, params={"page": "x"}).status_code == 400
    assert api.get(path, params={"updatedSince": "x"}).status_code == 400
    assert api.get(path, params={"updatedSince": "2999-01-01T00:00:00Z"}).json()["items"] == []


def test_only_the_noted_contact_can_be_changed(server: QuickpassSimulator, api: httpx.Client) -> None:
    customer = server.find("Alder Dental")
    path = f"/customers/{customer}/end-users/{server.account(customer, 'Ada')['id']}"
    assert api.patch(path, json={"psaContactId": "5"}).json()["psaContactId"] == "5"
    for body in ({"email": "x"}, {"psaContactId": 5}, []):
        assert api.patch(path, json=body).status_code == 400
    assert api.delete(path).status_code == 405
    server.settings.write_back = False
    assert api.patch(path, json={"psaContactId": "6"}).status_code == 405


def test_what_a_tenant_does_not_offer_is_not_there(server: QuickpassSimulator, api: httpx.Client) -> None:
    path = f"/customers/{server.find('Alder Dental')}/end-users"
    server.settings.end_users = False
    assert api.get(path).status_code == 404
    server.settings.may_not = frozenset({"GET customers"})
    assert api.get("/customers").status_code == 403
    assert api.post("/customers").status_code == 405


def test_a_list_may_drift_while_it_is_read(server: QuickpassSimulator, api: httpx.Client) -> None:
    customer = server.find("Alder Dental")
    server.faults.order("drift", operation="end-users")
    assert len(api.get(f"/customers/{customer}/end-users").json()["items"]) == 11
    server.remove_customer(customer)
    assert api.get(f"/customers/{customer}/end-users").status_code == 404
    server.faults.order("status", status=503)
    assert "Service Unavailable" in api.get("/customers").text


def test_it_is_made_by_the_catalogue() -> None:
    made = catalog.SIMULATORS["quickpass"]({"seed": 1, "customers": 7, "accounts": 3})
    assert isinstance(made, QuickpassSimulator)
    assert [row["name"] for row in made.customers()][::6] == ["Alder Dental", "Alder Dental 6"]
