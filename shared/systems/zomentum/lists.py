"""Reads whole lists of Zomentum, of which nobody knows in what order they come, while people go on working.

Zomentum pages by number (`page`, `limit`), which loses records as soon as one is added, deleted or moved between two
pages. So no page but the first is ever asked for: a list that does not fit into one answer is split by `created_at`,
which never changes, into ranges that do. Each range is read whole in one answer, which its count proves; ranges do not
overlap and leave nothing out; no order is needed. Where a list goes on is said by the bounds of the ranges still to be
read, so that a scan can stop and go on later.

Only records of one and the same millisecond (an import) cannot be split. Those are read by pages, without any filter
that a record can begin to meet later: nothing is created in the past, so that such a list can only shrink, and is the
same as long as its count is. As many different records as it counts, come while it counted so many, are all of them;
until then it is paged through again, and it is an error in the end.

Assumed: that lists can be filtered by `created_at` and show it, and that one answer is of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.sync.clock import moment, stamp
from shared.sync.errors import RetryLater
from shared.sync.names import counted
from shared.systems.zomentum.filters import CREATED, Between, Filter, after_tick, to_tick, told_at

ROUNDS = 8
"""How often records of one millisecond are paged through before they are given up."""

Row = Mapping[str, Any]
Bounds = tuple[datetime | None, ...]
"""The ranges still to be read: from the first bound to the second, to the third ..., None at the end: without end."""

_OPEN: Bounds = (None, None)


@dataclass(frozen=True)
class Part:
    """One answer: records, and how many meet the filters in all (None: it does not say)."""

    rows: Sequence[Row]
    count: int | None


Ask = Callable[[Sequence[Filter], int], Part]
"""Asks for one page (from 1) of the records that meet the filters."""


class Lists:
    """Reads one list. `system` and `what` name it in errors: RetryLater for one that breaks off or contradicts itself.

    `counted`: Zomentum is known to say how long the list is; one that does not is an error, then. `limit` is the size
    of page that is asked for.
    """

    def __init__(self, ask: Ask, *, system: str, what: str, limit: int, counted: bool = True) -> None:
        self._ask = ask
        self._system = system
        self._what = what
        self._limit = limit
        self._counted = counted

    def pages(self, where: Sequence[Filter], after: str | None = None) -> Iterator[tuple[list[Row], str | None]]:
        """The records part by part, the oldest first, each part with where to read on (None: it was the last)."""
        left: Bounds = _parsed(after) if after else _OPEN
        while len(left) > 1:
            rows, left = self._next(where, left)
            yield rows, _written(left) if len(left) > 1 else None

    def _next(self, where: Sequence[Filter], left: Bounds) -> tuple[list[Row], Bounds]:
        """The records of the first range that is small enough, and what is left behind it."""
        while True:
            first, end = left[0], left[1]
            part = self._part([*where, *_range(first, end)], first, end)
            if part.count is None or part.count <= len(part.rows):
                return [row for row in part.rows if all(one.met_by(row) for one in where)], left[1:]
            bound = self._middle(part.rows, first, end)
            if bound is None:
                assert first is not None
                return self._shrinking(where, first), left[1:]
            left = (first, bound, *left[1:])

    def _part(self, filters: Sequence[Filter], first: datetime | None, end: datetime | None, page: int = 1) -> Part:
        """One answer that does not contradict itself."""
        part = self._ask(filters, page)
        ids = [row.get("id") for row in part.rows]
        if len(set(map(str, ids))) < len(ids):
            raise self._broken("it names a record twice")
        if part.count is None and (self._counted or len(ids) >= self._limit):
            raise self._broken("it does not say how long it is")
        if part.count is not None and (part.count < len(ids) or (part.count and not ids and page == 1)):
            raise self._broken(f"it counts {counted(part.count, 'record')} and gives {len(ids)}")
        within = Between(CREATED, first, end)
        if not all(within.met_by(row) for row in part.rows):
            raise self._broken(f"it does not heed the filter by {CREATED}")
        return part

    def _middle(self, rows: Sequence[Row], first: datetime | None, end: datetime | None) -> datetime | None:
        """Where to split a range: at the middle one of those records that came.

        None where it is of one tick only, which then has a first bound.
        """
        times = [told_at(row, CREATED) for row in rows]
        if None in times:
            raise self._broken(f"it is too long for one answer, and not every record tells {CREATED}")
        told = sorted(to_tick(time) for time in times if time is not None)
        inside = [time for time in told if (first is None or time > first) and (end is None or time < end)]
        if inside:
            return inside[len(inside) // 2]
        # All that came are of the range's first tick: end that tick, unless it is all there is.
        tick = after_tick(told[-1])
        return tick if end is None or tick < end else None

    def _shrinking(self, where: Sequence[Filter], at: datetime) -> list[Row]:
        """All records of one tick, read by pages until as many came as were counted, and counted all the while."""
        end = after_tick(at)
        found: dict[str, Row] = {}
        count: int | None = None
        for _ in range(ROUNDS):
            page, came = 1, 0
            while True:
                part = self._part(_range(at, end), at, end, page)
                if part.count != count:
                    found, count = {}, part.count
                found |= {str(row.get("id")): row for row in part.rows}
                if len(found) == count:
                    return [row for row in found.values() if all(one.met_by(row) for one in where)]
                came += len(part.rows)
                if not part.rows or came >= (count or 0):
                    break
                page += 1
        raise self._broken("it moves while it is read")

    def _broken(self, why: str) -> RetryLater:
        return RetryLater(f"{self._system} answered {self._what} with a list that cannot be trusted: {why}",
                          system=self._system)  # fmt: skip


def _range(first: datetime | None, end: datetime | None) -> list[Filter]:
    return [Between(CREATED, first, end)] if first or end else []


def _written(bounds: Bounds) -> str:
    return ",".join(stamp(at) if at else "" for at in bounds)


def _parsed(text: str) -> Bounds:
    return tuple(moment(at) if at else None for at in text.split(","))
