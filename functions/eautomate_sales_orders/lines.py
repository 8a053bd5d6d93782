"""Which item stands on which line of the e-automate order, at what price, and what the lines come to.

A product's item is the one whose number is its product ID. Where there is none, a template of its product type makes
one, if that is wanted and the template is coded as it must be; else the error item stands in, and the line says why.
Where e-automate wants its one generic item on every line, only the descriptions differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from functions.eautomate_sales_orders.settings import SalesOrderSettings
from functions.eautomate_sales_orders.situations import Setup, Sold
from shared.partners.eautomate import cents
from shared.sync.record import Fields
from shared.systems.connectwise_psa import OrderProduct
from shared.systems.eautomate import Item

BILLABLE = "Billable"
NOTHING = Decimal(0)


@dataclass(frozen=True)
class NewItem:
    """An item that is added before the order: a copy of `template`, the number of another."""

    number: str
    description: str
    template: str

    def as_fields(self) -> Fields:
        return {"number": self.number, "description": self.description, "template": self.template}


@dataclass(frozen=True)
class Line:
    """A line of the e-automate order. `fault` says why the error item stands on it, if it does."""

    item: str
    quantity: Decimal
    price: Decimal
    description: str
    fault: str = ""
    new: NewItem | None = None

    @property
    def amount(self) -> Decimal:
        """What it comes to, before rounding."""
        return self.quantity * self.price

    def as_fields(self) -> Fields:
        return {
            "item": self.item,
            "quantity": self.quantity,
            "price": self.price,
            "description": self.description,
            "remarks": self.fault,
        }


def lines(sold: Iterable[Sold], settings: SalesOrderSettings, setup: Setup) -> tuple[Line, ...]:
    """The lines of everything that is sold with the order, in ConnectWise's order, without what was cancelled."""
    wanted = sorted((one for one in sold if _quantity(one.product)), key=lambda one: _place(one.product))
    return tuple(_line(one, settings, setup) for one in wanted)


def totals(of: Sequence[Line], tax: Decimal) -> tuple[Decimal, ...]:
    """What lines and tax come to, in cents: one amount, or two where it matters whether lines or their sum are rounded.

    Which of the two e-automate does is not known.
    """
    by_line = sum((cents(line.amount) for line in of), cents(tax))
    at_the_end = cents(sum((line.amount for line in of), tax))
    return tuple(dict.fromkeys((by_line, at_the_end)))


def missing_codes(item: Item) -> str:
    """What an item lacks to stand on an order, in words; empty where it lacks nothing (EA-56)."""
    lacking = [
        name
        for name, code in (("inventory or expense code", item.stock_code), ("sales code", item.sales_code))
        if not code
    ]
    return " and ".join(f"no {name}" for name in lacking)


def _line(sold: Sold, settings: SalesOrderSettings, setup: Setup) -> Line:
    """EA-58: the item of that number, else one made from the template, else the error item."""
    product = sold.product
    quantity, price = _quantity(product), _price(product)
    told = ": ".join(part for part in (product.item, product.description.strip()) if part)
    if setup.one_for_all:
        return Line(setup.generic.number if setup.generic else "", quantity, price, told)
    if sold.item is not None:
        return Line(sold.item.number, quantity, price, product.description.strip())
    fault = _no_template(sold, settings)
    if not fault and not settings.create_items:
        fault = f"e-automate has no item {product.item}, and create_items is off"
    if fault or sold.template is None:
        return Line(settings.error_item.strip(), quantity, price, told, fault)
    described = (sold.catalog.description if sold.catalog else "") or product.description or product.item
    new = NewItem(product.item, described.strip(), sold.template.number)
    return Line(product.item, quantity, price, product.description.strip(), new=new)


def _no_template(sold: Sold, settings: SalesOrderSettings) -> str:
    """EA-61: why no template can make the item; empty where one can."""
    number = sold.product.item
    if not number:
        return "the product has no product ID"
    product_type = sold.catalog.type if sold.catalog else ""
    named = settings.template_for(product_type)
    missing = f"e-automate has no item {number}, and"
    if not named:
        return f"{missing} no template is set for product type {product_type or '(none)'}"
    if sold.template is None:
        return f"{missing} its template {named} does not exist"
    lacking = missing_codes(sold.template)
    return f"{missing} its template {named} has {lacking}" if lacking else ""


def _quantity(product: OrderProduct) -> Decimal:
    return NOTHING if product.cancelled else product.quantity - product.quantity_cancelled


def _price(product: OrderProduct) -> Decimal:
    """The price of one for which the line comes to what ConnectWise bills: nothing for what it does not bill.

    Where ConnectWise's own price does not (a discount on the line), that share of the amount which does.
    """
    if product.how not in ("", BILLABLE):
        return NOTHING
    quantity = _quantity(product)
    share = cents(product.amount / quantity)
    if cents(quantity * product.price) == cents(product.amount) or cents(quantity * share) != cents(product.amount):
        return product.price
    return share


def _place(product: OrderProduct) -> tuple[Decimal, int]:
    return product.sequence, product.id
