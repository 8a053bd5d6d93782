"""Answers a list request: filters, order, page, from the flat parameters of its query string."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from infra.local.simulators.refusals import bad
from infra.local.simulators.zomentum.entities import COMMON, MOMENT, NUMBER, Entity
from infra.local.simulators.zomentum.settings import Settings
from infra.local.simulators.zomentum.store import Row

DEFAULT_LIMIT = 100
Test = Callable[[Row], bool]
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: bool(one == other),
    "gt": lambda one, other: bool(one > other),
    "gte": lambda one, other: bool(one >= other),
    "lt": lambda one, other: bool(one < other),
    "lte": lambda one, other: bool(one <= other),
}


def listed(
    entity: Entity, rows: Sequence[Row], query: Mapping[str, str], settings: Settings, rng: random.Random
) -> tuple[list[Row], int]:
    """A page of `rows`, and how many meet the filters on all pages. Raises Refusal (400)."""
    tests = [
        test
        for name, test in _filters(entity, query.get("filters", ""))
        if settings.heeds is None or name in settings.heeds
    ]
    found = in_order([row for row in rows if all(test(row) for test in tests)], settings, rng)
    page, limit = _number(query, "page", 1), _number(query, "limit", DEFAULT_LIMIT)
    limit = min(limit, settings.largest_page)
    return found[(page - 1) * limit : page * limit], len(found)


def _filters(entity: Entity, text: str) -> list[tuple[str, Test]]:
    """Each filter with the name of its field."""
    found = []
    for part in filter(None, text.split(";")):
        name, _, rest = part.partition(":")
        operator, colon, value = rest.partition(":")
        kind = {**COMMON, **entity.fields}.get(name)
        if kind is None or not colon:
            raise bad(f"'{part}' is no filter of {entity.path}.")
        found.append((name, _test(name, kind, operator, value)))
    return found


def _test(name: str, kind: str, operator: str, value: str) -> Test:
    if operator == "in":
        wanted = [_read(kind, one) for one in value.split(",")]
        return lambda row: row.get(name) is not None and _read(kind, row[name]) in wanted
    compare = _COMPARISONS.get(operator)
    if compare is None:
        raise bad(f"'{operator}' is no operator.")
    other = _read(kind, value)
    return lambda row: row.get(name) is not None and compare(_read(kind, row[name]), other)


def _read(kind: str, value: Any) -> Any:
    """A value as it is compared. Raises Refusal (400)."""
    try:
        if kind == MOMENT:
            return datetime.fromisoformat(value).astimezone(UTC)
        return float(value) if kind == NUMBER else str(value).casefold()
    except ValueError:
        raise bad(f"'{value}' is no {kind}.") from None


def in_order(rows: list[Row], settings: Settings, rng: random.Random) -> list[Row]:
    """Records, given in the order in which they were made, in that of the lists."""
    if settings.order == "shuffled":
        return rng.sample(rows, len(rows))
    if settings.order == "oldest":
        return rows
    rows = rows[::-1]
    return rows if settings.order == "newest" else sorted(rows, key=lambda row: str(row["updated_at"]), reverse=True)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    written = query.get(name, "")
    if written and not (written.isascii() and written.isdigit() and int(written) > 0):
        raise bad(f"'{written}' is not valid for {name}.")
    return int(written or default)
