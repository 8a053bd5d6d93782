"""Simulated customers and their locations: read, found, added and saved whole.

Assumed, where neither the WSDL nor its users say: a customer that does not exist is an answer without a
result; names are compared whole, without regard to case; a save stores what is sent, so that a value sent
with Valid=false is cleared (the strictest reading, to find out a client that saves half a record); a save
that changes nothing does not make the customer "updated"; one that is added gets the usual custom property
configuration.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.properties import CROSSWISE_PROPERTIES
from infra.local.simulators.eautomate.records import Records
from infra.local.simulators.eautomate.store import Arguments, Operations, Refused, Row

_FLAGS = {
    "Active": True,
    "Prospect": False,
    "AllowAutoMeterRequests": False,
    "AllowAutoOnHoldUpdates": False,
    "ShipTo": True,
    "RequirePONum": False,
    "OnHold": False,
    "Taxable": True,
    "UseBillToAddress": False,
}


class Customers(Records):
    """The customers of one company."""

    kind = "customers"
    label = "Customer"
    type_name = "CustomerData"
    apart = ("CustomerNumber", "CustomProperties", "TaxCodeDescription", "TaxRate")
    prefix = "C"

    def add(
        self,
        number: str,
        name: str,
        *,
        parent: str | None = None,
        configured: bool | Iterable[str] = True,
        **fields: Any,
    ) -> Row:
        """A new customer, or, with `parent` (a number), a location of one. `configured` is its custom property
        configuration, see `CustomProperties.configure`; `fields` are by the names of CustomerData."""
        with self._company.lock:
            if parent is not None:
                fields["ParentLocationNumber"] = parent
            row = self._insert(number, {"CustomerName": name, **_FLAGS}, fields)
            self._properties.configure(row, configured)
            return row

    # The service's operations

    def operations(self) -> Operations:
        """The operations on customers, by name."""
        return {
            "getCustomerList": self._list,
            "getCustomerDataList": self._data_list,
            "getCustomer": self._get,
            "getCustomersByName": self._by_name,
            "GetCustomerByCustomAttribute": self._by_attribute,
            "ExistsCustomer": self._exists,
            "addCustomer": self._add,
            "saveCustomer": self._save,
        }

    def _list(self, sent: Arguments) -> dict[str, Any]:
        return self._company.list_since(
            sent["TimeStamp"],
            self.table,
            lambda row: {
                "CustomerNumber": row.code,
                "CustomerName": row.values["CustomerName"],
                "Active": row.values["Active"],
            },
        )

    def _data_list(self, sent: Arguments) -> list[dict[str, Any]]:
        """The customers of the list's rows, in their order; those that do not exist are left out (assumed)."""
        details = (sent["Customers"] or {}).get("Details") or ()
        rows = (self.table.find(detail["CustomerNumber"]) for detail in details if detail is not None)
        return [self.record(row) for row in rows if row is not None]

    def _get(self, sent: Arguments) -> dict[str, Any] | None:
        row = self.table.find(sent["CustomerNumber"])
        return None if row is None else self.record(row)

    def _exists(self, sent: Arguments) -> bool:
        return self.table.find(sent["CustomerNumber"]) is not None

    def _by_name(self, sent: Arguments) -> list[dict[str, Any]]:
        wanted = (sent["CustomerName"] or "").strip().casefold()
        rows = self.table.values()
        return [self.record(row) for row in rows if row.values["CustomerName"].strip().casefold() == wanted]

    def _by_attribute(self, sent: Arguments) -> dict[str, Any] | None:
        """The first customer, by ID, whose property has just this value; a blank value finds none."""
        name = self._properties.find(sent["attribute"])
        if name is None:
            raise Refused("Attribute not found.")
        value = (sent["attributeValue"] or "").strip()
        rows = (row for row in self.table.values() if value and row.properties.get(name) == value)
        row = next(rows, None)
        return None if row is None else self.record(row)

    def _add(self, sent: Arguments) -> Code:
        values = _customer(sent)
        wanted = self._number(values["CustomerNumber"])
        values.update({flag: at_first for flag, at_first in _FLAGS.items() if values[flag] is None})
        checked = self._complete(values, None)
        who = f"customer {wanted}"
        properties = self._properties.read(values["CustomProperties"], CROSSWISE_PROPERTIES, who)
        row = self.table.add(wanted, checked)
        row.properties = properties
        return row.code

    def _save(self, sent: Arguments) -> Code:
        values = _customer(sent)
        number: Code = values["CustomerNumber"]
        row = self.table.require(Code(id=number.id) if number.id is not None else number)
        if number.code is not None and number.code.strip().casefold() != row.number.casefold():
            raise Refused(f"The number of customer {row.number} cannot be changed.")
        checked = self._complete(values, row)
        properties = self._properties.read(values["CustomProperties"], row.properties, f"customer {row.number}")
        if (checked, properties) != (row.values, row.properties):
            row.values, row.properties = checked, properties
            self.table.touch(row)
        return row.code

    def record(self, row: Row) -> dict[str, Any]:
        """A customer as CustomerData."""
        tax = row.values.get("TaxCode")
        tax_row = None if tax is None else self._company.tables["tax_codes"].find(tax)
        return {
            **row.values,
            "CustomerNumber": row.code,
            "TaxCodeDescription": None if tax_row is None else tax_row.values["Description"],
            "TaxRate": None if tax_row is None else tax_row.values.get("Rate"),
            "CustomProperties": self._properties.write(row),
        }

    def _check(self, values: dict[str, Any], row: Row | None) -> None:
        """A name is required, and no customer is a location of itself, however far down."""
        if not (values["CustomerName"] or "").strip():
            raise Refused("CustomerName is required.")
        ancestor = values["ParentLocationNumber"]
        while ancestor is not None:
            above = self.table.require(ancestor)
            if above is row:
                raise Refused(f"Customer {above.number} cannot be a location of itself.")
            ancestor = above.values["ParentLocationNumber"]


def _customer(sent: Arguments) -> dict[str, Any]:
    if sent["customer"] is None:
        raise Refused("A customer is required.")
    return dict(sent["customer"])
