"""The business of taxes: ConnectWise says which there are and what they come to, Zomentum follows.

Zomentum has regions and in each of them categories with a rate, ConnectWise only tax codes. So each code is a region
with two categories (ZM-26); or a person says which region is which code (ZM-27), and nothing is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from functions.zomentum_taxes import issues
from functions.zomentum_taxes.situations import KIND, RATE, TAXABLE, Rate, TaxSituation, shown
from shared.partners.zomentum_records import counterpart_gone
from shared.sync.issue import Issue
from shared.sync.link import drifted
from shared.sync.names import ZOMENTUM
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import fold

REGION = "region"


def decide(situation: TaxSituation) -> Plan:
    """The plan for one tax code: keep its region in step, else find it, else make it, else say why not."""
    s = situation
    if s.home.side == "partner":
        return skip(s.home, "No tax code is linked to it, and taxes come from ConnectWise only.", name=s.name)
    if s.link is not None and s.gone:
        return stop(s.home, counterpart_gone(s, s.link, s.gone), name=s.name)
    if s.code is None:
        return skip(s.home, "There is no such tax code any more.", name=s.name)
    if s.ended:
        return skip(s.home, "The tax code is cancelled; what Zomentum has of it is left as it is.", name=s.name)
    if s.link is None and not (s.by_hand or s.settings.create_missing):
        return skip(s.home, "Only tax codes that are mapped by hand are kept in step (create_missing).", name=s.name)
    if s.code.percent is None:
        return stop(s.home, issues.not_percent(s), name=s.name)
    if s.link is None and (missing := _missing(s)):
        return stop(s.home, *missing, name=s.name)
    told: list[Issue] = []
    steps = (*_region(s, told), *(step for rate in s.rates for step in _rate(s, rate, told)))
    reason = "To be written." if steps else "Zomentum says the same."
    return Plan(s.home, reason, steps, tuple(told), name=s.name)


def _missing(s: TaxSituation) -> list[Issue]:
    """What keeps a code from getting its region; of what is mapped by hand nothing is made (ZM-27)."""
    if s.taken:
        return [issues.region_taken(s)]
    if not s.by_hand:
        return []
    if s.region is None:
        return [issues.region_missing(s)]
    return [issues.category_missing(s, rate) for rate in s.rates if rate.sort == TAXABLE and rate.category is None]


def _region(s: TaxSituation, told: list[Issue]) -> Iterator[Step]:
    """ZM-25: the region is made, or linked where there is one of the name; after that it is called as the code is."""
    if s.link is None:
        key: str | Created
        if s.region is None:
            why = "Zomentum has no such tax region."
            yield Step(REGION, ZOMENTUM, "tax_region", "create", fields={"name": s.wanted}, why=why)
            key, why = Created(REGION), "It was made for it."
        else:
            key = s.region.key
            why = "It is mapped by hand." if s.by_hand else "It is called as the tax code is described."
        yield Step("link", LINKS, KIND, "link", fields={"cw": s.home.id, "partner": key}, why=why)
    elif s.region is not None and not s.by_hand and fold(s.region.name) != fold(s.wanted):
        if s.taken:
            told.append(issues.region_taken(s))
        elif s.settings.drift == "report" and drifted(s.pair, "cw", s.rules):
            told.append(issues.drift(s, "name", (s.home, s.name)))
        else:
            why, before = "ConnectWise describes the tax code so.", {"name": s.region.name}
            yield Step(REGION, ZOMENTUM, "tax_region", "update", s.region.key, {"name": s.wanted}, why, before)


def _rate(s: TaxSituation, rate: Rate, told: list[Issue]) -> Iterator[Step]:
    """ZM-26: a category with the code's rate, and one with 0 percent; what they are called later is Zomentum's."""
    link, category, name = rate.pair.link, rate.category, issues.rate_name(s, rate)
    if link is not None and category is None:
        told.append(counterpart_gone(s, link, ("partner",), of=(rate.ref, name)))
        return
    if category is None:
        if s.by_hand:
            return
        region = s.region.key if s.region else Created(REGION)
        fields = {"name": rate.called, "region": region, "rate": rate.percent}
        why = f"The tax region has no category {rate.called}."
        yield Step(rate.sort, ZOMENTUM, "tax_category", "create", fields=fields, why=why, record=rate.ref)
    if link is None:
        key = category.key if category else Created(rate.sort)
        why = f"It is called {rate.called}." if category else "It was made for it."
        ids = {"cw": rate.ref.id, "partner": key}
        yield Step(f"link-{rate.sort}", LINKS, RATE, "link", fields=ids, why=why, record=rate.ref)
    if category is not None and category.rate != rate.percent:
        if s.settings.drift == "report" and drifted(rate.pair, "cw", s.rules):
            told.append(issues.drift(s, "rate", (rate.ref, name)))
            return
        why, now, was = f"ConnectWise says {shown(rate.percent)}.", {"rate": rate.percent}, {"rate": category.rate}
        yield Step(rate.sort, ZOMENTUM, "tax_category", "update", category.key, now, why, was, record=rate.ref)
