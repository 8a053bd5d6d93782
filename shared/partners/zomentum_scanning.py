"""What changed on either side since the last run, a page at a time: ConnectWise's list first, then Zomentum's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.partners.zomentum_sources import ZomentumSources
from shared.sync.flow import Page
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.ports import Run

Sources = ZomentumSources[Any, Any, Any]


def page_of(sources: Sources, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
    """The page at this place; None is the beginning. A comprehensive run reads everything.

    A page says on which side the run is and behind what it reads on; `cursor` in it becomes the next run's cursor, by
    each system's own clock.
    """
    page = page or {"side": "cw", "cursor": {PSA: sources.psa.cursor(), ZOMENTUM: sources.zomentum.cursor()}}
    since = {} if run.mode == "comprehensive" else cursor
    if page["side"] == "cw":
        return _ours(sources, page, since.get(PSA))
    return _theirs(sources, page, since.get(ZOMENTUM))


def _ours(sources: Sources, page: dict[str, Any], since: str | None) -> Page:
    found, after = sources.our_page(since, page.get("after"))
    following = {**page, "after": after} if after is not None else {"side": "partner", "cursor": page["cursor"]}
    return Page(sources.sightings(found), next=following)


def _theirs(sources: Sources, page: dict[str, Any], since: str | None) -> Page:
    found, after = sources.their_page(since, page.get("after"))
    if after is not None:
        return Page(sources.sightings(found), next={**page, "after": after})
    return Page(sources.sightings(found), cursor=page["cursor"])
