"""Keeps the records of the simulated Zomentum, as its API shows them, and tells who listens what changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from infra.local.simulators.moments import to_the_millisecond
from infra.local.simulators.refusals import Refusal
from infra.local.simulators.zomentum.entities import ENTITIES

Row = dict[str, Any]
Listener = Callable[[str, str, str], None]
"""Hears of a list, an id in it, and what happened: `created`, `updated`, `deleted`."""


class Store:
    """The lists, each by the ids of its records, in the order in which those were made."""

    def __init__(self, clock: Callable[[], datetime], rng: random.Random, missing: Callable[[], int]) -> None:
        self.lists: dict[str, dict[str, Row]] = {path: {} for path in ENTITIES}
        self.listeners: list[Listener] = []
        self._clock = clock
        self._rng = rng
        self._missing = missing

    def add(self, path: str, fields: Mapping[str, Any]) -> str:
        """Keeps a new record; returns its id."""
        record_id = f"{self._rng.getrandbits(96):024x}"
        now = self.now()
        self.lists[path][record_id] = {"id": record_id, "created_at": now, "updated_at": now, **deepcopy(dict(fields))}
        self._tell(path, record_id, "created")
        return record_id

    def edit(self, path: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Changes fields of a record, each as a whole. Raises Refusal."""
        self.row(path, record_id).update(deepcopy(dict(fields)), updated_at=self.now())
        self._tell(path, record_id, "updated")

    def remove(self, path: str, record_id: str) -> None:
        """Takes a record away. Raises Refusal."""
        self.row(path, record_id)
        del self.lists[path][record_id]
        self._tell(path, record_id, "deleted")

    def row(self, path: str, record_id: str) -> Row:
        """A record as it is kept. Raises Refusal."""
        found = self.lists[path].get(record_id)
        if found is None:
            raise Refusal(self._missing(), f"There is no {ENTITIES[path].name} {record_id}.")
        return found

    def now(self) -> str:
        """The time as records have it."""
        return to_the_millisecond(self._clock())

    def _tell(self, path: str, record_id: str, what: str) -> None:
        for listener in self.listeners:
            listener(path, record_id, what)
