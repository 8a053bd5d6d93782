"""Refuses what cannot be in the simulated Moovila: odd values, references to nothing, days the wrong way round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from infra.local.simulators.moovila.entities import (
    CATEGORIES,
    DAY,
    ENTITIES,
    EVENTS,
    FLAG,
    IDS,
    MOMENT,
    NUMBER,
    PHASES,
    PROJECTS,
    TASKS,
    TIME,
    Entity,
)
from infra.local.simulators.moovila.errors import conflict, invalid, unreadable
from infra.local.simulators.moovila.store import Row, Store

_READS: Mapping[str, Callable[[str], Any]] = {
    DAY: date.fromisoformat, TIME: time.fromisoformat, MOMENT: datetime.fromisoformat,
}  # fmt: skip


def known(entity: Entity, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body that the list has; others are passed over. Raises Refusal (400) for odd values."""
    fields = {name: value for name, value in body.items() if name in entity.fields}
    for name, value in fields.items():
        if value is not None and not fits(entity.fields[name], value):
            raise unreadable("it is not valid", name)
    return fields


def fits(kind: str, value: Any) -> bool:
    """Whether a value is of a kind; a moment must name its zone."""
    if kind == NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == IDS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not isinstance(value, str):
        return False
    try:
        read = _READS[kind](value) if kind in _READS and value else None
    except ValueError:
        return False
    return not isinstance(read, datetime) or read.tzinfo is not None


def check(store: Store, entity: Entity, row: Mapping[str, Any], record_id: str = "") -> None:
    """A whole record, before it is kept; `record_id` is its own, where it has one. Raises Refusal (409, 422)."""
    for name in entity.required:
        if row.get(name) in (None, "", []):
            raise invalid("it is required", name)
    _references(store, entity, row)
    _names(store, entity, row, record_id)
    _numbers(entity, row)
    _days(entity, row)
    if entity.path == PHASES:
        _apart(store, PHASES, record_id, [row["parentId"]] if row["parentId"] else [], "parentId", row)
    if entity.path == TASKS:
        _apart(store, TASKS, record_id, row["dependencies"], "dependencies", row)
        if row["phaseId"] and store.lists[PHASES][row["phaseId"]]["projectId"] != row["projectId"]:
            raise invalid("it is a phase of another project", "phaseId")


def _references(store: Store, entity: Entity, row: Mapping[str, Any]) -> None:
    for name, path in entity.refers.items():
        ids = row.get(name) or []
        for wanted in ids if isinstance(ids, list) else [ids]:
            if wanted not in store.lists[path]:
                raise invalid(f"there is no {ENTITIES[path].name} {wanted}", name)


def _names(store: Store, entity: Entity, row: Mapping[str, Any], record_id: str) -> None:
    for name, path in entity.named.items():
        rows = [one for one in store.lists[path].values() if path != CATEGORIES or one["appliesTo"] == entity.name]
        if row.get(name) and not any(same(one["name"], row[name]) for one in rows):
            raise invalid(f"there is no {ENTITIES[path].name} {row[name]!r}", name)
    if entity.unique:
        others = (one for key, one in store.lists[entity.path].items() if key != record_id)
        if any(same(one["name"], row["name"]) for one in others):
            raise conflict(f"a {entity.name} has this name already", "name")


def _numbers(entity: Entity, row: Mapping[str, Any]) -> None:
    for name, kind in entity.fields.items():
        if kind == NUMBER and (row.get(name) or 0) < 0:
            raise invalid("it is less than nothing", name)
    if (row.get("percentComplete") or 0) > 100:
        raise invalid("it is more than all", "percentComplete")


def _days(entity: Entity, row: Mapping[str, Any]) -> None:
    for first, last in (("startDate", "dueDate"), ("startAt", "endAt")):
        if row.get(first) and row.get(last) and _moment(row[last]) < _moment(row[first]):
            raise invalid(f"it is before {first}", last)
    if entity.path == EVENTS and row.get("quantity") and not row.get("startTime"):
        raise invalid("it is required where there is a quantity", "startTime")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _apart(store: Store, path: str, record_id: str, first: Iterable[str], name: str, row: Mapping[str, Any]) -> None:
    """What a record stands on must be of its project, and must not stand on it in turn."""
    ahead, seen = list(first), set[str]()
    while ahead:
        one = ahead.pop()
        if one == record_id:
            raise invalid("it would stand on itself", name)
        if one in seen:
            continue
        seen.add(one)
        other = store.lists[path][one]
        if other["projectId"] != row["projectId"]:
            raise invalid(f"{one} is of another project", name)
        ahead += [other[name]] if isinstance(other[name], str) and other[name] else other[name] or []


def writable(store: Store, entity: Entity, row: Row) -> None:
    """Raises Refusal (409) for what is in an archived project."""
    project = row if entity.path == PROJECTS else store.lists[PROJECTS].get(row.get("projectId", ""), {})
    if project.get("archived"):
        raise conflict("the project is archived")


def same(one: str, other: str) -> bool:
    """Names are told apart without regard to case and outer blanks."""
    return one.strip().casefold() == other.strip().casefold()


EMPTY: Mapping[str, Any] = {IDS: [], FLAG: False, NUMBER: None, DAY: None, TIME: None, MOMENT: None}
"""What a field holds that nobody has set; a text and an id: nothing."""
