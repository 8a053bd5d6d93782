"""The places where an entity's own behaviour hooks into the writing of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.store import Row

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records


@dataclass(frozen=True)
class Draft:
    """A record in the making: `row` may be changed; `body` is what was sent; `old` is None on create."""

    records: Records
    row: dict[str, Any]
    body: Mapping[str, Any]
    by: str
    old: Row | None = None
    parent: int | None = None

    def referred(self, name: str, resource: str) -> Row | None:
        """The record that the reference `name` leads to, if it is set and there."""
        record = (self.row.get(name) or {}).get("id")
        held = None if record is None else self.records.store.holder(resource, record)
        return None if held is None else held[1]

    def refer(self, name: str, resource: str, record: int | None) -> None:
        """Fill in the reference `name`, if it is not set and the record is there."""
        if name not in self.row and record is not None:
            reference = self.records.store.reference(resource, record)
            if reference is not None:
                self.row[name] = reference

    def fill(self, **values: Any) -> None:
        """Fill in plain fields that are not set; None fills nothing."""
        for name, value in values.items():
            if value is not None:
                self.row.setdefault(name, value)


class Rule:
    """Each method may be overridden."""

    made_after_create: frozenset[str] = frozenset()
    """Fields that are not read on POST, since what they refer to is made with the record."""

    def complete(self, draft: Draft) -> None:
        """On create, before defaults are filled in: what follows from the other fields."""

    def derive(self, draft: Draft) -> None:
        """On create and update, before the checks: computed fields."""

    def check(self, draft: Draft) -> list[Violation]:
        """What is wrong with the record, beyond its table."""
        del draft
        return []

    def after(self, records: Records, change: Change) -> None:
        """Once stored or deleted: what follows for other records."""

    def before_delete(self, records: Records, row: Row) -> None:
        """May raise a Refusal."""


PLAIN = Rule()
