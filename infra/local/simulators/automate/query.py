"""Answers a list request: condition, ids, order, page and fields, from the flat parameters of its query string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.simulators.automate.conditions import compiled, moment
from infra.local.simulators.automate.errors import bad_query
from infra.local.simulators.automate.fields import named, resolved, values

DEFAULT_PAGE = 30
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """One page, and how many records meet the condition on all pages."""

    rows: list[dict[str, Any]]
    total: int


def listed(table: str, rows: Sequence[Row], query: Mapping[str, str], largest_page: int) -> Listed:
    """A page of `rows`, which are in the order of their ids. Raises Refusal (400)."""
    asked = {name.casefold(): value for name, value in query.items()}
    found = list(rows)
    if ids := asked.get("ids"):
        wanted = {word.strip() for word in ids.split(",")}
        found = [row for row in found if row["Id"] in wanted]
    if condition := asked.get("condition"):
        passes = compiled(table, condition)
        found = [row for row in found if passes(row)]
    found = _in_order(table, found, asked.get("orderby", ""))
    size, page = _number(asked, "pagesize", DEFAULT_PAGE), _number(asked, "page", 1)
    total = len(found)
    if size != -1:
        size = min(size, largest_page)
        found = found[(page - 1) * size : page * size]
    return Listed([shown(table, row, query) for row in found], total)


def shown(table: str, row: Row, query: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a record that are asked for."""
    asked = {name.casefold(): value for name, value in query.items()}
    included = _names(table, asked.get("includefields", ""))
    excluded = _names(table, asked.get("excludefields", ""))
    return {name: value for name, value in row.items() if (not included or name in included) and name not in excluded}


def _names(table: str, words: str) -> set[str]:
    found = {named(table, word.strip()) for word in words.split(",")}
    return {name for name in found if name is not None}


def _in_order(table: str, rows: list[Row], order: str) -> list[Row]:
    for part in reversed([part.split() for part in order.split(",") if part.strip()]):
        field = resolved(table, part[0])
        if field is None or len(part) > 2 or part[-1].lower() not in {part[0].lower(), "asc", "desc"}:
            raise bad_query(f"Lists of {table} cannot be ordered by {' '.join(part)}.")
        names, kind = field
        if names == ("Id",) and order.casefold() in {"id", "id asc"}:
            return rows
        keys = {"id": int, "moment": moment, "text": str.casefold}
        read = keys.get(kind, lambda value: value)

        def rank(row: Row, names: tuple[str, ...] = names, read: Any = read) -> Any:
            found = values(row, names)
            return (bool(found), read(found[0]) if found else None)

        rows = sorted(rows, key=rank, reverse=part[-1].lower() == "desc")
    return rows


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    written = asked.get(name, "")
    if not written:
        return default
    if not written.removeprefix("-").isdigit() or int(written) < (-1 if name == "pagesize" else 1):
        raise bad_query(f"The value '{written}' is not valid for {name}.")
    return int(written) or default
