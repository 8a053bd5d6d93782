"""What a decision about a sales order needs, read and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.eautomate_sales_orders.settings import SalesOrderSettings
from shared.partners.eautomate import SALES_ORDERS, cents
from shared.sync.flow import Situation
from shared.sync.needed import Found
from shared.sync.record import Fields, Name, Ref
from shared.systems.connectwise_psa import CatalogItem, Document, Order, OrderProduct, Reference
from shared.systems.eautomate import Code, Item, SalesOrder

FLOW = SALES_ORDERS
ORDER = "order-order"


@dataclass(frozen=True)
class Setup:
    """How e-automate is set up for orders from outside (EA-56).

    `one_for_all`: it wants its generic item on every line. `error_item` is the item of the setting, if there is one;
    `on_hold` are all on-hold codes, read only where the settings name any.
    """

    one_for_all: bool = False
    generic: Item | None = None
    error_item: Item | None = None
    on_hold: tuple[Code, ...] = ()


@dataclass(frozen=True)
class Sold:
    """A product of the order with the e-automate item of its number, if there is one.

    Where there is none, `catalog` is the product's catalogue item, and `template` the item that the settings name for
    its product type, if that exists.
    """

    product: OrderProduct
    item: Item | None = None
    catalog: CatalogItem | None = None
    template: Item | None = None


@dataclass(frozen=True, kw_only=True)
class OrderSituation(Situation):
    """A ConnectWise order (None: ConnectWise does not give it back), and what e-automate has of it and for it.

    `made` is the e-automate order that it is linked to, or that has its number; `made_for` names the other order to
    which that one is linked. `companies` are the links of its companies by id, of an order that may go in. The rest is
    read only once those are mapped: `terms_id` and `tax_code_id` are e-automate's IDs, empty where they are not.
    """

    settings: SalesOrderSettings
    order: Order | None = None
    made: SalesOrder | None = None
    made_for: str = ""
    companies: Mapping[int, Found] = field(default_factory=dict)
    sales_rep: Found | None = None
    terms_id: str = ""
    tax_code_id: str = ""
    sold: tuple[Sold, ...] = ()
    documents: tuple[Document, ...] = ()
    setup: Setup = Setup()


def companies_of(order: Order) -> list[Reference]:
    """The companies that must be customers: whose order it is, who pays, who gets the goods; each once."""
    named = {company.id: company for company in (order.company, order.bill_to, order.ship_to) if company}
    return [company for id_, company in named.items() if id_ is not None]


def order_ref(order_id: int | str) -> Ref:
    return Ref(ORDER, "cw", str(order_id))


def order_name(order: Order) -> Name:
    owner = f" of {order.company.name or order.company.identifier}" if order.company else ""
    return Name(f"sales order {order.id}{owner}", order.url)


def made_name(number: str) -> str:
    return f"e-automate order {number}"


def number_of(order: Order, settings: SalesOrderSettings) -> str:
    """The number of the e-automate order, by which one that was cut short is found again: CW1700."""
    return f"{settings.number_prefix}{order.id}"


def state_of(made: SalesOrder) -> str:
    """Number and status of an e-automate order, as ConnectWise is told them."""
    return f"{made.number} {made.status}".strip()


def carried(order: Order) -> dict[str, object]:
    """What of an order is carried once: a later change of it is reported."""
    return {
        "total": cents(order.total),
        "po_number": order.po_number.strip(),
        "company": order.company.identifier if order.company else "",
        "due": order.due.isoformat() if order.due else "",
        "products": order.product_ids,
    }


def watched(order: Order, settings: SalesOrderSettings) -> Fields:
    """All of an order that a decision depends on: its hash tells whether another look is owed."""
    state: object = None
    if settings.state_field and order.has_custom_field(settings.state_field):
        state = text(order.custom_field(settings.state_field))
    return {
        **carried(order),
        "status": order.status,
        "description": order.description,
        "tax": cents(order.tax),
        "companies": tuple(company.id for company in companies_of(order)),
        "terms": order.terms.id if order.terms else None,
        "tax_code": order.tax_code.id if order.tax_code else None,
        "sales_rep": order.sales_rep.id if order.sales_rep else None,
        "facts": facts(order),
        "state": state,
    }


def watched_made(made: SalesOrder) -> Fields:
    """All of an e-automate order that a decision depends on."""
    return {
        "number": made.number,
        "status": made.status,
        "total": cents(made.total),
        "items": tuple(line.item for line in made.lines),
    }


def facts(order: Order) -> dict[str, str]:
    """What filters may ask for."""
    return {"location": order.location, "department": order.department}


def text(value: object) -> str:
    return "" if value is None else str(value)
