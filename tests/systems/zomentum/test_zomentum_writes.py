"""What is written to Zomentum: creates that carry a marker, updates of what differs, and what is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from infra.local.simulators.zomentum.settings import Answers
from shared.sync.errors import ConfigurationWrong, OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.systems.zomentum import Company, Contact, Item, Opportunity, TaxCategory, TaxRegion, Zomentum
from tests.systems.vault import TurnableClock
from tests.systems.watching import Watch
from tests.systems.zomentum.conftest import create, update

COMPANIES, CONTACTS, OPPORTUNITIES, ITEMS = "client/companies", "client/users", "opportunities", "items"
HOME = {"address_line1": "1 Main St", "city": "Austin", "state": "TX", "zip": "73301", "country": "United States"}


def sent(watch: Watch) -> list[tuple[str, str, Any]]:
    """The writes: method, path, body."""
    return [
        (request.method, request.url.path.removeprefix("/v2/"), json.loads(request.content))
        for request in watch.requests
        if request.method != "GET"
    ]


@pytest.mark.parametrize("answers", ["record", "wrapped", "id"])
def test_a_company_is_created_with_its_marker(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch, answers: Answers
) -> None:
    server.settings.answers = answers
    applied = zomentum.apply(create("company", name="Acme", phone="1", sync_id="250", **HOME))
    field = server.field_id(COMPANIES)
    address = {"address_line_1": "1 Main St", "city": "Austin", "state": "TX", "zip_code": "73301",
               "country": "United States"}  # fmt: skip
    body = {"name": "Acme", "phone": "1", "address": address, "custom_fields": [{"id": field, "values": ["250"]}]}
    assert sent(watch) == [("POST", "client/companies/", body)]
    assert isinstance(applied.record, Company)
    assert applied.record == zomentum.company(applied.id)
    assert (applied.record.sync_id, applied.record.city) == ("250", "Austin")


def test_every_kind_is_created(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    acme = zomentum.apply(create("company", name="Acme", sync_id="250")).id
    contact = create(
        "contact", first_name="Ada", last_name="Abbott", company=acme, contact_type="Primary", email="ada@example.com",
        sync_id="17",
    )  # fmt: skip
    ada = zomentum.apply(contact).record
    assert isinstance(ada, Contact)
    assert (ada.name, ada.company, ada.sync_id) == ("Ada Abbott", acme, "17")
    deal = create(
        "opportunity", name="Refresh", company=acme, contacts=(ada.id,), close_date=date(2026, 12, 24),
        pipeline=server.find("pipelines", "Sales")["id"], stage=server.stage("Proposal"),
        expected_revenue=Decimal("1200.50"), sync_id="9",
    )  # fmt: skip
    opportunity = zomentum.apply(deal).record
    assert isinstance(opportunity, Opportunity)
    assert (opportunity.expected_revenue, opportunity.close_date) == (Decimal("1200.5"), date(2026, 12, 24))
    pricing = {
        "name": "Standard",
        "billing_period": "one_time",
        "sell_price": Decimal("9.99"),
        "setup_price": Decimal(0),
    }
    laptop = zomentum.apply(
        create("item", name="Laptop", type="product", description="14 inch", pricing=(pricing,), product_id="LT-14")
    ).record
    assert isinstance(laptop, Item)
    assert (laptop.price, laptop.product_id, laptop.sync_id) == (Decimal("9.99"), "LT-14", "")
    desk = create(
        "item", name="Desk", type="bundle", description="Desk", pricing=(pricing,),
        children=({"item": laptop.id, "quantity": Decimal(2)},),
    )  # fmt: skip
    bundle = zomentum.apply(desk).record
    assert isinstance(bundle, Item)
    assert [(child.item, child.quantity) for child in bundle.children] == [(laptop.id, Decimal(2))]
    region = zomentum.apply(create("tax_region", name="Nevada")).record
    assert isinstance(region, TaxRegion)
    taxable = zomentum.apply(create("tax_category", name="Taxable", region=region.id, rate=Decimal("6.85"))).record
    assert isinstance(taxable, TaxCategory)
    assert (taxable.region, taxable.rate) == (region.id, Decimal("6.85"))


def test_an_update_sends_what_differs_and_keeps_what_stands_beside_it(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch
) -> None:
    field = server.field_id(COMPANIES)
    tier = server.add("custom/fields", name="Tier", field_type="text", entity_type="client_company")
    custom = [{"id": field, "values": ["250"]}, {"id": tier, "values": ["Gold"]}]
    acme = server.add_company("Acme", phone="1", address={"city": "Austin", "suite": "9"}, custom_fields=custom)
    before = {"name": "Acme", "phone": "1", "city": "Austin"}
    applied = zomentum.apply(
        update("company", acme, before, name="Acme", phone="2", city="Dallas", custom_fields={"tier": "Silver"})
    )
    entries = [{"id": field, "values": ["250"]}, {"id": tier, "values": ["Silver"]}]
    assert sent(watch) == [
        (
            "PUT",
            f"client/companies/{acme}",
            {"phone": "2", "address": {"city": "Dallas", "suite": "9"}, "custom_fields": entries},
        )
    ]
    assert isinstance(applied.record, Company)
    assert (applied.id, applied.record.city, applied.record.sync_id) == (acme, "Dallas", "250")


def test_price_and_cost_are_those_of_the_first_pricing_and_leave_the_others(
    zomentum: Zomentum, server: ZomentumSimulator
) -> None:
    yearly = {"name": "Yearly", "billing_period": "yearly", "sell_price": 90, "setup_price": 0, "tier": "Gold"}
    laptop = server.add_item("Laptop", price=9, cost=5)
    server.edit("items", laptop, pricing=[{**server.record("items", laptop)["pricing"][0], "tier": "Silver"}, yearly])
    record = zomentum.apply(update("item", laptop, {"price": Decimal(9)}, price=Decimal("9.5"), cost=Decimal(6))).record
    assert isinstance(record, Item)
    assert (record.price, record.cost, len(record.pricing)) == (Decimal("9.5"), 6, 2)
    first, second = server.record("items", laptop)["pricing"]
    assert (first["tier"], first["name"], second) == ("Silver", "Standard", yearly)


def test_half_a_name_leaves_the_other_half(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    ada = server.add_contact(server.add_company("Acme"), "Ada", "Abbott")
    record = zomentum.apply(update("contact", ada, {"last_name": "Abbott"}, last_name="Burke")).record
    assert isinstance(record, Contact)
    assert record.name == "Ada Burke"


def test_an_update_of_plain_fields_costs_one_request(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch
) -> None:
    acme = server.add_company("Acme", phone="1")
    zomentum.check()
    watch.requests.clear()
    zomentum.apply(update("company", acme, {"phone": "1"}, phone="2"))
    assert [request.method for request in watch.requests] == ["PUT"]
    applied = zomentum.apply(update("company", acme, {"phone": "2"}, phone="2"))
    assert (applied.id, applied.record) == (acme, None)
    assert len(watch.requests) == 1


def test_the_marker_can_be_set_and_taken_away(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    acme = server.add_company("Acme")
    zomentum.apply(update("company", acme, sync_id="250"))
    assert server.custom(COMPANIES, acme) == "250"
    zomentum.apply(update("company", acme, {"sync_id": "250"}, sync_id=""))
    assert server.custom(COMPANIES, acme) == ""


def test_the_result_of_a_lost_create_is_found_by_its_marker(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock
) -> None:
    server.add_company("Old")
    clock.turn(minutes=10)
    began = zomentum.server_time()
    server.add_company("Somebody's")
    server.faults.order("lost_answer", operation="POST client/companies")
    with pytest.raises(OutcomeUnknown):
        zomentum.apply(create("company", name="Acme", sync_id="250"))
    since = zomentum.marked_since(Company, began)
    assert {one.name for one in since} == {"Acme", "Somebody's"}
    assert [one.name for one in since if one.sync_id == "250"] == ["Acme"]
    with pytest.raises(RecordRejected, match="this name already exists"):
        zomentum.apply(create("company", name="ACME", sync_id="250"))


def test_opportunities_are_looked_for_in_their_pipeline(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock
) -> None:
    deal = server.add_opportunity(server.add_company("Acme"), "Again", pipeline="Renewals", stage="Quoted")
    renewals = server.find("pipelines", "Renewals")["id"]
    assert [one.id for one in zomentum.marked_since(Opportunity, clock.now(), pipeline=renewals)] == [deal]
    clock.turn(seconds=2)
    assert zomentum.marked_since(Opportunity, clock.now(), pipeline=renewals) == []
    assert zomentum.marked_since(Opportunity, clock.now() - timedelta(seconds=1), pipeline=renewals) != []


@pytest.mark.rule("ZM-36")
@pytest.mark.parametrize(
    ("step", "words"),
    [
        (create("company", name="acme "), "A client_company with this name already exists"),
        (create("item", name="Laptop", type="x", description="x", pricing=({"name": "x"},)), "A item with this name"),
        (create("company", phone="1"), "name is required"),
        (create("contact", first_name="A", last_name="B", contact_type="x", company="0" * 24), "refers to no"),
        (create("tax_region", name="TEXAS"), "A tax_region with this name already exists"),
    ],
)
def test_what_zomentum_does_not_take_is_told_in_its_words(
    zomentum: Zomentum, server: ZomentumSimulator, step: Step, words: str
) -> None:
    server.add_company("Acme")
    server.add_item("Laptop")
    with pytest.raises(RecordRejected, match=words) as raised:
        zomentum.apply(step)
    assert raised.value.system == "zomentum"


def test_a_name_that_another_one_has_is_refused_in_an_update(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.add_company("Acme")
    other = server.add_company("Other")
    with pytest.raises(RecordRejected, match="already exists"):
        zomentum.apply(update("company", other, {"name": "Other"}, name="Acme"))


@pytest.mark.parametrize("fields", [{"phone": "2"}, {"city": "Dallas"}])
def test_a_record_that_is_gone_is_told(zomentum: Zomentum, server: ZomentumSimulator, fields: dict[str, Any]) -> None:
    acme = server.add_company("Acme")
    server.delete(COMPANIES, acme)
    with pytest.raises(RecordRejected, match="any more") as raised:
        zomentum.apply(update("company", acme, **fields))
    assert raised.value.code == "NotFound"


def test_a_custom_field_that_nobody_defined_is_asked_for_by_name(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.delete("custom/fields", server.field_id(COMPANIES))
    with pytest.raises(ConfigurationWrong, match="'Crosswise ID' for a company") as raised:
        zomentum.apply(create("company", name="Acme", sync_id="250"))
    assert "Custom Fields" in raised.value.fix
    assert server.requests["GET custom/fields"] == 2
    server.add("custom/fields", name="Crosswise ID", field_type="text", entity_type="client_company")
    assert zomentum.apply(create("company", name="Acme", sync_id="250")).record is not None


@pytest.mark.parametrize(
    "step",
    [
        create("document", name="Quote"),
        create("company", nickname="A"),
        create("tax_region", name="Nevada", sync_id="1"),
        create("tax_region", name="Nevada", custom_fields={"Tier": "x"}),
        update("company", "", name="x"),
        update("company", "../users", name="x"),
        Step("one", "zomentum", "company", "delete", "a1"),
    ],
)
def test_steps_that_no_flow_can_mean_send_nothing(zomentum: Zomentum, watch: Watch, step: Step) -> None:
    with pytest.raises(ValueError, match=r"cannot|has no field|is no id"):
        zomentum.apply(step)
    assert watch.requests == []


# Answers that are lost or odd


@pytest.mark.parametrize("kind", ["cut", "lost_answer", "html"])
@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_a_write_without_an_answer_may_have_been_carried_out(
    zomentum: Zomentum, server: ZomentumSimulator, kind: str, verb: str
) -> None:
    acme = server.add_company("Acme")
    zomentum.check()
    server.faults.order(kind, operation=f"^{verb} client/companies")
    step = create("company", name="Other") if verb == "POST" else update("company", acme, phone="2")
    with pytest.raises(OutcomeUnknown):
        zomentum.apply(step)


@pytest.mark.parametrize("answer", [[], "done", {}, {"ok": True}, {"id": "a/b"}, {"id": "a", "name": [5]}])
def test_a_create_that_tells_no_id_must_be_looked_for(zomentum: Zomentum, watch: Watch, answer: object) -> None:
    watch.answer("client/companies/", answer)
    with pytest.raises(OutcomeUnknown, match=r"took POST client/companies/"):
        zomentum.apply(create("company", name="Acme"))


@pytest.mark.parametrize("answer", [{}, {"message": "updated"}, {"id": "x"}])
def test_an_update_that_tells_less_is_read_back(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch, answer: object
) -> None:
    acme = server.add_company("Acme")

    def poor(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json=answer) if request.method == "PUT" else response

    watch.rewrite = poor
    record = zomentum.apply(update("company", acme, phone="2")).record
    assert isinstance(record, Company)
    assert (record.id, record.phone) == (acme, "2")


def test_a_create_that_cannot_be_read_back_must_be_looked_for(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.settings.answers = "id"
    zomentum.check()
    server.faults.order("cut", operation="GET client/companies/", times=2)
    with pytest.raises(OutcomeUnknown, match="what came of it is not known"):
        zomentum.apply(create("company", name="Acme"))


@pytest.mark.parametrize(("status", "retry_after"), [(429, 7), (403, None), (500, None)])
def test_what_fails_after_a_write_never_looks_as_if_nothing_was_written(
    zomentum: Zomentum, server: ZomentumSimulator, status: int, retry_after: int | None
) -> None:
    acme = server.add_company("Acme", custom_fields=[{"id": server.field_id(COMPANIES), "values": ["250"]}])
    zomentum.check()
    server.faults.order("status", status=status, operation="GET custom/fields", retry_after=retry_after)
    with pytest.raises(OutcomeUnknown):
        zomentum.apply(update("company", acme, phone="2"))
    assert server.record(COMPANIES, acme)["phone"] == "2"
