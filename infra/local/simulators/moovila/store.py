"""Keeps the records of the simulated Moovila, as its API shows them, and tells who listens what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from infra.local.simulators.moments import to_the_millisecond
from infra.local.simulators.moovila.entities import ENTITIES, INSIDE, TASKS
from infra.local.simulators.moovila.errors import not_found

Row = dict[str, Any]
Listener = Callable[[str, Row, str], None]
"""Hears of a list, a record of it, and what happened: `created`, `updated`, `deleted`."""


class Store:
    """The lists, each by the ids of its records, in the order in which those were made."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lists: dict[str, dict[str, Row]] = {path: {} for path in ENTITIES}
        self.listeners: list[Listener] = []
        self._clock = clock
        self._number = 0

    def add(self, path: str, fields: Mapping[str, Any]) -> Row:
        """Keeps a new record."""
        self._number += 1
        now = self.now()
        row = {"id": f"{ENTITIES[path].prefix}-{self._number}", "createdAt": now, "updatedAt": now}
        self.lists[path][row["id"]] = row = row | deepcopy(dict(fields))
        self._tell(path, row, "created")
        return row

    def edit(self, path: str, record_id: str, fields: Mapping[str, Any]) -> Row:
        """Changes fields of a record, each as a whole. Raises Refusal."""
        row = self.row(path, record_id)
        row.update(deepcopy(dict(fields)), updatedAt=self.now())
        self._tell(path, row, "updated")
        return row

    def remove(self, path: str, record_id: str) -> None:
        """Takes a record away with all that is in it. Raises Refusal."""
        row = self.row(path, record_id)
        for inner, field in INSIDE.get(path, ()):
            for below in [one["id"] for one in self.lists[inner].values() if one.get(field) == record_id]:
                if below in self.lists[inner]:  # it may have gone with another one
                    self.remove(inner, below)
        del self.lists[path][record_id]
        self._tell(path, row, "deleted")
        if path == TASKS:
            for other in list(self.lists[TASKS].values()):
                if record_id in other["dependencies"]:
                    left = [one for one in other["dependencies"] if one != record_id]
                    self.edit(TASKS, other["id"], {"dependencies": left})

    def row(self, path: str, record_id: str) -> Row:
        """A record as it is kept. Raises Refusal (404)."""
        found = self.lists[path].get(record_id)
        if found is None:
            raise not_found(f"{ENTITIES[path].name} {record_id}")
        return found

    def behind(self, path: str, after: str) -> list[Row]:
        """The records made after one with this id, which may be gone; all of them for no id."""
        rows = list(self.lists[path].values())
        if not after:
            return rows
        return [row for row in rows if number_of(row["id"]) > number_of(after)]

    def now(self) -> str:
        """The time as records have it."""
        return to_the_millisecond(self._clock())

    def _tell(self, path: str, row: Row, what: str) -> None:
        for listener in self.listeners:
            listener(path, row, what)


def number_of(record_id: str) -> int:
    """The number in an id, by which lists are ordered; 0 for what is none."""
    number = record_id.rpartition("-")[2]
    return int(number) if number.isascii() and number.isdigit() else 0
