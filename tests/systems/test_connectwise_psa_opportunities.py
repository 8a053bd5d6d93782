"""Opportunities as the ConnectWise adapter reads and writes them, with forecast, notes, documents and bundles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.sync.ports import File
from shared.systems.conditions import equals
from shared.systems.connectwise_psa import Document, Psa
from shared.systems.connectwise_psa.opportunities import (
    COMPONENTS,
    FORECAST,
    NOTES,
    OPPORTUNITIES,
    STATUSES,
    Forecast,
    ForecastLine,
    Opportunity,
    OpportunityNote,
    OpportunityProduct,
    OpportunityStatus,
    ProductComponent,
)
from shared.systems.connectwise_psa.sales import PRODUCTS

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def simulator(simulator: PsaSimulator) -> PsaSimulator:
    simulator.define_custom_field(OPPORTUNITIES, "Zomentum ID")
    company = simulator.add("company/companies", identifier="ACME", name="Acme", addressLine1="1 Main St")
    contact = simulator.add("company/contacts", firstName="Ada", company={"id": company["id"]})
    simulator.add(
        OPPORTUNITIES, name="Old", company={"id": company["id"]}, contact={"id": contact["id"]},
        primarySalesRep={"id": simulator.records("system/members")[0]["id"]},
    )  # fmt: skip
    return simulator


def step(kind: str, verb: Any = "create", key: str | None = None, before: Any = None, **fields: Any) -> Step:
    return Step("it", "connectwise_psa", kind, verb, key, fields=fields, before=before or {})


def item(simulator: PsaSimulator, identifier: str = "SW-24", **fields: Any) -> str:
    given = {"description": identifier, "customerDescription": identifier, "price": 480, "cost": 350, **fields}
    row = simulator.add("procurement/catalog", identifier=identifier, subcategory={"id": 1}, type={"id": 1}, **given)
    return str(row["id"])


@pytest.fixture
def deal(simulator: PsaSimulator) -> str:
    """The opportunity that is there; its id."""
    return str(simulator.records(OPPORTUNITIES)[0]["id"])


def lines(psa: Psa, deal: str) -> list[ForecastLine]:
    (forecast,) = psa.records(FORECAST.format(parent=deal), None, Forecast)
    return list(forecast.lines)


def test_an_opportunity_is_made_with_all_that_a_new_one_has(psa: Psa, simulator: PsaSimulator, deal: str) -> None:
    old = simulator.records(OPPORTUNITIES)[0]
    member = simulator.records("system/members")[0]["identifier"]
    applied = psa.apply(
        step(
            "opportunity", name="Refresh", description="Laptops", company=str(old["company"]["id"]),
            contact=str(old["contact"]["id"]), close_date=date(2026, 12, 24), stage="2. Proposal", status="Open",
            rating="Hot", sales_rep=member, location_id=1, department_id=2, custom_fields={"Zomentum ID": "z1"},
        )
    )  # fmt: skip
    made = applied.record
    assert isinstance(made, Opportunity)
    assert (made.name, made.description, made.stage, made.status) == ("Refresh", "Laptops", "2. Proposal", "Open")
    assert (made.close_date, made.custom_field("Zomentum ID")) == (date(2026, 12, 24), "z1")
    assert f"recid={applied.id}" in made.url
    assert made.url == psa.link("OpportunityFV", applied.id)
    changed = psa.apply(step("opportunity", "update", applied.id, {"status": "Open"}, status="Won", name="Refresh"))
    assert isinstance(changed.record, Opportunity)
    assert changed.record.status == "Won"
    row = next(row for row in simulator.records(OPPORTUNITIES) if str(row["id"]) == applied.id)
    assert (row["rating"]["name"], row["locationId"], row["businessUnitId"]) == ("Hot", 1, 2)


def test_a_forecast_line_is_added_changed_and_deleted_once(psa: Psa, simulator: PsaSimulator, deal: str) -> None:
    switch = item(simulator)
    fields: Mapping[str, Any] = {
        "opportunity": deal, "item": switch, "description": "Switch", "type": "Product", "status": "Open",
        "position": 7, "quantity": Decimal(2), "revenue": Decimal("960.50"), "cost": Decimal(700),
    }  # fmt: skip
    made = psa.apply(step("forecast_item", **fields))
    (line,) = lines(psa, deal)
    assert made.record == line
    assert (line.item, line.sequence, line.quantity, line.revenue) == (switch, 7, 2, Decimal("960.50"))
    before = {"opportunity": deal, "revenue": line.revenue}
    psa.apply(step("forecast_item", "update", line.key, before, opportunity=deal, revenue=Decimal(900)))
    assert [one.revenue for one in lines(psa, deal)] == [900]
    for _ in range(2):
        psa.apply(step("forecast_item", "delete", line.key, {"opportunity": deal}))
    assert lines(psa, deal) == []


def test_a_note_and_a_file_are_told_by_text_and_title(psa: Psa, simulator: PsaSimulator, deal: str) -> None:
    psa.apply(step("opportunity_note", "note", opportunity=deal, text="It was won: https://z.example/d/1"))
    notes = psa.records(NOTES.format(parent=deal), None, OpportunityNote)
    assert [one.text for one in notes] == ["It was won: https://z.example/d/1"]
    content = b"%PDF-1.4\r\n--x\r\n\x00\xff"
    file = File('Q"1".pdf\r\nX: y', content, "application/pdf")
    made = psa.attach(step("document", "attach", opportunity=deal, title="Quoté 1"), file)
    assert isinstance(made.record, Document)
    (document,) = psa.documents("Opportunity", deal)
    assert (document.title, document.file_name) == ("Quoté 1", "Q_1_.pdf__X: y")
    assert simulator.documents.contents[document.id] == ("application/pdf", content)


def test_of_a_file_whose_answer_is_lost_nobody_knows(psa: Psa, simulator: PsaSimulator, deal: str) -> None:
    psa.documents("Opportunity", deal)
    simulator.faults.order("lost_answer", operation="POST /system/documents")
    with pytest.raises(OutcomeUnknown):
        psa.attach(step("document", "attach", opportunity=deal, title="Quote"), File("q.pdf", b"%PDF"))
    assert len(psa.documents("Opportunity", deal)) == 1


def test_a_bundle_is_a_product_with_components_and_has_a_line(psa: Psa, simulator: PsaSimulator, deal: str) -> None:
    bundle, part = item(simulator, "BUNDLE", productClass="Bundle"), item(simulator, "PART")
    made = psa.apply(
        step("product", opportunity=deal, item=bundle, billable="Billable", quantity=Decimal(2), price=Decimal(50))
    )
    psa.apply(step("product_component", product=made.id, item=part, quantity=Decimal(3)))
    (product,) = psa.records(PRODUCTS, equals("opportunity/id", int(deal)), OpportunityProduct)
    assert (product.key, product.item, product.price) == (made.id, bundle, 50)
    (component,) = psa.records(COMPONENTS.format(parent=made.id), None, ProductComponent)
    assert (component.item, component.quantity) == (part, 3)
    assert [(one.item, one.linked) for one in lines(psa, deal)] == [(bundle, True)]


def test_a_step_without_its_opportunity_or_for_something_else_is_a_fault_of_ours(psa: Psa) -> None:
    with pytest.raises(ValueError, match="must name its opportunity"):
        psa.apply(step("forecast_item", item="1"))
    with pytest.raises(ValueError, match="cannot attach"):
        psa.attach(step("opportunity_note", "attach", opportunity="1", title="x"), File("x", b"x"))
    with pytest.raises(ValueError, match="cannot delete"):
        psa.apply(step("opportunity", "delete", "1"))


def test_what_is_refused_is_said_in_connectwises_words(psa: Psa, deal: str) -> None:
    with pytest.raises(RecordRejected, match="Nowhere"):
        psa.apply(step("opportunity", "update", deal, stage="Nowhere"))


def test_an_open_status_is_told_from_a_closed_one(psa: Psa) -> None:
    rows = psa.records(STATUSES, None, OpportunityStatus)
    assert {row.name: row.open for row in rows} == {"Open": True, "Won": False, "Lost": False, "No Decision": False}
