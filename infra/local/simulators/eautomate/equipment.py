"""Simulated equipment at customers: read, and found by number, customer or serial number; never written.

Assumed: serial numbers, makes and models compare whole, without regard to case; the operation that answers
one record answers the oldest of several matches; a customer's list leaves out its locations' equipment.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.records import Records
from infra.local.simulators.eautomate.store import Arguments, Operations, Row

_AT_FIRST = {"Active": True, "Hosting": False, "Attached": False, "IsMetered": False}


class Equipment(Records):
    """The equipment of one company."""

    kind = "equipment"
    label = "Equipment"
    type_name = "EquipmentData"
    apart = ("EquipmentNumber", "CustomProperties")
    prefix = "E"

    def add(self, number: str, customer: str, *, serial: str | None = None, **fields: Any) -> Row:
        """New equipment at a customer (its number); `fields` by the names of EquipmentData."""
        with self._company.lock:
            at_first = {**_AT_FIRST, "CustomerNumber": customer, "SerialNumber": serial}
            return self._insert(number, at_first, fields)

    def operations(self) -> Operations:
        """The operations on equipment, by name."""
        return {
            "getEquipmentList": self._list,
            "getEquipmentListForCustomer": self._list_for_customer,
            "getEquipment": self._get,
            "getEquipmentsByNumber": self._by_number,
            "getEquipmentFromSerialNumber": self._one_by_serial,
            "getEquipmentsFromSerialNumber": self._by_serial,
            "getEquipmentsFromSerialNumbers": self._by_serials,
        }

    def record(self, row: Row) -> dict[str, Any]:
        """Equipment as EquipmentData."""
        properties = self._properties.write(row)
        return {**row.values, "EquipmentNumber": row.code, "CustomProperties": properties}

    def _list(self, sent: Arguments) -> dict[str, Any]:
        return self._company.list_since(sent["TimeStamp"], self.table, _detail)

    def _list_for_customer(self, sent: Arguments) -> dict[str, Any]:
        customer = self._company.tables["customers"].require(sent["CustomerNumber"])
        return self._company.list_since(
            sent["TimeStamp"],
            self.table,
            lambda row: _detail(row) if row.values["CustomerNumber"] == customer.code else None,
        )

    def _get(self, sent: Arguments) -> dict[str, Any] | None:
        row = self.table.find(sent["EquipmentNumber"])
        return None if row is None else self.record(row)

    def _by_number(self, sent: Arguments) -> list[dict[str, Any]]:
        row = self.table.find(Code(code=sent["EquipmentNumber"] or ""))
        return [] if row is None else [self.record(row)]

    def _one_by_serial(self, sent: Arguments) -> dict[str, Any] | None:
        return next(iter(self._matching(sent["SerialNumber"], sent["Make"], sent["Model"])), None)

    def _by_serial(self, sent: Arguments) -> dict[str, Any]:
        return self._all(self._matching(sent["SerialNumber"], sent["optMake"], sent["optModel"]))

    def _by_serials(self, sent: Arguments) -> dict[str, Any]:
        wanted = (sent["SerialNumbers"] or {}).get("Details") or ()
        return self._all(
            [
                found
                for one in wanted
                if one is not None
                for found in self._matching(one["SerialNumber"], one["optMake"], one["optModel"])
            ]
        )

    def _all(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        return {"TimeStamp": self._company.clock.stamp(), "Details": records}

    def _matching(self, serial: str | None, make: str | None, model: str | None) -> list[dict[str, Any]]:
        def matches(row: Row) -> bool:
            values = row.values
            pairs = ((make, values["MakeNumber"]), (model, values["ModelNumber"]))
            return _same(serial, values["SerialNumber"]) and all(
                not wanted or (code is not None and _same(wanted, code.code)) for wanted, code in pairs
            )

        return [self.record(row) for row in self if serial and matches(row)]


def _detail(row: Row) -> dict[str, Any]:
    return {"EquipmentNumber": row.code, "Active": row.values["Active"]}


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.strip().casefold() == other.strip().casefold()
