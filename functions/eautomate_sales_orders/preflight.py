"""What must hold in both systems before the first order goes in (EA-56, EA-62): rights, statuses, items, codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from functions.eautomate_sales_orders.lines import missing_codes
from functions.eautomate_sales_orders.settings import SalesOrderSettings
from functions.eautomate_sales_orders.situations import FLOW
from functions.rights import EAUTOMATE, PSA, TABLES, checks, lacks
from shared.sync.preflight import Check
from shared.sync.record import fold
from shared.systems.connectwise_psa import Order, OrderStatus, Psa, SetupRow
from shared.systems.connectwise_psa.sales import ORDER_STATUSES, ORDERS, PRODUCT_TYPES
from shared.systems.eautomate import Code, Eautomate, Item

ORDERS_ROW = "Sales: Orders"
CODED = "a sales code and an inventory or expense code"


def check_orders(psa: Psa, eautomate: Eautomate, settings: SalesOrderSettings) -> Iterator[Check]:
    """Every check of the sales order flow, rights first; what needs a right that is missing is left out."""
    rights = list(checks(FLOW, settings, {PSA: psa.may_read, EAUTOMATE: lambda what: _READS[what](eautomate)}))
    yield from rights
    if not lacks(rights, PSA, TABLES):
        yield from _statuses(psa, settings)
        yield from _product_types(psa, settings)
    if not lacks(rights, PSA, ORDERS_ROW) and settings.state_field:
        yield _state_field(psa, settings.state_field)
    if not lacks(rights, EAUTOMATE, "Items"):
        yield from _items(eautomate, settings)
    if settings.on_hold_codes and not lacks(rights, EAUTOMATE, "On-hold codes"):
        yield from _on_hold_codes(eautomate.codes.on_hold(), settings)


_READS: Mapping[str, Callable[[Eautomate], object]] = {
    "getSalesOrderList": lambda eautomate: eautomate.orders.changed(eautomate.current_timestamp()),
    "itemUsageForSalesSetting": lambda eautomate: eautomate.items.one_for_all(),
    "getOnHoldCodeList": lambda eautomate: eautomate.codes.on_hold(),
}
"""How each right of the e-automate user is tried: by asking for as little as can be."""


def _statuses(psa: Psa, settings: SalesOrderSettings) -> Iterator[Check]:
    """EA-57: every status in which orders are picked up."""
    rows = psa.records(ORDER_STATUSES, None, OrderStatus)
    inactive = {fold(row.name) for row in rows if row.inactive}
    for name in dict.fromkeys(settings.statuses):
        check = _row(
            "ORDER_STATUS", "Order status", name, [row.name for row in rows], "System > Setup Tables > Order Status"
        )
        if check.passed and fold(name) in inactive:
            check = replace(check, passed=False, found="it is there, but inactive", fix=f"Activate the row {name}.")
        yield check


def _product_types(psa: Psa, settings: SalesOrderSettings) -> Iterator[Check]:
    """EA-58: a template is chosen by product type, so each type named must be one."""
    rows = psa.records(PRODUCT_TYPES, None, SetupRow) if settings.templates else []
    for name in settings.templates:
        yield _row(
            "PRODUCT_TYPE", "Product type", name, [row.name for row in rows], "System > Setup Tables > Product Type"
        )


def _row(code: str, title: str, name: str, names: Sequence[str], table: str) -> Check:
    """Whether a set-up table has a row of this name."""
    there = fold(name) in map(fold, names)
    return Check(
        code,
        f"{title} {name}",
        there,
        "it is there" if there else f"there is none of that name; there is {', '.join(names) or 'none at all'}",
        f"an active row named {name}",
        f"{table}, row {name}",
        f"Add the row {name}, or name another one in the settings of {FLOW}.",
        fold(name),
    )


def _state_field(psa: Psa, caption: str) -> Check:
    orders = psa.sample(ORDERS, Order)
    check = Check(
        "CUSTOM_FIELD",
        f"Custom field {caption} of an order",
        None,
        "there is no order yet to see it on",
        f"a custom field with the caption {caption} on every sales order",
        f"System > Setup Tables > Custom Fields, screen Sales Orders, row {caption}",
        f"Add a text field with the caption {caption}, or name another one in the settings of {FLOW}.",
        f"order/{fold(caption)}",
    )
    if not orders:
        return check
    if orders[0].has_custom_field(caption):
        return replace(check, passed=True, found="it is there")
    there = ", ".join(each.caption for each in orders[0].custom_fields) or "none at all"
    return replace(check, passed=False, found=f"there is none of that caption; there is {there}")


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
    known = {fold(code.code): code for code in codes}
    for name in settings.on_hold_codes:
        code = known.get(fold(name))
        found = "it is there" if code and code.active else "it is inactive" if code else "there is none"
        yield Check(
            "ON_HOLD_CODE",
            f"On-hold code {name}",
            code is not None and code.active,
            found,
            f"an active on-hold code {name}",
            f"e-automate, on-hold codes, {name}",
            f"Add or activate {name}, or name another one in the settings of {FLOW}.",
            fold(name),
        )
