"""Keeps the records of the simulated Automate server, and shows them as the API does.

Rows are flat, by table and number: `ClientId`, `GroupId` point to others. What is shown has ids as texts and the
records within a record whole; it is made when first asked for and kept until anything changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from infra.local.simulators.automate.errors import not_found
from infra.local.simulators.moments import to_the_second

Row = dict[str, Any]
TABLES = ("Clients", "Locations", "Computers", "Groups", "GroupComputers", "RetiredAssets")


class Store:
    """The tables. Numbers of deleted records are never given again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._rows: dict[str, dict[int, Row]] = {table: {} for table in TABLES}
        self._last: dict[str, int] = dict.fromkeys(TABLES, 0)
        self._shown: dict[str, list[Row]] = {}
        self._groups: dict[int, dict[int, int]] = defaultdict(dict)
        """By computer and group, the number of the membership."""

    def add(self, table: str, fields: Mapping[str, Any], number: int | None = None) -> int:
        """Keeps a new record; `number` is its id, if it must be a certain one that is not taken."""
        number = number or self._last[table] + 1
        if number in self._rows[table]:
            raise ValueError(f"{table} {number} is there already")
        self._last[table] = max(self._last[table], number)
        self._rows[table][number] = dict(fields)
        if table == "GroupComputers":
            self._groups[fields["ComputerId"]][fields["GroupId"]] = number
        self._shown.clear()
        return number

    def edit(self, table: str, number: int, fields: Mapping[str, Any]) -> None:
        """Changes fields of a record. Raises Refusal (404)."""
        self.row(table, number).update(fields)
        self._shown.clear()

    def remove(self, table: str, number: int) -> Row:
        """Takes a record away, and the memberships of a computer or group. Raises Refusal (404)."""
        row = self.row(table, number)
        for member in self._memberships(table, number):
            self.remove("GroupComputers", member)
        if table == "GroupComputers":
            del self._groups[row["ComputerId"]][row["GroupId"]]
        del self._rows[table][number]
        self._shown.clear()
        return row

    def row(self, table: str, number: int) -> Row:
        """A record as it is kept. Raises Refusal (404)."""
        if number not in self._rows[table]:
            raise not_found(table.removesuffix("s"), number)
        return self._rows[table][number]

    def numbers(self, table: str, **fields: Any) -> list[int]:
        """The numbers of the records that have these values, in their order."""
        rows = self._rows[table].items()
        return sorted(number for number, row in rows if all(row.get(name) == value for name, value in fields.items()))

    def now(self) -> str:
        """The time as records have it."""
        return to_the_second(self._clock())

    def membership(self, computer: int, group: int) -> int | None:
        """The number of the membership of a computer in a group, if it is in it."""
        return self._groups[computer].get(group)

    def shown(self, table: str) -> list[Row]:
        """Every record of a table as the API shows it, by id. Not to be changed by the caller."""
        if table not in self._shown:
            self._shown[table] = [self.one(table, number) for number in sorted(self._rows[table])]
        return self._shown[table]

    def one(self, table: str, number: int) -> Row:
        """One record as the API shows it. Raises Refusal (404)."""
        shown: Row = {"Id": number if table == "Locations" else str(number)}
        for name, value in self.row(table, number).items():
            if name == "Client":
                shown[name] = {"Id": str(value), "Name": self.row("Clients", value)["Name"]}
            elif name == "Location":
                shown[name] = {"Id": value, "Name": self.row("Locations", value)["Name"]}
            elif value is not None:
                shown[name] = str(value) if name.endswith("Id") else value
        if table == "Computers":
            shown["Groups"] = [self._group(group) for group in sorted(self._groups[number])]
        return shown

    def _group(self, number: int) -> Row:
        """A group as computers show it."""
        row = self.row("Groups", number)
        return {"Id": str(number), "Name": row["Name"], "FullName": row["FullName"]}

    def _memberships(self, table: str, number: int) -> list[int]:
        """The memberships that end with a computer or a group."""
        if table == "Computers":
            return list(self._groups[number].values())
        return self.numbers("GroupComputers", GroupId=number) if table == "Groups" else []
