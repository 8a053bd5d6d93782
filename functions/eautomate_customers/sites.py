"""What is read for locations: their parents, and the sites of their parents' companies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from functions.eautomate_customers.facts import facts, opted_out
from functions.eautomate_customers.mapping import text, watched, watched_customer
from functions.eautomate_customers.matching import match_site
from functions.eautomate_customers.situations import (
    COMPANY,
    SITE,
    Candidate,
    LocationSituation,
    Parent,
    customer_name,
    customer_ref,
    other_link,
    record_name,
    site_name,
    with_intent,
)
from functions.eautomate_customers.sources import Sources
from shared.sync.link import Link, Pair, Seen, State
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Site
from shared.systems.eautomate import Customer

STOREYS = 10
"""How many locations of locations are looked through for the customer at the top."""


def parents_of(locations: Iterable[Customer], sources: Sources) -> dict[str, Parent]:
    """By location, the customer at the top of it and what is known of its link.

    ConnectWise has one storey of sites: a location of a location is a site of the same company.
    """
    found = {location.id: Parent(location.parent_id, location.parent_number) for location in locations}
    for _ in range(STOREYS):
        states = sources.links.find({Ref(COMPANY, "partner", parent.id) for parent in found.values()})
        found = {id_: _known(parent, states) for id_, parent in found.items()}
        unlinked = sorted({parent.id for parent in found.values() if not parent.company_id})
        above = {c.id: c for c in sources.eautomate.customers(unlinked) if c.parent_id} if unlinked else {}
        if not above:
            break
        found = {
            id_: Parent(top.parent_id, top.parent_number) if (top := above.get(parent.id)) else parent
            for id_, parent in found.items()
        }
    return found


def _known(parent: Parent, states: Mapping[Ref, State]) -> Parent:
    match states.get(Ref(COMPANY, "partner", parent.id)):
        case Link(cw_id=company_id):
            return replace(parent, company_id=company_id)
        case Seen(reason=reason):
            return replace(parent, reason=reason)
    return parent


def location_situations(
    sources: Sources, locations: Sequence[Customer], states: Mapping[Ref, State]
) -> dict[str, LocationSituation]:
    """Each location's situation, by its e-automate ID; one read of sites for each company concerned."""
    parents = parents_of(locations, sources)
    companies = {parent.company_id for parent in parents.values()} - {""}
    sites = {company: sources.sites(company) for company in sorted(companies)}
    known = sources.links.find({Ref(SITE, "cw", site.key) for many in sites.values() for site in many or ()})
    made: dict[str, LocationSituation] = {}
    for location in locations:
        parent = parents[location.id]
        theirs = sites.get(parent.company_id, [])
        candidates = [Candidate(site, _linked_to(site, known)) for site in theirs or ()]
        made[location.id] = _situation(
            sources, location, replace(parent, company_gone=theirs is None), candidates, states
        )
    return made


def _situation(
    sources: Sources,
    location: Customer,
    parent: Parent,
    candidates: Sequence[Candidate[Site]],
    states: Mapping[Ref, State],
) -> LocationSituation:
    settings = sources.settings
    home = customer_ref(location)
    state = states.get(home)
    linked: Site | None = None
    if isinstance(state, Link):
        matched = linked = next((c.record for c in candidates if c.record.key == state.cw_id), None)
        called = record_name(linked).text if linked else ""
    else:
        matched = match_site(location, candidates, settings).record
        called = (record_name(matched) if matched else site_name(text(location.name))).text
    pair = Pair(
        home,
        state,
        cw=watched(matched, settings) if matched else None,
        partner=watched_customer(location, settings),
        cw_name=called,
        partner_name=str(customer_name(location)),
    )
    return LocationSituation(
        home=home,
        name=customer_name(location),
        pairs=(pair, *with_intent(location, states)),
        facts=facts(location, sources.contract_types(location), settings),
        opted_out=opted_out(location, settings),
        settings=settings,
        rules=sources.rules,
        customer=location,
        record=linked,
        about=(record_name(linked),) if linked else (),
        candidates=tuple(candidates),
        linked_as=other_link(location, states),
        parent=parent,
    )


def _linked_to(site: Site, known: Mapping[Ref, State]) -> str:
    """The location that a site is linked to, as people call it."""
    state = known.get(Ref(SITE, "cw", site.key))
    if not isinstance(state, Link):
        return ""
    return state.partner_name or f"the location with the ID {state.partner_id}"
