"""The simulated e-automate's records in memory: tables of rows with an ID, a number and when each changed last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from infra.local.simulators.eautomate.codec import Code


class Refused(Exception):
    """A business rule says no; the text, for people, becomes the faultstring."""


class ServerClock:
    """The service's own clock: local time without a zone, in thousandths of a second.

    `offset` is what its local time is ahead of UTC, zone and wrong setting together; it may be changed at any
    time, as daylight saving does.
    """

    def __init__(self, clock: Callable[[], datetime], offset: timedelta) -> None:
        self._clock = clock
        self.offset = offset

    def now(self) -> datetime:
        """Local time, rounded down to a thousandth."""
        local = (self._clock() + self.offset).replace(tzinfo=None)
        return local.replace(microsecond=local.microsecond // 1000 * 1000)

    def stamp(self) -> str:
        """`now` as a TimeStamp: `2026-11-02T04:00:00.000` (assumed; the WSDL says no more than xs:string)."""
        return self.now().isoformat(timespec="milliseconds")

    def read(self, stamp: str | None) -> datetime:
        """The moment of a TimeStamp that a client sends back. Raises Refused for none, for an empty one (the
        service breaks on it) and for one with a zone, which local time has not (assumed)."""
        try:
            moment = datetime.fromisoformat(stamp or "")
        except ValueError as wrong:
            raise Refused("The TimeStamp was not recognized as a date and time.") from wrong
        if moment.tzinfo is not None:
            raise Refused("The TimeStamp carries a time zone; the server's local time has none.")
        return moment

    def utc_now(self) -> datetime:
        """The time itself, aware, in UTC: what this clock should show, were it right and in that zone."""
        return self._clock()


@dataclass(slots=True)
class Row:
    """One record. `values` are by the service's field names; `properties` are its custom properties' values,
    with a key for each one of its configuration and none where it has no configuration."""

    id: int
    number: str
    values: dict[str, Any]
    created: datetime
    updated: datetime
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> Code:
        """What names this record."""
        return Code(self.id, self.number)


class Table(Mapping[str, Row]):
    """Records of one kind, by number. Numbers compare without regard to case (SQL Server's habit; assumed).

    `label` names the kind to people. IDs come from `ids`, which all tables share, so that an ID of one kind
    sent for another finds nothing.
    """

    def __init__(self, label: str, ids: Iterator[int], clock: ServerClock) -> None:
        self.label = label
        self._ids = ids
        self._clock = clock
        self._by_id: dict[int, Row] = {}
        self._by_number: dict[str, Row] = {}

    def __getitem__(self, number: str) -> Row:
        return self._by_number[_fold(number)]

    def __iter__(self) -> Iterator[str]:
        return (row.number for row in self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, number: str, values: dict[str, Any]) -> Row:
        """A new row. Raises Refused when the number is blank or taken."""
        if not number.strip():
            raise Refused(f"{self.label}: a number is required.")
        if _fold(number) in self._by_number:
            raise Refused(f"{self.label} {number} already exists.")
        now = self._clock.now()
        row = Row(next(self._ids), number, values, now, now)
        self._by_id[row.id] = self._by_number[_fold(number)] = row
        return row

    def remove(self, number: str) -> None:
        """Take a row out, as people may in the desktop program; no list tells of that."""
        row = self._by_number.pop(_fold(number))
        del self._by_id[row.id]

    def find(self, code: Code | None) -> Row | None:
        """The row of an ID, of a code, or of both, which must then agree. Raises Refused where neither is
        given or the two disagree."""
        if not code:
            raise Refused(f"{self.label}: an ID or a code is needed.")
        if code.id is None:
            return self._by_number.get(_fold(code.code or ""))
        row = self._by_id.get(code.id)
        if row is not None and code.code is not None and _fold(code.code) != _fold(row.number):
            raise Refused(f"{self.label} {row.number} has the ID {code.id}, which was sent with {code.code}.")
        return row

    def require(self, code: Code | None) -> Row:
        """As `find`; raises Refused where there is no such row."""
        row = self.find(code)
        if row is None:
            raise Refused(f"{self.label} not found.")
        return row

    def free_number(self, prefix: str) -> str:
        """A number that no row has: `prefix` and five digits."""
        numbers = (f"{prefix}{place:05}" for place in count(len(self) + 1))
        return next(number for number in numbers if _fold(number) not in self._by_number)

    def since(self, moment: datetime) -> list[Row]:
        """Rows changed at `moment` or later, in order of ID."""
        return [row for row in self._by_id.values() if row.updated >= moment]

    def touch(self, row: Row) -> None:
        """Note that the row changed now."""
        row.updated = self._clock.now()


Arguments = dict[str, Any]
Operations = dict[str, Callable[[Arguments], Any]]


@dataclass(slots=True)
class Company:
    """One e-automate database: its clock, its tables by kind, and the lock that guards them."""

    clock: ServerClock
    lock: threading.RLock
    tables: dict[str, Table] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1001))

    def new_table(self, kind: str, label: str) -> Table:
        """Make the table of one kind of record."""
        self.tables[kind] = Table(label, self._ids, self.clock)
        return self.tables[kind]

    def list_since(
        self, stamp: str | None, table: Table, detail: Callable[[Row], dict[str, Any] | None]
    ) -> dict[str, Any]:
        """The answer of a list operation: the rows changed since `stamp`, inclusive, and the stamp for next
        time. `detail` makes the list's row, or None for a record that this list leaves out."""
        rows = (detail(row) for row in table.since(self.clock.read(stamp)))
        return {"TimeStamp": self.clock.stamp(), "Details": [row for row in rows if row is not None]}

    def new_id(self) -> int:
        """An ID for something that has no table of its own, such as an order's line."""
        return next(self._ids)


def _fold(number: str) -> str:
    return number.strip().casefold()
