"""The e-automate simulator's sales orders and sales invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from tests.simulators.eautomate.client import EVERYTHING, ZeepApi, code, ex, plain, refusal


@pytest.fixture(autouse=True)
def sim(sim: EautomateSimulator) -> EautomateSimulator:
    sim.add_customer("C1", "Acme")
    sim.items.add("I1", "Switch", SalesCode="HW", InventoryCode="HW-INV")
    sim.items.add("I2", "Cable", SalesCode="HW", InventoryCode="HW-INV")
    return sim


def order(api: ZeepApi, lines: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    """An order of C1 with one line, unless others are given; lines by the fields of SalesOrderDetail."""
    if lines is None:
        lines = [{"Item": "I1", "Quantity": 2.0, "Price": 10.25}]
    details = {"SalesOrderDetail": [api.make("SalesOrderDetail", **line) for line in lines]}
    return api.make("SalesOrderData", **{"CustomerNumber": "C1", "Details": details, **fields})


class TestAdding:
    def test_a_new_order_comes_back_with_id_number_and_total(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        lines = [
            {"Item": "I1", "Quantity": 2.0, "Price": 10.25},
            {"Item": "I2", "Quantity": 3.0, "Price": 1.1, "Description": "Blue, 3 m"},
        ]
        answer = api.addSalesOrder(SalesOrder=order(api, lines, Tax=1.5, Freight=8.0, Discount=2.0))
        made = plain(answer)

        assert answer.SOID.ID.Value == sim.sales_orders[made["SONumber"]].id
        assert (made["Total"], made["Status"], made["CreateDate"]) == (31.3, "OPEN", made["Date"])
        assert [line["Item"] for line in made["Details"]["SalesOrderDetail"]] == ["I1", "I2"]
        assert len({line["DetailID"] for line in made["Details"]["SalesOrderDetail"]}) == 2
        assert plain(api.getSalesOrder(SalesOrderNumber=answer.SOID)) == made

    def test_a_wanted_number_is_taken(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        made = plain(api.addSalesOrder(SalesOrder=order(api, SONumber="CW4711")))

        assert made["SONumber"] == "CW4711"
        refused = refusal(lambda: api.addSalesOrder(SalesOrder=order(api, SONumber="cw4711")))
        assert refused.message == "Sales order cw4711 already exists."
        assert len(sim.sales_orders) == 1

    @pytest.mark.parametrize(
        ("lines", "fields", "says"),
        [
            ([], {}, "at least one line"),
            (None, {"CustomerNumber": None}, "requires a customer"),
            (None, {"CustomerNumber": "C9"}, "Customer C9 not found."),
            (None, {"OnHoldCode": "ODD"}, "On-hold code ODD not found."),
            (None, {"SOID": 5}, "no SOID yet"),
            ([{"Item": "I9", "Quantity": 1.0, "Price": 1.0}], {}, "Item I9 not found."),
            ([{"Item": "I1", "Price": 1.0}], {}, "Line 1 requires an item, a quantity and a price."),
            ([{"Item": "I1", "Quantity": 1.0}], {}, "Line 1 requires"),
            ([{"Quantity": 1.0, "Price": 1.0}], {}, "Line 1 requires"),
            ([{"Item": "I1", "Quantity": 1.0, "Price": 1.0, "DetailID": 7}], {}, "no line with DetailID 7"),
        ],
    )
    def test_what_cannot_be_added_is_refused(
        self,
        sim: EautomateSimulator,
        api: ZeepApi,
        lines: list[dict[str, Any]] | None,
        fields: dict[str, Any],
        says: str,
    ) -> None:
        refused = refusal(lambda: api.addSalesOrder(SalesOrder=order(api, lines, **fields)))

        assert says in refused.message
        assert len(sim.sales_orders) == 0

    def test_a_customer_may_require_a_po_number(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.edit_customer("C1", RequirePONum=True)

        assert "requires a PO number" in refusal(lambda: api.addSalesOrder(SalesOrder=order(api))).message
        assert plain(api.addSalesOrder(SalesOrder=order(api, PONumber="7")))["PONumber"] == "7"

    def test_generic_means_one_item_for_every_line(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.items.usage, sim.items.generic = "GENERIC", "I2"

        assert "generic item I2" in refusal(lambda: api.addSalesOrder(SalesOrder=order(api))).message
        lines = [{"Item": "I2", "Quantity": 1.0, "Price": 5.0, "Description": "Switch"}]
        assert plain(api.addSalesOrder(SalesOrder=order(api, lines)))["Total"] == 5.0

    @pytest.mark.rule("EA-62")
    def test_an_order_carries_its_on_hold_code(self, api: ZeepApi) -> None:
        assert plain(api.addSalesOrder(SalesOrder=order(api, OnHoldCode="CW")))["OnHoldCode"] == "CW"


class TestSaving:
    @pytest.fixture
    def made(self, sim: EautomateSimulator, api: ZeepApi) -> Any:
        """An order as read."""
        lines = [{"Item": item, "Quantity": Decimal(1), "Price": Decimal(10)} for item in ("I1", "I2")]
        sim.sales_orders.add("C1", lines, SONumber="SO1")
        return api.getSalesOrder(SalesOrderNumber=code("SO1"))

    def test_the_header_is_saved_without_lines(self, sim: EautomateSimulator, api: ZeepApi, made: Any) -> None:
        lines = sim.sales_orders["SO1"].values["Details"]
        made.Details = None
        made.Remarks = ex("String_ex", "Urgent")
        answer = plain(api.saveSalesOrder(SalesOrder=made))

        assert answer["Remarks"] == "Urgent"
        assert sim.sales_orders["SO1"].values["Details"] == lines

    def test_lines_that_are_sent_replace_those_there_are(self, api: ZeepApi, made: Any) -> None:
        kept = made.Details.SalesOrderDetail[1]
        kept.Quantity = ex("Double_ex", 4.0)
        new = api.make("SalesOrderDetail", Item="I1", Quantity=1.0, Price=0.5)
        made.Details = {"SalesOrderDetail": [kept, new]}
        answer = plain(api.saveSalesOrder(SalesOrder=made))

        items = [(line["Item"], line["Quantity"]) for line in answer["Details"]["SalesOrderDetail"]]
        assert items == [("I2", 4.0), ("I1", 1.0)]
        assert answer["Total"] == 40.5

    def test_only_a_save_that_changes_something_counts(
        self, sim: EautomateSimulator, api: ZeepApi, made: Any, clock: Any
    ) -> None:
        before = sim.sales_orders["SO1"].updated
        clock.turn(minutes=1)
        api.saveSalesOrder(SalesOrder=made)
        assert sim.sales_orders["SO1"].updated == before

        made.Remarks = ex("String_ex", "Urgent")
        api.saveSalesOrder(SalesOrder=made)
        assert sim.sales_orders["SO1"].updated > before

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("SONumber", ex("String_ex", "SO2"), "cannot be changed"),
            ("Status", code(), "Status is required."),
            ("OrderType", code("ODD"), "Order type ODD not found."),
        ],
    )
    def test_what_cannot_be_saved_is_refused(
        self, sim: EautomateSimulator, api: ZeepApi, made: Any, field: str, value: Any, says: str
    ) -> None:
        before = dict(sim.sales_orders["SO1"].values)
        made[field] = value

        assert says in refusal(lambda: api.saveSalesOrder(SalesOrder=made)).message
        assert sim.sales_orders["SO1"].values == before

    def test_an_invoiced_order_cannot_be_saved(self, sim: EautomateSimulator, api: ZeepApi, made: Any) -> None:
        sim.sales_orders.invoice("SO1")

        assert "cannot be saved" in refusal(lambda: api.saveSalesOrder(SalesOrder=made)).message

    def test_a_missing_order_cannot_be_saved(self, api: ZeepApi) -> None:
        refused = refusal(lambda: api.saveSalesOrder(SalesOrder=order(api, SONumber="SO9")))

        assert refused.message == "Sales order not found."
        assert api.getSalesOrder(SalesOrderNumber=code("SO9")) is None


class TestInvoicing:
    def test_an_invoiced_order_becomes_a_sales_invoice(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        line = {"Item": "I1", "Quantity": Decimal(2), "Price": Decimal("10.25")}
        sim.sales_orders.add("C1", [line], SONumber="SO1", PONumber="CW-7")
        sim.sales_orders.invoice("SO1", "IN7")

        (row,) = plain(api.getSalesOrderList(TimeStamp=EVERYTHING))["Details"]["SalesOrderListDetail"]
        assert row == {"SONumber": "SO1", "Active": False}
        invoice = plain(api.getSalesInvoice(InvoiceNumber=code("IN7")))
        assert (invoice["CustomerNumber"], invoice["PONumber"]) == ("C1", "CW-7")
        assert invoice["TotalSellingPrice"] == 20.5
        assert invoice["Details"]["SalesInvoiceDetail"][0]["ProductCode"] == "I1"
        assert api.getSalesInvoice(InvoiceNumber=code("IN9")) is None
