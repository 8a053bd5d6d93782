"""From changes to situations: which customer each change is about, and all that a decision about it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from functions.eautomate_customers.mapping import watched
from functions.eautomate_customers.parents import Parents
from functions.eautomate_customers.sites import location_situations
from functions.eautomate_customers.situations import (
    LocationSituation,
    ParentSituation,
    customer_ref,
    other_ref,
    record_name,
)
from functions.eautomate_customers.sources import Sources
from functions.eautomate_customers.subjects import Subject, subjects
from shared.sync.change import Change
from shared.sync.link import Link, Pair
from shared.sync.record import Name


def situations(changes: Sequence[Change], sources: Sources) -> list[ParentSituation | LocationSituation]:
    """One situation for each change, in order."""
    about = subjects(changes, sources)
    customers = {subject.customer.id: subject.customer for subject in about if subject.customer}
    states = sources.links.find({ref(c) for c in customers.values() for ref in (customer_ref, other_ref)})
    parents = [customer for customer in customers.values() if not customer.parent_id]
    locations = [customer for customer in customers.values() if customer.parent_id]
    in_hand = [subject.company for subject in about if subject.company]
    made: dict[str, ParentSituation | LocationSituation] = {}
    if parents:
        made |= Parents(sources, parents, in_hand, states).situations()
    if locations:
        made |= location_situations(sources, locations, states)
    return [
        _with_company(made[subject.customer.id], subject, sources) if subject.customer else _nobody(subject, sources)
        for subject in about
    ]


def _with_company(
    situation: ParentSituation | LocationSituation, subject: Subject, sources: Sources
) -> ParentSituation | LocationSituation:
    """The situation with the company that led to it, so that the company is remembered as seen, too."""
    if subject.company is None or any(pair.home == subject.change.ref for pair in situation.pairs):
        return situation
    return replace(situation, pairs=(*situation.pairs, _company_pair(subject, sources)))


def _nobody(subject: Subject, sources: Sources) -> ParentSituation:
    """A company that is no customer's, or a customer that e-automate does not give back."""
    state = subject.state
    if subject.company is not None:
        pair, name = _company_pair(subject, sources), record_name(subject.company)
    else:
        pair = Pair(state.ref("partner") if isinstance(state, Link) else subject.change.ref, state)
        called = state.partner_name if isinstance(state, Link) else ""
        name = Name(called or f"record {pair.home.id}")
    return ParentSituation(home=pair.home, name=name, pairs=(pair,), settings=sources.settings, rules=sources.rules)


def _company_pair(subject: Subject, sources: Sources) -> Pair:
    company = subject.company
    assert company is not None
    return Pair(
        subject.change.ref, subject.state, cw=watched(company, sources.settings), cw_name=str(record_name(company))
    )
