"""Failures of sales orders: what the first one needs, statuses, items without a template, and later changes."""

from __future__ import annotations

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.month import ERROR_ITEM, ORDERS, SWITCH, TEMPLATE_ITEM, TONER
from shared.partners.eautomate import SALES_ORDERS
from shared.sync.record import Ref

KIND = "order-order"


def no_customer(scene: Scene) -> Made:
    one = scene.dealer.stranger()
    return Made(_ref(scene.dealer.order(one, SWITCH)), lambda: scene.dealer.map(one))


def no_sales_rep(scene: Scene) -> Made:
    order, rep = scene.dealer.order(scene.customer(), TONER, rep=2), scene.dealer.staff[2]
    return Made(_ref(order), lambda: scene.eautomate.codes.add("sales_reps", rep["identifier"], "Outside sales"))


def no_template(scene: Scene) -> Made:
    """A product type without a template: the order goes in with the error item, and somebody puts the right one on."""
    scene.dealer.product("APP-SUITE", 99.0, "Software")
    order = scene.dealer.order(scene.customer(), "APP-SUITE")

    def repair() -> None:
        scene.dealer.service_item("APP-SUITE")
        _put_on(scene, order, "APP-SUITE")

    return Made(_ref(order), repair)


def template_without_code(scene: Scene) -> Made:
    """The template of its product type lacks a code, so that the missing item cannot be made of it."""
    scene.eautomate.items.edit(TEMPLATE_ITEM, SalesCode=None)
    scene.dealer.product("PANEL-6", 75.0)
    order = scene.dealer.order(scene.customer(), "PANEL-6")

    def repair() -> None:
        scene.eautomate.items.edit(TEMPLATE_ITEM, SalesCode="HW")
        scene.dealer.stock_item("PANEL-6")
        _put_on(scene, order, "PANEL-6")

    return Made(_ref(order), repair)


def not_ready(scene: Scene) -> Made:
    order = scene.dealer.order(scene.customer(), SWITCH, status="New")
    return Made(_ref(order), lambda: scene.psa.edit(ORDERS, order, status={"name": "Ready to Order"}))


def total_differs(scene: Scene) -> Made:
    order = scene.dealer.order(scene.customer(), SWITCH)
    right = scene.psa.record(ORDERS, order)["total"]
    scene.psa.edit(ORDERS, order, total=right + 10)
    return Made(_ref(order), lambda: scene.psa.edit(ORDERS, order, total=right))


def no_products(scene: Scene) -> Made:
    order = scene.dealer.order(scene.customer())
    return Made(_ref(order), lambda: scene.dealer.sells(TONER, 2, salesOrder={"id": order}))


def error_item_without_code(scene: Scene) -> Made:
    scene.eautomate.items.edit(ERROR_ITEM, SalesCode=None)
    order = scene.dealer.order(scene.customer(), SWITCH)
    return Made(_ref(order), lambda: scene.eautomate.items.edit(ERROR_ITEM, SalesCode="HW"))


def on_hold_code_inactive(scene: Scene) -> Made:
    scene.eautomate.codes.edit("on_hold_codes", "REVIEW", active=False)
    order = scene.dealer.order(scene.customer(), SWITCH)
    return Made(_ref(order), lambda: scene.eautomate.codes.edit("on_hold_codes", "REVIEW", active=True))


def changed_after_creation(scene: Scene) -> Made:
    link = scene.synced(SALES_ORDERS, KIND)
    order = int(link.cw_id)
    was = scene.psa.record(ORDERS, order)["poNumber"]
    scene.psa.edit(ORDERS, order, poNumber=f"{was}-B")
    return Made(link.ref("cw"), lambda: scene.psa.edit(ORDERS, order, poNumber=was))


def _put_on(scene: Scene, order: int, item: str) -> None:
    """Somebody puts an item on every line of an e-automate order."""
    orders, number = scene.eautomate.sales_orders, f"CW{order}"
    orders.edit(number, Details=[{**line, "Item": item} for line in orders[number].values["Details"]])


def _ref(order: int) -> Ref:
    return Ref(KIND, "cw", str(order))


FAILURES = (
    Failure("EA-56", SALES_ORDERS, "CUSTOMER_NOT_MAPPED", no_customer, "gives the company its customer number"),
    Failure("", SALES_ORDERS, "SALES_REP_NOT_MAPPED", no_sales_rep, "adds the sales rep in e-automate"),
    Failure("EA-58", SALES_ORDERS, "ERROR_ITEM_USED", no_template, "puts the right item on the order"),
    Failure("EA-57", SALES_ORDERS, "", not_ready, "sets the order's status", told="Not picked up"),
    Failure("", SALES_ORDERS, "TOTALS_DIFFER", total_differs, "corrects the order's total"),
    Failure("EA-55", SALES_ORDERS, "NO_PRODUCTS", no_products, "adds the product"),
    Failure("EA-56", SALES_ORDERS, "ERROR_ITEM_USED", template_without_code, "gives template and order what they lack"),
    Failure("EA-56", SALES_ORDERS, "ERROR_ITEM_MISSING", error_item_without_code, "gives it a sales code", late=True),
    Failure("EA-62", SALES_ORDERS, "ON_HOLD_CODE_MISSING", on_hold_code_inactive, "activates the code", late=True),
    Failure("", SALES_ORDERS, "CHANGED_AFTER_CREATION", changed_after_creation, "sets the order back", late=True),
)
