"""The issues that only opportunities have; all others are those of every Zomentum flow."""

from __future__ import annotations

from collections.abc import Sequence

from functions.zomentum_opportunities.situations import OpportunitySituation
from shared.partners.zomentum import PRODUCT
from shared.partners.zomentum_records import SYSTEMS
from shared.sync.issue import Awaited, Issue
from shared.sync.names import title
from shared.sync.record import Name
from shared.systems.zomentum import Line


def no_contact(s: OpportunitySituation) -> Issue:
    here, there = title(SYSTEMS[s.home.side]), title(SYSTEMS[s.to])
    return s.issue(
        "OPPORTUNITY_WITHOUT_CONTACT",
        f"{s.name} names no contact in {here}, and {there} takes no opportunity without one.",
        f"Give it a contact in {here}; it is tried again by itself.",
        about=s.about,
    )


def no_pipeline(s: OpportunitySituation) -> Issue:
    wanted = f"called {s.settings.pipeline}" if s.settings.pipeline else "at all"
    return s.issue(
        "NO_PIPELINE",
        f"{s.name} cannot be made in Zomentum, which has no pipeline {wanted}, or none with a stage.",
        "Add the pipeline in Zomentum, or name another one in the settings of zomentum_opportunities (pipeline).",
        category="mapping",
    )


def products_not_mapped(s: OpportunitySituation, lines: Sequence[Line]) -> Issue:
    """What is sold and ConnectWise has not got: these lines wait, the rest of the opportunity does not."""
    assert s.quote is not None
    names = [f"product {line.name or line.item}" for line in lines]
    many = "it waits" if len(names) == 1 else "they wait"
    return s.issue(
        PRODUCT.code,
        f"{s.name} has lines of {', '.join(names)}, not mapped yet; in its forecast {many}.",
        PRODUCT.fix,
        category="mapping",
        waits_on=tuple(Awaited(PRODUCT.flow, s.quote.products[line.item].ref) for line in lines),
        about=tuple(Name(name) for name in names),
    )


def no_components(s: OpportunitySituation, why: str) -> Issue:
    return s.issue(
        "BUNDLE_NOT_SUPPORTED",
        f"{s.name} sold a bundle, and this ConnectWise takes no components of products ({why}). Nothing else was made "
        "of it.",
        "Set bundles of zomentum_opportunities to single or children; or let the API member see and change components "
        "of products.",
        category="mapping",
        about=s.about,
    )
