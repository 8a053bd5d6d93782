"""What is read for project invoices: in batches, and of each invoice no more than its decision will need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from functions.eautomate_project_invoices.rules import left_alone
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import (
    FIXED_FEE,
    KIND,
    NOBODY,
    PROJECT,
    ProjectInvoiceSituation,
    invoice_name,
    member_id,
    method,
    number_of,
    ref,
    watched,
    watched_call,
    watched_entry,
)
from shared.partners.eautomate import AGREEMENTS, CONTRACT, CUSTOMER, SERVICE_CALLS, TECHNICIAN
from shared.partners.eautomate_calls import (
    NO_COVER,
    PROJECT_TIME,
    Cover,
    call_name,
    cover,
    given_by_projects,
    given_by_service,
    leads,
    mark,
    marks,
)
from shared.partners.eautomate_sources import EautomateSources
from shared.sync.change import Change
from shared.sync.link import Intent, Link, Pair, Seen, State
from shared.sync.needed import Found
from shared.sync.record import NAMELESS, Name, Ref
from shared.systems.conditions import any_of, is_in
from shared.systems.connectwise_psa import Reference
from shared.systems.connectwise_psa.projects import PHASES, PROJECTS, Phase, Project
from shared.systems.connectwise_psa.tickets import (
    INVOICES,
    PROJECT_TICKETS,
    TIME_ENTRIES,
    ProjectTicket,
    TimeEntry,
    WorkInvoice,
)
from shared.systems.eautomate import Call, Item

TICKET_CALL, INVOICE_CALL = "ticket-call", "invoice-call"
"""The service flow's kinds of links, one for each of its two modes."""


class Sources(EautomateSources[ProjectInvoiceSettings]):
    """What every look and every scan reads from."""

    def projects(self, invoices: Iterable[WorkInvoice]) -> dict[int, Project]:
        """By invoice, the project that it belongs to: by its own word, or by its ticket's, which may be a project's."""
        invoices = list(invoices)
        asked = {one.ticket.id for one in invoices if one.project is None and one.ticket and one.ticket.id}
        tickets = self.psa.records(PROJECT_TICKETS, is_in("id", sorted(asked)), ProjectTicket) if asked else []
        by_ticket = {ticket.id: ticket.project for ticket in tickets}
        named = {one.id: one.project or by_ticket.get(one.ticket.id or 0 if one.ticket else 0) for one in invoices}
        ids = sorted({project.id for project in named.values() if project and project.id})
        read = {one.id: one for one in self.psa.records(PROJECTS, is_in("id", ids), Project)} if ids else {}
        return {
            invoice: read.get(project.id, Project(id=project.id, name=project.name))
            for invoice, project in named.items()
            if project and project.id
        }


@dataclass
class Observing:
    """The reads for one batch of changes."""

    sources: Sources
    changes: Sequence[Change]
    invoices: dict[int, WorkInvoice] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    states: dict[Ref, State] = field(default_factory=dict)

    def situations(self) -> list[ProjectInvoiceSituation]:
        """One for each change, in order."""
        self._read_invoices()
        homes = [self._home(change) for change in self.changes]
        wanted = {home: self.invoices.get(int(home.id)) for home in homes if home.kind == KIND}
        invoices = [invoice for invoice in wanted.values() if invoice is not None]
        ours = [invoice for invoice in invoices if self._is_ours(invoice)]
        known = Known.read(self.sources, ours, self.projects, self.states)
        made = {home: self._situation(home, invoice, known) for home, invoice in wanted.items()}
        return [made[home] if home in made else self._no_invoice(home) for home in homes]

    def _read_invoices(self) -> None:
        named = {kind: sorted({int(c.id) for c in self.changes if c.kind == kind}) for kind in (KIND, PROJECT)}
        condition = any_of(is_in("id", named[KIND]), is_in("project/id", named[PROJECT]))
        found = self.sources.psa.records(INVOICES, condition, WorkInvoice)
        self.invoices = {invoice.id: invoice for invoice in found}
        self.projects = self.sources.projects(found)
        self.states = self.sources.links.find({ref(id_) for id_ in {*self.invoices, *named[KIND]}})

    def _home(self, change: Change) -> Ref:
        """The invoice that a change is about; of a project's invoices, the first that is no settled call yet."""
        if change.kind != PROJECT:
            return change.ref
        theirs = [one for one in self.invoices.values() if one.project and one.project.id == int(change.id)]
        waiting = (one for one in theirs if not self._is_settled(ref(one.id)))
        first = next(waiting, None) or (theirs[-1] if theirs else None)
        return ref(first.id) if first else change.ref

    def _is_settled(self, home: Ref) -> bool:
        match self.states.get(home):
            case Link(waiting=waiting):
                return not waiting
            case Seen(state=state):
                return state == "skipped"
        return False

    def _is_ours(self, invoice: WorkInvoice) -> bool:
        """Whether the look may come to a call, or has one: of all others nothing more is read."""
        state, project = self.states.get(ref(invoice.id)), self.projects.get(invoice.id)
        return isinstance(state, Link | Intent) or not left_alone(
            invoice, project, self.sources.settings, self.sources.flows
        )

    def _no_invoice(self, home: Ref) -> ProjectInvoiceSituation:
        return ProjectInvoiceSituation(
            home=home,
            name=Name(f"project {home.id}"),
            pairs=(Pair(home, self.states.get(home)),),
            settings=self.sources.settings,
        )

    def _situation(self, home: Ref, invoice: WorkInvoice | None, known: Known) -> ProjectInvoiceSituation:
        state = self.states.get(home)
        if invoice is None:
            name = Name((state.cw_name if isinstance(state, Link) else "") or f"invoice with the id {home.id}")
            return ProjectInvoiceSituation(
                home=home, name=name, pairs=(Pair(home, state),), settings=self.sources.settings
            )
        name, project = invoice_name(invoice), self.projects.get(invoice.id)
        call = known.calls.get(invoice.id)
        pair = Pair(
            home,
            state,
            cw=watched(invoice, project),
            partner=watched_call(call) if call else None,
            cw_name=str(name),
            partner_name=str(call_name(call)) if call else "",
        )
        agreement = known.agreements.get(invoice.id)
        entries = known.entries.get(invoice.id, ())
        return ProjectInvoiceSituation(
            home=home,
            name=name,
            pairs=(pair, *known.to_remember(home, entries, call)),
            facts=_facts(project, known.phases.get(invoice.id)),
            about=(Name(f"project {project.name}", project.url),) if project else (),
            settings=self.sources.settings,
            invoice=invoice,
            project=project,
            phase=known.phases.get(invoice.id),
            entries=entries,
            given=known.given,
            customer=known.customers.get(_company(invoice), NOBODY),
            technicians=known.technicians,
            cover=known.covers.get(invoice.id, NO_COVER),
            agreement=Name(f"agreement {agreement.name or agreement.id}") if agreement else NAMELESS,
            items=known.items,
            call=call,
            found=known.found.get(invoice.id, ()),
            others=self.sources.flows,
            billed_as=known.billed_as.get(invoice.id, ""),
        )


@dataclass
class Known:
    """What is known of a batch of invoices that may become calls, mostly by invoice id."""

    sources: Sources
    invoices: Sequence[WorkInvoice]
    projects: Mapping[int, Project]
    states: Mapping[Ref, State]
    phases: dict[int, Phase] = field(default_factory=dict)
    entries: dict[int, tuple[TimeEntry, ...]] = field(default_factory=dict)
    entry_states: dict[Ref, State] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    customers: Mapping[str, Found] = field(default_factory=dict)
    technicians: Mapping[str, Found] = field(default_factory=dict)
    agreements: dict[int, Reference] = field(default_factory=dict)
    covers: dict[int, Cover] = field(default_factory=dict)
    items: dict[str, Item | None] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    found: dict[int, tuple[Call, ...]] = field(default_factory=dict)
    billed_as: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        sources: Sources,
        invoices: Sequence[WorkInvoice],
        projects: Mapping[int, Project],
        states: Mapping[Ref, State],
    ) -> Known:
        known = cls(sources, invoices, projects, states)
        if invoices:
            known._read()
        return known

    def _read(self) -> None:
        links = self.sources.links
        self._read_phases()
        self._read_entries()
        self.customers = CUSTOMER.find(links, "cw", {_company(one) for one in self.invoices} - {""})
        members = {member_id(entry) for each in self.entries.values() for entry in each}
        self.technicians = TECHNICIAN.find(links, "cw", members - {""})
        self._read_calls()
        unlinked = [one for one in self.invoices if not isinstance(self.states.get(ref(one.id)), Link)]
        self._read_covers(unlinked)
        self._read_items(unlinked)
        self._read_given(unlinked)

    def _read_phases(self) -> None:
        wanted: dict[int, set[int]] = {}
        for one in self.invoices:
            if one.phase and one.phase.id and one.id in self.projects:
                wanted.setdefault(self.projects[one.id].id, set()).add(one.phase.id)
        read: dict[int, Phase] = {}
        for project, ids in wanted.items():
            path = PHASES.format(project=project)
            read |= {phase.id: phase for phase in self.sources.psa.records(path, is_in("id", sorted(ids)), Phase)}
        self.phases = {one.id: read[one.phase.id] for one in self.invoices if one.phase and one.phase.id in read}

    def _read_entries(self) -> None:
        ids = [one.id for one in self.invoices if self._method(one) != FIXED_FEE]
        found = self.sources.psa.records(TIME_ENTRIES, is_in("invoice/id", ids), TimeEntry) if ids else []
        for entry in found:
            if entry.invoice and entry.invoice.id:
                self.entries[entry.invoice.id] = (*self.entries.get(entry.invoice.id, ()), entry)

    def _customer(self, invoice: WorkInvoice) -> Found:
        return self.customers.get(_company(invoice), NOBODY)

    def _method(self, invoice: WorkInvoice) -> str:
        return method(self.projects.get(invoice.id), self.phases.get(invoice.id))

    def _read_calls(self) -> None:
        """The calls of linked invoices; and, of those opened since an intent was written, what its number leads."""
        calls = self.sources.eautomate.calls
        states = {one.id: self.states.get(ref(one.id)) for one in self.invoices}
        intended = [state.at for state in states.values() if isinstance(state, Intent)]
        opened = list(calls.created_since(min(intended))) if intended else []
        taken = self._linked(opened) if opened else set()
        free = [call for call in opened if call.id not in taken]
        for one in self.invoices:
            match states[one.id]:
                case Link(partner_id=id_):
                    if call := calls.call(id_):
                        self.calls[one.id] = call
                case Intent():
                    customer = self._customer(one).partner_id
                    self.found[one.id] = tuple(
                        call
                        for call in free
                        if leads(number_of(one), call.description) and customer in ("", call.customer_id)
                    )

    def _linked(self, calls: Sequence[Call]) -> set[str]:
        """Which of these calls are some other record's, in this flow or in the service flow (EA-59)."""
        found: set[str] = set()
        for flow, kinds in (("", (KIND,)), (SERVICE_CALLS, (TICKET_CALL, INVOICE_CALL))):
            refs = {Ref(kind, "partner", call.id) for kind in kinds for call in calls}
            states = self.sources.links.find(refs, flow=flow)
            found |= {at.id for at, state in states.items() if isinstance(state, Link)}
        return found

    def _read_covers(self, invoices: Sequence[WorkInvoice]) -> None:
        """EA-06: by the agreement of invoice, phase or project; with the agreement flow off, by what there is."""
        for one in invoices:
            project, phase = self.projects.get(one.id), self.phases.get(one.id)
            named = (one.agreement, phase.agreement if phase else None, project.agreement if project else None)
            for agreement in named:
                if agreement and agreement.id:
                    self.agreements.setdefault(one.id, agreement)
        known = CONTRACT.find(self.sources.links, "cw", {str(each.id) for each in self.agreements.values()})
        on = AGREEMENTS in self.sources.flows
        for one in invoices:
            if one.id in self.agreements:
                found, active = known[str(self.agreements[one.id].id)], self.sources.eautomate.contracts.active
                self.covers[one.id] = cover(found, self._customer(one), agreements_on=on, active=active)

    def _read_items(self, invoices: Sequence[WorkInvoice]) -> None:
        """The items that are to carry amounts; each is a request, so only those that an invoice here needs."""
        settings = self.sources.settings
        needed = {
            number
            for one in invoices
            for number, needs in (
                (settings.fee_item, self._method(one) == FIXED_FEE),
                (settings.expense_item, one.expenses > 0),
                (settings.product_item, one.products > 0),
            )
            if needs
        }
        self.items = {number: self.sources.eautomate.items.item(number) for number in sorted(needed - {""})}

    # What was given before (EA-59)

    def _read_given(self, invoices: Sequence[WorkInvoice]) -> None:
        links = self.sources.links
        service = links.find({Ref(INVOICE_CALL, "cw", one.key) for one in invoices}, flow=SERVICE_CALLS)
        self.billed_as = {int(at.id): _called(state) for at, state in service.items() if isinstance(state, Link)}
        entries = {entry.key: entry for each in self.entries.values() for entry in each}
        if not entries:
            return
        self.entry_states = links.find({Ref(PROJECT_TIME, "cw", id_) for id_ in entries})
        for id_, link in given_by_projects(links, entries).items():
            invoice = entries[id_].invoice
            if invoice and str(invoice.id) != link.cw_id:
                self.given[id_] = self._given_as(link.partner_id, link.cw_name)
        for id_, link in given_by_service(links, entries).items():
            self.given[id_] = self._given_as(str(link.agreed.get("call", "")), str(link.agreed.get("name", "")))

    def _given_as(self, call_id: str, of: str) -> str:
        """A call by the number that people know, and what it was made of."""
        call = self.sources.eautomate.calls.call(call_id)
        called = str(call_name(call)) if call else f"the call with the ID {call_id}"
        return f"{called} of {of}" if of else called

    def to_remember(self, home: Ref, entries: Sequence[TimeEntry], call: Call | None) -> list[Pair]:
        """The entries of which it is yet to be kept that they are this invoice's; of a call's, those that it has."""
        has = marks(call.labors) if call else frozenset()
        pairs = []
        for entry in entries:
            at = Ref(PROJECT_TIME, "cw", entry.key)
            state = self.entry_states.get(at)
            done = isinstance(state, Seen) and state.scope == home and state.state == "skipped"
            if not done and (mark(entry.key) in has if call else entry.key not in self.given):
                pairs.append(Pair(at, state, cw=watched_entry(entry), cw_name=f"time entry {entry.key}"))
        return pairs


def _company(invoice: WorkInvoice) -> str:
    return str(invoice.company.id) if invoice.company and invoice.company.id else ""


def _called(link: Link) -> str:
    return link.partner_name or f"the call with the ID {link.partner_id}"


def _facts(project: Project | None, phase: Phase | None) -> dict[str, str]:
    if project is None:
        return {}
    return {
        "project_type": project.type,
        "project_status": project.status,
        "billing_method": method(project, phase),
    }
