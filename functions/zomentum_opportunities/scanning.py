"""What changed since the last run, a page at a time: ConnectWise's opportunities, Zomentum's by pipeline, documents.

A document's change is one of its opportunity, of which it is a mapped part; a comprehensive run needs no list of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.zomentum_opportunities.observing import Sources
from functions.zomentum_opportunities.situations import AnyOpportunity
from shared.sync.clock import moment
from shared.sync.flow import Page
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.ports import Run
from shared.systems import zomentum

DOCUMENTS = "documents"


class Scanning:
    """One run's pages. A page names the lists that are still to be read, and behind what it reads on in the first."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def page(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """The page at this place; None is the beginning. A comprehensive run reads everything."""
        page = page or self._begin(run)
        since = {} if run.mode == "comprehensive" else cursor
        part, *rest = page["parts"]
        found: Sequence[AnyOpportunity]
        after: int | str | None
        if part == PSA:
            found, after = self._sources.our_page(since.get(PSA), page.get("after"))
        elif part == DOCUMENTS:
            found, after = self._of_documents(since.get(ZOMENTUM), page.get("after"))
        else:
            found, after = self._sources.their_page(since.get(ZOMENTUM), page.get("after"), part)
        sightings = self._sources.sightings(found)
        if after is not None:
            return Page(sightings, next={**page, "after": after})
        if rest:
            return Page(sightings, next={"parts": rest, "cursor": page["cursor"]})
        return Page(sightings, cursor=page["cursor"])

    def _begin(self, run: Run) -> dict[str, Any]:
        sources = self._sources
        documents = [] if run.mode == "comprehensive" else [DOCUMENTS]
        return {
            "parts": [PSA, *(pipeline.id for pipeline in sources.pipelines.all), *documents],
            "cursor": {PSA: sources.psa.cursor(), ZOMENTUM: sources.zomentum.cursor()},
        }

    def _of_documents(self, since: str | None, after: Any) -> tuple[list[AnyOpportunity], Any]:
        """The opportunities whose documents changed. Without a cursor everything was read already."""
        if since is None:
            return [], None
        where = zomentum.changed_since(moment(since))
        documents, following = next(iter(self._sources.zomentum.pages(zomentum.Document, where, after=after)))
        ids = sorted({one.opportunity for one in documents if one.opportunity})
        return list(self._sources.their_records(ids).values()) if ids else [], following
