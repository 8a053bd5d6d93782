"""What the ConnectWise adapter reads of tickets and of what is charged to them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.systems.connectwise_psa import (
    BoardStatus,
    ProjectTicket,
    Psa,
    Reference,
    Ticket,
    TicketNote,
    TicketProduct,
    TimeEntry,
    WorkInvoice,
)
from shared.systems.connectwise_psa.tickets import (
    BOARD_STATUSES,
    INVOICES,
    PRODUCTS,
    PROJECT_TICKETS,
    SERVICE_NOTES,
    SERVICE_TICKETS,
    TIME_ENTRIES,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def simulator(simulator: PsaSimulator) -> PsaSimulator:
    simulator.add("company/companies", identifier="ACME", name="Acme")
    return simulator


def ticket(simulator: PsaSimulator) -> int:
    company = simulator.records("company/companies")[-1]["id"]
    added = simulator.add(
        SERVICE_TICKETS, summary="Printer jams", company={"id": company}, poNumber="PO-7", contactName="Ann",
        initialDescription="It jams.", type={"name": "Break-fix"},
    )  # fmt: skip
    return int(added["id"])


def test_a_ticket_is_read_with_what_a_call_is_made_of(simulator: PsaSimulator, psa: Psa) -> None:
    key = ticket(simulator)
    (found,) = psa.records(SERVICE_TICKETS, None, Ticket)
    assert (found.id, found.summary, found.po_number, found.contact) == (key, "Printer jams", "PO-7", "Ann")
    assert found.company is not None
    assert (found.company.identifier, found.company.name) == ("ACME", "Acme")
    assert found.board is not None
    assert found.status is not None
    assert (found.status.name, found.closed, found.of_project, found.hours) == ("New", False, False, Decimal(0))
    assert (found.entered, found.updated) == (NOW, NOW)
    assert found.type is not None
    assert found.type.name == "Break-fix"
    assert found.url.endswith(f"recordType=ServiceFV&recid={key}")
    statuses = psa.records(BOARD_STATUSES.format(board=found.board.id), None, BoardStatus)
    assert [status.name for status in statuses if status.closed] == ["Closed"]
    (note,) = psa.records(SERVICE_NOTES.format(ticket=key), None, TicketNote)
    assert (note.text, note.description, note.internal) == ("It jams.", True, False)


def test_a_project_ticket_is_one_whatever_list_it_is_read_from(simulator: PsaSimulator, psa: Psa) -> None:
    company = simulator.records("company/companies")[-1]["id"]
    project = simulator.add(
        "project/projects", name="Move", company={"id": company}, estimatedStart="2026-11-01T00:00:00Z",
        estimatedEnd="2026-12-01T00:00:00Z", billingMethod="FixedFee", board={"name": "Projects"},
    )  # fmt: skip
    phase = simulator.add(f"project/projects/{project['id']}/phases", description="Plan")
    simulator.add(PROJECT_TICKETS, summary="Plan it", phase={"id": phase["id"]})
    (found,) = psa.records(PROJECT_TICKETS, None, ProjectTicket)
    assert found.of_project
    assert found.project is not None
    assert (found.project.name, found.summary) == ("Move", "Plan it")


def test_time_is_read_with_hours_and_money_as_decimals(simulator: PsaSimulator, psa: Psa) -> None:
    key = ticket(simulator)
    for how in ("Billable", "NoCharge"):
        simulator.add(
            TIME_ENTRIES, chargeToId=key, chargeToType="ServiceTicket", member={"identifier": "Admin1"},
            timeStart="2026-11-02T08:00:00Z", timeEnd="2026-11-02T09:06:00Z", billableOption=how, notes="Cleaned it",
        )  # fmt: skip
    billable, free = psa.records(TIME_ENTRIES, None, TimeEntry)
    assert (billable.ticket_id, billable.hours, billable.billed_hours) == (str(key), Decimal("1.1"), Decimal("1.1"))
    assert billable.member is not None
    assert (billable.member.identifier, billable.notes, billable.start) == (
        "Admin1",
        "Cleaned it",
        datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
    )
    assert billable.amount == Decimal("1.1") * billable.rate > 0
    said = billable.model_copy(update={"said_amount": Decimal("99.99")})
    assert said.amount == billable.amount
    assert said.model_copy(update={"invoice": Reference(id=1)}).amount == Decimal("99.99")
    assert (free.free, free.amount, billable.free) == (True, Decimal(0), False)
    found = psa.record(f"{SERVICE_TICKETS}/{key}", Ticket)
    assert found is not None
    assert found.hours == Decimal("2.2")


def test_a_product_says_what_is_left_of_it(simulator: PsaSimulator, psa: Psa) -> None:
    key = ticket(simulator)
    item = simulator.add("procurement/catalog", identifier="TONER", description="Toner", price=45.5, cost=20)
    simulator.add(
        PRODUCTS, catalogItem={"id": item["id"]}, ticket={"id": key}, quantity=3, quantityCancelled=1, price=45.5,
        billableOption="Billable",
    )  # fmt: skip
    (found,) = psa.records(PRODUCTS, None, TicketProduct)
    assert (found.item, found.left, found.price, found.how) == ("TONER", Decimal(2), Decimal("45.5"), "Billable")
    assert found.model_copy(update={"cancelled": True}).left == 0


def test_an_invoice_says_what_it_is_for(simulator: PsaSimulator, psa: Psa) -> None:
    key = ticket(simulator)
    company = simulator.records("company/companies")[-1]["id"]
    simulator.add(
        INVOICES, type="Standard", company={"id": company}, applyToType="Ticket", applyToId=key, serviceTotal=110.1,
        customerPO="PO-7",
    )  # fmt: skip
    (found,) = psa.records(INVOICES, None, WorkInvoice)
    assert found.ticket is not None
    assert (found.applied_to, found.applied_id, found.ticket.id, found.po_number) == ("Ticket", key, key, "PO-7")
    assert (found.time, found.total, found.adjustment) == (Decimal("110.1"), Decimal("110.1"), Decimal(0))
