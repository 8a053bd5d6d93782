"""The Zomentum adapter against the simulator: records as they are read, what is not there, refusals, the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, RecordRejected, RetryLater, SyncError, Throttled
from shared.sync.ports import System
from shared.systems.http import Http
from shared.systems.zomentum import (
    Child,
    Company,
    Contact,
    Item,
    Opportunity,
    Pricing,
    Record,
    TaxCategory,
    WithCustomFields,
    Zomentum,
)
from tests.systems.vault import START, TurnableClock, WorkerKeys
from tests.systems.watching import Watch

COMPANIES, CONTACTS, OPPORTUNITIES, ITEMS = "client/companies", "client/users", "opportunities", "items"


def test_the_adapter_is_a_system_of_the_engine(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    system: System = zomentum
    assert system.name == "zomentum"
    assert system.pace_key == f"{urlsplit(server.url).netloc}#demo"
    system.check()


@pytest.mark.parametrize("below", ["", "/v2", "/v2/"])
def test_the_version_may_stand_in_the_address(
    server: ZomentumSimulator, keys: WorkerKeys, clock: TurnableClock, http: Http, below: str
) -> None:
    assert Zomentum(SystemSettings(base_url=f"{server.url}{below}"), keys, clock, http).companies() == []


def test_another_address_is_told(server: ZomentumSimulator, keys: WorkerKeys, clock: TurnableClock, http: Http) -> None:
    elsewhere = Zomentum(SystemSettings(base_url=f"{server.url}/elsewhere"), keys, clock, http)
    for attempt in (elsewhere.companies, elsewhere.check):
        with pytest.raises(ConfigurationWrong, match="does not know") as raised:
            attempt()
        assert raised.value.where == "zomentum: base_url"


# Records


def test_records_as_they_are_read(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    acme = server.add_company(
        "Acme", phone="1", website="acme.example.com", address={"address_line_1": "1 Main St", "zip_code": "73301"}
    )
    ada = server.add_contact(acme, "Ada", "Abbott", "ada@acme.example.com", title="CEO")
    deal = server.add_opportunity(acme, "Refresh", contacts=[ada], expected_revenue=1200.5, close_date="2026-12-24")
    laptop = server.add_item("Laptop", 1290, 1010, product_id="LT-14", is_taxable=True)
    bundle = server.add_item("Desk", bundle_items=[{"item_id": laptop, "quantity": 2}])
    (company,), (contact,) = zomentum.companies(), zomentum.contacts()
    assert company == Company(
        id=acme, created_at=START, updated_at=START, url=f"{server.url}/client/companies/{acme}", name="Acme",
        phone="1", website="acme.example.com", address_line1="1 Main St", zip="73301",
    )  # fmt: skip
    assert contact == Contact(
        id=ada, created_at=START, updated_at=START, url=f"{server.url}/client/contacts/{ada}", first_name="Ada",
        last_name="Abbott", company=acme, contact_type="Primary", email="ada@acme.example.com", title="CEO",
    )  # fmt: skip
    assert contact.name == "Ada Abbott"
    sales = next(one for one in zomentum.pipelines() if one.default)
    (opportunity,) = zomentum.opportunities(sales.id)
    assert opportunity == Opportunity(
        id=deal, created_at=START, updated_at=START, url=f"{server.url}/opportunities/{deal}", name="Refresh",
        company=acme, contacts=(ada,), pipeline=sales.id, stage=sales.stages[0].id, status="open",
        expected_revenue=Decimal("1200.5"), close_date=date(2026, 12, 24),
    )  # fmt: skip
    items = {item.id: item for item in zomentum.items()}
    assert (items[laptop].price, items[laptop].cost, items[laptop].taxable) == (Decimal(1290), Decimal(1010), True)
    assert items[laptop].pricing == (
        Pricing(name="Standard", billing_period="one_time", sell_price=Decimal(1290), setup_price=Decimal(0),
                cost_price=Decimal(1010)),
    )  # fmt: skip
    assert items[bundle].children == (Child(item=laptop, quantity=Decimal(2)),)
    assert items[bundle].bundle
    assert not items[laptop].bundle
    assert zomentum.company(acme) == company
    assert zomentum.contact(ada) == contact
    assert zomentum.opportunity(deal) == opportunity
    assert zomentum.item(laptop) == items[laptop]


def test_the_setup_as_it_is_read(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    regions = {region.id: region.name for region in zomentum.tax_regions()}
    assert sorted(regions.values()) == ["Florida", "Ontario", "Texas"]
    rates = sorted((regions[one.region], one.name, one.rate) for one in zomentum.tax_categories())
    assert rates[-2:] == [("Texas", "Non-Taxable", Decimal(0)), ("Texas", "Taxable", Decimal("8.25"))]
    pipelines = {one.name: one for one in zomentum.pipelines()}
    assert [stage.name for stage in pipelines["Renewals"].stages] == ["Up for Renewal", "Quoted", "Renewed", "Lapsed"]
    assert {user.name for user in zomentum.users()} == {"Sam Seller", "Ann Admin"}
    for model in (Company, Contact, Opportunity, Item):
        assert [one.name for one in zomentum.custom_fields(model)] == ["Crosswise ID"]


def test_opportunities_are_of_one_pipeline(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    acme = server.add_company("Acme")
    renewal = server.add_opportunity(acme, "Again", pipeline="Renewals", stage="Quoted")
    pipelines = {one.name: one.id for one in zomentum.pipelines()}
    assert zomentum.opportunities(pipelines["Sales"]) == []
    assert [one.id for one in zomentum.opportunities(pipelines["Renewals"])] == [renewal]
    assert zomentum.opportunity(renewal) is not None


def test_won_lost_and_open_again(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    deal = server.add_opportunity(server.add_company("Acme"), "Refresh")
    quote = server.add_document(deal, "Quote")
    told = []
    for act in (server.win, server.lose, server.reopen):
        act(deal)
        opportunity, document = zomentum.opportunity(deal), zomentum.document(quote)
        assert opportunity is not None
        assert document is not None
        told.append((opportunity.won, opportunity.lost, document.won))
    assert told == [(True, False, True), (False, True, False), (False, False, False)]


def test_the_psas_own_id_is_read_where_zomentum_shows_it(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    acme = server.add_company("Acme")
    ada = server.add_contact(acme, "Ada", "Abbott")
    deal = server.add_opportunity(acme, "Refresh")
    server.set_psa_id(COMPANIES, acme, "250")
    server.set_psa_id(CONTACTS, ada, "17")
    (company,), (contact,) = zomentum.companies(), zomentum.contacts()
    opportunity = zomentum.opportunity(deal)
    assert opportunity is not None
    assert (company.psa_id, contact.psa_id, opportunity.company_psa_id) == ("250", "17", "250")


@pytest.mark.parametrize(
    ("told", "psa_id"),
    [(None, ""), ({}, ""), ([], ""), ("250", ""), ([{"psa_id": None}, {"entity_id": 7}], "7"), ({"sync_id": "8"}, "8")],
)
def test_sync_data_of_any_form_breaks_nothing(zomentum: Zomentum, watch: Watch, told: Any, psa_id: str) -> None:
    row = {"id": "a1", "name": "Acme", "client_details": {"sync_data": told}}
    watch.answer(COMPANIES, {"data": [row], "filtered_count_map": {"all": 1}})
    assert [one.psa_id for one in zomentum.companies()] == [psa_id]


def test_nulls_absent_values_and_numbers_are_understood(zomentum: Zomentum, watch: Watch) -> None:
    rows = [
        {"id": 7},
        {"id": "b", "name": None, "address": None, "phone": 512, "custom_fields": None, "created_at": 1763713800000,
         "unknown": {"x": 1}},
    ]  # fmt: skip
    watch.answer(COMPANIES, {"data": rows, "filtered_count_map": {"all": 2}})
    first, second = zomentum.companies()
    assert (first.id, first.name, first.created_at) == ("7", "", None)
    assert (second.name, second.city, second.phone) == ("", "", "512")
    assert second.created_at == datetime(2025, 11, 21, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("row", [{}, {"id": ""}, {"id": None}, {"id": True}, {"id": "a", "updated_at": "2026-11-21"}])
def test_a_record_that_cannot_be_read_is_no_record_less(zomentum: Zomentum, watch: Watch, row: object) -> None:
    watch.answer(COMPANIES, {"data": [row], "filtered_count_map": {"all": 1}})
    with pytest.raises(RetryLater, match="something unreadable"):
        zomentum.companies()


def test_a_record_may_stand_within_data(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    acme = server.add_company("Acme")
    server.settings.answers = "wrapped"
    found = zomentum.company(acme)
    assert found is not None
    assert found.name == "Acme"


def test_links_lead_to_the_web_application(keys: WorkerKeys, clock: TurnableClock, watch: Watch) -> None:
    def page(**settings: str) -> str:
        with Http(httpx.MockTransport(lambda _: httpx.Response(200, json={"id": "a1"}))) as http:
            keys.kept = {"refresh_token": "demo", "access_token": "token"}
            found = Zomentum(SystemSettings(**settings), keys, clock, http).item("a1")
        assert found is not None
        return found.url

    base = "https://api.zomentum.example.com"
    assert page(base_url=base) == "https://app.zomentum.example.com/products/a1"
    assert page(base_url=base, web_url="https://eu.example.com/z/") == "https://eu.example.com/z/products/a1"
    assert TaxCategory.read({"id": "1"}, base).url == ""


@pytest.mark.parametrize("model", [Company, Contact, Opportunity, Item])
def test_our_own_id_is_read_from_its_custom_field(
    zomentum: Zomentum, server: ZomentumSimulator, model: type[WithCustomFields]
) -> None:
    acme = server.add_company("Acme")
    ids = {
        Company: acme,
        Contact: server.add_contact(acme, "Ada", "Abbott"),
        Opportunity: server.add_opportunity(acme, "Refresh"),
        Item: server.add_item("Laptop"),
    }
    entry = {"id": server.field_id(model.path), "values": ["250"]}
    server.edit(model.path, ids[model], custom_fields=[entry])
    found = zomentum.record(model, ids[model])
    assert found is not None
    assert found.sync_id == "250"
    assert found.custom(zomentum.custom_fields(model)[0]) == "250"


def test_definitions_of_custom_fields_are_read_once_in_five_minutes(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock
) -> None:
    acme = server.add_company("Acme")
    other = server.add("custom/fields", name="Tier", field_type="text", entity_type="client_company")
    server.edit(COMPANIES, acme, custom_fields=[{"id": other, "values": ["Gold"]}])
    for _ in range(4):
        zomentum.companies()
        clock.turn(minutes=2)
    assert server.requests["GET custom/fields"] == 2


def test_a_marker_defined_a_moment_ago_is_seen(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.delete("custom/fields", server.field_id(COMPANIES))
    tier = server.add("custom/fields", name="Tier", field_type="text", entity_type="client_company")
    acme = server.add_company("Acme", custom_fields=[{"id": tier, "values": ["Gold"]}])
    assert [one.sync_id for one in zomentum.companies()] == [""]
    marker = server.add("custom/fields", name="crosswise id", field_type="text", entity_type="client_company")
    server.edit(COMPANIES, acme, custom_fields=[{"id": marker, "values": ["250"]}])
    assert [one.sync_id for one in zomentum.companies()] == ["250"]


# What is not there


@pytest.mark.parametrize("status", [404, 400])
def test_a_record_is_gone_where_neither_it_nor_the_list_has_it(
    zomentum: Zomentum, server: ZomentumSimulator, status: int
) -> None:
    server.settings.missing = status
    acme = server.add_company("Acme")
    server.delete(COMPANIES, acme)
    assert zomentum.company(acme) is None
    assert server.requests["GET client/companies"] == 1


@pytest.mark.parametrize(("status", "error"), [(404, RetryLater), (400, RecordRejected)])
def test_a_record_that_the_list_has_is_not_gone(
    zomentum: Zomentum, server: ZomentumSimulator, status: int, error: type[SyncError]
) -> None:
    acme = server.add_company("Acme")
    server.faults.order("status", status=status, operation="GET client/companies/{id}".replace("{", r"\{"))
    with pytest.raises(error):
        zomentum.company(acme)


def test_an_opportunity_is_gone_by_a_404_alone(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    deal = server.add_opportunity(server.add_company("Acme"), "Again", pipeline="Renewals", stage="Quoted")
    server.faults.order("status", status=400, operation="GET opportunities/")
    with pytest.raises(RecordRejected):
        zomentum.opportunity(deal)
    server.delete(OPPORTUNITIES, deal)
    assert zomentum.opportunity(deal) is None


@pytest.mark.parametrize("key", ["", "../users", "a/b", "a;b", "a?b"])
def test_what_cannot_be_an_id_is_asked_of_nobody(zomentum: Zomentum, watch: Watch, key: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        zomentum.company(key)
    assert watch.requests == []


# Refusals and the clock


def test_a_missing_right_is_named(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.settings.may_not = frozenset({"GET items", "GET users"})
    zomentum.check()
    zomentum.may_read(Company.path)
    with pytest.raises(ConfigurationWrong, match="GET items with 403") as raised:
        zomentum.may_read(Item.path)
    assert raised.value.where == "zomentum: rights"


def test_too_many_requests_slow_the_tenant_down(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.faults.order("status", status=429, operation="GET items", retry_after=7)
    with pytest.raises(Throttled) as raised:
        zomentum.items()
    assert (raised.value.pace_key, raised.value.after) == (zomentum.pace_key, 7)


@pytest.mark.parametrize("kind", ["cut", "lost_answer", "html"])
def test_a_read_that_fails_is_tried_again_later(zomentum: Zomentum, server: ZomentumSimulator, kind: str) -> None:
    zomentum.check()
    server.faults.order(kind, operation="GET items", times=2)
    with pytest.raises(RetryLater):
        zomentum.items()


def test_time_is_zomentums_own(zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock) -> None:
    server.clock = lambda: clock.now() - timedelta(minutes=3)
    assert zomentum.server_time() == START - timedelta(minutes=3)
    assert zomentum.cursor() == "2026-11-21T08:25:00.000000Z"
    asked = sum(server.requests.values())
    clock.turn(seconds=10)
    zomentum.server_time()
    assert sum(server.requests.values()) == asked
    clock.turn(seconds=10)
    assert zomentum.server_time() == START - timedelta(minutes=2, seconds=40)


def test_an_answer_without_a_time_is_an_error(zomentum: Zomentum, watch: Watch) -> None:
    def dateless(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        response.headers.pop("date", None)
        return response

    watch.rewrite = dateless
    with pytest.raises(RetryLater, match="what time it is"):
        zomentum.server_time()


def test_every_model_has_a_key_and_a_page_for_people_where_there_is_one(server: ZomentumSimulator) -> None:
    models: tuple[type[Record], ...] = (Company, TaxCategory)
    assert [model.read({"id": "a1"}, server.url).key for model in models] == ["a1", "a1"]
    assert Contact.read({"id": "a1"}, server.url).url == f"{server.url}/client/contacts/a1"
