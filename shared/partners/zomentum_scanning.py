"""What changed on either side since the last run, a page at a time: ConnectWise's first, then Zomentum's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.sync.clock import moment
from shared.sync.flow import Page, Sighting
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.ports import Run
from shared.sync.record import Side
from shared.systems import zomentum
from shared.systems.conditions import changed_since
from shared.systems.connectwise_psa import Psa, Record

C = TypeVar("C", bound=Record)
P = TypeVar("P", bound=zomentum.Record)


@dataclass(frozen=True)
class Found(Generic[C, P]):
    """The records of one page, each with its side, and where the scan goes on."""

    records: list[tuple[Side, C | P]]
    next: dict[str, Any] | None
    cursor: Mapping[str, str] | None

    def as_page(self, sightings: Iterable[Sighting]) -> Page:
        """The page with what the flow saw of these records."""
        return Page(list(sightings), next=self.next, cursor=self.cursor)


@dataclass(frozen=True)
class BothSides(Generic[C, P]):
    """Two lists of one sort of record: ConnectWise's at `path`, and Zomentum's.

    A page says on which side the run is and behind what it reads on; `cursor` in it becomes the next run's cursor, by
    each system's own clock.
    """

    psa: Psa
    zomentum: zomentum.Zomentum
    path: str
    ours: type[C]
    theirs: type[P]

    def page(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Found[C, P]:
        """The page at this place; None is the beginning. A comprehensive run reads everything."""
        page = page or {"side": "cw", "cursor": {PSA: self.psa.cursor(), ZOMENTUM: self.zomentum.cursor()}}
        since = {} if run.mode == "comprehensive" else cursor
        return self._ours(page, since.get(PSA)) if page["side"] == "cw" else self._theirs(page, since.get(ZOMENTUM))

    def _ours(self, page: dict[str, Any], since: str | None) -> Found[C, P]:
        condition = changed_since(moment(since)) if since else None
        found, after = self.psa.page(self.path, condition, self.ours, page.get("after"))
        following = {**page, "after": after} if after is not None else {"side": "partner", "cursor": page["cursor"]}
        return Found([("cw", one) for one in found], following, None)

    def _theirs(self, page: dict[str, Any], since: str | None) -> Found[C, P]:
        where = (zomentum.changed_since(moment(since)),) if since else ()
        found, after = next(iter(self.zomentum.pages(self.theirs, *where, after=page.get("after"))))
        if after is not None:
            return Found([("partner", one) for one in found], {**page, "after": after}, None)
        return Found([("partner", one) for one in found], None, page["cursor"])
