"""Simulated code lists and technicians: what other records refer to, and what the API can only read."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.simulators.eautomate.fields import given
from infra.local.simulators.eautomate.store import Arguments, Company, Operations, Row


@dataclass(frozen=True)
class CodeList:
    """One kind of code. `operation` lists it, with `key` as the name of its code; both are None for a kind that
    can be referred to but not listed. `codes` are there from the start, with their descriptions."""

    kind: str
    label: str
    codes: dict[str, str]
    operation: str | None = None
    key: str | None = None


@cache
def code_lists() -> tuple[CodeList, ...]:
    """Every kind of code, from `codes.toml`."""
    table = tomllib.loads(Path(__file__).with_name("codes.toml").read_text("utf-8"))
    return tuple(CodeList(kind, **entry) for kind, entry in table.items())


_TAX_RATES = {"EXEMPT": Decimal(0), "STATE": Decimal("0.0575"), "CITY": Decimal("0.0825")}
_TECHNICIANS = {"REED": ("Jordan", "Reed"), "PATEL": ("Asha", "Patel"), "LOPEZ": ("Marta", "Lopez")}


class Codes:
    """Every code list of one company, and its technicians."""

    def __init__(self, company: Company) -> None:
        self._company = company
        for code_list in code_lists():
            company.new_table(code_list.kind, code_list.label)
            for code, description in code_list.codes.items():
                self.add(code_list.kind, code, description)
        for code, rate in _TAX_RATES.items():
            company.tables["tax_codes"][code].values["Rate"] = rate
        self.technicians = company.new_table("technicians", "Technician")
        for number, (first, last) in _TECHNICIANS.items():
            self.add_technician(number, first, last)

    def add(self, kind: str, code: str, description: str = "", *, active: bool = True) -> Row:
        """A new code; `kind` is a table's name, such as "territories"."""
        with self._company.lock:
            values = {"Description": description, "Active": active}
            return self._company.tables[kind].add(code, values)

    def edit(self, kind: str, code: str, *, description: str | None = None, active: bool | None = None) -> Row:
        """Change a code's description or whether it is active; what is None stays."""
        changes = {"Description": description, "Active": active}
        with self._company.lock:
            table = self._company.tables[kind]
            row = table[code]
            row.values.update({name: value for name, value in changes.items() if value is not None})
            table.touch(row)
            return row

    def remove(self, kind: str, code: str) -> None:
        """Take a code, a technician or a sales rep out."""
        with self._company.lock:
            self._company.tables[kind].remove(code)

    def add_technician(self, number: str, first: str, last: str, **fields: Any) -> Row:
        """A new technician; `fields` by the names of TechnicianData."""
        with self._company.lock:
            values = given(self._company, "TechnicianData", fields)
            return self.technicians.add(number, {"FirstName": first, "LastName": last, "Active": True, **values})

    def edit_technician(self, number: str, **fields: Any) -> Row:
        """Change a technician; `fields` by the names of TechnicianData."""
        with self._company.lock:
            row = self.technicians[number]
            row.values.update(given(self._company, "TechnicianData", fields))
            self.technicians.touch(row)
            return row

    def operations(self) -> Operations:
        """The operations that read codes and technicians, by name."""
        lists = {
            code_list.operation: self._lister(code_list.kind, code_list.key)
            for code_list in code_lists()
            if code_list.operation is not None and code_list.key is not None
        }
        return {
            **lists,
            "getEquipmentCode": self._equipment_code,
            "getTechnicianList": self._lister("technicians", "Technician"),
            "getTechnician": self._technician,
        }

    def _lister(self, kind: str, key: str) -> Callable[[Arguments], Any]:
        table = self._company.tables[kind]
        return lambda sent: self._company.list_since(
            sent["TimeStamp"], table, lambda row: {**row.values, key: row.code}
        )

    def _equipment_code(self, sent: Arguments) -> dict[str, Any] | None:
        row = self._company.tables["equipment_codes"].find(sent["EquipmentCode"])
        return None if row is None else {**row.values, "EquipmentCode": row.code}

    def _technician(self, sent: Arguments) -> dict[str, Any] | None:
        row = self.technicians.find(sent["Technician"])
        return None if row is None else {**row.values, "Technician": row.code}
