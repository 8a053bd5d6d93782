"""The e-automate adapter's sales orders and items against the simulator: read, listed, added, saved, found again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.systems.eautomate import Eautomate, Item, OrderLine, SalesOrder
from tests.serving import serving

LINES = (
    {"item": "I1", "quantity": Decimal("2.5"), "price": Decimal("10.02"), "description": "Blue\x07", "remarks": ""},
    {"item": "I2", "quantity": Decimal(1), "price": Decimal("0.45"), "description": "", "remarks": "no template"},
)


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[EautomateSimulator]:
    with serving(EautomateSimulator(clock=clock.now)) as simulator:
        simulator.add_customer("C1", "First")
        simulator.add_customer("C2", "Second")
        simulator.items.add("I1", "Switch", SalesCode="HW", InventoryCode="HW-INV", BarCode="123", Cost=Decimal(7))
        simulator.items.add("I2", "Bare", Active=False)
        yield simulator


def adding(simulator: EautomateSimulator, **fields: Any) -> Step:
    told = {"number": "CW1700", "customer_id": str(simulator.customers["C1"].id), "lines": LINES, **fields}
    return Step("order", "eautomate", "sales_order", "create", fields=told)


def saving(key: str, **fields: Any) -> Step:
    return Step("order", "eautomate", "sales_order", "update", key, fields)


# Orders


def test_an_order_is_added_whole_and_comes_back_as_it_is_read(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    def of(number: str) -> str:
        return str(simulator.customers[number].id)

    applied = eautomate.orders.apply(
        adding(
            simulator, bill_to_id=of("C2"), ship_to_id=of("C2"), description="New office", po_number="PO-7",
            remarks="two\nlines", date="2026-11-01", requested="2026-12-01", tax=Decimal("1.50"),
            sales_rep_id=str(simulator.company.tables["sales_reps"]["ELLIS"].id),
            terms_id=str(simulator.company.tables["terms"]["NET30"].id),
            tax_code_id=str(simulator.company.tables["tax_codes"]["STATE"].id),
            on_hold_code="REVIEW", order_type="PROJ", warehouse="MAIN",
        )
    )  # fmt: skip
    made = simulator.sales_orders["CW1700"]
    assert applied.record == SalesOrder(
        id=str(made.id), number="CW1700", customer_id=of("C1"), customer_number="C1", status="OPEN", po_number="PO-7",
        description="New office", remarks="two\nlines", on_hold_code="REVIEW", total=Decimal("27.0"),
        lines=(
            OrderLine("I1", Decimal("2.5"), Decimal("10.02"), "Blue"),
            OrderLine("I2", Decimal(1), Decimal("0.45"), "", "no template"),
        ),
    )  # fmt: skip
    assert eautomate.orders.order(applied.id) == applied.record
    assert eautomate.orders.order_by_number("cw1700") == applied.record
    codes = {name: made.values[name].code for name in ("optBillToNumber", "SalesRep", "Term", "TaxCode", "OrderType")}
    assert codes == {
        "optBillToNumber": "C2", "SalesRep": "ELLIS", "Term": "NET30", "TaxCode": "STATE", "OrderType": "PROJ",
    }  # fmt: skip
    dates = [made.values[name].isoformat() for name in ("Date", "ReqDate")]
    assert dates == ["2026-11-01T00:00:00", "2026-12-01T00:00:00"]


def test_what_is_not_given_is_left_to_eautomate(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    eautomate.orders.apply(adding(simulator))
    made = simulator.sales_orders["CW1700"].values
    assert [made[name] for name in ("SalesRep", "Term", "TaxCode", "OnHoldCode", "ReqDate", "PONumber")] == [None] * 6


def test_a_number_is_taken_once(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    eautomate.orders.apply(adding(simulator))
    with pytest.raises(RecordRejected, match="already exists"):
        eautomate.orders.apply(adding(simulator))
    assert len(simulator.sales_orders) == 1


def test_an_add_whose_answer_is_lost_is_not_repeated(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.faults.order("lost_answer", operation="addSalesOrder")
    with pytest.raises(OutcomeUnknown):
        eautomate.orders.apply(adding(simulator))
    assert simulator.requests["addSalesOrder"] == 1
    found = eautomate.orders.order_by_number("CW1700")
    assert found is not None
    assert found.id == str(simulator.sales_orders["CW1700"].id)


def test_a_refused_order_tells_the_servers_words(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected, match="On-hold code ODD not found"):
        eautomate.orders.apply(adding(simulator, on_hold_code="ODD"))


def test_an_order_that_is_not_there_is_none(eautomate: Eautomate) -> None:
    assert eautomate.orders.order("999999") is None
    assert eautomate.orders.order_by_number("CW1") is None
    assert eautomate.orders.order_by_number(" ") is None


def test_orders_that_changed_since_are_listed(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: LocalClock
) -> None:
    eautomate.orders.apply(adding(simulator))
    eautomate.orders.apply(adding(simulator, number="CW1701"))
    clock.turn(seconds=1)
    rows, stamp = eautomate.orders.changed(None)
    assert [(row.number, row.active) for row in rows] == [("CW1700", True), ("CW1701", True)]
    assert rows[0].id == str(simulator.sales_orders["CW1700"].id)
    clock.turn(minutes=1)
    simulator.sales_orders.edit("CW1701", Status="CANCELED")
    rows, later = eautomate.orders.changed(stamp)
    assert [(row.number, row.active) for row in rows] == [("CW1701", False)]
    assert later > stamp


def test_a_save_changes_the_head_and_leaves_the_lines(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    made = eautomate.orders.apply(adding(simulator, description="Before"))
    lines = simulator.sales_orders["CW1700"].values["Details"]
    saved = eautomate.orders.apply(saving(made.id, description="After", on_hold_code="CREDIT"))
    assert isinstance(saved.record, SalesOrder)
    assert (saved.id, saved.record.description, saved.record.on_hold_code) == (made.id, "After", "CREDIT")
    assert simulator.sales_orders["CW1700"].values["Details"] == lines


def test_a_save_that_changes_nothing_sends_nothing(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    made = eautomate.orders.apply(adding(simulator, description="Before"))
    eautomate.orders.apply(saving(made.id, description="Before"))
    assert simulator.requests["saveSalesOrder"] == 0


def test_a_save_of_no_order_is_refused(eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected, match="no sales order with the ID 999999"):
        eautomate.orders.apply(saving("999999", description="After"))


@pytest.mark.parametrize(
    "step",
    [
        saving("1", lines=()),
        saving("1", number="CW2"),
        Step("order", "eautomate", "sales_order", "delete", "1"),
        Step("item", "eautomate", "item", "update", "1", {"description": "x"}),
    ],
)
def test_what_eautomate_cannot_do_is_no_step(simulator: EautomateSimulator, eautomate: Eautomate, step: Step) -> None:
    with pytest.raises(ValueError, match=r"only when it is added|no way to"):
        eautomate.apply(step)
    assert not simulator.requests


def test_a_field_that_orders_do_not_have_is_refused(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    with pytest.raises(ValueError, match="'colour' cannot be written"):
        eautomate.orders.apply(adding(simulator, colour="red"))


# Items


def test_an_item_is_read_with_its_codes(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    assert eautomate.items.item("i1") == Item(
        str(simulator.items["I1"].id), "I1", "Switch", "HW", "HW-INV", inventory=True
    )
    bare = eautomate.items.item("I2")
    assert bare is not None
    assert (bare.sales_code, bare.stock_code, bare.active) == ("", "", False)
    assert eautomate.items.item("I9") is None
    assert eautomate.items.item("") is None
    assert [eautomate.items.exists(number) for number in ("I1", "I9")] == [True, False]


def test_an_item_says_whether_it_is_stocked_and_what_it_costs(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    simulator.items.add("FEE", "Project fee", ItemType=2, MSRP=Decimal(1), InventoryCode="SVC-EXP")
    fee = eautomate.items.item("FEE")
    assert fee is not None
    assert (fee.inventory, fee.price, fee.stock_code) == (False, Decimal(1), "SVC-EXP")


def copying(template: str = "I1", number: str = "NEW") -> Step:
    fields = {"number": number, "description": "Copied", "template": template}
    return Step("item", "eautomate", "item", "create", fields=fields)


def test_a_new_item_has_its_templates_codes_and_nothing_of_its_own(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    applied = eautomate.apply(copying())
    made = simulator.items["NEW"]
    assert applied.record == Item(str(made.id), "NEW", "Copied", "HW", "HW-INV", inventory=True)
    assert (made.values["BarCode"], made.values["Cost"], made.values["ItemType"]) == (None, None, 1)


def test_an_item_that_is_there_by_then_is_left_as_it_is(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.items.add("NEW", "By hand", SalesCode="SW", InventoryCode="HW-INV")
    applied = eautomate.apply(copying())
    assert applied.id == str(simulator.items["NEW"].id)
    assert simulator.items["NEW"].values["Description"] == "By hand"


def test_an_item_without_its_template_is_refused(eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected, match="no template item I9"):
        eautomate.apply(copying("I9"))


def test_a_template_without_codes_makes_no_item(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected, match="SalesCode is required"):
        eautomate.apply(copying("I2"))
    assert len(simulator.items) == 2


def test_the_generic_item_is_that_of_the_setting(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    assert (eautomate.items.one_for_all(), eautomate.items.generic()) == (False, None)
    simulator.items.usage, simulator.items.generic = "GENERIC", "I1"
    generic = eautomate.items.generic()
    assert generic is not None
    assert (eautomate.items.one_for_all(), generic.number) == (True, "I1")
