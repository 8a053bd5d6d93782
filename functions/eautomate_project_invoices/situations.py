"""What a decision about a project invoice needs, read and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from shared.partners.eautomate import CUSTOMER, PROJECT_INVOICES
from shared.partners.eautomate_calls import NO_COVER, Cover
from shared.sync.flow import Situation
from shared.sync.needed import Found
from shared.sync.record import NAMELESS, Fields, Name, Ref
from shared.systems.connectwise_psa.projects import Phase, Project
from shared.systems.connectwise_psa.tickets import TimeEntry, WorkInvoice
from shared.systems.eautomate import Call, Item

FLOW = PROJECT_INVOICES
KIND = "project-invoice-call"
PROJECT = "project"
"""The kind under which ConnectWise tells of projects; a project itself is linked to nothing."""

FIXED_FEE = "FixedFee"
NOBODY = Found(Ref(CUSTOMER.kind, "cw", ""))
"""The customer of an invoice that names no company, or that is none of ours."""


@dataclass(frozen=True, kw_only=True)
class ProjectInvoiceSituation(Situation):
    """An invoice (None: ConnectWise does not give it back), its project, and what its call needs.

    `project` is None where the invoice belongs to none. `entries` are read where the project is billed by them; `given`
    names, by time entry, the call that has it already. `technicians` is by member id, `items` by number. `call` is the
    call that the invoice is linked to, `found` are those that an earlier try may have made. `others` are the further
    flows of the connection; `billed_as` is the call that the service flow made of this very invoice.
    """

    settings: ProjectInvoiceSettings
    invoice: WorkInvoice | None = None
    project: Project | None = None
    phase: Phase | None = None
    entries: tuple[TimeEntry, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    customer: Found = NOBODY
    technicians: Mapping[str, Found] = field(default_factory=dict)
    cover: Cover = NO_COVER
    agreement: Name = NAMELESS
    items: Mapping[str, Item | None] = field(default_factory=dict)
    call: Call | None = None
    found: tuple[Call, ...] = ()
    others: frozenset[str] = frozenset()
    billed_as: str = ""

    @property
    def fixed_fee(self) -> bool:
        return method(self.project, self.phase) == FIXED_FEE


def method(project: Project | None, phase: Phase | None) -> str:
    """How an invoice is billed: as its phase, if that is billed separately, else as its project (EA-54)."""
    if phase is not None and phase.separate and phase.method:
        return phase.method
    return project.method if project else ""


def ref(invoice_id: int | str) -> Ref:
    """Where an invoice's link, issues and history belong."""
    return Ref(KIND, "cw", str(invoice_id))


def number_of(invoice: WorkInvoice) -> str:
    """What people know an invoice by; it leads its call's description."""
    return invoice.number.strip() or invoice.key


def invoice_name(invoice: WorkInvoice) -> Name:
    return Name(f"invoice {number_of(invoice)}", invoice.url)


def member_id(entry: TimeEntry) -> str:
    """Who entered it; empty where ConnectWise names nobody."""
    return str(entry.member.id) if entry.member and entry.member.id else ""


def watched(invoice: WorkInvoice, project: Project | None) -> Fields:
    """All of an invoice that a decision depends on: its hash tells whether another look is owed."""
    return {
        "number": invoice.number,
        "type": invoice.type,
        "status": invoice.status.name,
        "company": invoice.company.id if invoice.company else None,
        "agreement": invoice.agreement.id if invoice.agreement else None,
        "phase": invoice.phase.id if invoice.phase else None,
        "po_number": invoice.po_number,
        "time": invoice.time,
        "expenses": invoice.expenses,
        "products": invoice.products,
        "before_tax": invoice.before_tax,
        "project": [project.id, project.name, project.method, project.status, project.type] if project else None,
    }


def watched_entry(entry: TimeEntry) -> Fields:
    """What is remembered of a time entry."""
    return {"hours": entry.billed_hours, "amount": entry.amount}


def watched_call(call: Call) -> Fields:
    """What is kept of a call: whose it is, and what it bills."""
    return {
        "customer": call.customer_id,
        "status": call.status,
        "hours": sum((line.hours or Decimal(0) for line in call.labors), Decimal(0)),
        "parts": [[part.item, part.quantity or Decimal(0)] for part in call.materials],
    }
