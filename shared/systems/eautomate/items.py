"""Items of e-automate: read by number, added as copies of a template, and how orders from outside are to use them.

An item's number is its natural key: it is unique, so that one added before is found by it, and a second try to add it
comes to the same item.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.eautomate.sales import (
    AddItem2,
    ExistsItem,
    GenericItemForSalesSetting,
    GetItem,
    ItemData,
    ItemUsageForSalesSetting,
)
from shared.systems.eautomate.service import NAME, Service
from shared.systems.eautomate.wire import NO_AMOUNT, NO_TEXT, BoolEx, EaCode, StringEx
from shared.systems.eautomate.xml import printable

KIND = "item"


@dataclass(frozen=True)
class Item:
    """An item.

    `stock_code` is its inventory code or, of a non-inventory item, its expense code: e-automate has one field for both.
    `inventory` says which of the two it is (None: e-automate does not say); `price` is its list price (MSRP).
    """

    id: str
    number: str
    description: str = ""
    sales_code: str = ""
    stock_code: str = ""
    active: bool = True
    inventory: bool | None = None
    price: Decimal | None = None


class Items:
    """Reads and adds items; one request for each."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def item(self, number: str) -> Item | None:
        """The item with this number, if there is one."""
        data = self._data(number)
        return None if data is None else _item(data)

    def exists(self, number: str) -> bool:
        """Whether an item has this number."""
        return bool(self._service.ask(ExistsItem(EaCode.of(number))).result)

    def one_for_all(self) -> bool:
        """Whether e-automate wants one generic item on every line of an order from outside (its setting GENERIC)."""
        return self._service.result(ItemUsageForSalesSetting()).strip().upper() == "GENERIC"

    def generic(self) -> Item | None:
        """The item that it wants then, if its setting names one."""
        data = self._service.ask(GenericItemForSalesSetting()).result
        return None if data is None or not data.Item.id else _item(data)

    def apply(self, step: Step) -> Applied:
        """Adds an item: `template`, the number of the item that it is a copy of, with a `number` and `description` of
        its own.

        An item that is there by then is left as it is. RecordRejected with `not_found` where the template is gone.
        """
        if step.verb != "create":
            raise ValueError(f"{NAME} has no way to {step.verb} an {step.kind}")
        number, template = step.fields["number"], self._data(step.fields["template"])
        if template is None:
            raise RecordRejected(NAME, f"there is no template item {step.fields['template']}", code="not_found")
        try:
            data = self._service.ask(AddItem2(number, _copy(template, number, step.fields["description"]))).result
        except RecordRejected:
            # Somebody else may have added it since we looked, who wanted it for another order.
            data = self._data(number)
            if data is None:
                raise
        if data is None or not data.Item.id:
            raise OutcomeUnknown(f"{NAME} answered addItem2 without an item", system=NAME)
        return Applied(data.Item.id, _item(data))

    def _data(self, number: str) -> ItemData | None:
        data = self._service.ask(GetItem(EaCode.of(number))).result if number.strip() else None
        return data if data is not None and data.Item.id else None


def _item(data: ItemData) -> Item:
    return Item(
        data.Item.id,
        data.Item.plain.strip(),
        data.Description.plain.strip(),
        data.SalesCode.plain.strip(),
        data.InventoryCode.plain.strip(),
        data.Active.plain,
        _is_inventory(data),
        data.MSRP.plain,
    )


def _is_inventory(data: ItemData) -> bool | None:
    """By the words for its type, which say what the number means; else 1 is inventory, 2 is not (assumed)."""
    if said := data.ItemTypeDescription.plain.strip().casefold():
        return not said.startswith("non")
    return {1: True, 2: False}.get(data.ItemType.plain or 0)


def _copy(template: ItemData, number: str, description: str) -> ItemData:
    """A new, active item from a template: its codes and flags, but nothing that belongs to that one item alone."""
    return replace(
        template,
        Item=EaCode.of(number),
        Description=StringEx.of(printable(description)),
        Active=BoolEx.of(True),
        BarCode=NO_TEXT,
        OEMNumber=NO_TEXT,
        PrefMfgNumber=NO_TEXT,
        OnHandQty=NO_AMOUNT,
        Ordered=NO_AMOUNT,
        Allocated=NO_AMOUNT,
        StandardQty=NO_AMOUNT,
        DefectiveQty=NO_AMOUNT,
        UnavailableQty=NO_AMOUNT,
        Cost=NO_AMOUNT,
        MSRP=NO_AMOUNT,
        NoteCount=0,
        NoteID=0,
        CustomProperties=None,
    )
