"""What changed since the last run: ConnectWise's orders by id, then those of e-automate that are linked to one.

A page says in which part the run is and behind which id it reads on; `cursor` in it becomes the next run's cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.eautomate_sales_orders.observing import Sources
from functions.eautomate_sales_orders.situations import ORDER, order_ref, watched, watched_made
from shared.sync.clock import moment
from shared.sync.flow import Page, Sighting
from shared.sync.link import Link
from shared.sync.ports import Run
from shared.sync.record import Ref
from shared.systems.conditions import changed_since
from shared.systems.connectwise_psa import Order
from shared.systems.connectwise_psa.sales import ORDERS
from shared.systems.eautomate import SalesOrderRow

MADE = 50
"""e-automate orders read in one step: each is a request of its own."""


class Scanning:
    """Reads one connection's sources page by page."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._listed: tuple[Sequence[SalesOrderRow], str] | None = None

    def page(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """The page at this place; None is the beginning. A comprehensive run reads everything."""
        everything = run.mode == "comprehensive"
        if page is None:
            page = {"part": "orders", "after": 0, "cursor": {"psa": self._sources.psa.cursor()}}
        if page["part"] == "orders":
            return self._orders(page, None if everything else cursor.get("psa"))
        return self._made(page, cursor.get("eautomate"), everything=everything)

    def _orders(self, page: dict[str, Any], since: str | None) -> Page:
        """Orders in any status: one that is not picked up is remembered with the reason (EA-55, EA-57)."""
        condition = changed_since(moment(since)) if since else None
        found, ahead = self._sources.psa.page(ORDERS, condition, Order, page["after"])
        sightings = [
            Sighting(order_ref(order.id), watched(order, self._sources.settings), order.model_dump(mode="json"))
            for order in found
        ]
        part = {"after": ahead} if ahead is not None else {"part": "eautomate", "after": 0}
        return Page(sightings, next={**page, **part})

    def _made(self, page: dict[str, Any], since: str | None, *, everything: bool) -> Page:
        """The e-automate orders that changed and are linked; a comprehensive run reads all that are not done with."""
        rows, timestamp = self._list(since, everything=everything)
        # The cursor is the first reading's: what changes while we read on is read again by the next run.
        page = {**page, "cursor": {"eautomate": timestamp, **page["cursor"]}}
        refs = {int(row.id): Ref(ORDER, "partner", row.id) for row in rows if int(row.id) > page["after"]}
        states = self._sources.links.find(refs.values()) if refs else {}
        ours = sorted(id_ for id_, ref in refs.items() if isinstance(states.get(ref), Link))
        sightings = [
            Sighting(refs[id_], watched_made(made))
            for id_ in ours[:MADE]
            if (made := self._sources.eautomate.orders.order(str(id_)))
        ]
        if len(ours) > MADE:
            return Page(sightings, next={**page, "after": ours[MADE - 1]})
        return Page(sightings, cursor=page["cursor"])

    def _list(self, since: str | None, *, everything: bool) -> tuple[Sequence[SalesOrderRow], str]:
        """e-automate's list has no pages, so it is asked for once while this process reads through it."""
        if self._listed is None:
            rows, timestamp = self._sources.eautomate.orders.changed(since)
            if everything and since is not None:
                changed = {row.id for row in rows}
                all_of_them, _ = self._sources.eautomate.orders.changed(None)
                rows = [row for row in all_of_them if row.active or row.id in changed]
            self._listed = rows, timestamp
        return self._listed
