"""The simulated Zomentum: tokens, lists, what it refuses, what people do, and what it holds at first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators import catalog
from infra.local.simulators.refusals import Refusal
from infra.local.simulators.zomentum import ZomentumSimulator
from tests.simulators.conftest import TurnableClock
from tests.simulators.zomentum.conftest import refreshed

COMPANIES, CONTACTS, OPPORTUNITIES, ITEMS = "client/companies", "client/users", "opportunities", "items"


# Tokens


def test_a_new_token_kills_the_old_one(server: ZomentumSimulator, stranger: httpx.Client) -> None:
    tokens = [refreshed(stranger), refreshed(stranger)]
    statuses = [stranger.get("/users", headers={"Authorization": f"Bearer {token}"}).status_code for token in tokens]
    assert statuses == [401, 200]
    assert server.tokens.given == 2


def test_a_token_lives_a_day(api: httpx.Client, clock: TurnableClock) -> None:
    clock.turn(hours=23, minutes=59)
    assert api.get("/users").status_code == 200
    clock.turn(minutes=1)
    assert api.get("/users").status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer x"}])
def test_nobody_gets_in_without_one(stranger: httpx.Client, header: dict[str, str]) -> None:
    assert stranger.get("/users", headers=header).status_code == 401
    assert stranger.get("/auth0/access_token", params={"refresh_token": "wrong"}).status_code == 401


def test_a_missing_right_is_a_403(server: ZomentumSimulator, api: httpx.Client) -> None:
    server.settings.may_not = frozenset({"GET items"})
    assert [api.get(f"/{path}").status_code for path in (ITEMS, COMPANIES)] == [403, 200]


# Lists


def names(answer: httpx.Response) -> list[str]:
    return [row["name"] for row in answer.raise_for_status().json()["data"]]


def test_lists_are_paged_filtered_and_counted(
    server: ZomentumSimulator, api: httpx.Client, clock: TurnableClock
) -> None:
    for number in range(5):
        server.add_company(f"Company {number}", phone=str(number % 2))
        clock.turn(seconds=1)
    query = {"count_query_flag": "true", "page": "2", "limit": "2"}
    answer = api.get("/client/companies", params=query)
    assert names(answer) == ["Company 2", "Company 1"]
    assert answer.json()["filtered_count_map"] == {"all": 5}
    assert "filtered_count_map" not in api.get("/client/companies").json()
    since = server.records(COMPANIES)[3]["created_at"]
    for filters, found in (
        ("name:eq:company 3;", ["Company 3"]),
        ("phone:eq:1;name:in:Company 1,Company 2;", ["Company 1"]),
        (f"created_at:gte:{since};", ["Company 4", "Company 3"]),
        (f"created_at:lt:{since};phone:eq:1;", ["Company 1"]),
        (f"updated_at:gt:{since};", ["Company 4"]),
    ):
        assert names(api.get("/client/companies", params={"filters": filters})) == found


def test_what_changed_last_comes_first(server: ZomentumSimulator, api: httpx.Client, clock: TurnableClock) -> None:
    first, _ = (server.add_company(name) for name in ("Old", "New"))
    clock.turn(seconds=1)
    server.edit(COMPANIES, first, phone="1")
    assert names(api.get("/client/companies")) == ["Old", "New"]


@pytest.mark.parametrize(
    "query",
    [
        {"filters": "nickname:eq:x;"},
        {"filters": "name:near:x;"},
        {"filters": "name;"},
        {"filters": "created_at:gte:noon;"},
        {"page": "0"},
        {"limit": "x"},
    ],
)
def test_an_odd_query_is_refused(api: httpx.Client, query: dict[str, str]) -> None:
    assert api.get("/client/companies", params=query).status_code == 400


def test_a_list_can_drift_between_two_pages(server: ZomentumSimulator, api: httpx.Client, clock: TurnableClock) -> None:
    for number in range(4):
        server.add_company(f"Company {number}")
        clock.turn(seconds=1)
    server.faults.order("drift", operation="GET client/companies", after=1)
    server.faults.order("touch", operation="GET client/companies", after=1)
    pages = [names(api.get("/client/companies", params={"limit": "2", "page": str(page)})) for page in (1, 2, 1)]
    assert pages == [["Company 3", "Company 2"], ["Company 0"], ["Company 0", "Company 2"]]


def test_custom_fields_are_listed_by_sort_of_record(api: httpx.Client) -> None:
    assert api.get("/custom/fields").status_code == 400
    rows = api.get("/custom/fields", params={"entity_type": "item"}).json()["data"]
    assert [(row["name"], row["entity_type"]) for row in rows] == [("Crosswise ID", "item")]


def test_children_are_shown_where_they_are_asked_for(server: ZomentumSimulator, api: httpx.Client) -> None:
    acme = server.add_company("Acme")
    server.set_psa_id(COMPANIES, acme, "250")
    path = f"/client/companies/{acme}"
    assert "client_details" not in api.get(path).json()
    shown = api.get(path, params={"included_child_entities": "client_details:sync_data"}).json()
    assert shown["client_details"]["sync_data"] == [{"psa": "connectwise", "psa_id": "250"}]


# Writes


def opportunity(server: ZomentumSimulator, **more: Any) -> dict[str, Any]:
    acme = server.add_company("Acme")
    ada = server.add_contact(acme, "Ada", "Abbott")
    return {
        "name": "Refresh", "client_company_id": acme, "linked_client_user_ids": [ada],
        "opportunity_pipeline_id": server.find("pipelines", "Sales")["id"],
        "opportunity_pipeline_stage_id": server.stage("Prospect"), **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        (COMPANIES, {"phone": "1"}),
        (CONTACTS, {"name": {"first": "A"}, "client_company_id": "x", "contact_type": "y"}),
        (CONTACTS, {"name": {"first": "A", "last": "B"}, "contact_type": "y"}),
        (ITEMS, {"name": "A", "type": "product", "description": "A"}),
        ("tax/categories", {"name": "Taxable"}),
    ],
)
def test_what_a_create_must_have(api: httpx.Client, path: str, missing: dict[str, Any]) -> None:
    answer = api.post(f"/{path}/", json=missing)
    assert answer.status_code == 400
    assert "is required" in answer.json()["message"]


def test_an_opportunity_needs_a_stage_of_its_pipeline(server: ZomentumSimulator, api: httpx.Client) -> None:
    body = opportunity(server)
    made = api.post("/opportunities/", json=body)
    assert (made.status_code, made.json()["status"]) == (201, "open")
    body["opportunity_pipeline_stage_id"] = server.stage("Quoted", "Renewals")
    assert api.post("/opportunities/", json=body).status_code == 400
    for name in body:
        assert api.post("/opportunities/", json={**body, name: ""}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"name": 5},
        {"name": "Acme", "address": "x"},
        {"name": "Acme", "custom_fields": [{"id": "x", "values": ["1"]}]},
        {"name": "Acme", "custom_fields": {}},
        [],
    ],
)
def test_an_odd_body_is_refused(api: httpx.Client, body: Any) -> None:
    assert api.post("/client/companies/", json=body).status_code == 400
    assert api.post("/client/companies/", content=b"{").status_code == 400


def test_names_are_given_once(server: ZomentumSimulator, api: httpx.Client) -> None:
    server.add_company("Acme")
    other = server.add_company("Other")
    assert api.post("/client/companies/", json={"name": " ACME"}).status_code == 400
    assert api.put(f"/client/companies/{other}", json={"name": "acme"}).status_code == 400
    assert api.put(f"/client/companies/{other}", json={"name": "OTHER"}).status_code == 200
    with pytest.raises(Refusal):
        server.add_company("Acme")


def test_a_put_replaces_what_it_names_and_leaves_the_rest(server: ZomentumSimulator, api: httpx.Client) -> None:
    acme = server.add_company("Acme", phone="1", address={"city": "Austin", "state": "TX"})
    answer = api.put(f"/client/companies/{acme}", json={"address": {"city": "Dallas"}, "id": "x", "unknown": 1}).json()
    assert (answer["id"], answer["phone"], answer["address"]) == (acme, "1", {"city": "Dallas"})
    assert "unknown" not in answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/client/companies/{id}", 405),
        ("POST", "/pipelines", 405),
        ("PUT", "/users/{id}", 404),
        ("GET", "/nothing", 404),
        ("GET", "/nothing/5", 404),
        ("GET", "/client/companies/ffffffffffffffffffffffff", 404),
    ],
)
def test_what_there_is_not(server: ZomentumSimulator, api: httpx.Client, method: str, path: str, status: int) -> None:
    acme = server.add_company("Acme")
    assert api.request(method, path.format(id=acme), json={}).status_code == status


# What people do, and what is there at first


def test_a_deal_is_quoted_revised_and_won(server: ZomentumSimulator, api: httpx.Client) -> None:
    item = server.add_item("Laptop", 1290, 1010)
    deal = server.add_opportunity(server.add_company("Acme"), "Refresh")
    quote = server.add_document(deal, "Quote", [server.line(item, 1)])
    revision = server.revise(quote, [server.line(item, 3)])
    server.win(deal)
    won = server.record(OPPORTUNITIES, deal)
    assert (won["status"], won["opportunity_pipeline_stage_id"]) == ("won", server.stage("Won"))
    assert server.record("documents", quote)["status"] == "won"
    lines = api.get(f"/documents/{quote}/revisions/{revision}/downloadproducts/")
    assert lines.headers["content-type"].startswith("text/csv")
    assert '"1,290.00"' in lines.text
    assert api.get(f"/documents/download/{quote}").content.startswith(b"%PDF")
    assert api.get(f"/documents/{quote}/revisions/x/downloadproducts/").status_code == 400


def test_what_is_there_at_first_is_the_same_for_the_same_seed() -> None:
    first, second = (catalog.SIMULATORS["zomentum"]({"seed": 3, "companies": 20, "opportunities": 9}) for _ in range(2))
    assert isinstance(first, ZomentumSimulator)
    assert isinstance(second, ZomentumSimulator)
    for path, number in ((COMPANIES, 20), (OPPORTUNITIES, 9), ("documents", 3), (ITEMS, 8), ("tax/categories", 6)):
        assert len(first.records(path)) == number
        assert [row["name"] for row in first.records(path)] == [row["name"] for row in second.records(path)]
    won = [row for row in first.records(OPPORTUNITIES) if row["status"] == "won"]
    assert len(won) == 3
    assert {row["client_company_id"] for row in first.records(CONTACTS)} == {
        row["id"] for row in first.records(COMPANIES)
    }
    assert first.find(CONTACTS, " ".join(first.records(CONTACTS)[0]["name"].values()))
    with pytest.raises(ValueError, match="tickets"):
        catalog.SIMULATORS["zomentum"]({"tickets": 3})


def test_a_fault_of_what_stands_before_it_is_a_page(server: ZomentumSimulator, api: httpx.Client) -> None:
    server.faults.order("status", status=503, retry_after=5)
    answer = api.get("/items")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "text/html"
    server.faults.order("html")
    assert "One moment" in api.get("/items").text
