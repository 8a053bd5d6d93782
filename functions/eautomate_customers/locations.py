"""The rules for locations: a child customer becomes a site of its parent's company (EA-22)."""

from __future__ import annotations

from functions.eautomate_customers.mapping import differing, site_fields, watched_site
from functions.eautomate_customers.situations import COMPANY, SITE, LocationSituation, site_name
from functions.eautomate_customers.writing import property_step, without_too_long
from shared.sync.issue import Awaited, Issue
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import Ref
from shared.systems.connectwise_psa.models import Site

FLOW = "eautomate_customers"
_COMPARED = ("name", "address_line1", "address_line2", "city", "state", "zip")


def decide_location(situation: LocationSituation) -> Plan:
    """A location waits for its parent; then link, else match, else create, else say why not."""
    if not situation.company_id:
        return stop(situation.home, _parent_not_mapped(situation), name=situation.name)
    if situation.link is not None:
        return _keep_in_step(situation)
    matches = _matches(situation)
    if len(matches) > 1 or (matches and situation.property_linked_to):
        return stop(situation.home, _ambiguous(situation, matches), name=situation.name)
    return _link(situation, matches[0]) if matches else _create(situation)


def _parent_not_mapped(situation: LocationSituation) -> Issue:
    """A location waits on its parent's link, and follows it within a minute (promise 10)."""
    location = situation.location
    return Issue(
        "PARENT_NOT_MAPPED",
        situation.home,
        situation.name,
        f"{situation.name} is a location of customer {location.parent_number}, which is not linked to a company yet.",
        f"Link customer {location.parent_number}; the location follows by itself.",
        category="mapping",
        waits_on=(Awaited(FLOW, Ref(COMPANY, "partner", location.parent_id)),),
    )


def _matches(situation: LocationSituation) -> list[Site]:
    """By property, then by the number in the site's custom field, then by exact name and address."""
    location, settings = situation.location, situation.settings
    named = ((location.properties or {}).get(settings.site_property) or "").strip()
    if by_property := [site for site in situation.unlinked_sites if str(site.id) == named]:
        return by_property
    number = location.number.strip()
    if by_number := [s for s in situation.unlinked_sites if number and watched_site(s, settings)["number"] == number]:
        return by_number
    wanted = site_fields(location, settings)
    return [
        site
        for site in situation.unlinked_sites
        if all(str(getattr(site, name) or "") == str(wanted.get(name, "")) for name in _COMPARED)
    ]


def _link(situation: LocationSituation, site: Site) -> Plan:
    how = "The site is the location's, by property, number, or name and address."
    link = Step("link", LINKS, SITE, "link", fields={"cw": str(site.id), "partner": situation.location.id}, why=how)
    rest = _update(situation, site)
    return Plan(situation.home, how, steps=(link, *rest.steps), issues=rest.issues, name=situation.name)


def _create(situation: LocationSituation) -> Plan:
    location, settings = situation.location, situation.settings
    if not settings.create_missing:
        return skip(situation.home, "No site matches, and create_missing is off.", name=situation.name)
    if not location.active:
        return skip(situation.home, "No site matches, and the location is inactive.", name=situation.name)
    fields, issues = without_too_long(site_fields(location, settings), "site", situation.home, situation.name)
    fields["company_id"] = situation.company_id
    site = Created("site")
    missing_property, write_back = property_step(situation, location, settings.site_property, site)
    return Plan(
        situation.home,
        "No site of its parent's company matches, and create_missing is on.",
        steps=(
            Step("site", "connectwise_psa", "site", "create", fields=fields, why="No site matches."),
            Step("link", LINKS, SITE, "link", fields={"cw": site, "partner": location.id}, why="Created for it."),
            *write_back,
        ),
        issues=(*issues, *missing_property),
        name=situation.name,
    )


def _keep_in_step(situation: LocationSituation) -> Plan:
    if situation.site is None:
        gone = Issue(
            "SITE_GONE",
            situation.home,
            situation.name,
            f"The site linked to {situation.name} is not among its company's sites any more.",
            "Unlink it, so that another site can be matched or created; or restore the site.",
        )
        return stop(situation.home, gone, name=situation.name)
    return _update(situation, situation.site)


def _update(situation: LocationSituation, site: Site) -> Plan:
    location, settings = situation.location, situation.settings
    wanted, issues = without_too_long(site_fields(location, settings), "site", situation.home, situation.name)
    new, old = differing(wanted, site)
    steps: list[Step] = []
    if new:
        new["company_id"] = situation.company_id
        why = f"e-automate says otherwise: {', '.join(sorted(set(new) - {'company_id'}))}."
        steps.append(Step("site", "connectwise_psa", "site", "update", str(site.id), fields=new, before=old, why=why))
    missing_property, write_back = property_step(situation, location, settings.site_property, str(site.id))
    return Plan(
        situation.home,
        steps[0].why if steps else "Both sides agree.",
        steps=(*steps, *write_back),
        issues=(*issues, *missing_property),
        name=situation.name,
    )


def _ambiguous(situation: LocationSituation, sites: list[Site]) -> Issue:
    told = "; ".join(str(site_name(site)) for site in sites)
    return Issue(
        "AMBIGUOUS_MATCH",
        situation.home,
        situation.name,
        f"{situation.name} could be: {told}.",
        "Give the right site a name or address that only it has; or link the two here.",
        about=tuple(site_name(site) for site in sites),
    )
