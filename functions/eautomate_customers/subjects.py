"""Which customer each change is about: the one it names, or the one that a company is linked to or carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.eautomate_customers.mapping import carried
from functions.eautomate_customers.situations import COMPANY, customer_ref
from functions.eautomate_customers.sources import Sources
from shared.sync.change import Change
from shared.sync.link import Link, Seen, State
from shared.sync.record import Ref, fold
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import Company
from shared.systems.eautomate import Customer


@dataclass(frozen=True)
class Subject:
    """What one change comes to: the customer (None: there is none), and the company that was read on the way.

    `state` is what the table knows of the record that the change names.
    """

    change: Change
    state: State | None = None
    customer: Customer | None = None
    company: Company | None = None


def subjects(changes: Sequence[Change], sources: Sources) -> list[Subject]:
    """The subject of each change, in order; one request for all customers and one for all companies."""
    states = sources.links.find({change.ref for change in changes})
    companies = _companies([c.ref for c in changes if _is_stranger(c.ref, states)], sources)
    named = _named(companies, sources)
    ids = [_id(change, states, named) for change in changes]
    carried_along = {
        change.id: Customer.model_validate(change.carried)
        for change in changes
        if change.side == "partner" and change.carried is not None
    }
    read = {customer.id: customer for customer in (*named.values(), *carried_along.values())}
    missing = sorted({id_ for id_ in ids if id_ and id_ not in read})
    read |= {customer.id: customer for customer in (sources.eautomate.customers(missing) if missing else ())}
    return [
        Subject(change, states.get(change.ref), read.get(id_), companies.get(change.ref))
        for change, id_ in zip(changes, ids, strict=True)
    ]


def _is_stranger(ref: Ref, states: Mapping[Ref, State]) -> bool:
    """A company that no link names; an unlinked site says nothing of whose it is."""
    return ref.side == "cw" and ref.kind == COMPANY and not isinstance(states.get(ref), Link)


def _companies(refs: Sequence[Ref], sources: Sources) -> dict[Ref, Company]:
    found = sources.psa.companies(is_in("id", sorted(int(ref.id) for ref in refs))) if refs else []
    return {Ref(COMPANY, "cw", company.key): company for company in found}


def _named(companies: Mapping[Ref, Company], sources: Sources) -> dict[Ref, Customer]:
    """By company, the customer whose number it carries (EA-13); of two, one that is not linked yet."""
    numbers = {number for company in companies.values() for number in carried(company)}
    if not numbers:
        return {}
    customers = {fold(customer.number): customer for customer in sources.eautomate.customers_by_number(sorted(numbers))}
    states = sources.links.find({customer_ref(customer) for customer in customers.values()})
    found: dict[Ref, Customer] = {}
    for ref, company in companies.items():
        theirs = [customers[fold(number)] for number in carried(company) if fold(number) in customers]
        if theirs:
            found[ref] = min(theirs, key=lambda customer: isinstance(states.get(customer_ref(customer)), Link))
    return found


def _id(change: Change, states: Mapping[Ref, State], named: Mapping[Ref, Customer]) -> str:
    """The e-automate ID of the customer that a change is about; empty where it is about none."""
    if change.side == "partner":
        return change.id
    if change.ref in named:
        return named[change.ref].id
    match states.get(change.ref):
        case Link(partner_id=linked):
            return linked
        case Seen(scope=Ref(side="partner", id=waiting)):
            return waiting  # it was that customer's candidate, which may wait for just this change
    return ""
