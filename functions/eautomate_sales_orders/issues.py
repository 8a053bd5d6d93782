"""Every issue of the sales order flow, in words for the person who settles it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from functions.eautomate_sales_orders.lines import missing_codes
from functions.eautomate_sales_orders.situations import FLOW, OrderSituation, carried, made_name
from shared.partners.eautomate import money
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.systems.connectwise_psa import Order
from shared.systems.eautomate import Item, OrderLine, SalesOrder

FOLLOWS = "The order goes in by itself then."


# Why an order that was picked up does not go in (EA-55, EA-61)


def error_item_missing(situation: OrderSituation, found: Item | None) -> Issue:
    number = situation.settings.error_item
    wrong = f"has {missing_codes(found)}" if found else "does not exist"
    return situation.issue(
        "ERROR_ITEM_MISSING",
        f"{situation.name} was not inserted: the error item {number} {wrong} in e-automate.",
        f"In e-automate, give item {number} a sales code and an inventory or expense code, or name another one as "
        f"error_item in the settings of {FLOW}. {FOLLOWS}",
    )


def generic_item_missing(situation: OrderSituation) -> Issue:
    return situation.issue(
        "GENERIC_ITEM_MISSING",
        f"{situation.name} was not inserted: e-automate wants one generic item on every line of an order from outside, "
        "but its setting names none.",
        f"In e-automate's settings for sales, name the generic item, or let missing items be added. {FOLLOWS}",
    )


def on_hold_codes_missing(situation: OrderSituation, missing: Mapping[str, str]) -> Issue:
    told = ", ".join(f"{code} ({why})" for code, why in missing.items())
    return situation.issue(
        "ON_HOLD_CODE_MISSING",
        f"{situation.name} was not inserted: e-automate lacks on-hold codes that the settings name: {told}.",
        f"Add them in e-automate, or name others in the settings of {FLOW}. {FOLLOWS}",
    )


def no_products(situation: OrderSituation) -> Issue:
    return situation.issue(
        "NO_PRODUCTS",
        f"{situation.name} was not inserted: it has no product that is not cancelled.",
        f"Add its products in ConnectWise, or take it out of the status. {FOLLOWS}",
    )


def totals_differ(situation: OrderSituation, order: Order, sums: Sequence[Decimal]) -> Issue:
    rounded = " (rounding each line) or " if len(sums) > 1 else ""
    said = rounded.join(map(money, sums))
    return situation.issue(
        "TOTALS_DIFFER",
        f"{situation.name} was not inserted: in ConnectWise it comes to {money(order.total)}, but its lines and tax "
        f"would come to {said} in e-automate.",
        "Correct prices, quantities or tax of the order in ConnectWise, so that quantity times price is what each line "
        f"bills. {FOLLOWS}",
    )


def number_taken(situation: OrderSituation, made: SalesOrder) -> Issue:
    whose = f"is linked to {situation.made_for}" if situation.made_for else f"is customer {made.customer_number}'s"
    return situation.issue(
        "NUMBER_TAKEN",
        f"{situation.name} was not inserted: {made_name(made.number)} has the number that it would get, and {whose}.",
        f"If it is this order, link the two here; else set another number_prefix in the settings of {FLOW}.",
    )


# What is wrong with an order that is there


def order_gone(situation: OrderSituation, link: Link) -> Issue:
    return situation.issue(
        "ORDER_GONE",
        f"{situation.name} was inserted as {_inserted_as(link)}, which e-automate does not know any more.",
        "Unlink it here, and it is inserted anew; or cancel it here, and it is left alone.",
    )


def source_gone(situation: OrderSituation, link: Link) -> Issue:
    return situation.issue(
        "ORDER_GONE",
        f"{situation.name}, inserted as {_inserted_as(link)}, is not known to ConnectWise any more. In e-automate all "
        "is left as it is.",
        "Cancel the e-automate order if it is not wanted; then unlink it here.",
        blocks=False,
    )


def total_came_out_otherwise(situation: OrderSituation, made: SalesOrder, wanted: Decimal) -> Issue:
    return situation.issue(
        "TOTALS_DIFFER",
        f"{situation.name} came to {money(wanted)} in ConnectWise when it was inserted, but {made_name(made.number)} "
        f"comes to {money(made.total)}.",
        "Correct prices or tax of the order in e-automate.",
        blocks=False,
    )


def error_item_used(situation: OrderSituation, number: str, of: Iterable[OrderLine]) -> Issue:
    """EA-61: the order is there, but somebody must put the right item on it."""
    told = "; ".join(f"{line.description} ({line.remarks})" if line.remarks else line.description for line in of)
    return situation.issue(
        "ERROR_ITEM_USED",
        f"{situation.name} has the error item {situation.settings.error_item} on {number} in place of: {told}.",
        f"Put the right items on order {number} in e-automate. So that the next order has them: add the item, or give "
        f"its product type a template with a sales code and an inventory or expense code (settings of {FLOW}).",
        blocks=False,
    )


def changed_after_creation(
    situation: OrderSituation, order: Order, made: SalesOrder, before: Mapping[str, Any]
) -> Issue:
    now = carried(order)
    told = ", ".join(_changed(name, value, now[name]) for name, value in before.items())
    return situation.issue(
        "CHANGED_AFTER_CREATION",
        f"{situation.name} was changed in ConnectWise after {made_name(made.number)} had been created; that is not "
        f"carried over: {told}.",
        f"Change order {made.number} in e-automate by hand, and mute this; or set the order back in ConnectWise.",
        blocks=False,
    )


def custom_field_missing(situation: OrderSituation) -> Issue:
    caption = situation.settings.state_field
    return situation.issue(
        "CUSTOM_FIELD_MISSING",
        f"ConnectWise orders have no custom field {caption}, so the state of the e-automate order is not shown there.",
        f"Add it under System > Setup Tables > Custom Fields for orders, or correct state_field in the settings of "
        f"{FLOW}.",
        category="system",
        blocks=False,
    )


_WORDS: Mapping[str, str] = {
    "total": "the total",
    "po_number": "the PO number",
    "company": "the company",
    "due": "the due date",
    "products": "the products",
}


def _changed(name: str, before: Any, now: Any) -> str:
    said = _WORDS[name]
    if name == "products":
        return f"{said} were {len(before)} and are {len(now)}" if len(before) != len(now) else f"{said} are others"
    if name == "total":
        before, now = money(before), money(now)
    return f"{said} was {before or 'blank'} and is {now or 'blank'}"


def _inserted_as(link: Link) -> str:
    return link.partner_name or f"e-automate order {link.partner_id}"
