"""The rules for locations: a child customer becomes a site of its parent's company (EA-22)."""

from __future__ import annotations

from functions.eautomate_customers import issues, keeping
from functions.eautomate_customers.mapping import wanted
from functions.eautomate_customers.matching import match_site
from functions.eautomate_customers.situations import LocationSituation
from shared.sync.plan import Plan, skip, stop
from shared.systems.eautomate import Customer

BY_CREATION = "No site matched; this one was created for it."
NO_SITE = "No site of its parent's company matches"
"""How the reason of a location begins that is left alone for want of a site."""


def decide_location(situation: LocationSituation, location: Customer) -> Plan:
    """A location waits for its parent; then link, else match, else create, else say why not."""
    parent = situation.parent
    if not parent.company_id:
        return _wait(situation, location)
    if parent.company_gone:
        return stop(situation.home, issues.parents_company_gone(situation), name=situation.name)
    if situation.link is not None:
        if situation.record is None:
            return stop(situation.home, issues.site_gone(situation, situation.link), name=situation.name)
        said = wanted("site", location, situation.settings)
        return keeping.keep_in_step(situation, location, situation.record, said)
    return _match(situation, location) or _create(situation, location)


def _wait(situation: LocationSituation, location: Customer) -> Plan:
    """It follows within a minute of its parent's link; one that is inactive would get no site, so nobody is told."""
    if not location.active and situation.link is None:
        return skip(situation.home, f"{NO_SITE}, and the location is inactive.", name=situation.name)
    return stop(situation.home, issues.parent_not_mapped(situation), name=situation.name)


def _match(situation: LocationSituation, location: Customer) -> Plan | None:
    """One site that is no other location's is linked; two, or one linked elsewhere, are for a person."""
    match = match_site(location, situation.candidates, situation.settings)
    if not match.found:
        return None
    if match.record is None:
        return stop(situation.home, issues.ambiguous_site(situation, match.told), name=situation.name)
    return keeping.link(situation, location, match.record, wanted("site", location, situation.settings), match.how)


def _create(situation: LocationSituation, location: Customer) -> Plan:
    """A site is created only where `create_missing` is on, and never for an inactive location."""
    settings = situation.settings
    if not settings.create_missing:
        return skip(situation.home, f"{NO_SITE}, and create_missing is off.", name=situation.name)
    if not location.active:
        return skip(situation.home, f"{NO_SITE}, and the location is inactive.", name=situation.name)
    said = wanted("site", location, settings)
    place = {"company_id": situation.parent.company_id}
    return keeping.create(situation, location, said, place, f"{NO_SITE}, and create_missing is on.", BY_CREATION)
