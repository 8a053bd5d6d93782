"""From changes to situations: which ticket or invoice each change is about, and all that a decision about it needs.

A call carries no ConnectWise id, so one that exists already is known by the number at the head of its description
(EA-42). It is looked for where that is cheap: a scan reads each call that somebody opened, once; a look reads the calls
opened since an intent was written, or, before it makes a call, those that no scan may have seen yet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.eautomate_service_calls.situations import (
    INVOICE,
    TICKET,
    TRANSFER,
    CallSituation,
    Job,
    Work,
    numbered_ref,
    time_ref,
    watched,
    watched_entry,
)
from functions.eautomate_service_calls.sources import Charged, Sources, is_wanted
from functions.eautomate_service_calls.subjects import Subject, subjects
from shared.partners.eautomate import (
    AGREEMENTS,
    CALL_TRANSFERS,
    CONTRACT,
    CUSTOMER,
    PROJECT_INVOICES,
    REFERENCE_DATA,
    TECHNICIAN,
    code_id,
)
from shared.partners.eautomate_calls import NO_COVER, Cover, call_name, cover, given_by_projects, leads, mark, marks
from shared.sync.change import Change
from shared.sync.link import Intent, Link, Pair, Seen, State
from shared.sync.needed import Found
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import TimeEntry
from shared.systems.connectwise_psa.tickets import PROJECT
from shared.systems.eautomate import Call, Item

_MARKED = re.compile(re.escape(mark("")) + r"(\d+)")


def situations(changes: Sequence[Change], sources: Sources) -> list[CallSituation]:
    """One situation for each change, in order."""
    about = subjects(changes, sources)
    ids = {subject.id for subject in about if subject.id}
    refs = {Ref(sources.kind, "cw", id_) for id_ in ids} | {subject.change.ref for subject in about}
    batch = Batch(sources, sources.jobs(ids), sources.links.find(refs))
    batch.read([subject.call for subject in about if subject.call])
    return [_situation(subject, batch) for subject in about]


def _situation(subject: Subject, batch: Batch) -> CallSituation:
    """The situation of the ticket or invoice; a call that led to it is remembered, too."""
    if not subject.id:
        return _nobody(subject, batch)
    made = batch.situation(subject.id)
    if subject.call is None:
        return made
    pairs = (*made.pairs, _call_pair(subject, batch))
    if made.job is not None and made.link is None:
        pairs = (*pairs, batch.numbered(made.job, subject.call))
    return replace(made, pairs=pairs)


def _nobody(subject: Subject, batch: Batch) -> CallSituation:
    ref = subject.change.ref
    pair = _call_pair(subject, batch) if subject.call else Pair(ref, batch.state(ref))
    name = call_name(subject.call) if subject.call else Name(f"{ref.kind.partition('-')[0]} {ref.id}")
    return CallSituation(home=ref, name=name, pairs=(pair,), settings=batch.sources.settings, nobody=subject.why)


def _call_pair(subject: Subject, batch: Batch) -> Pair:
    ref, call = subject.change.ref, subject.call
    assert call is not None
    return Pair(ref, batch.state(ref), partner=watched_call(call), partner_name=str(call_name(call)))


def watched_call(call: Call) -> dict[str, str]:
    """What a scan sees of a call that somebody opened."""
    return {"head": call.head, "customer": call.customer_id}


# All that is known of some tickets or invoices


@dataclass
class Batch:
    """What is read for a batch of tickets or invoices, mostly by their ids."""

    sources: Sources
    jobs: Mapping[str, Job]
    states: dict[Ref, State]
    charged: Mapping[str, Charged] = field(default_factory=dict)
    customers: Mapping[str, Found] = field(default_factory=dict)
    technicians: Mapping[str, Found] = field(default_factory=dict)
    contracts: Mapping[str, Found] = field(default_factory=dict)
    bill_codes: Mapping[str, Link] = field(default_factory=dict)
    call_types: Mapping[str, Link] = field(default_factory=dict)
    transfers: dict[str, str] = field(default_factory=dict)
    items: dict[str, Item | None] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    candidates: dict[str, tuple[Call, ...]] = field(default_factory=dict)
    gone: dict[str, tuple[str, ...]] = field(default_factory=dict)
    by_projects: Mapping[str, Link] = field(default_factory=dict)

    def read(self, led_here: Sequence[Call]) -> None:
        """Reads everything, in batches; `led_here` are calls that changes were about."""
        if not self.jobs:
            return
        unlinked = [job for job in self.jobs.values() if self._link(job) is None]
        self.states |= self.sources.links.find({numbered_ref(job.number) for job in unlinked}) if unlinked else {}
        close = [job for job in self.jobs.values() if self.sources.of_interest(job, self.state(self._home(job)))]
        self.charged = self.sources.charged(close)
        entries = [entry for charged in self.charged.values() for entry in charged.entries]
        self.states |= self.sources.links.find({time_ref(entry.key) for entry in entries}) if entries else {}
        self._read_mappings(entries)
        self._read_calls(close)
        self._read_gone(close)
        self._read_candidates(close, led_here)
        for number in self._item_numbers():
            self.items[number] = self.sources.eautomate.items.item(number)

    def state(self, ref: Ref) -> State | None:
        return self.states.get(ref)

    def _home(self, job: Job) -> Ref:
        return Ref(self.sources.kind, "cw", job.id)

    def _link(self, job: Job) -> Link | None:
        state = self.state(self._home(job))
        return state if isinstance(state, Link) else None

    def _line(self, entry: TimeEntry) -> Link | None:
        state = self.state(time_ref(entry.key))
        return state if isinstance(state, Link) else None

    def numbered(self, job: Job, call: Call) -> Pair:
        """What is remembered of a number that a call bears, so that the call is known when the job is ready."""
        ids = sorted({*self._bearing(job), call.id}, key=int)
        ref = numbered_ref(job.number)
        return Pair(ref, self.state(ref), cw={"calls": ids}, cw_name=" ".join(ids))

    def _bearing(self, job: Job) -> list[str]:
        state = self.state(numbered_ref(job.number))
        return state.name.split() if isinstance(state, Seen) else []

    def _read_mappings(self, entries: Sequence[TimeEntry]) -> None:
        """The other flows' links that calls build on (EA-06, EA-39)."""
        links = self.sources.links
        self.customers = CUSTOMER.find(links, "cw", {job.company_id for job in self.jobs.values()} - {""})
        self.technicians = TECHNICIAN.find(links, "cw", {str(e.member.id) for e in entries if e.member})
        self.by_projects = given_by_projects(links, {entry.key for entry in entries if entry.charged_to == PROJECT})
        agreements = {agreement for job in self.jobs.values() if (agreement := self._agreement(job))}
        self.contracts = CONTRACT.find(links, "cw", agreements)
        find = self.sources.find
        self.bill_codes = find(
            "work-type-bill-code", "cw", {str(e.work_type.id) for e in entries if e.work_type}, flow=REFERENCE_DATA
        )
        types = {str(job.type.id) for job in self.jobs.values() if job.type}
        self.call_types = find("service-type-call-type", "cw", types, flow=REFERENCE_DATA)
        self._read_transfers()

    def _read_transfers(self) -> None:
        """By job, the call from which its ticket was made, unless another invoice of that ticket took it before."""
        tickets = {job.ticket_id for job in self.jobs.values() if self._link(job) is None}
        found = self.sources.find(TRANSFER, "cw", tickets, flow=CALL_TRANSFERS)
        taken = self.sources.find(self.sources.kind, "partner", {link.partner_id for link in found.values()})
        for job in self.jobs.values():
            link = found.get(job.ticket_id)
            if link and self._link(job) is None and link.partner_id not in taken:
                self.transfers[job.id] = link.partner_id

    def _agreement(self, job: Job) -> str:
        """The agreement that covers a job: its own, else the one that all its time is under."""
        if job.agreement and job.agreement.id:
            return str(job.agreement.id)
        charged = self.charged.get(job.id, Charged())
        theirs = {entry.agreement.id if entry.agreement else None for entry in charged.entries}
        only = theirs.pop() if len(theirs) == 1 else None
        return str(only) if only else ""

    def _read_calls(self, jobs: Sequence[Job]) -> None:
        """The calls that jobs are linked to, were transferred from, or had late time put into."""
        wanted = {link.partner_id for job in jobs if (link := self._link(job))}
        wanted |= {self.transfers[job.id] for job in jobs if job.id in self.transfers}
        wanted |= {
            str(line.agreed["call"])
            for job in jobs
            for entry in self.charged[job.id].entries
            if (line := self._line(entry)) and "call" in line.agreed
        }
        for id_ in sorted(wanted):
            if call := self.sources.eautomate.calls.call(id_):
                self.calls[id_] = call

    def _calls_of(self, job: Job) -> dict[str, Call]:
        """By id, the calls that have lines of a job: its own, and those of late time."""
        ids = {link.partner_id} if (link := self._link(job)) else set()
        for entry in self.charged[job.id].entries:
            line = self._line(entry)
            if line and line.agreed.get("home") == job.id:
                ids.add(str(line.agreed["call"]))
        return {id_: self.calls[id_] for id_ in sorted(ids) if id_ in self.calls}

    def _read_gone(self, jobs: Sequence[Job]) -> None:
        """Lines whose time entries the job lacks: those that ConnectWise does not have at all any more."""
        lacking: dict[str, set[str]] = {}
        for job in jobs:
            lines = {line for call in self._calls_of(job).values() for line in _lines_of(call)}
            lacking[job.id] = lines - {entry.key for entry in self.charged[job.id].entries}
        asked = set().union(*lacking.values())
        there = self.sources.entries(asked)
        self.gone = {id_: tuple(sorted(ids - set(there))) for id_, ids in lacking.items()}

    def _item_numbers(self) -> list[str]:
        """The items of what is still to be given: products by their own numbers, or the one that carries their sum."""
        settings, numbers = self.sources.settings, set()
        for job in self.jobs.values():
            charged = self.charged.get(job.id)
            if charged is None or ((link := self._link(job)) and link.agreed):
                continue
            if job.invoice and settings.product_item and job.invoice.products:
                numbers.add(settings.product_item)
            else:
                numbers |= {product.item for product in charged.products}
            if job.invoice and settings.expense_item and job.invoice.expenses:
                numbers.add(settings.expense_item)
        return sorted(numbers)

    # Calls that exist already

    def _read_candidates(self, jobs: Sequence[Job], led_here: Sequence[Call]) -> None:
        wanting = {job: since for job in jobs if (since := self._looks_since(job))}
        known = {call.id: call for call in led_here}
        for id_ in dict.fromkeys(id_ for job in jobs if self._link(job) is None for id_ in self._bearing(job)):
            if id_ not in known and (call := self.sources.eautomate.calls.call(id_)):
                known[id_] = call
        if wanting:
            known |= {call.id: call for call in self.sources.eautomate.calls.created_since(min(wanting.values()))}
        # Whose a call is already is asked only of those that may be one of these jobs', not of all that were opened.
        found = {job.id: [call for call in known.values() if self._may_be(job, call)] for job in self.jobs.values()}
        taken = self._taken([call for calls in found.values() for call in calls]) if any(found.values()) else set()
        self.candidates = {id_: tuple(call for call in calls if call.id not in taken) for id_, calls in found.items()}

    def _looks_since(self, job: Job) -> datetime | None:
        """From when on calls are looked through for a job: since its intent; before it gets one, since the last runs.

        Whatever is older, a scan has seen.
        """
        entries = self.charged[job.id].entries
        states = [self.state(self._home(job)), *(self.state(time_ref(entry.key)) for entry in entries)]
        if intents := [state.at for state in states if isinstance(state, Intent)]:
            return min(intents)
        customer = self.customers.get(job.company_id)
        new = self._link(job) is None and job.id not in self.transfers and is_wanted(job, self.sources.settings)
        if new and entries and customer and customer.link:
            return self._recently()
        return None

    def _recently(self) -> datetime:
        return self.sources.eautomate.server_time() - 2 * timedelta(minutes=self.sources.settings.every_minutes)

    def _taken(self, calls: Collection[Call]) -> set[str]:
        """Those that are some other record's already: linked here, or a transfer's, or a project invoice's (EA-59)."""
        ids, find = {call.id for call in calls}, self.sources.find
        return {
            *find(TICKET, "partner", ids),
            *find(INVOICE, "partner", ids),
            *find(TRANSFER, "partner", ids, flow=CALL_TRANSFERS),
            *find("project-invoice-call", "partner", ids, flow=PROJECT_INVOICES),
        }

    def _may_be(self, job: Job, call: Call) -> bool:
        """EA-42: led by the whole number, not cancelled; with a line of its time, or its customer's and with none."""
        if call.cancel_code or not leads(job.number, call.description):
            return False
        if lines := _lines_of(call):
            return bool(lines & {entry.key for entry in self.charged.get(job.id, Charged()).entries})
        customer = self.customers.get(job.company_id)
        return customer is not None and call.customer_id == customer.partner_id

    # The situation

    def situation(self, id_: str) -> CallSituation:
        job = self.jobs.get(id_)
        home = Ref(self.sources.kind, "cw", id_)
        state = self.state(home)
        if job is None:
            name = Name((state.cw_name if isinstance(state, Link) else "") or f"{home.kind.partition('-')[0]} {id_}")
            why = "ConnectWise does not know it."
            return CallSituation(
                home=home, name=name, pairs=(Pair(home, state),), settings=self.sources.settings, nobody=why
            )
        charged = self.charged.get(id_)
        works = tuple(map(self._work, charged.entries)) if charged else ()
        link = self._link(job)
        call = self.calls.get(link.partner_id if link else self.transfers.get(id_, ""))
        products = charged.products if charged else ()
        pair = Pair(
            home,
            state,
            cw=watched(job, charged.entries if charged else None, products),
            cw_name=str(job.name),
            partner_name=str(call_name(call)) if call else "",
        )
        return CallSituation(
            home=home,
            name=job.name,
            pairs=(pair, *map(_time_pair, works)),
            facts={"board": job.board, "type": job.type.name if job.type else ""},
            settings=self.sources.settings,
            job=job,
            works=works,
            products=products,
            items=self.items,
            customer=self.customers.get(job.company_id),
            cover=self._cover(job),
            call=call,
            transferred=id_ in self.transfers,
            candidates=self.candidates.get(id_, ()),
            calls=self._calls_of(job) if charged else {},
            gone=self.gone.get(id_, ()),
            bill_codes=frozenset(
                code_id(self.bill_codes[str(work.entry.work_type.id)].partner_id)
                for work in works
                if work.entry.work_type and str(work.entry.work_type.id) in self.bill_codes
            ),
            call_type=self._call_type(job),
            others=self.sources.flows,
        )

    def _work(self, entry: TimeEntry) -> Work:
        technician = self.technicians.get(str(entry.member.id)) if entry.member else None
        return Work(entry, technician, self.state(time_ref(entry.key)), entry.key in self.by_projects)

    def _call_type(self, job: Job) -> str:
        link = self.call_types.get(str(job.type.id)) if job.type else None
        return code_id(link.partner_id) if link else ""

    def _cover(self, job: Job) -> Cover:
        """EA-06: the contract, by its agreement's link; with the agreement flow off, by what the customer has."""
        agreement = self._agreement(job)
        found = self.contracts.get(agreement) if agreement and job.id in self.charged else None
        customer = self.customers.get(job.company_id)
        if found is None or customer is None:
            return NO_COVER
        on = AGREEMENTS in self.sources.flows
        return cover(found, customer, agreements_on=on, active=self.sources.eautomate.contracts.active)


def _time_pair(work: Work) -> Pair:
    return Pair(work.ref, work.state, cw=watched_entry(work.entry), cw_name=str(work.name))


def _lines_of(call: Call) -> set[str]:
    """The time entries that a call's lines say they are."""
    return {found[1] for said in marks(call.labors) if (found := _MARKED.fullmatch(said))}
