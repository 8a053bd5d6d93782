"""Where the service call flow reads: the links, both systems, and its settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from functions.eautomate_service_calls.settings import ServiceCallSettings
from functions.eautomate_service_calls.situations import INVOICE, TICKET, Job
from shared.partners.eautomate_sources import EautomateSources
from shared.sync.link import Intent, Link, State
from shared.sync.record import Ref, fold
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import ProjectTicket, Ticket, TicketProduct, TimeEntry, WorkInvoice
from shared.systems.connectwise_psa.tickets import INVOICES, PRODUCTS, PROJECT_TICKETS, SERVICE_TICKETS, TIME_ENTRIES


@dataclass(frozen=True)
class Charged:
    """What is charged to one ticket or invoice."""

    entries: tuple[TimeEntry, ...] = ()
    products: tuple[TicketProduct, ...] = ()


class Sources(EautomateSources[ServiceCallSettings]):
    """What every look and every scan reads from."""

    @property
    def kind(self) -> str:
        """What becomes a call in this mode: a ticket or an invoice."""
        return TICKET if self.settings.mode == "ticket" else INVOICE

    def jobs(self, ids: Iterable[str]) -> dict[str, Job]:
        """The tickets (or invoices) with these ids; service and project tickets are two lists over one space of ids."""
        wanted = sorted({int(id_) for id_ in ids})
        if not wanted:
            return {}
        if self.kind == INVOICE:
            return _by_id(map(Job.of_invoice, self.psa.records(INVOICES, is_in("id", wanted), WorkInvoice)))
        found: list[Ticket] = self.psa.records(SERVICE_TICKETS, is_in("id", wanted), Ticket)
        if left := sorted(set(wanted) - {ticket.id for ticket in found}):
            found = [*found, *self.psa.records(PROJECT_TICKETS, is_in("id", left), ProjectTicket)]
        return _by_id(map(Job.of_ticket, found))

    def of_interest(self, job: Job, state: State | None) -> bool:
        """Whether its time matters: it is to become a call, or has one."""
        return isinstance(state, Link | Intent) or is_wanted(job, self.settings)

    def charged(self, jobs: Collection[Job]) -> dict[str, Charged]:
        """Time entries by when the work began, and products that are billed, of these tickets or invoices."""
        if not jobs:
            return {}
        ours = "invoice" if self.kind == INVOICE else "ticket"
        wanted = is_in(f"{ours}/id", sorted(int(job.id) for job in jobs))
        entries = self.psa.records(TIME_ENTRIES, wanted, TimeEntry)
        products = self.psa.records(PRODUCTS, wanted, TicketProduct) if self.settings.products else []
        return {
            job.id: Charged(
                tuple(sorted((e for e in entries if _id(getattr(e, ours)) == job.id), key=_began)),
                tuple(p for p in products if _id(getattr(p, ours)) == job.id and p.left > 0 and p.how != "DoNotBill"),
            )
            for job in jobs
        }

    def entries(self, ids: Iterable[str]) -> dict[str, TimeEntry]:
        """The time entries with these ids, by id."""
        wanted = sorted({int(id_) for id_ in ids})
        found = self.psa.records(TIME_ENTRIES, is_in("id", wanted), TimeEntry) if wanted else []
        return {entry.key: entry for entry in found}

    def find(self, kind: str, side: str, ids: Iterable[str], *, flow: str = "") -> Mapping[str, Link]:
        """The links of these records, by id; those without one are absent."""
        refs = {Ref(kind, "cw" if side == "cw" else "partner", id_) for id_ in ids if id_}
        states = self.links.find(refs, flow=flow) if refs else {}
        return {ref.id: state for ref, state in states.items() if isinstance(state, Link)}


def is_wanted(job: Job, settings: ServiceCallSettings) -> bool:
    """EA-43: whether its status is one of those that make it a call."""
    return fold(job.status) in {fold(status) for status in settings.statuses}


def _by_id(jobs: Iterable[Job]) -> dict[str, Job]:
    return {job.id: job for job in jobs}


def _id(reference: object) -> str:
    return str(getattr(reference, "id", "") or "")


def _began(entry: TimeEntry) -> tuple[str, int]:
    return (entry.start.isoformat() if entry.start else "", entry.id)
