"""Builds situations of the sales order flow, and the outside systems of its tests over the whole way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from functions.eautomate_sales_orders.rules import decide
from functions.eautomate_sales_orders.settings import SalesOrderSettings
from functions.eautomate_sales_orders.situations import (
    ORDER,
    OrderSituation,
    Setup,
    Sold,
    carried,
    facts,
    made_name,
    order_name,
    order_ref,
    watched,
    watched_made,
)
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.partners.eautomate import CUSTOMERS
from shared.sync import policies
from shared.sync.link import Intent, Link, Pair
from shared.sync.needed import Found
from shared.sync.plan import Plan
from shared.sync.record import FlowKey, Ref
from shared.systems.connectwise_psa import CatalogItem, CustomField, Order, OrderProduct, Reference
from shared.systems.eautomate import Code, Item, OrderLine, SalesOrder
from tests.flows.rig import Rig

SETTINGS: Mapping[str, Any] = {"statuses": ["Ready to Order"], "error_item": "ERR"}
ERROR_ITEM = Item("90", "ERR", "To be mended", "HW", "HW-INV")
TEMPLATE = Item("91", "T-HW", "Template", "HW", "HW-INV")
COMPANY = Reference(id=250, identifier="ACME", name="Acme Dental")
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def settings(**given: Any) -> SalesOrderSettings:
    return SalesOrderSettings.model_validate({**SETTINGS, **given})


def order(**given: Any) -> Order:
    """Order 1700 of company 250, ready, of 100.00; `state` is the value of the custom field EA Order."""
    state = given.pop("state", None)
    return Order.model_validate(
        {
            "id": 1700,
            "url": "https://psa.example/order/1700",
            "company": COMPANY,
            "status": "Ready to Order",
            "date": date(2026, 11, 1),
            "total": Decimal("100.00"),
            "product_ids": (1,),
            "custom_fields": (CustomField(id=1, caption="EA Order", value=state),),
            **given,
        }
    )


def product(item: str = "SW-24", *, id: int = 1, quantity: str = "1", price: str = "100", **given: Any) -> OrderProduct:  # noqa: A002
    """A product sold with the order, which comes to quantity times price unless told otherwise."""
    amount = Decimal(quantity) * Decimal(price)
    return OrderProduct.model_validate(
        {
            "id": id,
            "catalog_item": {"id": id, "identifier": item},
            "description": "Switch",
            "quantity": quantity,
            "price": price,
            "amount": amount,
            "how": "Billable",
            "order": {"id": 1700},
            **given,
        }
    )


def stocked(item: str = "SW-24", **given: Any) -> Sold:
    """A product of which e-automate has the item."""
    return Sold(product(item, **given), Item("70", item, "Switch", "HW", "HW-INV"))


def missing(
    item: str = "NEW-1", *, product_type: str = "Hardware", template: Item | None = TEMPLATE, **given: Any
) -> Sold:
    """A product of which e-automate has no item."""
    catalog = CatalogItem(id=5, identifier=item, description="From the catalogue", type=product_type)
    return Sold(product(item, **given), None, catalog, template)


def setup(**given: Any) -> Setup:
    """e-automate as it should be: the error item with its codes, and three on-hold codes, one of them inactive."""
    codes = (Code("1", "REVIEW"), Code("2", "CW"), Code("3", "OLD", active=False))
    return Setup(**{"error_item": ERROR_ITEM, "on_hold": codes, **given})


def made(**given: Any) -> SalesOrder:
    """The e-automate order CW1700 of customer 5100, with the ID 33."""
    given = {"lines": (OrderLine("SW-24", Decimal(1), Decimal(100), "Switch"),), "total": Decimal(100), **given}
    return SalesOrder(
        **{"id": "33", "number": "CW1700", "customer_id": "5100", "customer_number": "C1", "status": "OPEN", **given}
    )


def linked(of: Order | None = None, **given: Any) -> Link:
    """The link of the two, settled a while ago, with what was carried of this order."""
    return Link(
        ORDER,
        "1700",
        "33",
        **{"agreed": carried(of or order()), "rules": "now", "partner_name": "e-automate order CW1700", **given},
    )


INTENT = Intent(order_ref(1700), "token", AT, AT)


def customer_link(id_: str = "5100") -> Found:
    return Found(Ref("customer-company", "cw", "250"), Link("customer-company", "250", id_))


def situation(
    of: Order | None = None,
    *sold: Sold,
    state: Link | Intent | None = None,
    e_automate: SalesOrder | None = None,
    wanted: SalesOrderSettings | None = None,
    **given: Any,
) -> OrderSituation:
    """An order whose company is mapped, with one product that e-automate has, unless told otherwise."""
    of = of or order()
    wanted = wanted or settings()
    pair = Pair(
        order_ref(of.id),
        state,
        cw=watched(of, wanted),
        partner=watched_made(e_automate) if e_automate else None,
        partner_name=made_name("CW1700"),
    )
    told: dict[str, Any] = {
        "companies": {250: customer_link()},
        "sold": sold or (stocked(),),
        "setup": setup(),
        "made": e_automate,
        **given,
    }
    return OrderSituation(
        home=order_ref(of.id), name=order_name(of), pairs=(pair,), facts=facts(of), settings=wanted, order=of, **told
    )


def plan(seen: OrderSituation) -> Plan:
    """What the engine would be told, policies applied."""
    return policies.apply(seen.settings, seen, decide(seen))


def codes(of: Plan) -> list[str]:
    return [issue.code for issue in of.issues]


# Over the whole way


def furnish(eautomate: EautomateSimulator) -> None:
    """The error item, a template, one item, one customer."""
    eautomate.add_customer("C1", "Acme Dental")
    for number in ("ERR", "T-HW", "SW-24"):
        eautomate.items.add(number, f"Item {number}", SalesCode="HW", InventoryCode="HW-INV")


def add_company(psa: PsaSimulator, identifier: str = "ACME") -> int:
    told = {"identifier": identifier, "name": f"{identifier} Inc", "addressLine1": "1 Main St"}
    return int(psa.add("company/companies", **told)["id"])


def add_order(psa: PsaSimulator, company: int, *items: str, status: str = "Ready to Order", **fields: Any) -> int:
    """An order with one of each of these products, at 100 each; what is not in the catalogue yet comes to be."""
    made = psa.add(
        "sales/orders",
        company={"id": company},
        salesRep={"identifier": "Admin1"},
        status={"name": status},
        orderDate="2026-11-01T00:00:00Z",
        **fields,
    )
    for item in items or ("SW-24",):
        sell(psa, int(made["id"]), item)
    return int(made["id"])


def sell(psa: PsaSimulator, of: int, item: str, *, product_type: str = "Hardware", **fields: Any) -> None:
    """One more product of an order."""
    known = {row["identifier"]: row["id"] for row in psa.records("procurement/catalog")}
    if item not in known:
        row = psa.add(
            "procurement/catalog",
            identifier=item,
            description=f"Product {item}",
            customerDescription=item,
            subcategory={"name": "Workstations"},
            type={"name": product_type},
        )
        known[item] = row["id"]
    told = {"quantity": 1, "price": 100.0, "billableOption": "Billable", **fields}
    psa.add("procurement/products", catalogItem={"id": known[item]}, salesOrder={"id": of}, **told)


def map_customer(rig: Rig, company: int, number: str = "C1") -> None:
    """The link that the customer flow would have made."""
    customer = str(rig.eautomate.customers[number].id)
    rig.store.links.link(FlowKey("demo", CUSTOMERS), Link("customer-company", str(company), customer))
