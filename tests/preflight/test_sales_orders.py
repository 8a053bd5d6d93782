"""The sales order flow's own checks (EA-56), each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.orders import add_company, add_order, furnish, map_customer
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import ALL, Desk, untouched

pytestmark = pytest.mark.rule("EA-56")

CODES = {"SalesCode": "HW", "InventoryCode": "HW-INV"}
SETTINGS: dict[str, Any] = {
    "statuses": ["Ready to Order"],
    "error_item": "ERR",
    "templates": {"Hardware": "T-HW", "software": "T-HW"},
    "on_hold_code": "REVIEW",
    "state_field": "EA Order",
    "create_items": True,
}
RIGHTS = {
    name: rights
    for name, rights in ALL.items()
    if name.startswith(("Sales", "Procurement", "System: Table", "System: My", "Companies: Manage"))
}
"""What the flow and preflight itself need."""


class OrderDesk(Desk):
    """A connection set up for sales orders as it should be."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.eautomate = rig, rig.psa, rig.eautomate
        self.settings = SETTINGS
        self.set()
        furnish(self.eautomate)
        self.psa.define_custom_field("sales/orders", "EA Order")
        add_order(self.psa, add_company(self.psa))


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[Desk]:
    with rigged("eautomate_sales_orders", stack, **SETTINGS) as rig:
        yield OrderDesk(rig)


def test_a_connection_set_up_as_it_should_be_passes_and_nothing_is_written(desk: Desk) -> None:
    desk.rig.forget()
    desk.mended()
    assert untouched(desk.rig)


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize(
    "right",
    ["Sales: Orders", "Procurement: Products", "Procurement: Product Catalog", "System: Table Setup"],
)
def test_each_missing_right_is_named(desk: Desk, right: str) -> None:
    desk.grant({name: rights for name, rights in RIGHTS.items() if name != right})
    assert desk.failed() == [("RIGHT", f"connectwise_psa/{right}: inquire")]
    desk.grant(RIGHTS)
    desk.mended()


@pytest.mark.rule("EA-12")
def test_a_role_with_the_listed_rights_is_enough_to_insert_an_order(desk: Desk) -> None:
    desk.grant(RIGHTS)
    map_customer(desk.rig, desk.psa.records("company/companies")[0]["id"])
    desk.rig.sync()
    desk.rig.tick()
    assert len(desk.eautomate.sales_orders) == 1
    assert desk.rig.codes() == []


@pytest.mark.rule("EA-57")
def test_every_status_must_be_there_and_active(desk: Desk) -> None:
    desk.set(statuses=["Ready to Order", "Approved"])
    desk.status_must_be_active("sales/orders/statuses", "Approved", "ORDER_STATUS", "Order Status")


@pytest.mark.rule("EA-58")
def test_every_product_type_with_a_template_must_be_there(desk: Desk) -> None:
    desk.set(templates={"Cabling": "T-HW"})
    assert desk.failed() == [("PRODUCT_TYPE", "cabling")]
    desk.psa.add("procurement/types", name="Cabling")
    desk.mended()


@pytest.mark.rule("EA-61")
@pytest.mark.parametrize(
    ("code", "setting"), [("ERROR_ITEM", {"error_item": "NEW"}), ("TEMPLATE_ITEM", {"templates": {"Hardware": "NEW"}})]
)
def test_error_item_and_templates_must_be_there_with_their_codes(
    desk: Desk, code: str, setting: dict[str, Any]
) -> None:
    desk.set(**setting)
    assert desk.failed() == [(code, "new")]
    assert "there is none" in desk.issues()[f"PREFLIGHT_{code}"].issue.message
    desk.eautomate.items.add("NEW", "Bare")
    assert desk.failed() == [(code, "new")]
    assert "no inventory or expense code and no sales code" in desk.issues()[f"PREFLIGHT_{code}"].issue.message
    desk.eautomate.items.edit("NEW", SalesCode="HW")
    assert desk.failed() == [(code, "new")]
    desk.eautomate.items.edit("NEW", InventoryCode="SVC-EXP", ItemType=2)
    desk.mended()


def test_where_eautomate_wants_it_the_generic_item_must_be_named_and_no_other(desk: Desk) -> None:
    desk.eautomate.items.usage = "GENERIC"
    desk.set(error_item="NEW", templates={"Hardware": "NEW"})
    assert [code for code, _ in desk.failed()] == ["GENERIC_ITEM"]
    desk.eautomate.items.generic = "SW-24"
    desk.mended()


@pytest.mark.rule("EA-62")
@pytest.mark.parametrize("setting", ["on_hold_code", "error_item_on_hold_code"])
def test_every_on_hold_code_must_be_there_and_active(desk: Desk, setting: str) -> None:
    desk.set(**{setting: "LATER"})
    assert desk.failed() == [("ON_HOLD_CODE", "later")]
    desk.eautomate.codes.add("on_hold_codes", "LATER", active=False)
    assert desk.failed() == [("ON_HOLD_CODE", "later")]
    assert "inactive" in desk.issues()["PREFLIGHT_ON_HOLD_CODE"].issue.message
    desk.eautomate.codes.edit("on_hold_codes", "LATER", active=True)
    desk.mended()


def test_the_custom_field_must_be_there_once_there_is_an_order_to_see_it_on(desk: Desk) -> None:
    desk.set(state_field="Elsewhere")
    assert desk.failed() == [("CUSTOM_FIELD", "order/elsewhere")]
    desk.psa.define_custom_field("sales/orders", "elsewhere")
    desk.mended()
    desk.set(state_field="Nowhere")
    for product in desk.psa.records("procurement/products"):
        desk.psa.delete("procurement/products", product["id"])
    for order in desk.psa.records("sales/orders"):
        desk.psa.delete("sales/orders", order["id"])
    assert [one["passed"] for one in desk.run()["checks"] if one["code"] == "CUSTOM_FIELD"] == [None]
