"""Failures of tickets that become calls: mappings, contracts, items, hours, calls that are there, and later changes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.month import INVOICES, READY, TICKETS, TIME
from shared.partners.eautomate import SERVICE_CALLS
from shared.sync.record import Ref

TICKET, LINE = "ticket-call", "time-labor"


def no_customer(scene: Scene) -> Made:
    one = scene.dealer.stranger()
    return Made(_ref(scene.dealer.ticket(one, 1.5)), lambda: scene.dealer.map(one))


def no_technician(scene: Scene) -> Made:
    member, ticket = scene.dealer.staff[-2], scene.dealer.ticket(scene.customer(), status="New")
    scene.dealer.works(ticket, 2, member)
    scene.psa.edit(TICKETS, ticket, status={"name": READY})
    return Made(_ref(ticket), lambda: scene.dealer.technician(member))


def wrong_company(scene: Scene) -> Made:
    ticket, right = scene.dealer.ticket(scene.dealer.stranger("Typo"), 0.5), scene.customer()
    return Made(_ref(ticket), lambda: scene.psa.edit(TICKETS, ticket, company={"id": right.company}))


def by_accident(scene: Scene) -> Made:
    """The dealer's own company: its tickets are nobody's to bill."""
    record = _ref(scene.dealer.ticket(scene.dealer.stranger("Internal"), 0.25))
    return Made(record, lambda: scene.cancel(SERVICE_CALLS, record, "an internal ticket"))


def no_contract_yet(scene: Scene) -> Made:
    """The agreement that covers the ticket was invoiced, but the invoice is not ready."""
    of = scene.customer()
    agreement = scene.dealer.agreement(of)
    invoice = scene.dealer.bills(agreement, status={"name": "New"})
    ticket = scene.dealer.ticket(of, 1, agreement={"id": agreement})
    return Made(_ref(ticket), lambda: scene.psa.edit(INVOICES, invoice["id"], status={"name": "Ready"}))


def no_item(scene: Scene) -> Made:
    scene.dealer.product("DRUM-9", 120.0)
    ticket = scene.dealer.ticket(scene.customer(), 1)
    scene.dealer.sells("DRUM-9", ticket={"id": ticket})
    return Made(_ref(ticket), lambda: scene.dealer.stock_item("DRUM-9", MSRP=Decimal(120)))


def hours_differ(scene: Scene) -> Made:
    ticket = scene.dealer.ticket(scene.customer(), 2)
    scene.psa.edit(TICKETS, ticket, actualHours=3.0)
    return Made(_ref(ticket), lambda: scene.psa.edit(TICKETS, ticket, actualHours=2.0))


def two_calls_bear_its_number(scene: Scene) -> Made:
    of = scene.customer()
    ticket = scene.dealer.ticket(of, 1)
    right, other = (scene.dealer.call(of, "SC", Description=f"{ticket} No scans") for _ in range(2))

    def repair() -> None:
        scene.eautomate.calls.edit(other, CancelCode="DUP")
        scene.relink(SERVICE_CALLS, _ref(ticket), scene.eautomate.calls[right].id)

    return Made(_ref(ticket), repair)


def its_call_is_invoiced(scene: Scene) -> Made:
    of = scene.customer()
    ticket = scene.dealer.ticket(of, 1)
    call = scene.dealer.call(of, "SC", Description=f"{ticket} Replaced the fuser")
    scene.eautomate.calls.invoice(call)
    return Made(_ref(ticket), lambda: scene.eautomate.calls.edit(call, StatusCode="C"))


def no_time(scene: Scene) -> Made:
    ticket = scene.dealer.ticket(scene.customer())
    return Made(_ref(ticket), lambda: scene.dealer.works(ticket, 1.25))


def other_status(scene: Scene) -> Made:
    ticket = scene.dealer.ticket(scene.customer(), 1, status="Completed")
    return Made(_ref(ticket), lambda: scene.psa.edit(TICKETS, ticket, status={"name": READY}))


def company_changed(scene: Scene) -> Made:
    link, right = scene.synced(SERVICE_CALLS, TICKET), scene.dealer.stranger("Moved")
    scene.dealer.map(right)
    scene.psa.edit(TICKETS, int(link.cw_id), company={"id": right.company})
    call = next(row.number for row in scene.eautomate.calls if str(row.id) == link.partner_id)

    def repair() -> None:
        scene.eautomate.calls.edit(call, CancelCode="WRONG")
        scene.unlink(SERVICE_CALLS, link.ref("cw"))

    return Made(link.ref("cw"), repair)


def time_changed(scene: Scene) -> Made:
    entry = scene.dealer.entries[int(scene.synced(SERVICE_CALLS, TICKET).cw_id)][0]
    was = scene.psa.record(TIME, entry)["timeEnd"]
    scene.psa.edit(TIME, entry, timeEnd=f"{was[:11]}23:00:00Z")
    return Made(Ref(LINE, "cw", str(entry)), lambda: scene.psa.edit(TIME, entry, timeEnd=was))


def time_moved(scene: Scene) -> Made:
    of, to = (int(scene.synced(SERVICE_CALLS, TICKET).cw_id) for _ in range(2))
    entry = scene.dealer.entries[of][0]
    scene.psa.edit(TIME, entry, chargeToId=to)
    return Made(Ref(LINE, "cw", str(entry)), lambda: scene.psa.edit(TIME, entry, chargeToId=of))


def _ref(ticket: int) -> Ref:
    return Ref(TICKET, "cw", str(ticket))


_ALL = (
    Failure("EA-39", SERVICE_CALLS, "CUSTOMER_NOT_MAPPED", no_customer, "gives the company its customer number"),
    Failure("EA-39", SERVICE_CALLS, "TECHNICIAN_NOT_MAPPED", no_technician, "adds the technician in e-automate"),
    Failure("EA-40", SERVICE_CALLS, "CUSTOMER_NOT_MAPPED", wrong_company, "corrects the company on the ticket"),
    Failure(
        "EA-44", SERVICE_CALLS, "CUSTOMER_NOT_MAPPED", by_accident, "cancels the ticket for good", ends="cancelled"
    ),
    Failure("EA-06", SERVICE_CALLS, "CONTRACT_NOT_MAPPED", no_contract_yet, "sets the agreement's invoice to Ready"),
    Failure("EA-42", SERVICE_CALLS, "AMBIGUOUS_MATCH", two_calls_bear_its_number, "cancels one, relinks the other"),
    Failure("EA-42", SERVICE_CALLS, "CALL_INVOICED", its_call_is_invoiced, "reopens the call"),
    Failure("", SERVICE_CALLS, "ITEM_UNFIT", no_item, "adds the item in e-automate"),
    Failure("", SERVICE_CALLS, "HOURS_DIFFER", hours_differ, "corrects the hours"),
    Failure("EA-51", SERVICE_CALLS, "", no_time, "enters the time", told="no time entry"),
)
_LATE = (
    Failure("EA-50", SERVICE_CALLS, "", other_status, "sets the ticket's status", told="Its status is Completed"),
    Failure(
        "EA-41", SERVICE_CALLS, "COMPANY_CHANGED_AFTER_CALL", company_changed, "cancels the call, unlinks the ticket"
    ),
    Failure("", SERVICE_CALLS, "TIME_CHANGED_AFTER_CALL", time_changed, "sets the time back"),
    Failure("", SERVICE_CALLS, "TIME_MOVED_AFTER_CALL", time_moved, "moves the time back"),
)
FAILURES = (*_ALL, *(replace(one, late=True) for one in _LATE))
