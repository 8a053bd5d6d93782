"""What a change is about: a ticket or an invoice, told by itself, by its time, or by a call that bears its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.eautomate_service_calls.situations import INVOICE, TICKET, TIME, TRANSFER
from functions.eautomate_service_calls.sources import Sources
from shared.partners.eautomate import CALL_TRANSFERS
from shared.sync.change import Change
from shared.sync.link import Link
from shared.sync.record import Ref
from shared.systems.conditions import NOTHING, called, is_in
from shared.systems.connectwise_psa import ProjectTicket, Ticket, TimeEntry, WorkInvoice
from shared.systems.connectwise_psa.tickets import INVOICES, PROJECT_TICKETS, SERVICE_TICKETS
from shared.systems.eautomate import Call


@dataclass(frozen=True)
class Subject:
    """What a change is about: a ticket or invoice by id, and the call that led to it; `why` says why there is none."""

    change: Change
    id: str = ""
    call: Call | None = None
    why: str = ""


def subjects(changes: Sequence[Change], sources: Sources) -> list[Subject]:
    entries = [change.id for change in changes if change.kind == TIME]
    found = sources.entries(entries)
    lines = sources.find(TIME, "cw", entries)
    calls = sources.find(sources.kind, "partner", [c.id for c in changes if c.side == "partner" and c.kind != TIME])
    return [_subject(change, sources, found, lines, calls) for change in changes]


def meant(text: str, sources: Sources) -> list[Ref]:
    """Tickets, or in the mode of invoices those of this number and those of the ticket, and the call of this number.

    A ticket without an invoice is meant in that mode, too: what keeps it is that there is none. A call that was moved
    means its ticket.
    """
    psa, ids = sources.psa, called(text, "id")
    found: list[Ref] = []
    if sources.kind == INVOICE:
        invoices = psa.records(INVOICES, called(text, "invoiceNumber"), WorkInvoice)
        if ids is not NOTHING:
            invoices += psa.records(INVOICES, is_in("ticket/id", [int(text)]), WorkInvoice)
        found = [Ref(INVOICE, "cw", one.key) for one in invoices]
    if not found:
        tickets = [*psa.records(SERVICE_TICKETS, ids, Ticket), *psa.records(PROJECT_TICKETS, ids, ProjectTicket)]
        found = [Ref(TICKET, "cw", one.key) for one in tickets]
    if call := sources.eautomate.calls.call_by_number(text):
        moved = sources.find(TRANSFER, "partner", [call.id], flow=CALL_TRANSFERS)
        found += [Ref(TICKET, "cw", link.cw_id) for link in moved.values()] or [Ref(sources.kind, "partner", call.id)]
    return found


def _subject(
    change: Change,
    sources: Sources,
    entries: Mapping[str, TimeEntry],
    lines: Mapping[str, Link],
    calls: Mapping[str, Link],
) -> Subject:
    if change.kind == TIME:
        return _subject_of_time(change, sources, entries.get(change.id), lines.get(change.id))
    if change.kind != sources.kind:
        other = "invoices" if sources.kind == INVOICE else "tickets"
        return Subject(change, why=f"Calls are made of {other} here, as the setting mode says.")
    if change.side == "cw":
        return Subject(change, change.id)
    if change.id in calls:
        return Subject(change, calls[change.id].cw_id)
    call = sources.eautomate.calls.call(change.id)
    if call is None:
        return Subject(change, why="e-automate does not know this call.")
    id_ = _numbered(call.head, sources)
    return Subject(change, id_, call, "" if id_ else "Its description begins with no number of ConnectWise's.")


def _subject_of_time(change: Change, sources: Sources, entry: TimeEntry | None, line: Link | None) -> Subject:
    """Where the entry is now; where it is no more, the one whose call has its line."""
    if entry is not None:
        invoice = str(entry.invoice.id) if entry.invoice and entry.invoice.id else ""
        id_ = entry.ticket_id if sources.kind == TICKET else invoice
        return Subject(
            change, id_, why=f"It is charged to no ticket{'' if id_ else ' or invoice'} that becomes a call."
        )
    if line is not None and line.agreed.get("kind") == sources.kind:
        return Subject(change, str(line.agreed["home"]))
    return Subject(change, why="ConnectWise does not know this time entry, and no call has a line of it.")


def _numbered(number: str, sources: Sources) -> str:
    """The id of the ticket or invoice with this number."""
    if not number or sources.kind == TICKET:
        return number if number and len(number) < len(str(2**31)) else ""
    found = sources.psa.records(INVOICES, is_in("invoiceNumber", [number]), WorkInvoice)
    return found[0].key if found else ""
