"""Sales orders of e-automate: read one by one, listed by what changed, added, and saved without their lines.

An order has a number of its own, which a new one may ask for (assumed: such a number is taken as it is, and a second
order of that number is refused). It is the natural key by which an order that was added is found again, since a new
order has no custom property configuration yet and what its customers call it, the PO number, need not be unique.
There is no operation for attachments, nor one that deletes, invoices or cancels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.sync.record import Fields
from shared.systems.eautomate.sales import (
    AddSalesOrder,
    GetSalesOrder,
    GetSalesOrderList,
    SalesOrderData,
    SalesOrderDetail,
    SaveSalesOrder,
)
from shared.systems.eautomate.service import NAME, Service
from shared.systems.eautomate.wire import DateTimeEx, DoubleEx, EaCode, StringEx
from shared.systems.eautomate.xml import printable

KIND = "sales_order"

_TEXTS: Mapping[str, str] = {
    "description": "Description",
    "po_number": "PONumber",
    "remarks": "Remarks",
}
_CODES: Mapping[str, str] = {
    "status": "Status",
    "on_hold_code": "OnHoldCode",
    "order_type": "OrderType",
    "warehouse": "Warehouse",
}
_IDS: Mapping[str, str] = {
    "customer_id": "CustomerNumber",
    "bill_to_id": "optBillToNumber",
    "ship_to_id": "optShipToNumber",
    "sales_rep_id": "SalesRep",
    "terms_id": "Term",
    "tax_code_id": "TaxCode",
}
_DATES: Mapping[str, tuple[str, ...]] = {
    # Clients that are known to work send the two times of the record as well.
    "date": ("Date", "CreateDate", "LastUpdate"),
    "requested": ("ReqDate",),
}
_ONLY_NEW = {"number", "customer_id", "date", "lines"}


@dataclass(frozen=True)
class OrderLine:
    """A line of an order: `item` is the item's number, `price` the price of one."""

    item: str
    quantity: Decimal
    price: Decimal
    description: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class SalesOrder:
    """An order. `id` is e-automate's numeric ID, which lasts; `number` is what people call it by.

    `status` and `on_hold_code` are codes, which each dealer has of his own; `total` is e-automate's own sum, with tax
    and freight.
    """

    id: str
    number: str
    customer_id: str = ""
    customer_number: str = ""
    status: str = ""
    po_number: str = ""
    description: str = ""
    remarks: str = ""
    on_hold_code: str = ""
    total: Decimal = Decimal(0)
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True)
class SalesOrderRow:
    """A row of the list of orders; `active` says whether e-automate has yet something to do about it."""

    id: str
    number: str
    active: bool


class SalesOrders:
    """Reads and writes orders. The list gives no more than ids, so every order is one more request."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def changed(self, since: str | None) -> tuple[Sequence[SalesOrderRow], str]:
        """The orders new or updated since a TimeStamp (None: all), and the TimeStamp to ask with next time."""
        rows, timestamp = self._service.changed(GetSalesOrderList, since)
        orders = [
            SalesOrderRow(row.SONumber.id, row.SONumber.plain.strip(), row.Active.plain)
            for row in rows
            if row.SONumber.id
        ]
        return orders, timestamp

    def order(self, id: str) -> SalesOrder | None:  # noqa: A002 (as the adapter calls ids)
        """The order with this ID, if there is one."""
        return self._read(EaCode.by_id(int(id)))

    def order_by_number(self, number: str) -> SalesOrder | None:
        """The order with this number, if there is one."""
        return self._read(EaCode.of(number)) if number.strip() else None

    def apply(self, step: Step) -> Applied:
        """Adds an order, or saves fields of its head; an order's lines stay as they are.

        `fields` are those of the tables above, ids and codes as text, dates as `2026-11-02`, `tax` as a Decimal. A new
        order needs `number`, `customer_id` and `lines`: maps of item, quantity, price, description and remarks.
        """
        if step.verb == "create":
            return self._applied(AddSalesOrder(_new(step.fields)))
        if step.verb != "update" or not isinstance(step.key, str):
            raise ValueError(f"{NAME} has no way to {step.verb} a {step.kind}")
        if late := _ONLY_NEW & step.fields.keys():
            raise ValueError(f"e-automate takes {sorted(late)} of an order only when it is added")
        whole = self._service.ask(GetSalesOrder(EaCode.by_id(int(step.key)))).result
        if whole is None or not whole.SOID.id:
            raise RecordRejected(NAME, f"there is no sales order with the ID {step.key}", code="not_found")
        wanted = _overlaid(whole, step.fields)
        if wanted == whole:
            return Applied(step.key, _order(whole))
        return self._applied(SaveSalesOrder(replace(wanted, Details=None)))

    def _applied(self, request: AddSalesOrder | SaveSalesOrder) -> Applied:
        data = self._service.ask(request).result
        if data is None or not data.SOID.id:
            raise OutcomeUnknown(f"{NAME} answered {request.operation} without an order", system=NAME)
        return Applied(data.SOID.id, _order(data))

    def _read(self, code: EaCode) -> SalesOrder | None:
        data = self._service.ask(GetSalesOrder(code)).result
        return _order(data) if data is not None and data.SOID.id else None


def _order(data: SalesOrderData) -> SalesOrder:
    return SalesOrder(
        id=data.SOID.id,
        number=data.SONumber.plain.strip() or data.SOID.plain.strip(),
        customer_id=data.CustomerNumber.id,
        customer_number=data.CustomerNumber.plain.strip(),
        status=data.Status.plain.strip(),
        po_number=data.PONumber.plain.strip(),
        description=data.Description.plain.strip(),
        remarks=data.Remarks.plain,
        on_hold_code=data.OnHoldCode.plain.strip(),
        total=data.Total.plain or Decimal(0),
        lines=tuple(
            OrderLine(
                line.Item.plain.strip(),
                line.Quantity.plain or Decimal(0),
                line.Price.plain or Decimal(0),
                line.Description.plain.strip(),
                line.Remarks.plain.strip(),
            )
            for line in data.Details or ()
        ),
    )


def _new(fields: Fields) -> SalesOrderData:
    """A new order as it is sent."""
    rest = {name: value for name, value in fields.items() if name not in {"number", "lines"}}
    empty = SalesOrderData(SONumber=StringEx.of(fields["number"]), Details=tuple(map(_line, fields["lines"])))
    return _overlaid(empty, rest)


def _overlaid(data: SalesOrderData, fields: Fields) -> SalesOrderData:
    """The order with these fields laid over it; ValueError for one that is not in the tables."""
    news: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _TEXTS:
            news[_TEXTS[name]] = StringEx.of(printable(value))
        elif name in _CODES:
            news[_CODES[name]] = EaCode.of(value)
        elif name in _IDS:
            news[_IDS[name]] = EaCode.by_id(int(value))
        elif name in _DATES:
            news |= dict.fromkeys(_DATES[name], DateTimeEx.of(f"{value}T00:00:00"))
        elif name == "tax":
            news["Tax"] = DoubleEx.of(value)
        else:
            raise ValueError(f"a sales order's {name!r} cannot be written to e-automate")
    return replace(data, **news)


_NOTHING = DoubleEx.of(Decimal(0))


def _line(line: Fields) -> SalesOrderDetail:
    """A new line. The quantities that e-automate keeps itself are sent as nought, as clients known to work do."""
    return SalesOrderDetail(
        Item=EaCode.of(line["item"]),
        Quantity=DoubleEx.of(line["quantity"]),
        Price=DoubleEx.of(line["price"]),
        Description=StringEx.of(printable(line["description"])),
        Remarks=StringEx.of(printable(line["remarks"])),
        optOutCost=_NOTHING,
        optCanceled=_NOTHING,
        optBackOrdered=_NOTHING,
        optPicketed=_NOTHING,
        optShipped=_NOTHING,
        optBilled=_NOTHING,
    )
