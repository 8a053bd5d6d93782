"""What must hold in both systems before the first order goes in (EA-56, EA-62): rights, statuses, items, codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from functions.eautomate_sales_orders.lines import missing_codes
from functions.eautomate_sales_orders.observing import Sources
from functions.eautomate_sales_orders.settings import SalesOrderSettings
from functions.eautomate_sales_orders.situations import FLOW
from shared.sync.names import EAUTOMATE, PSA
from shared.sync.preflight import Check, May, custom_field, listed
from shared.sync.record import fold
from shared.systems.connectwise_psa import Order, OrderStatus, Psa, SetupRow, roles
from shared.systems.connectwise_psa.sales import ORDER_STATUSES, ORDERS, PRODUCT_TYPES
from shared.systems.eautomate import Code, Eautomate, Item

CODED = "a sales code and an inventory or expense code"


def check_orders(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the sales order flow; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    if may(PSA, roles.TABLES):
        yield from _statuses(psa, settings)
        yield from _product_types(psa, settings)
    if may(PSA, roles.ORDERS) and settings.state_field:
        yield _state_field(psa, settings.state_field)
    if may(EAUTOMATE, "Items"):
        yield from _items(eautomate, settings)
    if settings.on_hold_codes and may(EAUTOMATE, "On-hold codes"):
        yield from _on_hold_codes(eautomate.codes.on_hold(), settings)


def _statuses(psa: Psa, settings: SalesOrderSettings) -> Iterator[Check]:
    """EA-57: every status in which orders are picked up."""
    there = [row.entry for row in psa.records(ORDER_STATUSES, None, OrderStatus)]
    for name in dict.fromkeys(settings.statuses):
        yield listed("ORDER_STATUS", "order status", name, there, "System > Setup Tables > Order Status", FLOW)


def _product_types(psa: Psa, settings: SalesOrderSettings) -> Iterator[Check]:
    """EA-58: a template is chosen by product type, so each type named must be one."""
    there = [row.entry for row in psa.records(PRODUCT_TYPES, None, SetupRow)] if settings.templates else []
    for name in settings.templates:
        yield listed("PRODUCT_TYPE", "product type", name, there, "System > Setup Tables > Product Type", FLOW)


def _state_field(psa: Psa, caption: str) -> Check:
    orders = psa.sample(ORDERS, Order)
    return custom_field("order", caption, orders[0].captions if orders else None, FLOW)


def _items(eautomate: Eautomate, settings: SalesOrderSettings) -> Iterator[Check]:
    """EA-56: the error item and every template, with their codes; or the generic item, where e-automate wants that."""
    if eautomate.items.one_for_all():
        generic = eautomate.items.generic()
        yield Check(
            "GENERIC_ITEM",
            "Generic item of e-automate",
            generic is not None,
            f"it is {generic.number}" if generic else "the setting names none",
            "a generic item, since e-automate wants it on every line of an order from outside",
            "e-automate, settings of sales, item usage of orders from outside",
            "Name the generic item, or let missing items be added.",
        )
        return
    yield _item("ERROR_ITEM", "Error item", settings.error_item, eautomate.items.item(settings.error_item))
    named = dict.fromkeys(number.strip() for number in settings.templates.values() if number.strip())
    for number in named:
        yield _item("TEMPLATE_ITEM", "Template item", number, eautomate.items.item(number))


def _item(code: str, title: str, number: str, item: Item | None) -> Check:
    lacking = missing_codes(item) if item else ""
    found = (f"it has {lacking}" if lacking else "it is there, with its codes") if item else "there is none"
    return Check(
        code,
        f"{title} {number}",
        item is not None and not lacking,
        found,
        f"an item {number} with {CODED}",
        f"e-automate, item {number}",
        f"Give item {number} {CODED}, or name another one in the settings of {FLOW}.",
        fold(number),
    )


def _on_hold_codes(codes: Iterable[Code], settings: SalesOrderSettings) -> Iterator[Check]:
    """EA-62: every on-hold code that the settings name."""
    there = [code.entry for code in codes]
    for name in settings.on_hold_codes:
        yield listed("ON_HOLD_CODE", "on-hold code", name, there, "e-automate, on-hold codes", FLOW)
