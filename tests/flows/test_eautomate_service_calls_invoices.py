"""Service calls in invoice mode, what callbacks bring, and how the flow's errors are mailed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from functions.eautomate_service_calls.situations import INVOICE, TICKET, TIME
from infra.local.cloud.stack import Stack
from shared.partners.eautomate import PROJECT_INVOICES
from shared.sync.link import Intent
from shared.sync.record import Ref
from shared.systems.connectwise_psa.tickets import INVOICES, TIME_ENTRIES
from tests.flows.rig import Rig, rigged
from tests.flows.service_calls import SETTINGS, Desk

BY_INVOICE = {**SETTINGS, "mode": "invoice", "invoice_statuses": ["Ready"]}


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_service_calls", stack, **BY_INVOICE) as rig:
        yield rig


def later(rig: Rig) -> None:
    rig.clock.turn(minutes=15)
    rig.sync()


@pytest.mark.rule("EA-43")
def test_an_invoice_in_a_status_becomes_a_call_of_its_time(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1.5)
    invoice = desk.bills(ticket, 165, status={"name": "New"})
    rig.sync()
    later(rig)
    assert desk.calls == []
    assert desk.why(invoice, INVOICE) == "Its status is New; the settings take Ready."
    desk.psa.edit(INVOICES, invoice, status={"name": "Ready"})
    later(rig)
    number = desk.psa.record(INVOICES, invoice)["invoiceNumber"]
    assert desk.call()["Description"] == f"{number} ticket {ticket}"
    assert desk.lines() == [("T0", Decimal("1.5"), Decimal("165.00"))]
    assert desk.linked() == {str(invoice): str(desk.calls[0].id)}
    later(rig)
    assert (len(desk.calls), rig.codes()) == (1, [])


def test_an_invoice_that_does_not_add_up_is_told_with_both_totals_and_follows_when_mended(rig: Rig) -> None:
    desk = Desk(rig)
    invoice = desk.bills(desk.ticket(1.5), 165.5)
    rig.sync()
    (issue,) = rig.issues().values()
    assert issue.issue.code == "TOTALS_DIFFER"
    assert "165.50" in issue.issue.message
    assert "165.00" in issue.issue.message
    desk.psa.edit(INVOICES, invoice, serviceTotal=165)
    later(rig)
    assert (rig.codes(), len(desk.calls)) == ([], 1)


def test_expenses_and_products_of_an_invoice_are_amounts_of_items(rig: Rig) -> None:
    rig.settings(**BY_INVOICE, product_item="PARTS", expense_item="EXP")
    desk = Desk(rig)
    for number in ("PARTS", "EXP"):
        desk.eautomate.items.add(number, number, ItemType=2, MSRP=Decimal(1))
    desk.bills(desk.ticket(1), 110, productTotal=91.25, expenseTotal=20, salesTax=7)
    rig.sync()
    used = desk.calls[0].values["MaterialsUsed"]
    assert [(part["Item"].code, part["Quantity"]) for part in used] == [
        ("PARTS", Decimal("91.25")),
        ("EXP", Decimal(20)),
    ]


def test_a_lost_answer_makes_no_second_call_of_an_invoice(rig: Rig) -> None:
    desk = Desk(rig)
    invoice = desk.bills(desk.ticket(1), 110)
    rig.eautomate.faults.order("lost_answer", operation="addCall2")
    rig.sync()
    assert isinstance(rig.state(Ref(INVOICE, "cw", str(invoice))), Intent)
    for _ in range(8):
        rig.tick()
    assert len(desk.calls) == 1
    assert desk.linked() == {str(invoice): str(desk.calls[0].id)}


@pytest.mark.rule("EA-42")
def test_a_call_that_bears_the_invoices_number_is_found(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    invoice = desk.bills(ticket, 110)
    number = desk.psa.record(INVOICES, invoice)["invoiceNumber"]
    desk.opens(f"{number}1 another")
    call = desk.opens(f"{number} by hand")
    rig.sync()
    assert (len(desk.calls), desk.linked()) == (2, {str(invoice): str(call)})


def test_the_first_invoice_of_a_transferred_ticket_updates_its_call_the_next_makes_one(rig: Rig) -> None:
    desk = Desk(rig)
    call = desk.opens("Screen is dark", HoldCode="CW")
    ticket = desk.ticket(1)
    desk.transferred(ticket, call)
    first = desk.bills(ticket, 110)
    rig.sync()
    assert (len(desk.calls), desk.linked()) == (1, {str(first): str(call)})
    desk.works(ticket, 2)
    entry = desk.psa.records(TIME_ENTRIES)[-1]["id"]
    second = desk.psa.add(
        INVOICES, type="Standard", applyToType="Ticket", applyToId=ticket, serviceTotal=220,
        company={"id": desk.company}, status={"name": "Ready"},
    )["id"]  # fmt: skip
    desk.psa.edit(TIME_ENTRIES, entry, invoice={"id": second})
    later(rig)
    assert len(desk.calls) == 2
    assert set(desk.linked()) == {str(first), str(second)}


@pytest.mark.rule("EA-59")
def test_a_projects_invoice_is_left_to_the_project_flow(rig: Rig) -> None:
    desk = Desk(rig)
    desk.rig.put_beside(PROJECT_INVOICES)
    project = desk.psa.add(
        "project/projects", name="Move", company={"id": desk.company}, board={"name": "Projects"},
        billingMethod="FixedFee", estimatedStart="2026-10-01T00:00:00Z", estimatedEnd="2026-12-01T00:00:00Z",
    )["id"]  # fmt: skip
    invoice = desk.psa.add(
        INVOICES, type="Standard", applyToType="Project", applyToId=project, serviceTotal=900,
        company={"id": desk.company}, status={"name": "Ready"},
    )["id"]  # fmt: skip
    rig.sync()
    assert desk.why(invoice, INVOICE) == f"It is a project's invoice: {PROJECT_INVOICES} bills it."
    assert desk.calls == []


def test_callbacks_of_the_other_mode_are_none_of_its_business(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    assert rig.look(Ref(TICKET, "cw", str(ticket)))["skipped"] == 1
    assert desk.why(ticket) == "Calls are made of invoices here, as the setting mode says."
    entry = desk.psa.records(TIME_ENTRIES)[0]["id"]
    assert rig.look(Ref(TIME, "cw", str(entry)))["skipped"] == 1
    desk.bills(ticket, 110)
    assert rig.look(Ref(TIME, "cw", str(entry)))["applied"] == 1


def test_a_callback_of_time_looks_at_its_ticket(stack: Stack, aws: None) -> None:
    with rigged("eautomate_service_calls", stack, **SETTINGS) as rig:
        desk = Desk(rig)
        ticket = desk.ticket(1)
        entry = desk.psa.records(TIME_ENTRIES)[0]["id"]
        assert rig.look(Ref(TIME, "cw", str(entry)))["applied"] == 1
        assert list(desk.linked()) == [str(ticket)]
        assert rig.look(Ref(TIME, "cw", "99999"))["skipped"] == 1
        assert rig.look(Ref(INVOICE, "cw", "1"))["skipped"] == 1
        assert rig.look(Ref(TICKET, "partner", "4711"))["skipped"] == 1
        strange = desk.opens("No number at all")
        assert rig.look(Ref(TICKET, "partner", str(strange)))["skipped"] == 1
        assert rig.look(Ref(TICKET, "partner", desk.linked()[str(ticket)]))["in_step"] == 1
