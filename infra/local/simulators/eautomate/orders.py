"""Simulated sales orders: added, read, listed, saved; and the invoices that are made of them at the desktop.

Assumed, where neither the WSDL nor its users say: an order needs a customer and at least one line, a line an
item that exists, a quantity and a price; a wanted SONumber is taken if it is free; a save with lines replaces
them all, one without leaves them alone (a client is known to save headers so); an order that is invoiced or
canceled can no longer be saved; a customer with RequirePONum needs a PONumber on each order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.fields import blank, given
from infra.local.simulators.eautomate.items import Items
from infra.local.simulators.eautomate.properties import CustomProperties
from infra.local.simulators.eautomate.records import Records
from infra.local.simulators.eautomate.store import Arguments, Company, Operations, Refused, Row

OPEN, INVOICED = "OPEN", "INVOICED"


class SalesInvoices(Records):
    """The sales invoices of one company; the API only reads them."""

    kind = "sales_invoices"
    label = "Sales invoice"
    type_name = "SalesInvoiceData"
    apart = ("InvoiceNumber",)
    prefix = "IN"

    def add(self, number: str, customer: str, **fields: Any) -> Row:
        """A new invoice for a customer (its number); `fields` by the names of SalesInvoiceData."""
        with self._company.lock:
            at_first = {"CustomerNumber": customer, "Date": self._company.clock.now()}
            return self._insert(number, at_first, fields)

    def operations(self) -> Operations:
        """The operation on sales invoices, by name."""
        return {"getSalesInvoice": self._get}

    def _get(self, sent: Arguments) -> dict[str, Any] | None:
        row = self.table.find(sent["InvoiceNumber"])
        return None if row is None else {**row.values, "InvoiceNumber": row.code}


class SalesOrders(Records):
    """The sales orders of one company."""

    kind = "sales_orders"
    label = "Sales order"
    type_name = "SalesOrderData"
    apart = ("SOID", "SONumber", "Total", "CreateDate", "LastUpdate", "CustomProperties")
    prefix = "SO"

    def __init__(self, company: Company, properties: CustomProperties, items: Items, invoices: SalesInvoices) -> None:
        super().__init__(company, properties)
        self._items = items
        self._invoices = invoices

    def add(self, customer: str, lines: list[dict[str, Any]], **fields: Any) -> Row:
        """An order written at the desktop; `lines` by the names of SalesOrderDetail, `fields` by those of
        SalesOrderData, SONumber among them."""
        with self._company.lock:
            fields = {"CustomerNumber": customer, "Details": lines, **fields}
            values = {**blank(self.type_name), **given(self._company, self.type_name, fields)}
            return self._create(values, Code(code=values["SONumber"]))

    def invoice(self, number: str, invoice_number: str | None = None) -> Row:
        """Invoice an order whole, as only the desktop can; answers the invoice."""
        with self._company.lock:
            order = self.table[number]
            lines = order.values["Details"]
            invoice = self._invoices.add(
                invoice_number or self._invoices.table.free_number("IN"),
                order.values["CustomerNumber"].code,
                BillToNumber=order.values["optBillToNumber"] or order.values["CustomerNumber"],
                Description=order.values["Description"],
                PONumber=order.values["PONumber"],
                SalesRep=order.values["SalesRep"],
                TotalSellingPrice=_total(order.values),
                Details=[
                    {
                        "Description": line.get("Description"),
                        "ProductCode": line["Item"].code,
                        "Quantity": line["Quantity"],
                        "Price": line["Price"],
                    }
                    for line in lines
                ],
            )
            self.edit(number, Status=INVOICED)
            return invoice

    def operations(self) -> Operations:
        """The operations on sales orders, by name."""
        return {
            "addSalesOrder": self._add,
            "saveSalesOrder": self._save,
            "getSalesOrder": self._get,
            "getSalesOrderList": self._list,
        }

    def record(self, row: Row) -> dict[str, Any]:
        """An order as SalesOrderData."""
        return {
            **row.values,
            "SOID": row.code,
            "SONumber": row.number,
            "Total": _total(row.values),
            "CreateDate": row.created,
            "LastUpdate": row.updated,
            "CustomProperties": self._properties.write(row),
        }

    def _get(self, sent: Arguments) -> dict[str, Any] | None:
        row = self.table.find(sent["SalesOrderNumber"])
        return None if row is None else self.record(row)

    def _list(self, sent: Arguments) -> dict[str, Any]:
        return self._company.list_since(
            sent["TimeStamp"], self.table, lambda row: {"SONumber": row.code, "Active": _is_open(row)}
        )

    def _add(self, sent: Arguments) -> dict[str, Any]:
        values = _order(sent)
        if values["SOID"]:
            raise Refused("A new sales order has no SOID yet.")
        return self.record(self._create(values, Code(code=values["SONumber"])))

    def _create(self, values: dict[str, Any], wanted: Code) -> Row:
        order = self._complete(values, None)
        order["Details"] = self._lines(order["Details"] or [], set())
        if not order["Details"]:
            raise Refused("A sales order requires at least one line.")
        at_first = {
            "Date": self._company.clock.now(),
            "Status": self._company.tables["order_statuses"][OPEN].code,
        }
        order.update({name: value for name, value in at_first.items() if order[name] is None})
        properties = self._properties.read(values["CustomProperties"], (), "a new sales order")
        row = self.table.add(self._number(wanted), order)
        row.properties = properties
        return row

    def _save(self, sent: Arguments) -> dict[str, Any]:
        values = _order(sent)
        row = self.table.require(values["SOID"] or Code(code=values["SONumber"]))
        if values["SONumber"] is not None and values["SONumber"].casefold() != row.number.casefold():
            raise Refused(f"The number of sales order {row.number} cannot be changed.")
        if not _is_open(row):
            raise Refused(f"Sales order {row.number} is {row.values['Status'].code} and cannot be saved.")
        order = self._complete(values, row)
        known = {line["DetailID"] for line in row.values["Details"]}
        order["Details"] = self._lines(order["Details"] or [], known) or row.values["Details"]
        properties = self._properties.read(values["CustomProperties"], row.properties, f"sales order {row.number}")
        if (order, properties) != (row.values, row.properties):
            row.values, row.properties = order, properties
            self.table.touch(row)
        return self.record(row)

    def _check(self, values: dict[str, Any], row: Row | None) -> None:
        if values["CustomerNumber"] is None:
            raise Refused("A sales order requires a customer.")
        customer = self._company.tables["customers"].require(values["CustomerNumber"])
        if customer.values["RequirePONum"] and not (values["PONumber"] or "").strip():
            raise Refused(f"Customer {customer.number} requires a PO number.")
        if row is not None and values["Status"] is None:
            raise Refused("Status is required.")

    def _lines(self, lines: list[dict[str, Any]], known: set[int]) -> list[dict[str, Any]]:
        """The lines of an order, each with a DetailID; `known` are those that the order has."""
        return [self._line(line, place, known) for place, line in enumerate(lines, 1)]

    def _line(self, line: dict[str, Any], place: int, known: set[int]) -> dict[str, Any]:
        if line.get("Item") is None or not line.get("Quantity") or line.get("Price") is None:
            raise Refused(f"Line {place} requires an item, a quantity and a price.")
        if self._items.usage == "GENERIC" and line["Item"].code != self._items.generic:
            raise Refused(f"Line {place}: orders from outside use the generic item {self._items.generic} only.")
        detail_id = line.get("DetailID") or self._company.new_id()
        if line.get("DetailID") and detail_id not in known:
            raise Refused(f"Line {place}: the order has no line with DetailID {detail_id}.")
        return {**line, "DetailID": detail_id, "LineNumber": line.get("LineNumber") or str(place)}


def _order(sent: Arguments) -> dict[str, Any]:
    if sent["SalesOrder"] is None:
        raise Refused("A sales order is required.")
    return dict(sent["SalesOrder"])


def _is_open(row: Row) -> bool:
    return bool(row.values["Status"].code == OPEN)


def _total(order: dict[str, Any]) -> Decimal:
    """Lines less discount, plus tax and freight."""
    lines = sum((Decimal(line["Quantity"]) * Decimal(line["Price"]) for line in order["Details"]), Decimal(0))
    return lines - _amount(order["Discount"]) + _amount(order["Tax"]) + _amount(order["Freight"])


def _amount(value: Decimal | None) -> Decimal:
    return Decimal(0) if value is None else Decimal(value)
