"""From changes to situations: the call that each is about, its ticket or whose it is to be; one read for each sort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from functions.eautomate_call_transfers.issues import LOCATION
from functions.eautomate_call_transfers.rules import reference
from functions.eautomate_call_transfers.settings import TransferSettings
from functions.eautomate_call_transfers.situations import (
    TransferCall,
    TransferSituation,
    call_ref,
    ticket_name,
    ticket_ref,
    watched_ticket,
)
from shared.partners.eautomate import CUSTOMER, PROJECT_INVOICES, SERVICE_CALLS
from shared.partners.eautomate_sources import EautomateSources
from shared.sync.change import Change
from shared.sync.link import Intent, Link, Pair, Seen, State
from shared.sync.needed import Found
from shared.sync.policies import left_out
from shared.sync.record import Name, Ref, fold
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import Ticket
from shared.systems.connectwise_psa.tickets import SERVICE_TICKETS
from shared.systems.eautomate import Customer

OWNERS: Mapping[str, tuple[str, ...]] = {
    SERVICE_CALLS: ("ticket-call", "invoice-call"),
    PROJECT_INVOICES: ("project-invoice-call",),
}
"""The flows that make calls of ConnectWise records, with the kinds of their links."""

STOREYS = 10
"""How many locations of locations are looked through for the customer at the top."""


class Sources(EautomateSources[TransferSettings]):
    """What every look and every scan reads from."""

    def call(self, call_id: str) -> TransferCall | None:
        found = self.eautomate.calls.call(call_id)
        return TransferCall.of(found) if found else None

    def tickets(self, field: str, values: Iterable[int | str]) -> list[Ticket]:
        """The service tickets with one of these values in a field."""
        wanted = sorted(set(values))
        return self.psa.records(SERVICE_TICKETS, is_in(field, wanted), Ticket) if wanted else []


def situations(changes: Sequence[Change], sources: Sources) -> list[TransferSituation]:
    """One situation for each change, in order."""
    states = dict(sources.links.find({change.ref for change in changes}))
    ids = [_call_id(change, states.get(change.ref)) for change in changes]
    carried = {change.id: TransferCall(**change.carried) for change in changes if change.carried is not None}
    calls = {id_: carried[id_] if id_ in carried else sources.call(id_) for id_ in dict.fromkeys(ids) if id_}
    states |= sources.links.find({call_ref(id_) for id_ in calls} - states.keys())
    batch = Batch(sources, [call for call in calls.values() if call], states)
    return [
        batch.situation(call) if (call := calls.get(id_)) else _nobody(change, id_, states, sources)
        for change, id_ in zip(changes, ids, strict=True)
    ]


def _call_id(change: Change, state: State | None) -> str:
    """The call that a change is about; empty for a ticket that is nobody's."""
    if change.side == "partner":
        return change.id
    return state.partner_id if isinstance(state, Link) else ""


def _nobody(change: Change, call_id: str, states: Mapping[Ref, State], sources: Sources) -> TransferSituation:
    home = call_ref(call_id) if call_id else change.ref
    state = states.get(home)
    called = state.partner_name if isinstance(state, Link) else state.name if isinstance(state, Seen) else ""
    name = Name(called or f"{'call' if call_id else 'ticket'} {home.id}")
    return TransferSituation(home=home, name=name, pairs=(Pair(home, state),), settings=sources.settings)


class Batch:
    """The reads for one batch of calls."""

    def __init__(self, sources: Sources, calls: Sequence[TransferCall], states: Mapping[Ref, State]) -> None:
        self._sources = sources
        self._states = states
        self._links = {call.id: state for call in calls if isinstance(state := states.get(call.ref), Link)}
        unlinked = [call for call in calls if call.id not in self._links]
        self._owners = self._made_here(unlinked)
        self._tickets = {t.key: t for t in sources.tickets("id", (int(link.cw_id) for link in self._links.values()))}
        self._read: dict[str, Customer | None] = {}
        if "branch" in sources.settings.filters:
            self._customers(call.customer_id for call in unlinked)
        to_try = [call for call in unlinked if self._may_be_tried(call)]
        self._customers(call.customer_id for call in to_try)
        self._found = self._carrying({self._reference(call) for call in to_try})
        self._sites = LOCATION.find(sources.links, "partner", {c.id for c in self._theirs(to_try) if c.parent_id})
        self._companies = self._companies_of(self._theirs(to_try))

    def situation(self, call: TransferCall) -> TransferSituation:
        link, customer = self._links.get(call.id), self._read.get(call.customer_id)
        ticket = self._tickets.get(link.cw_id) if link else None
        found = () if link else tuple(self._found.get(self._reference(call).casefold(), ()))
        shown = ticket or (found[0] if len(found) == 1 else None)
        pair = Pair(
            call.ref,
            self._states.get(call.ref),
            cw=watched_ticket(shown) if shown else None,
            partner=call.watched,
            cw_name=ticket_name(shown).text if shown else "" if link else f"ticket for call {call.number}",
            partner_name=call.name.text,
        )
        return TransferSituation(
            home=call.ref,
            name=call.name,
            pairs=(pair,),
            facts=self._facts(call),
            about=(ticket_name(ticket),) if ticket else (),
            settings=self._sources.settings,
            reference=self._reference(call),
            call=call,
            owner=self._owners.get(call.id, ""),
            ticket=ticket,
            found=found,
            customer=customer,
            company=self._companies.get(call.customer_id),
            site=self._sites.get(call.customer_id) if customer and customer.parent_id else None,
        )

    def _reference(self, call: TransferCall) -> str:
        return reference(self._sources.connection, call)

    def _facts(self, call: TransferCall) -> dict[str, str]:
        customer = self._read.get(call.customer_id)
        return {
            "call_type": call.call_type,
            "territory": call.territory,
            "technician": call.technician,
            "branch": customer.branch.strip() if customer else "",
        }

    def _may_be_tried(self, call: TransferCall) -> bool:
        """Whether more must be read: it may become a ticket now, or an earlier try may have made it one."""
        if isinstance(self._states.get(call.ref), Intent):
            return True
        wanted = not (self._owners.get(call.id) or call.has_our_time or call.hold_code)
        return wanted and not left_out(self._sources.settings, self._facts(call))

    def _made_here(self, calls: Sequence[TransferCall]) -> dict[str, str]:
        """By call, the flow that made it of a ConnectWise record (EA-59)."""
        owners: dict[str, str] = {}
        for flow, kinds in OWNERS.items():
            states = self._sources.links.find({Ref(k, "partner", c.id) for k in kinds for c in calls}, flow=flow)
            owners |= {ref.id: flow for ref, state in states.items() if isinstance(state, Link)}
        return owners

    def _carrying(self, references: Iterable[str]) -> dict[str, list[Ticket]]:
        """By reference (case-folded: ConnectWise looks up so), the tickets that carry it and are no other call's."""
        found = self._sources.tickets("externalXRef", references)
        known = self._sources.links.find({ticket_ref(ticket.key) for ticket in found})
        free: dict[str, list[Ticket]] = {}
        for ticket in found:
            if not isinstance(known.get(ticket_ref(ticket.key)), Link):
                free.setdefault(fold(ticket.external_ref), []).append(ticket)
        return free

    # Whose ticket it is to be

    def _customers(self, ids: Iterable[str]) -> None:
        missing = sorted({id_ for id_ in ids if id_} - self._read.keys())
        if missing:
            found = {customer.id: customer for customer in self._sources.eautomate.customers(missing)}
            self._read |= {id_: found.get(id_) for id_ in missing}

    def _theirs(self, calls: Iterable[TransferCall]) -> list[Customer]:
        known = (self._read.get(customer_id) for customer_id in {call.customer_id for call in calls})
        return [customer for customer in known if customer]

    def _companies_of(self, customers: Sequence[Customer]) -> dict[str, Found]:
        """By customer, its company; a location's is that of the next customer above it that has one."""
        top = {customer.id: customer.parent_id or customer.id for customer in customers}
        for _ in range(STOREYS):
            found = CUSTOMER.find(self._sources.links, "partner", top.values())
            unlinked = {id_ for id_ in top.values() if found[id_].link is None}
            self._customers(unlinked)
            above = {id_: c.parent_id for id_ in unlinked if (c := self._read.get(id_)) and c.parent_id}
            if not above:
                break
            top = {customer: above.get(id_, id_) for customer, id_ in top.items()}
        return {customer: found[id_] for customer, id_ in top.items()} if top else {}
