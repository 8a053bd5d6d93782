"""What every kind of simulated record has in common: a table, and ways for tests and seeds to change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.fields import blank, complete, given
from infra.local.simulators.eautomate.properties import CustomProperties
from infra.local.simulators.eautomate.store import Company, Refused, Row


class Records:
    """The records of one kind: by number with `[...]`, all of them by iteration.

    `type_name` is their type in the schema, `apart` names the fields of it that are not stored with the rest:
    what names the record, what has a place of its own, what follows from other fields. `prefix` begins the
    numbers that the service itself gives.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    type_name: ClassVar[str]
    apart: ClassVar[tuple[str, ...]]
    prefix: ClassVar[str]

    def __init__(self, company: Company, properties: CustomProperties) -> None:
        self._company = company
        self._properties = properties
        self.table = company.new_table(self.kind, self.label)

    def __getitem__(self, number: str) -> Row:
        return self.table[number]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.table.values())

    def __len__(self) -> int:
        return len(self.table)

    def edit(self, number: str, **fields: Any) -> Row:
        """Change a record as a person at the desktop would; `fields` by the service's names, None clears one.

        Raises KeyError for no such record, ValueError for no such field, Refused for a reference to nothing.
        """
        with self._company.lock:
            row = self.table[number]
            values = {**row.values, **given(self._company, self.type_name, fields)}
            self._check(values, row)
            row.values = values
            self.table.touch(row)
            return row

    def set_property(self, number: str, name: str, value: str) -> None:
        """Set a custom property. Raises KeyError when the record's configuration lacks it."""
        with self._company.lock:
            row = self.table[number]
            if name not in row.properties:
                raise KeyError(f"{self.label} {number} has no custom property {name}")
            row.properties[name] = value
            self.table.touch(row)

    def configure(self, number: str, configured: bool | Iterable[str] = True) -> None:
        """Change a record's custom property configuration, see `CustomProperties.configure`."""
        with self._company.lock:
            row = self.table[number]
            self._properties.configure(row, configured)
            self.table.touch(row)

    def _insert(self, number: str, at_first: dict[str, Any], fields: dict[str, Any]) -> Row:
        """A new row with every field of the type: those of `fields`, else those of `at_first`, else nothing."""
        values = given(self._company, self.type_name, {**at_first, **fields})
        values = {**blank(self.type_name, self.apart), **values}
        self._check(values, None)
        return self.table.add(number, values)

    def _number(self, wanted: Code) -> str:
        """The number of a record about to be added: the one wanted, else the next that is free. Raises Refused
        for one that is taken, and where an ID is sent, which only the service gives."""
        if wanted.id is not None:
            raise Refused(f"A new {self.label.casefold()} has no ID yet; send a code only, or nothing.")
        number = wanted.code or self.table.free_number(self.prefix)
        if number in self.table:
            raise Refused(f"{self.label} {number} already exists.")
        return number

    def _check(self, values: dict[str, Any], row: Row | None) -> None:
        """Raise Refused where `values`, complete, may not become those of `row` (None: of a new one)."""

    def _complete(self, sent: dict[str, Any], row: Row | None) -> dict[str, Any]:
        """What a whole save of `sent` leaves in `row` (None: in a new one). Raises Refused for an unknown code and
        by `_check`."""
        completed = complete(self._company, self.type_name, sent)
        values = {name: value for name, value in completed.items() if name not in self.apart}
        self._check(values, row)
        return values
