"""Simulated items: read, added, and how the company puts items on sales orders that come from outside.

Assumed: an item's type is 1 (inventory) or 2 (non-inventory); a new item needs a description, a sales code and,
as InventoryCode, an inventory code or, if it is non-inventory, an expense code (ItemData has no field of its
own for one); a host item is one with an equipment code.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from infra.local.simulators.eautomate.fields import find_any
from infra.local.simulators.eautomate.records import Records
from infra.local.simulators.eautomate.store import Arguments, Operations, Refused, Row

INVENTORY, NON_INVENTORY = 1, 2
_TYPES = {INVENTORY: "Inventory", NON_INVENTORY: "Non-inventory"}
_CODES = {INVENTORY: ("inventory_codes",), NON_INVENTORY: ("expense_codes",)}
_AT_FIRST = {"Active": True, "ItemType": INVENTORY, "Serialized": False, "Metered": False}


class Items(Records):
    """The items of one company. `usage` is its setting for orders from outside, GENERIC or ADDITEM; `generic` is
    the number of the item that GENERIC puts on every line."""

    kind = "items"
    label = "Item"
    type_name = "ItemData"
    apart = ("Item", "CustomProperties", "ItemTypeDescription")
    prefix = "ITEM"
    usage = "ADDITEM"
    generic: str | None = None

    def add(self, number: str, description: str, **fields: Any) -> Row:
        """A new item, even one without the codes it needs; `fields` by the names of ItemData."""
        with self._company.lock:
            return self._insert(number, {"Description": description, **_AT_FIRST}, fields)

    def operations(self) -> Operations:
        """The operations on items, by name."""
        return {
            "getItem": self._get,
            "ExistsItem": lambda sent: self.table.find(sent["itemCode"]) is not None,
            "addItem2": self._add,
            "getHostItemList": self._hosts,
            "itemUsageForSalesSetting": lambda _: self.usage,
            "genericItemForSalesSetting": self._generic,
        }

    def record(self, row: Row) -> dict[str, Any]:
        """An item as ItemData."""
        return {
            **row.values,
            "Item": row.code,
            "ItemTypeDescription": _TYPES.get(row.values["ItemType"]),
            "CustomProperties": self._properties.write(row),
        }

    def _get(self, sent: Arguments) -> dict[str, Any] | None:
        row = self.table.find(sent["Item"])
        return None if row is None else self.record(row)

    def _generic(self, _: Arguments) -> dict[str, Any] | None:
        return None if self.generic is None else self.record(self.table[self.generic])

    def _add(self, sent: Arguments) -> dict[str, Any]:
        if sent["item"] is None:
            raise Refused("An item is required.")
        number = (sent["ItemNumber"] or "").strip()
        values = dict(sent["item"])
        if number != (values["Item"].code or number):
            raise Refused(f"ItemNumber is {number}, but the item's own code is another.")
        values.update({name: first for name, first in _AT_FIRST.items() if values[name] is None})
        checked = self._complete(values, None)
        if checked["ItemType"] not in _TYPES:
            raise Refused(f"Item type {checked['ItemType']} does not exist.")
        for name in ("Description", "SalesCode", "InventoryCode"):
            if not checked[name]:
                raise Refused(f"{name} is required for item {number}.")
        find_any(self._company, _CODES[checked["ItemType"]], checked["InventoryCode"])
        properties = self._properties.read(values["CustomProperties"], (), f"item {number}")
        row = self.table.add(number, checked)
        row.properties = properties
        return self.record(row)

    def _hosts(self, _: Arguments) -> list[dict[str, Any]]:
        return [
            {
                "Code": row.number,
                "Name": row.values["Description"],
                "Remarks": row.values["Remarks"],
                "Description": row.values["Description"],
                "Yield": Decimal(row.values["Yield"] or 0),
                "Model": None if row.values["Model"] is None else row.values["Model"].code,
                "Make": None if row.values["Make"] is None else row.values["Make"].code,
            }
            for row in self
            if row.values["EquipmentCode"] is not None
        ]
