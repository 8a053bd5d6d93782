"""The sales order flow over the whole way: picked up, waiting, inserted, read back, followed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from functions.eautomate_sales_orders.order_list import order_list
from functions.eautomate_sales_orders.situations import ORDER, order_ref
from infra.local.cloud.stack import Stack
from shared.partners.eautomate import CUSTOMERS, REFERENCE_DATA
from shared.sync.connection import Connection
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref
from shared.sync.why import why
from tests.flows.orders import SETTINGS, add_company, add_order, furnish, map_customer, sell
from tests.flows.rig import Rig, rigged

FLOW = "eautomate_sales_orders"


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    """Both systems furnished, the status field defined, one company with no order yet."""
    with rigged(FLOW, stack, **SETTINGS, state_field="EA Order") as rig:
        furnish(rig.eautomate)
        rig.psa.define_custom_field("sales/orders", "EA Order")
        yield rig


@pytest.fixture
def company(rig: Rig) -> int:
    """A company that is mapped to customer C1."""
    company = add_company(rig.psa)
    map_customer(rig, company)
    return company


def numbers(rig: Rig) -> list[str]:
    return [row.number for row in rig.eautomate.sales_orders]


def state(rig: Rig, order: int) -> Any:
    fields = rig.psa.record("sales/orders", order)["customFields"]
    return {field["caption"]: field["value"] for field in fields}["EA Order"]


def settled(rig: Rig) -> None:
    """A minute later, when new orders are read back."""
    rig.tick()
    rig.tick()


def test_an_order_goes_in_whole_and_its_state_comes_back(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company, "SW-24", poNumber="PO-7", description="New office")
    assert rig.sync()["applied"] == 1
    made = rig.eautomate.sales_orders[f"CW{order}"]
    assert (made.values["CustomerNumber"].code, made.values["PONumber"]) == ("C1", "PO-7")
    assert made.values["Description"] == "New office"
    assert f"ConnectWise sales order {order}: http" in made.values["Remarks"]
    (line,) = made.values["Details"]
    assert (line["Item"].code, line["Quantity"], line["Price"]) == ("SW-24", Decimal(1), Decimal(100))
    assert rig.links()[ORDER, str(made.id)].cw_id == str(order)
    rig.tick()
    assert state(rig, order) == f"CW{order} OPEN"
    assert rig.codes() == []


def test_what_is_in_step_costs_nothing(rig: Rig, company: int) -> None:
    add_order(rig.psa, company)
    add_order(rig.psa, company, status="New")
    rig.sync()
    settled(rig)
    for mode in ("delta", "comprehensive"):
        rig.clock.turn(minutes=15)
        rig.forget()
        rig.sync(mode)
        assert rig.sent() == []
        assert not rig.written("eautomate")
        assert not rig.written("connectwise_psa")


@pytest.mark.rule("EA-61")
def test_a_waiting_order_follows_within_a_minute_of_its_customers_mapping(rig: Rig) -> None:
    """One customer is mapped by the customer flow itself; the order follows without any other touch."""
    company = add_company(rig.psa)
    order = add_order(rig.psa, company)
    systems = {
        name: {"base_url": simulator.url, "company": {"connectwise_psa": "demo", "eautomate": "1"}[name]}
        for name, simulator in rig.simulators.items()
    }
    flows = {FLOW: {**SETTINGS}, CUSTOMERS: {}}
    rig.store.flows.put_connection(Connection.model_validate({"id": "demo", "systems": systems, "flows": flows}))
    rig.sync()
    assert rig.codes() == ["CUSTOMER_NOT_MAPPED"]
    assert numbers(rig) == []
    rig.clock.turn(minutes=30)
    rig.psa.edit("company/companies", company, accountNumber="C1")
    rig.driven = [CUSTOMERS]
    rig.sync()
    rig.driven = [FLOW]
    rig.tick(minutes=1)
    assert numbers(rig) == [f"CW{order}"]
    assert rig.codes() == []


@pytest.mark.rule("EA-55")
@pytest.mark.rule("EA-57")
def test_not_picked_up_is_told_apart_from_reached_and_not_inserted(rig: Rig, company: int) -> None:
    early = add_order(rig.psa, company, status="New")
    stranger = add_order(rig.psa, add_company(rig.psa, "OTHER"))
    inside = add_order(rig.psa, company)
    rig.sync()
    answers = {order: why(rig.store, [rig.key], f"cw#order-order#{order}")[0] for order in (early, stranger, inside)}
    assert answers[early].status == "left alone"
    assert answers[early].because == ("Not picked up: its status is New; orders are picked up in Ready to Order.")
    assert answers[stranger].status == "issue"
    assert "needs the company OTHER Inc (OTHER), which is not mapped yet" in answers[stranger].because
    assert answers[inside].status == "in step"
    rows = order_list(rig.store.links.everything(rig.key), rig.store.issues.of_connection("demo"))
    assert [(row.stage, int(row.order_id)) for row in rows] == [
        ("reached, not inserted", stranger),
        ("not picked up", early),
        ("inserted", inside),
    ]
    assert "not mapped yet" in rows[0].reason
    assert "its status is New" in rows[1].reason
    assert rows[2].made == f"e-automate order CW{inside}"


@pytest.mark.rule("EA-57")
def test_an_order_that_comes_into_the_status_is_picked_up(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company, status="New")
    assert rig.sync()["skipped"] == 1
    rig.clock.turn(minutes=15)
    rig.psa.edit("sales/orders", order, status={"name": "Ready to Order"})
    assert rig.sync()["applied"] == 1
    assert numbers(rig) == [f"CW{order}"]


@pytest.mark.rule("EA-61")
@pytest.mark.parametrize("what", ["error item", "codes", "on-hold code"])
def test_what_keeps_an_order_out_is_mended_and_it_goes_in_by_itself(rig: Rig, company: int, what: str) -> None:
    settings: dict[str, Any] = {**SETTINGS}
    if what == "error item":
        settings["error_item"] = "LATER"
    elif what == "codes":
        settings["error_item"] = "BARE"
        rig.eautomate.items.add("BARE", "No codes")
    else:
        settings["on_hold_code"] = "LATER"
    rig.settings(**settings)
    order = add_order(rig.psa, company)
    rig.sync()
    assert rig.codes() == ["ON_HOLD_CODE_MISSING" if what == "on-hold code" else "ERROR_ITEM_MISSING"]
    assert numbers(rig) == []
    if what == "error item":
        rig.eautomate.items.add("LATER", "Now there", SalesCode="HW", InventoryCode="HW-INV")
    elif what == "codes":
        rig.eautomate.items.edit("BARE", SalesCode="HW", InventoryCode="HW-INV")
    else:
        rig.eautomate.codes.add("on_hold_codes", "LATER")
    rig.tick(minutes=5)
    assert numbers(rig) == [f"CW{order}"]
    assert rig.codes() == []


@pytest.mark.rule("EA-58")
def test_a_missing_item_is_made_from_the_template_of_its_product_type(rig: Rig, company: int) -> None:
    rig.settings(**SETTINGS, templates={"hardware": "T-HW"}, create_items=True)
    first = add_order(rig.psa, company, "NEW-1", "SW-24", "new-1")
    second = add_order(rig.psa, company, "NEW-1")
    rig.sync()
    made = rig.eautomate.items["NEW-1"]
    assert (made.values["Description"], made.values["SalesCode"].code) == ("Product NEW-1", "HW")
    assert numbers(rig) == [f"CW{first}", f"CW{second}"]
    items = [line["Item"].code for line in rig.eautomate.sales_orders[f"CW{first}"].values["Details"]]
    assert items == ["NEW-1", "SW-24", "NEW-1"]
    assert rig.codes() == []


@pytest.mark.rule("EA-58")
@pytest.mark.rule("EA-61")
def test_a_line_without_a_template_has_the_error_item_until_somebody_mends_the_order(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company, "ODD-1")
    assert rig.sync()["applied"] == 1
    made = rig.eautomate.sales_orders[f"CW{order}"]
    (line,) = made.values["Details"]
    assert (line["Item"].code, line["Description"]) == ("ERR", "ODD-1: Product ODD-1")
    why_not = "e-automate has no item ODD-1, and no template is set for product type Hardware"
    assert line["Remarks"] == why_not
    assert rig.codes() == ["ERROR_ITEM_USED"]
    settled(rig)
    (issue,) = rig.issues().values()
    assert not issue.issue.blocks
    assert f"in place of: ODD-1: Product ODD-1 ({why_not})" in issue.issue.message
    rig.eautomate.sales_orders.edit(f"CW{order}", Details=[{**line, "Item": "SW-24"}])
    rig.clock.turn(minutes=15)
    rig.sync()
    assert rig.codes() == []


def test_the_generic_item_stands_on_every_line_where_eautomate_wants_it(rig: Rig, company: int) -> None:
    rig.eautomate.items.usage, rig.eautomate.items.generic = "GENERIC", "SW-24"
    order = add_order(rig.psa, company, "ODD-1", "SW-24")
    assert rig.sync()["applied"] == 1
    lines = rig.eautomate.sales_orders[f"CW{order}"].values["Details"]
    assert [(line["Item"].code, line["Description"]) for line in lines] == [
        ("SW-24", "ODD-1: Product ODD-1"),
        ("SW-24", "SW-24: Product SW-24"),
    ]
    assert rig.codes() == []


def test_sales_rep_terms_and_tax_code_come_from_the_reference_data(rig: Rig, company: int) -> None:
    key = FlowKey("demo", REFERENCE_DATA)
    order = add_order(rig.psa, company, billingTerms={"name": "Net 30 days"}, taxCode={"name": "Massachusetts"})
    read = rig.psa.record("sales/orders", order)
    tables = rig.eautomate.company.tables
    pairs = {
        "member-sales-rep": (read["salesRep"]["id"], tables["sales_reps"]["ELLIS"].id),
        "terms-terms": (read["billingTerms"]["id"], f"{tables['terms']['NET30'].id}.{read['billingTerms']['id']}"),
        "tax-code-tax-code": (read["taxCode"]["id"], tables["tax_codes"]["STATE"].id),
    }
    for kind, (cw, partner) in pairs.items():
        rig.store.links.link(key, Link(kind, str(cw), str(partner)))
    rig.sync()
    made = rig.eautomate.sales_orders[f"CW{order}"].values
    assert [made[name].code for name in ("SalesRep", "Term", "TaxCode")] == ["ELLIS", "NET30", "STATE"]


def test_an_order_whose_answer_is_lost_is_found_by_its_number_and_never_made_twice(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    rig.eautomate.faults.order("lost_answer", operation="addSalesOrder")
    rig.scan()
    rig.deliver()
    rig.tick(minutes=1)
    assert rig.eautomate.requests["addSalesOrder"] == 1
    assert numbers(rig) == [f"CW{order}"]
    (link,) = rig.links().values()
    assert (link.cw_id, link.how) == (str(order), f"It was found in e-automate by its number CW{order}.")
    settled(rig)
    assert state(rig, order) == f"CW{order} OPEN"
    assert rig.codes() == []


def test_a_later_status_in_eautomate_comes_back(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    rig.sync()
    settled(rig)
    rig.clock.turn(minutes=15)
    rig.eautomate.sales_orders.invoice(f"CW{order}")
    assert rig.sync()["applied"] == 1
    assert state(rig, order) == f"CW{order} INVOICED"


def test_a_change_after_creation_is_told_and_not_carried(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company, poNumber="PO-7")
    rig.sync()
    settled(rig)
    rig.clock.turn(minutes=15)
    sell(rig.psa, order, "SW-24")
    rig.psa.edit("sales/orders", order, poNumber="PO-8")
    rig.forget()
    rig.sync()
    (issue,) = rig.issues().values()
    assert (issue.issue.code, issue.issue.blocks) == ("CHANGED_AFTER_CREATION", False)
    assert issue.issue.message == (
        f"Sales order {order} of ACME Inc was changed in ConnectWise after e-automate order CW{order} had been "
        "created; that is not carried over: the total was 100.00 and is 200.00, the PO number was PO-7 and is PO-8, "
        "the products were 1 and are 2."
    )
    assert not rig.written("eautomate")
    rig.tick(minutes=5)
    assert rig.codes() == ["CHANGED_AFTER_CREATION"], "it stays until it is settled"
    rig.eautomate.sales_orders.invoice(f"CW{order}")
    rig.clock.turn(minutes=15)
    rig.sync()
    assert rig.codes() == []


def test_an_order_that_comes_out_at_another_total_is_told_until_it_is_put_right(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    rig.scan()
    rig.deliver()
    rig.eautomate.sales_orders.edit(f"CW{order}", Freight=Decimal("7.50"))
    rig.tick()
    (issue,) = rig.issues().values()
    assert (issue.issue.code, issue.issue.blocks) == ("TOTALS_DIFFER", False)
    assert "came to 100.00 in ConnectWise" in issue.issue.message
    assert f"e-automate order CW{order} comes to 107.50" in issue.issue.message
    rig.tick(minutes=5)
    assert rig.codes() == ["TOTALS_DIFFER"]
    rig.eautomate.sales_orders.edit(f"CW{order}", Freight=None)
    rig.clock.turn(minutes=15)
    rig.sync()
    assert rig.codes() == []
    rig.eautomate.sales_orders.edit(f"CW{order}", Freight=Decimal(9))
    rig.clock.turn(minutes=15)
    rig.sync()
    assert rig.codes() == [], "what e-automate's people change later is theirs"


def test_documents_stand_in_the_remarks(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    for fields in (
        {"title": (None, "Signed quote"), "file": ("quote.pdf", b"%PDF")},
        {"url": (None, "https://f.example/1")},
    ):
        httpx.post(
            f"{rig.psa.url}/v4_6_release/apis/3.0/system/documents",
            files={"recordType": (None, "SalesOrder"), "recordId": (None, str(order)), **fields},  # type: ignore[dict-item]
            auth=("demo+public", "private"),
            headers={"clientId": "x"},
        ).raise_for_status()
    rig.sync()
    remarks = rig.eautomate.sales_orders[f"CW{order}"].values["Remarks"].splitlines()
    assert remarks[1:] == ["Documents there:", "- Signed quote: quote.pdf", "- https://f.example/1"]


def test_a_refused_order_waits_and_goes_in_once_mended(rig: Rig, company: int) -> None:
    rig.eautomate.edit_customer("C1", RequirePONum=True)
    order = add_order(rig.psa, company)
    rig.sync()
    (issue,) = rig.issues().values()
    assert issue.issue.code == "REFUSED"
    assert "Customer C1 requires a PO number" in issue.issue.message
    rig.clock.turn(minutes=2)
    rig.psa.edit("sales/orders", order, poNumber="PO-9")
    rig.sync()
    assert numbers(rig) == [f"CW{order}"]
    assert rig.codes() == []


def test_an_order_that_eautomate_lost_is_told(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    rig.sync()
    settled(rig)
    made = rig.eautomate.sales_orders[f"CW{order}"]
    rig.eautomate.sales_orders.table._by_id.pop(made.id)
    rig.look(order_ref(order))
    assert rig.codes() == ["ORDER_GONE"]


def test_a_deleted_source_is_told_and_nothing_is_taken_back(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    rig.sync()
    settled(rig)
    for product in rig.psa.records("procurement/products"):
        rig.psa.delete("procurement/products", product["id"])
    rig.psa.delete("sales/orders", order)
    rig.look(order_ref(order))
    (issue,) = rig.issues().values()
    assert (issue.issue.code, issue.issue.blocks) == ("ORDER_GONE", False)
    assert numbers(rig) == [f"CW{order}"]


def test_orders_of_eautomate_that_are_nobodys_cost_no_request(rig: Rig, company: int) -> None:
    rig.sync()
    for place in range(3):
        rig.eautomate.sales_orders.add("C1", [{"Item": "SW-24", "Quantity": 1, "Price": 5}], SONumber=f"S{place}")
    rig.clock.turn(minutes=15)
    rig.forget()
    rig.sync()
    assert rig.eautomate.requests["getSalesOrder"] == 0
    rig.look(Ref(ORDER, "partner", str(rig.eautomate.sales_orders["S0"].id)))
    assert rig.codes() == []


def test_a_scan_reads_many_orders_of_eautomate_in_steps(
    rig: Rig, company: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.eautomate_sales_orders.scanning.MADE", 2)
    orders = [add_order(rig.psa, company) for _ in range(5)]
    rig.sync()
    settled(rig)
    rig.clock.turn(minutes=15)
    for order in orders:
        rig.eautomate.sales_orders.edit(f"CW{order}", Status="CANCELED")
    rig.remaining = 40.0  # each page is handed over to the next message
    rig.sync("delta")
    assert [state(rig, order) for order in orders] == [f"CW{order} CANCELED" for order in orders]


def test_a_comprehensive_scan_finds_a_state_that_the_list_of_changes_missed(rig: Rig, company: int) -> None:
    order = add_order(rig.psa, company)
    rig.sync()
    settled(rig)
    rig.clock.turn(minutes=15)
    rig.sync("delta")
    row = rig.eautomate.sales_orders[f"CW{order}"]
    row.values["Status"] = rig.eautomate.company.tables["order_statuses"]["OPEN"].code
    row.values["Details"][0]["Price"] = Decimal(50)  # changed without a new time
    rig.clock.turn(minutes=15)
    rig.forget()
    rig.sync("delta")
    assert rig.sent() == []
    rig.sync("comprehensive")
    assert [change.id for change in rig.sent()] == [str(row.id)]
