"""What a decision about a service call needs, read and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from functions.eautomate_service_calls.settings import ServiceCallSettings
from shared.partners.eautomate import SERVICE_CALLS
from shared.partners.eautomate_calls import Cover, mark
from shared.sync.flow import Situation
from shared.sync.link import Link, State
from shared.sync.needed import Found
from shared.sync.record import Fields, Name, Ref
from shared.systems.connectwise_psa import Reference, Ticket, TicketProduct, TimeEntry, WorkInvoice
from shared.systems.eautomate import Call, Item, Labor

FLOW = SERVICE_CALLS
TICKET = "ticket-call"
INVOICE = "invoice-call"
TIME = "time-labor"
"""A time entry and its labour line. e-automate gives lines no IDs: a line goes by the number of its time entry, which
its remarks say. The link's `agreed` holds what the line was given, in which call, for which ticket or invoice."""

NUMBERED = "numbered-call"
"""Under this kind the table remembers which calls bear a number: the name of what is seen is their IDs (EA-42)."""

TRANSFER = "call-ticket"
"""The transfer flow's link of a call and the ticket that it was moved to."""


@dataclass(frozen=True)
class Job:
    """A ticket or an invoice that is to become a call; `number` is what leads the call's description.

    `adds_up` is what ConnectWise says that a ticket's hours come to, `invoice` the invoice in invoice mode.
    `of_project` says that it is a project's, `merged_into` that another ticket took this one in.
    """

    noun: Literal["ticket", "invoice"]
    id: str
    number: str
    title: str
    name: Name
    status: str
    done: bool
    company: Reference | None = None
    agreement: Reference | None = None
    ticket_id: str = ""
    type: Reference | None = None
    board: str = ""
    contact: str = ""
    po_number: str = ""
    opened: datetime | None = None
    adds_up: Decimal | None = None
    invoice: WorkInvoice | None = None
    of_project: bool = False
    merged_into: int = 0

    @classmethod
    def of_ticket(cls, ticket: Ticket) -> Job:
        return cls(
            "ticket",
            ticket.key,
            ticket.key,
            ticket.summary.strip(),
            Name(f"ticket {ticket.key} {ticket.summary.strip()}".strip(), ticket.url),
            ticket.status.name if ticket.status else "",
            ticket.closed,
            ticket.company,
            ticket.agreement,
            ticket.key,
            ticket.type,
            ticket.board.name if ticket.board else "",
            ticket.contact.strip(),
            ticket.po_number.strip(),
            ticket.entered,
            ticket.hours,
            of_project=ticket.of_project,
            merged_into=(ticket.merged_into.id or 0) if ticket.merged_into else 0,
        )

    @classmethod
    def of_invoice(cls, invoice: WorkInvoice) -> Job:
        number = invoice.number.strip() or invoice.key
        ticket = str(invoice.ticket.id) if invoice.ticket and invoice.ticket.id else ""
        return cls(
            "invoice",
            invoice.key,
            number,
            f"ticket {ticket}" if ticket else "",
            Name(f"invoice {number}", invoice.url),
            invoice.status.name,
            invoice.status.closed,
            invoice.company,
            invoice.agreement,
            ticket,
            po_number=invoice.po_number.strip(),
            invoice=invoice,
            of_project=invoice.project is not None or invoice.phase is not None,
        )

    @property
    def kind(self) -> str:
        return TICKET if self.noun == "ticket" else INVOICE

    @property
    def company_id(self) -> str:
        return str(self.company.id) if self.company and self.company.id else ""

    @property
    def company_name(self) -> Name:
        company = self.company
        called = f"{company.name or company.identifier or company.id}" if company else "none"
        return Name(f"company {called}")


@dataclass(frozen=True)
class Work:
    """A time entry, the technician who is its member, and what the table knows of it.

    `elsewhere` says that a project invoice's call has it.
    """

    entry: TimeEntry
    technician: Found | None = None
    state: State | None = None
    elsewhere: bool = False

    @property
    def ref(self) -> Ref:
        return time_ref(self.entry.key)

    @property
    def link(self) -> Link | None:
        return self.state if isinstance(self.state, Link) else None

    @property
    def given(self) -> Fields:
        """What its labour line was given; nothing while it has none."""
        return self.link.agreed if self.link else {}

    @property
    def held(self) -> bool:
        """Whether a person cancelled it."""
        return bool(getattr(self.state, "held", ""))

    @property
    def who(self) -> str:
        member = self.entry.member
        return (member.name or member.identifier or str(member.id)) if member else "nobody"

    @property
    def day(self) -> date | None:
        return self.entry.start.date() if self.entry.start else None

    @property
    def name(self) -> Name:
        return Name(f"time entry {self.entry.key} of {self.who}{f' on {self.day}' if self.day else ''}")


@dataclass(frozen=True, kw_only=True)
class CallSituation(Situation):
    """A ticket or invoice (`job` None: there is none, `nobody` says why), and what its call needs.

    `works` are its time entries, `products` what it sold, `items` e-automate's items by number. `call` is the call that
    it is linked to, or that was transferred to its ticket (`transferred`); `candidates` are further calls that may be
    its own: unlinked, of its customer, led by its number. `calls` holds every call that has lines of it, by id. `gone`
    are time entries that have a line there and are not in ConnectWise any more. `others` are the further flows in use.
    """

    settings: ServiceCallSettings
    job: Job | None = None
    nobody: str = ""
    works: tuple[Work, ...] = ()
    products: tuple[TicketProduct, ...] = ()
    items: Mapping[str, Item | None] = field(default_factory=dict)
    customer: Found | None = None
    cover: Cover = field(default_factory=Cover)
    call: Call | None = None
    transferred: bool = False
    candidates: tuple[Call, ...] = ()
    calls: Mapping[str, Call] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    bill_codes: frozenset[str] = frozenset()
    call_type: str = ""
    others: frozenset[str] = frozenset()

    @property
    def to_give(self) -> list[Work]:
        """The time entries that no line stands for: nobody cancelled them, and no call has them.

        Time of a call that a person unlinked, and cancelled in e-automate, is given anew.
        """
        return [
            work
            for work in self.works
            if not (work.held or work.elsewhere)
            and (work.link is None or (self.is_left(work) and not self.stands(work)))
        ]

    def is_left(self, work: Work) -> bool:
        """Whether the line of a time entry is in a call that a person unlinked from this ticket or invoice."""
        call = self.link.partner_id if self.link else ""
        return self.is_here(work) and not work.given.get("late") and work.given.get("call") != call

    def stands(self, work: Work) -> bool:
        """Whether the line of a time entry is still there, in a call that was not cancelled."""
        call = self.calls.get(str(work.given.get("call")))
        return call is not None and not call.cancel_code and line_of(call, work.entry.key) is not None

    def is_here(self, work: Work) -> bool:
        """Whether the line of a time entry is in a call of this ticket or invoice."""
        return bool(work.given.get("kind") == self.home.kind and work.given.get("home") == self.home.id)


def time_ref(entry_id: str) -> Ref:
    return Ref(TIME, "cw", entry_id)


def line_of(call: Call, entry_id: str) -> Labor | None:
    """The labour line of a time entry."""
    return next((each for each in call.labors if each.remarks.strip() == mark(entry_id)), None)


def numbered_ref(number: str) -> Ref:
    """Where the calls are remembered that bear this number; no id that people know a record by."""
    return Ref(NUMBERED, "cw", f"number {number}")


def watched(job: Job, entries: Sequence[TimeEntry] | None, products: Sequence[TicketProduct] = ()) -> dict[str, Any]:
    """All of a job that a decision depends on: its hash tells whether another look is owed.

    Without `entries` it is of no interest yet: then its status is all that counts.
    """
    if entries is None:
        return {"status": job.status, "company": job.company_id}
    invoice = job.invoice
    return {
        "status": job.status,
        "done": job.done,
        "company": job.company_id,
        "agreement": job.agreement.id if job.agreement else None,
        "title": job.title,
        "type": job.type.id if job.type else None,
        "board": job.board,
        "contact": job.contact,
        "po_number": job.po_number,
        "merged_into": job.merged_into,
        "adds_up": job.adds_up,
        "totals": [invoice.time, invoice.products, invoice.expenses, invoice.before_tax] if invoice else None,
        "time": {entry.key: watched_entry(entry) for entry in entries},
        "products": {product.key: [product.item, product.left, product.amount, product.how] for product in products},
    }


def watched_entry(entry: TimeEntry) -> dict[str, Any]:
    """All of a time entry that its line depends on."""
    return {
        "member": entry.member.id if entry.member else None,
        "hours": entry.billed_hours,
        "worked": entry.hours,
        "amount": entry.amount,
        "how": entry.how,
        "start": entry.start,
        "end": entry.end,
        "work_type": entry.work_type.id if entry.work_type else None,
        "agreement": entry.agreement.id if entry.agreement else None,
        "notes": entry.notes,
    }
