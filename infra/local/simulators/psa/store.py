"""The memory of the PSA: rows by entity, with indexes that keep a hundred thousand of them quick."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.local.simulators.psa.entities import Entity, Table

Row = Mapping[str, Any]
Path = tuple[str, ...]
ROOT = "psa://root"
"""Stands in stored links for the API's address, which is known only when an answer goes out."""


def value_at(row: Row, path: Path) -> Any:
    """The value at a path of one or two names; None where any of it is absent."""
    value = row.get(path[0])
    for name in path[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def key_of(value: Any) -> Any:
    """What equality compares: text without regard to case, as the PSA's database does."""
    return value.casefold() if isinstance(value, str) else value


class Rows:
    """The records of one entity. A stored row is never changed in place; `put` replaces it."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.ids: list[int] = []
        self.version = 0
        self._rows: dict[int, Row] = {}
        self._parents: dict[int, int] = {}
        self._children: defaultdict[int, list[int]] = defaultdict(list)
        self._indexes: dict[Path, _Index] = {}
        self._asked: set[Path] = set()
        self._by_time: _ByTime | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, record: int) -> bool:
        return record in self._rows

    def __getitem__(self, record: int) -> Row:
        return self._rows[record]

    def __iter__(self) -> Iterator[Row]:
        return (self._rows[record] for record in self.ids)

    def many(self, records: Iterable[int]) -> list[Row]:
        """The rows of these ids."""
        return list(map(self._rows.__getitem__, records))

    def get(self, record: int) -> Row | None:
        """The row, or None."""
        return self._rows.get(record)

    def parent(self, record: int) -> int | None:
        """The id of the record that this one belongs to."""
        return self._parents.get(record)

    def children(self, parent: int) -> list[int]:
        """Ids of the records that belong to `parent`, ascending."""
        return self._children.get(parent, [])

    def put(self, record: int, row: Row, parent: int | None = None) -> None:
        """Store a row, new or in place of the old one."""
        old = self._rows.get(record)
        self.version += 1
        self._rows[record] = row
        if old is None:
            _add(self.ids, record)
            if parent is not None:
                self._parents[record] = parent
                _add(self._children[parent], record)
        self._reindex(record, old, row)

    def remove(self, record: int) -> Row:
        """Take a row out and answer it."""
        row = self._rows.pop(record)
        self.version += 1
        del self.ids[bisect_left(self.ids, record)]
        parent = self._parents.pop(record, None)
        if parent is not None:
            self._children[parent].remove(record)
        self._reindex(record, row, None)
        return row

    def find(self, path: Path, values: Iterable[Any]) -> set[int]:
        """Ids of the rows whose value at `path` equals one of `values`; the index is made at first use."""
        index = self._indexes.get(path)
        if index is None:
            index = self._indexes[path] = _Index(_keys(self._rows.values(), path), self._rows)
        return index.find(key_of(value) for value in values)

    def worth_finding(self, path: Path) -> bool:
        """Whether `path` was asked for before: the first question does not pay for an index."""
        return path in self._indexes or path in self._asked

    def note_asked(self, paths: Iterable[Path]) -> None:
        """Remember what a question asked for."""
        self._asked.update(paths)

    def by_time(self) -> _ByTime:
        """The rows in the order of their last update."""
        if self._by_time is None:
            self._by_time = _ByTime({record: _moment(row) for record, row in self._rows.items()})
        return self._by_time

    def forget_names(self, resource: str) -> None:
        """A record of `resource` was renamed: what was indexed under its old name is forgotten."""
        for path in [path for path in self._indexes if len(path) > 1 and path[1] != "id"]:
            field = self.entity.fields.get(path[0])
            if field is not None and field.target == resource:
                del self._indexes[path]
        if any(field.target == resource for field in self.entity.fields.values()):
            self.version += 1

    def _reindex(self, record: int, old: Row | None, new: Row | None) -> None:
        for path, index in self._indexes.items():
            if old is not None:
                index.discard(key_of(value_at(old, path)), record)
            if new is not None:
                index.add(key_of(value_at(new, path)), record)
        if self._by_time is not None:
            if old is not None:
                self._by_time.discard(record, _moment(old))
            if new is not None:
                self._by_time.add(record, _moment(new))


class _Index:
    """Ids by key. Most keys have one id, which is kept bare: a hundred thousand sets take long to make."""

    def __init__(self, keys: Iterable[Any], records: Iterable[int]) -> None:
        self._ids: dict[Any, int | set[int]] = {}
        for key, record in zip(keys, records, strict=True):
            held = self._ids.setdefault(key, record)
            if held is not record:
                self.add(key, record)

    def add(self, key: Any, record: int) -> None:
        held = self._ids.setdefault(key, record)
        if isinstance(held, set):
            held.add(record)
        elif held != record:
            self._ids[key] = {held, record}

    def discard(self, key: Any, record: int) -> None:
        held = self._ids.get(key)
        if isinstance(held, set):
            held.discard(record)
        elif held == record:
            del self._ids[key]

    def find(self, keys: Iterable[Any]) -> set[int]:
        """Ids under any of the keys."""
        found: set[int] = set()
        for key in keys:
            held = self._ids.get(key)
            if isinstance(held, set):
                found |= held
            elif held is not None:
                found.add(held)
        return found


class _ByTime:
    """Ids in the order of a moment, those of one moment by id."""

    def __init__(self, moments: Mapping[int, str]) -> None:
        self.ids = sorted(sorted(moments), key=moments.__getitem__)
        self._moments = [moments[record] for record in self.ids]

    def where(self, operator: str, moment: str) -> list[int]:
        """Ids before or after a moment (ISO 8601, UTC): `operator` is one of < <= > >=."""
        before = operator.startswith("<")
        with_equals = operator.endswith("=")
        place = (bisect_right if before == with_equals else bisect_left)(self._moments, moment)
        return self.ids[:place] if before else self.ids[place:]

    def add(self, record: int, moment: str) -> None:
        place = self._place(record, moment)
        self.ids.insert(place, record)
        self._moments.insert(place, moment)

    def discard(self, record: int, moment: str) -> None:
        place = self._place(record, moment)
        del self.ids[place]
        del self._moments[place]

    def _place(self, record: int, moment: str) -> int:
        low, high = bisect_left(self._moments, moment), bisect_right(self._moments, moment)
        return bisect_left(self.ids, record, low, high)


class Store:
    """All rows, the id sequences, and the shared objects by which rows refer to one another."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._rows = {entity.resource: Rows(entity) for entity in table if not entity.same_as}
        self._last: dict[str, int] = {}
        self._references: dict[tuple[str, int], dict[str, Any]] = {}

    def rows(self, resource: str) -> Rows:
        """The rows of a resource, under whichever of its names."""
        return self._rows[self.table[resource].kept_as]

    def next_id(self, entity: Entity) -> int:
        """A new id of the entity's sequence."""
        first = self.table[entity.sequence].first
        self._last[entity.sequence] = record = self._last.get(entity.sequence, first - 1) + 1
        return record

    def put(self, entity: Entity, record: int, row: Row, parent: int | None = None) -> None:
        """Store a row and tell everyone who refers to it its new name."""
        self._last[entity.sequence] = max(self._last.get(entity.sequence, 0), record)
        self._rows[entity.kept_as].put(record, row, parent)
        reference = self._references.get((entity.kept_as, record))
        if reference is None:
            return
        shown = show(entity, row)
        if any(reference.get(name) != value for name, value in shown.items()):
            reference.update(shown)
            for rows in self._rows.values():
                rows.forget_names(entity.kept_as)

    def remove(self, entity: Entity, record: int) -> Row:
        """Take a row out; references to it keep its last name."""
        return self._rows[entity.kept_as].remove(record)

    def holder(self, resource: str, record: int) -> tuple[Entity, Row] | None:
        """Entity and row of a referred record. Tickets of both kinds share their ids, so both are looked at."""
        for name in (resource, *(other.resource for other in self.table if other.ids == resource)):
            row = self.rows(name).get(record)
            if row is not None:
                return self.table[name], row
        return None

    def reference(self, resource: str, record: int) -> dict[str, Any] | None:
        """The one object by which all rows refer to this record; None if there is no such record."""
        held = self.holder(resource, record)
        if held is None:
            return None
        entity, row = held
        key = (entity.kept_as, record)
        reference = self._references.get(key)
        if reference is None:
            path = entity.path.replace("{id}", str(self.rows(entity.resource).parent(record)))
            info = {f"{_word(entity)}_href": f"{ROOT}/{path}/{record}"}
            reference = self._references[key] = {"id": record, **show(entity, row), "_info": info}
        return reference

    def by_name(self, resource: str, given: Mapping[str, Any], scope: int | None) -> int | None:
        """The id of the record that `given` names by one of the keys that references to it show."""
        entity = self.table[resource]
        rows = self.rows(resource)
        for key in ("identifier", "name"):
            source = entity.shows.get(key, "")
            if key in given and source and " " not in source:
                found = sorted(rows.find((source,), [given[key]]))
                found = [record for record in found if scope is None or rows.parent(record) == scope]
                return found[0] if found else None
        return None


def show(entity: Entity, row: Row) -> dict[str, Any]:
    """What a reference to `row` carries besides its id; absent values are left out."""
    return joined(entity.shows, row)


def joined(sources: Mapping[str, str], row: Row) -> dict[str, Any]:
    """Fields made of others: each of one, or of several joined by blanks; absent values are left out."""
    shown: dict[str, Any] = {}
    for key, source in sources.items():
        values = [row[name] for name in source.split() if row.get(name) is not None]
        if values:
            as_text = key in {"identifier", "name"} or len(values) > 1
            shown[key] = " ".join(str(value) for value in values) if as_text else values[0]
    return shown


def in_order(rows: list[Row], steps: Iterable[tuple[Path, bool]]) -> list[Row]:
    """The rows by several paths, each ascending or (True) descending; absent values come first, or last."""
    for path, descending in reversed(list(steps)):
        keys = _keys(rows, path)
        absent = [row for key, row in zip(keys, rows, strict=True) if key is None]
        places = [place for place, key in enumerate(keys) if key is not None]
        places.sort(key=keys.__getitem__, reverse=descending)
        present = [rows[place] for place in places]
        rows = present + absent if descending else absent + present
    return rows


def _keys(rows: Iterable[Row], path: Path) -> list[Any]:
    """What equality and order compare, of many rows."""
    name = path[0]
    values = [row.get(name) for row in rows] if len(path) == 1 else [value_at(row, path) for row in rows]
    return [value.casefold() if isinstance(value, str) else value for value in values]


def _add(ids: list[int], record: int) -> None:
    if not ids or record > ids[-1]:
        ids.append(record)
    else:
        insort(ids, record)


def _moment(row: Row) -> str:
    moment: str = row["_info"]["lastUpdated"]
    return moment


def _word(entity: Entity) -> str:
    return re.split(r"(?=[A-Z])", entity.resource)[-1].lower()
