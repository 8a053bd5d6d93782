"""Project invoices from end to end: three kinds of projects, what they wait for, and never a second call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from infra.local.simulators.psa.seed_projects import ProjectSeeder
from shared.partners.eautomate import AGREEMENTS, CONTRACT, CUSTOMER, SERVICE_CALLS, TECHNICIAN
from shared.sync.link import Link, Seen
from shared.sync.record import FlowKey, Ref
from tests.flows.project_invoices import EXPENSES, FEE
from tests.flows.rig import Rig, rigged

INVOICES, PROJECTS, TIME = "finance/invoices", "project/projects", "time/entries"
KIND = "project-invoice-call"
SETTINGS: Mapping[str, Any] = {"statuses": ["Ready"], "fee_item": FEE, "expense_item": EXPENSES, "call_type": "PROJ"}


class Dealer:
    """Acme, customer C100, and Reed, a technician on both sides."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.eautomate = rig, rig.psa, rig.eautomate
        self.company = self.psa.add("company/companies", identifier="ACME", name="Acme Dental")["id"]
        self.customer = self.eautomate.add_customer("C100", "Acme Dental").id
        self.members = [row["id"] for row in self.psa.records("system/members") if row["licenseClass"] == "F"]
        for number in (FEE, EXPENSES):
            self.eautomate.items.add(number, number, ItemType=2, MSRP=Decimal(1), InventoryCode="SVC-EXP")

    def map_customer(self) -> None:
        self.rig.mapped(CUSTOMER, self.company, self.customer)

    def map_technicians(self) -> None:
        for number, member in enumerate(self.members):
            technician = self.eautomate.codes.add_technician(f"T{number}", "Tech", str(number))
            self.rig.mapped(TECHNICIAN, member, technician.id)

    def project(self, method: str = "FixedFee", **fields: Any) -> int:
        made = self.psa.add(
            PROJECTS, name="Office move", company={"id": self.company}, board={"name": "Projects"},
            billingMethod=method, estimatedStart="2026-10-01T00:00:00Z", estimatedEnd="2026-12-01T00:00:00Z", **fields,
        )  # fmt: skip
        return int(made["id"])

    def bills(self, project: int, amount: float = 4500.5, **fields: Any) -> int:
        """An invoice of a project."""
        given = {"applyToType": "Project", "applyToId": project, "type": "Standard", "serviceTotal": amount}
        company = {"company": {"id": self.company}, "status": {"name": "Ready"}}
        return int(self.psa.add(INVOICES, **{**given, **company, **fields})["id"])

    def works(self, ticket: int, invoice: int, hours: int = 2, member: int = 0) -> int:
        """Time on a project ticket, at 110.00 an hour."""
        made = self.psa.add(
            TIME, chargeToId=ticket, chargeToType="ProjectTicket", member={"id": self.members[member]},
            timeStart="2026-10-05T14:00:00Z", timeEnd=f"2026-10-05T{14 + hours}:00:00Z", invoice={"id": invoice},
        )  # fmt: skip
        return int(made["id"])

    def ticket(self, project: int) -> int:
        phase = self.psa.add(f"{PROJECTS}/{project}/phases", description="Rollout")
        made = self.psa.add(
            "project/tickets", summary="Cabling", project={"id": project}, phase={"id": phase["id"]},
            company={"id": self.company}, board={"name": "Projects"},
        )  # fmt: skip
        return int(made["id"])

    @property
    def calls(self) -> list[Any]:
        return list(self.eautomate.calls)

    def lines(self, number: int = 0) -> list[tuple[Decimal, Decimal]]:
        """Hours and charge of each labour line of a call."""
        labors = self.calls[number].values["Labors"] or ()
        return [(line["LaborHours"], line["LaborOverride"]) for line in labors]

    def parts(self, number: int = 0) -> list[tuple[str, Decimal]]:
        """Item and quantity of each part of a call."""
        used = self.calls[number].values["MaterialsUsed"] or ()
        return [(part["Item"].code, part["Quantity"]) for part in used]


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_project_invoices", stack, **SETTINGS) as rig:
        yield rig


@pytest.fixture
def dealer(rig: Rig) -> Dealer:
    dealer = Dealer(rig)
    dealer.map_customer()
    return dealer


def at(invoice: int) -> Ref:
    return Ref(KIND, "cw", str(invoice))


@pytest.mark.rule("EA-52", "EA-53", "EA-54")
def test_projects_of_three_kinds_become_calls_that_add_up(rig: Rig, dealer: Dealer) -> None:
    dealer.map_technicians()
    ProjectSeeder(rig.psa.data, rig.psa.random).projects(3, [dealer.company])
    assert rig.sync() == {"scanned": 6, "queued": 6, "applied": 5, "skipped": 1}
    assert rig.codes() == []
    invoices = {row["invoiceNumber"]: row for row in rig.psa.records(INVOICES)}
    told = []
    for number, call in enumerate(dealer.calls):
        head, _, rest = call.values["Description"].partition(" ")
        paid = sum(amount for _, amount in dealer.lines(number)) + sum(amount for _, amount in dealer.parts(number))
        assert paid == Decimal(str(invoices.pop(head)["total"]))
        told.append((rest, len(dealer.lines(number)), [item for item, _ in dealer.parts(number)]))
    assert [invoice["type"] for invoice in invoices.values()] == ["DownPayment"]
    assert told == [
        ("Office move 1", 0, [FEE]),
        ("Office move 1", 0, [FEE, EXPENSES]),
        ("Firewall rollout 2: Planning", 0, [FEE]),
        ("Firewall rollout 2: Rollout", 0, [FEE]),
        ("Mail migration 3", len(rig.psa.records(TIME)), []),
    ]


def test_nothing_more_is_written_or_asked_once_all_is_in_step(rig: Rig, dealer: Dealer) -> None:
    dealer.bills(dealer.project())
    assert rig.sync()["applied"] == 1
    rig.forget()
    for mode in ("delta", "comprehensive"):
        assert rig.sync(mode)["queued"] == 0
    assert rig.sent() == []
    assert not rig.eautomate.requests


def test_a_call_is_complete_when_it_is_made(rig: Rig, dealer: Dealer) -> None:
    rig.settings(**SETTINGS, bill_code="TM", call_status="O")
    dealer.bills(dealer.project(), customerPO="PO-7")
    rig.sync()
    (call,) = dealer.calls
    values = call.values
    assert (values["CustomerNumber"].code, values["PONumber"]) == ("C100", "PO-7")
    assert (values["CallType"].code, values["BillCode"].code, values["StatusCode"].code) == ("PROJ", "TM", "O")
    assert dealer.parts() == [(FEE, Decimal("4500.5"))]
    (link,) = rig.links().values()
    assert (link.partner_id, link.cw_name) == (str(call.id), "invoice 30001")


@pytest.mark.rule("EA-04", "EA-52")
def test_an_invoice_follows_when_its_customer_and_its_technician_are_mapped(rig: Rig) -> None:
    dealer = Dealer(rig)
    project = dealer.project("ActualRates")
    dealer.works(dealer.ticket(project), dealer.bills(project, 220))
    assert rig.sync()["issue"] == 1
    assert rig.codes() == ["CUSTOMER_NOT_MAPPED", "TECHNICIAN_NOT_MAPPED"]
    dealer.map_customer()
    rig.tick()
    assert rig.codes() == ["TECHNICIAN_NOT_MAPPED"]
    dealer.map_technicians()
    rig.tick()
    assert rig.codes() == []
    assert dealer.lines() == [(Decimal(2), Decimal(220))]


@pytest.mark.rule("EA-06")
def test_a_covered_call_waits_for_its_contract_only_while_the_agreement_flow_is_on(rig: Rig, dealer: Dealer) -> None:
    contract = rig.eautomate.contracts.add("CN1", "C100", Type="MS")
    gold = rig.psa.add("finance/agreements", name="Gold", type={"name": "Block Time"}, company={"id": dealer.company})
    dealer.rig.put_beside(AGREEMENTS)
    dealer.bills(dealer.project(agreement={"id": gold["id"]}))
    rig.sync()
    assert rig.codes() == ["CONTRACT_NOT_MAPPED"]
    rig.settings(**SETTINGS)
    rig.sync("comprehensive")
    rig.tick(minutes=10)
    assert rig.codes() == []
    assert dealer.calls[0].values["ContractNumber"] == contract.code
    dealer.rig.put_beside(AGREEMENTS)
    dealer.rig.mapped(CONTRACT, gold["id"], contract.id)
    dealer.bills(dealer.project(agreement={"id": gold["id"]}))
    rig.sync()
    assert dealer.calls[1].values["ContractNumber"] == contract.code


def test_one_item_may_carry_fee_and_expenses(rig: Rig, dealer: Dealer) -> None:
    rig.settings(**{**SETTINGS, "expense_item": FEE})
    dealer.bills(dealer.project(), 100, expenseTotal=20.25)
    assert rig.sync()["applied"] == 1
    assert dealer.parts() == [(FEE, Decimal("120.25"))]


# Later time, and time twice


@pytest.mark.rule("EA-54", "EA-59")
def test_later_time_comes_as_a_call_of_its_own_and_no_time_comes_twice(rig: Rig, dealer: Dealer) -> None:
    dealer.map_technicians()
    project = dealer.project("ActualRates")
    ticket, first = dealer.ticket(project), dealer.bills(project, 220)
    early = dealer.works(ticket, first)
    rig.sync()
    second = dealer.bills(project, 110)
    dealer.works(ticket, second, hours=1)
    rig.sync()
    assert [dealer.lines(number) for number in (0, 1)] == [[(Decimal(2), Decimal(220))], [(Decimal(1), Decimal(110))]]
    third = dealer.bills(project, 220)
    rig.psa.edit(TIME, early, invoice={"id": third})
    rig.psa.edit(INVOICES, first, serviceTotal=0.0, subtotal=0.0)
    rig.sync()
    assert rig.codes() == ["ENTRY_ALREADY_GIVEN", "INVOICE_CHANGED_AFTER_CALL"]
    assert "call SC00001 of invoice 30001" in rig.issues()["ENTRY_ALREADY_GIVEN", "invoice 33202"].issue.message
    assert len(dealer.calls) == 2
    rig.store.links.unlink(rig.key, rig.links()[KIND, str(dealer.calls[0].id)])
    rig.tick(minutes=10)
    assert len(dealer.calls) == 3, "its call was given up by a person, so its time may be given again"


@pytest.mark.rule("EA-59")
def test_time_and_invoices_that_the_service_flow_gave_before_are_not_given_again(rig: Rig, dealer: Dealer) -> None:
    dealer.map_technicians()
    project = dealer.project("ActualRates")
    by_time, whole = dealer.bills(project, 220), dealer.bills(dealer.project())
    entry = dealer.works(dealer.ticket(project), by_time)
    service = FlowKey("demo", SERVICE_CALLS)
    call = rig.eautomate.calls.add("C100", Description="12000 Cabling", CallNumber="SC9")
    agreed = {"call": str(call.id), "name": "ticket 12000 Cabling"}
    rig.store.links.link(service, Link("time-labor", str(entry), str(entry), agreed=agreed, rules="1"))
    rig.store.links.link(service, Link("invoice-call", str(whole), "77", partner_name="call SC8", rules="1"))
    assert rig.sync() == {"scanned": 2, "queued": 2, "issue": 1, "skipped": 1}
    assert rig.codes() == ["ENTRY_ALREADY_GIVEN"]
    (issue,) = (one.issue for one in rig.issues().values())
    assert "call SC9 of ticket 12000 Cabling" in issue.message
    state = rig.state(at(whole))
    assert isinstance(state, Seen)
    assert state.reason == "eautomate_service_calls has made call SC8 of it."


# Callbacks


@pytest.mark.rule("EA-59")
def test_invoices_of_others_are_left_alone_by_scans_and_named_when_connectwise_tells_of_them(
    rig: Rig, dealer: Dealer
) -> None:
    dealer.rig.put_beside(AGREEMENTS, SERVICE_CALLS)
    gold = rig.psa.add("finance/agreements", name="Gold", type={"name": "Block Time"}, company={"id": dealer.company})
    ticket = rig.psa.add(
        "service/tickets", summary="Printer", company={"id": dealer.company}, board={"name": "Help Desk"}
    )
    agreement = dealer.bills(gold["id"], applyToType="Agreement", type="Agreement")
    service = dealer.bills(ticket["id"], applyToType="Ticket")
    assert rig.sync() == {}
    for invoice, owner in ((agreement, AGREEMENTS), (service, SERVICE_CALLS)):
        assert rig.look(at(invoice)) == {"skipped": 1}
        state = rig.state(at(invoice))
        assert isinstance(state, Seen)
        assert f"{owner} bills it" in state.reason


@pytest.mark.rule("EA-59")
def test_an_invoice_of_a_project_ticket_is_a_projects_too(rig: Rig, dealer: Dealer) -> None:
    dealer.map_technicians()
    project = dealer.project("ActualRates")
    ticket = dealer.ticket(project)
    dealer.works(ticket, dealer.bills(ticket, 220, applyToType="Ticket"))
    assert rig.sync()["applied"] == 1
    assert dealer.calls[0].values["Description"] == "30001 Office move"


def test_a_project_that_is_mended_is_looked_at_with_its_invoice(rig: Rig, dealer: Dealer) -> None:
    project = dealer.project("ActualRates")
    dealer.bills(project)
    rig.sync()
    assert rig.codes() == ["TOTALS_DIFFER"]
    rig.psa.edit(PROJECTS, project, billingMethod="FixedFee")
    assert rig.look(Ref("project", "cw", str(project))) == {"applied": 1}
    assert (rig.codes(), len(dealer.calls)) == ([], 1)
    assert rig.look(Ref("project", "cw", "999")) == {"skipped": 1}


def test_a_project_that_is_mended_is_found_by_the_next_scan(rig: Rig, dealer: Dealer) -> None:
    project = dealer.project("ActualRates")
    dealer.bills(project)
    dealer.bills(project, 100)
    rig.sync()
    rig.clock.turn(minutes=20)
    rig.psa.edit(PROJECTS, project, billingMethod="FixedFee")
    assert rig.sync("delta")["applied"] == 2
    assert rig.codes() == []


# Lost answers, gone records


def test_a_call_whose_answer_was_lost_is_found_by_its_number(rig: Rig, dealer: Dealer) -> None:
    invoice = dealer.bills(dealer.project())
    rig.eautomate.calls.add("C100", Description="300010 another number")
    rig.eautomate.faults.order("lost_answer", operation="addCall2")
    rig.sync()
    rig.eautomate.add_customer("C200", "Birch")
    rig.eautomate.calls.add("C200", Description="30001 of another customer")
    rig.tick(minutes=6)
    rig.tick(minutes=6)
    assert [call.values["Description"] for call in dealer.calls] == [
        "300010 another number", "30001 Office move", "30001 of another customer",
    ]  # fmt: skip
    state = rig.state(at(invoice))
    assert isinstance(state, Link)
    assert state.partner_id == str(dealer.calls[1].id)


def test_a_deleted_invoice_leaves_its_call_to_a_person(rig: Rig, dealer: Dealer) -> None:
    invoice = dealer.bills(dealer.project())
    rig.sync()
    rig.psa.delete(INVOICES, invoice)
    assert rig.look(at(invoice)) == {"issue": 1}
    assert rig.codes() == ["INVOICE_GONE"]
    assert len(dealer.calls) == 1
