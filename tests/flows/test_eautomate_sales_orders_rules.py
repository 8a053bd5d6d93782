"""What the sales order flow decides: situation in, plan out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from functions.eautomate_sales_orders.rules import decide
from functions.eautomate_sales_orders.situations import OrderSituation, order_ref
from shared.sync.link import Link, Pair
from shared.sync.needed import Found
from shared.sync.plan import Created, Plan, Step
from shared.sync.record import Fields, Name, Ref
from shared.systems.connectwise_psa import Document, Reference
from shared.systems.eautomate import Item, OrderLine
from tests.flows.orders import (
    INTENT,
    codes,
    customer_link,
    linked,
    made,
    missing,
    order,
    plan,
    settings,
    setup,
    situation,
    stocked,
)

UNMAPPED = Found(Ref("customer-company", "cw", "250"), reason="No customer carries its number.")
BARE = Item("92", "T-HW", "Template")


def created(of: Plan) -> Step:
    """The step that makes the order."""
    (step,) = [step for step in of.steps if step.kind == "sales_order"]
    return step


def lines(of: Plan) -> list[tuple[str, Decimal, Decimal]]:
    return [(line["item"], line["quantity"], line["price"]) for line in created(of).fields["lines"]]


def fields(of: Plan) -> Fields:
    return created(of).fields


# Which orders (EA-57)


@pytest.mark.rule("EA-57")
@pytest.mark.parametrize("status", ["New", "", "Closed"])
def test_an_order_in_another_status_is_not_picked_up_and_says_why(status: str) -> None:
    decided = plan(situation(order(status=status)))
    assert (decided.outcome, decided.steps) == ("skipped", ())
    assert decided.reason == (
        f"Not picked up: its status is {status or 'blank'}; orders are picked up in Ready to Order."
    )


@pytest.mark.rule("EA-57")
def test_statuses_are_compared_without_case() -> None:
    wanted = settings(statuses=["new", " READY TO ORDER "])
    assert plan(situation(wanted=wanted)).outcome == "applied"


def test_an_order_that_a_filter_keeps_out_is_left_alone() -> None:
    wanted = settings(filters={"location": ["Tampa Office"]})
    decided = plan(situation(order(location="Boston Office"), wanted=wanted))
    assert (decided.outcome, decided.steps) == ("skipped", ())
    assert plan(situation(order(location="tampa office"), wanted=wanted)).outcome == "applied"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"filters": {"colour": ["red"]}}, "no fact colour"),
        ({"statuses": []}, "statuses"),
        ({"error_item": ""}, "error_item"),
        ({"number_prefix": "12"}, "number_prefix"),
    ],
)
def test_settings_that_do_not_hold_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**given)


# Going in


def test_an_order_goes_in_by_one_create_and_its_link() -> None:
    decided = plan(situation())
    make, link = decided.steps
    assert (make.system, make.kind, make.verb) == ("eautomate", "sales_order", "create")
    assert (link.verb, link.fields["cw"], link.fields["partner"]) == ("link", "1700", Created("order"))
    assert decided.again == timedelta(minutes=1), "it is read back"
    assert decided.issues == ()


def test_what_has_no_value_is_left_to_eautomate() -> None:
    assert dict(fields(plan(situation()))) == {
        "number": "CW1700",
        "customer_id": "5100",
        "description": "ConnectWise sales order 1700",
        "remarks": "ConnectWise sales order 1700: https://psa.example/order/1700",
        "date": "2026-11-01",
        "tax": Decimal(0),
        "lines": (
            {"item": "SW-24", "quantity": Decimal(1), "price": Decimal(100), "description": "Switch", "remarks": ""},
        ),
    }


def test_what_the_order_says_is_carried() -> None:
    of = order(po_number=" PO-7 ", description="New office", due=date(2026, 12, 1))
    given = fields(plan(situation(of, wanted=settings(order_type="STD", warehouse="MAIN", number_prefix="X-"))))
    assert {name: given[name] for name in ("number", "po_number", "description", "requested")} == {
        "number": "X-1700",
        "po_number": "PO-7",
        "description": "New office",
        "requested": "2026-12-01",
    }
    assert (given["order_type"], given["warehouse"]) == ("STD", "MAIN")


def test_who_pays_and_who_gets_the_goods_are_customers_too_where_they_are_others() -> None:
    payer, receiver = Reference(id=251, name="Payer"), Reference(id=252, name="Receiver")
    companies = {250: customer_link(), 251: customer_link("5101"), 252: customer_link("5102")}
    given = fields(plan(situation(order(bill_to=payer, ship_to=receiver), companies=companies)))
    assert (given["customer_id"], given["bill_to_id"], given["ship_to_id"]) == ("5100", "5101", "5102")
    same = Reference(id=250, name="Acme Dental")
    given = fields(plan(situation(order(bill_to=same, ship_to=same))))
    assert not {"bill_to_id", "ship_to_id"} & given.keys()


def test_terms_tax_code_and_sales_rep_are_given_where_they_are_mapped() -> None:
    rep = Found(Ref("member-sales-rep", "cw", "9"), Link("member-sales-rep", "9", "41"))
    given = fields(plan(situation(terms_id="31", tax_code_id="32", sales_rep=rep)))
    assert (given["terms_id"], given["tax_code_id"], given["sales_rep_id"]) == ("31", "32", "41")


def test_documents_stand_in_the_remarks_with_their_links() -> None:
    documents = (
        Document(id=1, title="Signed\nquote", file_name="quote.pdf"),
        Document(id=2, title="", file_name="https://files.example/1", is_link=True),
    )
    remarks = fields(plan(situation(documents=documents)))["remarks"].splitlines()
    assert remarks == [
        "ConnectWise sales order 1700: https://psa.example/order/1700",
        "Documents there:",
        "- Signed quote: quote.pdf",
        "- https://files.example/1",
    ]


# Which item stands on a line (EA-58, EA-61)


@pytest.mark.rule("EA-58")
def test_an_item_of_the_products_number_is_used_as_eautomate_writes_it() -> None:
    sold = stocked("sw-24")
    decided = plan(situation(order(), sold))
    assert lines(decided) == [("sw-24", Decimal(1), Decimal(100))]
    assert [step.kind for step in decided.steps] == ["sales_order", "order-order"]


@pytest.mark.rule("EA-58")
def test_a_missing_item_is_made_first_from_the_template_of_its_product_type() -> None:
    wanted = settings(templates={" hardware": "T-HW"}, create_items=True)
    decided = plan(situation(order(), missing(), wanted=wanted))
    item, make, _ = decided.steps
    assert (item.system, item.kind, item.verb) == ("eautomate", "item", "create")
    assert dict(item.fields) == {"number": "NEW-1", "description": "From the catalogue", "template": "T-HW"}
    assert make.fields["lines"][0]["item"] == "NEW-1"
    assert decided.issues == ()


@pytest.mark.rule("EA-58")
def test_an_item_that_several_lines_lack_is_made_once() -> None:
    wanted = settings(templates={"Hardware": "T-HW"}, create_items=True)
    sold = (missing("NEW-1", price="30"), missing("new-1", id=2, price="30"), missing("NEW-2", id=3, price="40"))
    items = [
        step.fields["number"] for step in plan(situation(order(), *sold, wanted=wanted)).steps if step.kind == "item"
    ]
    assert items == ["NEW-1", "NEW-2"]


@pytest.mark.rule("EA-58")
@pytest.mark.rule("EA-61")
@pytest.mark.parametrize(
    ("given", "templates", "why"),
    [
        ({}, {}, "e-automate has no item NEW-1, and no template is set for product type Hardware"),
        ({"product_type": ""}, {"Hardware": "T-HW"},
         "e-automate has no item NEW-1, and no template is set for product type (none)"),
        ({"template": None}, {"Hardware": "T-HW"},
         "e-automate has no item NEW-1, and its template T-HW does not exist"),
        ({"template": BARE}, {"Hardware": "T-HW"},
         "e-automate has no item NEW-1, and its template T-HW has no inventory or expense code and no sales code"),
        ({"template": Item("1", "T-HW", "", "HW", "")}, {"Hardware": "T-HW"},
         "e-automate has no item NEW-1, and its template T-HW has no inventory or expense code"),
        ({"template": Item("1", "T-HW", "", "", "HW-INV")}, {"Hardware": "T-HW"},
         "e-automate has no item NEW-1, and its template T-HW has no sales code"),
        ({"item": ""}, {"Hardware": "T-HW"}, "the product has no product ID"),
    ],
)  # fmt: skip
def test_without_a_good_template_the_error_item_stands_in_with_a_warning(
    given: dict[str, Any], templates: dict[str, str], why: str
) -> None:
    wanted = settings(templates=templates, create_items=True)
    decided = plan(situation(order(), missing(**given), wanted=wanted))
    (line,) = fields(decided)["lines"]
    assert (line["item"], line["remarks"]) == ("ERR", why)
    assert line["description"].endswith("Switch")
    (warning,) = decided.issues
    assert (warning.code, warning.blocks, decided.outcome) == ("ERROR_ITEM_USED", False, "applied")
    assert why in warning.message
    assert [step.kind for step in decided.steps] == ["sales_order", "order-order"]


@pytest.mark.rule("EA-58")
def test_where_items_are_not_created_the_error_item_stands_in() -> None:
    decided = plan(situation(order(), missing(), wanted=settings(templates={"Hardware": "T-HW"})))
    (line,) = fields(decided)["lines"]
    assert (line["item"], line["remarks"]) == ("ERR", "e-automate has no item NEW-1, and create_items is off")


@pytest.mark.rule("EA-58")
def test_only_the_lines_that_lack_an_item_have_the_error_item() -> None:
    decided = plan(situation(order(), stocked(price="60"), missing(id=2, price="40")))
    assert [item for item, _, _ in lines(decided)] == ["SW-24", "ERR"]
    (warning,) = decided.issues
    assert "SW-24" not in warning.message


def test_where_eautomate_wants_it_every_line_has_the_generic_item() -> None:
    generic = setup(one_for_all=True, generic=Item("93", "GEN"), error_item=None)
    sold = (stocked(price="60"), missing(id=2, price="40"))
    wanted = settings(templates={"Hardware": "T-HW"}, create_items=True)
    decided = plan(situation(order(), *sold, setup=generic, wanted=wanted))
    assert [(line["item"], line["description"]) for line in fields(decided)["lines"]] == [
        ("GEN", "SW-24: Switch"),
        ("GEN", "NEW-1: Switch"),
    ]
    assert (codes(decided), [step.kind for step in decided.steps]) == ([], ["sales_order", "order-order"])


# What keeps an order out (EA-56, EA-61)


@pytest.mark.rule("EA-55")
@pytest.mark.rule("EA-56")
@pytest.mark.rule("EA-61")
def test_an_order_of_an_unmapped_company_waits_on_its_mapping() -> None:
    decided = plan(situation(companies={250: UNMAPPED}, sold=(), setup=setup(error_item=None)))
    (issue,) = decided.issues
    assert (issue.code, issue.category, decided.steps, decided.outcome) == (
        "CUSTOMER_NOT_MAPPED",
        "mapping",
        (),
        "issue",
    )
    assert issue.waits_on[0].ref == Ref("customer-company", "cw", "250")
    assert issue.message == (
        "Sales order 1700 of Acme Dental needs the company Acme Dental (ACME), which is not mapped yet "
        "(No customer carries its number)."
    )


@pytest.mark.rule("EA-56")
def test_so_does_one_whose_payer_or_receiver_is_not_mapped() -> None:
    payer = Reference(id=251, identifier="PAYER", name="Payer")
    companies = {250: customer_link(), 251: Found(Ref("customer-company", "cw", "251"))}
    for of in (order(bill_to=payer), order(ship_to=payer)):
        decided = plan(situation(of, companies=companies))
        assert (codes(decided), decided.steps) == (["CUSTOMER_NOT_MAPPED"], ())
        assert decided.issues[0].waits_on[0].ref.id == "251"


@pytest.mark.rule("EA-56")
@pytest.mark.rule("EA-61")
@pytest.mark.parametrize(
    ("item", "said"),
    [
        (None, "the error item ERR does not exist"),
        (Item("90", "ERR", "", "HW", ""), "the error item ERR has no inventory or expense code"),
        (Item("90", "ERR", "", "", "HW-INV"), "the error item ERR has no sales code"),
    ],
)
def test_without_a_good_error_item_no_order_goes_in_even_if_it_would_not_stand_on_it(
    item: Item | None, said: str
) -> None:
    decided = plan(situation(setup=setup(error_item=item)))
    (issue,) = decided.issues
    assert (issue.code, issue.blocks, decided.steps) == ("ERROR_ITEM_MISSING", True, ())
    assert said in issue.message


def test_where_the_generic_item_is_wanted_and_not_named_no_order_goes_in() -> None:
    decided = plan(situation(setup=setup(one_for_all=True, error_item=None)))
    assert (codes(decided), decided.steps) == (["GENERIC_ITEM_MISSING"], ())


@pytest.mark.rule("EA-61")
@pytest.mark.rule("EA-62")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on_hold_code": "ODD"}, "ODD (not there)"),
        ({"error_item_on_hold_code": "ODD"}, "ODD (not there)"),
        ({"on_hold_code": "old"}, "old (inactive)"),
        ({"on_hold_code": "ODD", "error_item_on_hold_code": "OLD"}, "ODD (not there), OLD (inactive)"),
    ],
)
def test_without_an_on_hold_code_of_the_settings_no_order_goes_in(given: dict[str, str], said: str) -> None:
    decided = plan(situation(wanted=settings(**given)))
    (issue,) = decided.issues
    assert (issue.code, decided.steps) == ("ON_HOLD_CODE_MISSING", ())
    assert said in issue.message


@pytest.mark.rule("EA-62")
def test_on_hold_codes_are_put_on_orders_as_set() -> None:
    both = settings(on_hold_code=" review ", error_item_on_hold_code="CW")
    assert fields(plan(situation(wanted=both)))["on_hold_code"] == "review"
    assert fields(plan(situation(order(), missing(), wanted=both)))["on_hold_code"] == "CW"
    one = settings(on_hold_code="REVIEW")
    assert fields(plan(situation(order(), missing(), wanted=one)))["on_hold_code"] == "REVIEW"
    only_errors = settings(error_item_on_hold_code="CW")
    assert "on_hold_code" not in fields(plan(situation(wanted=only_errors)))


def test_a_sales_rep_is_waited_for_only_where_that_is_set() -> None:
    member = Reference(id=9, identifier="JReed", name="Jordan Reed")
    rep = Found(Ref("member-sales-rep", "cw", "9"))
    of = order(sales_rep=member)
    assert "sales_rep_id" not in fields(plan(situation(of, sales_rep=rep)))
    decided = plan(situation(of, sales_rep=rep, wanted=settings(require_sales_rep=True)))
    (issue,) = decided.issues
    assert (issue.code, decided.steps, issue.waits_on[0].ref.id) == ("SALES_REP_NOT_MAPPED", (), "9")


@pytest.mark.rule("EA-55")
def test_all_that_keeps_an_order_out_is_told_at_once() -> None:
    decided = plan(
        situation(order(total=Decimal(1)), setup=setup(error_item=None), wanted=settings(on_hold_code="ODD"))
    )
    assert codes(decided) == ["ERROR_ITEM_MISSING", "ON_HOLD_CODE_MISSING", "TOTALS_DIFFER"]


def test_an_order_without_products_waits() -> None:
    cancelled = stocked(cancelled=True)
    less = stocked(id=2, quantity="2", quantity_cancelled="2")
    assert codes(plan(situation(order(total=Decimal(0)), cancelled, less))) == ["NO_PRODUCTS"]


# Money: to the cent, or not at all


def test_an_order_that_would_not_come_to_the_same_total_does_not_go_in() -> None:
    decided = plan(situation(order(total=Decimal("100.01"))))
    (issue,) = decided.issues
    assert (issue.code, issue.blocks, decided.steps) == ("TOTALS_DIFFER", True, ())
    assert "it comes to 100.01" in issue.message
    assert "would come to 100.00" in issue.message


def test_tax_is_part_of_the_total() -> None:
    decided = plan(situation(order(total=Decimal("107.50"), tax=Decimal("7.5"))))
    assert fields(decided)["tax"] == Decimal("7.50")
    assert codes(plan(situation(order(total=Decimal(100), tax=Decimal("7.5"))))) == ["TOTALS_DIFFER"]


def test_what_is_not_billed_costs_nothing_and_is_delivered_all_the_same() -> None:
    sold = (stocked(), stocked("FREE", id=2, how="NoCharge", amount="0"), stocked("GIFT", id=3, how="DoNotBill"))
    assert lines(plan(situation(order(), *sold))) == [
        ("SW-24", Decimal(1), Decimal(100)),
        ("FREE", Decimal(1), Decimal(0)),
        ("GIFT", Decimal(1), Decimal(0)),
    ]


def test_what_is_cancelled_is_left_out() -> None:
    sold = (
        stocked(quantity="3", quantity_cancelled="2", amount="100"),
        stocked("GONE", id=2, cancelled=True),
    )
    assert lines(plan(situation(order(), *sold))) == [("SW-24", Decimal(1), Decimal(100))]


def test_a_discount_on_a_line_is_in_its_price() -> None:
    decided = plan(situation(order(total=Decimal(90)), stocked(quantity="2", price="50", amount="90")))
    assert lines(decided) == [("SW-24", Decimal(2), Decimal("45.00"))]


def test_an_amount_that_no_price_comes_to_is_told() -> None:
    decided = plan(situation(order(total=Decimal(10)), stocked(quantity="3", price="4", amount="10")))
    assert (codes(decided), decided.steps) == (["TOTALS_DIFFER"], ())


def test_where_it_matters_how_eautomate_rounds_no_order_goes_in() -> None:
    """Three lines of 0.333: rounded each they come to 0.99, their sum to 1.00."""
    sold = [stocked(id=place, price="0.333", amount="0.33") for place in range(3)]
    decided = plan(situation(order(total=Decimal("0.99")), *sold))
    assert codes(decided) == ["TOTALS_DIFFER"]
    assert "0.99 (rounding each line) or 1.00" in decided.issues[0].message


def test_lines_come_in_connectwises_order() -> None:
    sold = (stocked("B", id=1, sequence="2", price="40"), stocked("A", id=2, sequence="1", price="60"))
    assert [item for item, _, _ in lines(plan(situation(order(), *sold)))] == ["A", "B"]


# An order that is found


def test_an_order_of_its_number_is_linked_and_not_made_again() -> None:
    for seen in (situation(state=INTENT, e_automate=made()), situation(e_automate=made())):
        decided = plan(seen)
        (link,) = decided.steps
        assert (link.verb, link.fields["partner"]) == ("link", "33")
        assert decided.again is not None


def test_so_is_one_that_was_begun_before_it_left_the_status_or_its_company_was_unlinked() -> None:
    unmapped = {250: Found(Ref("customer-company", "cw", "250"))}
    decided = plan(situation(order(status="Closed"), state=INTENT, e_automate=made(), companies=unmapped))
    assert [step.verb for step in decided.steps] == ["link"]


@pytest.mark.parametrize(
    ("given", "whose"),
    [
        ({"e_automate": made(customer_id="9999", customer_number="C9")}, "is customer C9's"),
        ({"e_automate": made(), "made_for": "sales order 1 of Other"}, "is linked to sales order 1 of Other"),
    ],
)
def test_a_number_that_is_somebody_elses_is_told(given: dict[str, Any], whose: str) -> None:
    decided = plan(situation(**given))
    (issue,) = decided.issues
    assert (issue.code, decided.steps) == ("NUMBER_TAKEN", ())
    assert whose in issue.message


# An order that is in


def test_an_order_that_is_in_is_left_as_it_is() -> None:
    decided = plan(situation(state=linked(), e_automate=made()))
    assert (decided.outcome, decided.steps, decided.issues, decided.again) == ("in_step", (), (), None)


def test_its_state_is_written_back_where_a_field_is_named() -> None:
    wanted = settings(state_field="EA Order")
    (step,) = plan(situation(state=linked(), e_automate=made(), wanted=wanted)).steps
    assert (step.system, step.kind, step.key) == ("connectwise_psa", "order", "1700")
    assert step.fields == {"custom_fields": {"EA Order": "CW1700 OPEN"}}
    assert step.before == {"custom_fields": {"EA Order": ""}}
    again = situation(order(state="CW1700 OPEN"), state=linked(), e_automate=made(), wanted=wanted)
    assert plan(again).steps == ()
    later = situation(order(state="CW1700 OPEN"), state=linked(), e_automate=made(status="INVOICED"), wanted=wanted)
    assert plan(later).steps[0].fields == {"custom_fields": {"EA Order": "CW1700 INVOICED"}}


def test_a_field_that_is_not_defined_is_a_warning() -> None:
    decided = plan(situation(state=linked(), e_automate=made(), wanted=settings(state_field="Elsewhere")))
    assert (codes(decided), decided.steps, decided.outcome) == (["CUSTOM_FIELD_MISSING"], (), "in_step")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"total": Decimal("150.00")}, "the total was 100.00 and is 150.00"),
        ({"po_number": "PO-8"}, "the PO number was blank and is PO-8"),
        ({"due": date(2026, 12, 1)}, "the due date was blank and is 2026-12-01"),
        ({"company": Reference(id=251, identifier="OTHER")}, "the company was ACME and is OTHER"),
        ({"product_ids": (1, 2)}, "the products were 1 and are 2"),
        ({"product_ids": (2,)}, "the products are others"),
    ],
)
def test_a_change_after_creation_is_told_and_not_carried(given: dict[str, Any], told: str) -> None:
    decided = plan(situation(order(**given), state=linked(), e_automate=made()))
    (warning,) = decided.issues
    assert (warning.code, warning.blocks, decided.steps) == ("CHANGED_AFTER_CREATION", False, ())
    assert told in warning.message


def test_a_status_that_moves_on_is_no_change_to_tell() -> None:
    assert plan(situation(order(status="Closed"), state=linked(), e_automate=made())).outcome == "in_step"


def test_of_a_closed_order_nothing_more_is_told() -> None:
    wrong = made(status="invoiced", lines=(OrderLine("ERR", Decimal(1), Decimal(1)),), total=Decimal(1))
    new = linked(due=INTENT.due)
    assert codes(plan(situation(order(po_number="PO-8"), state=new, e_automate=wrong))) == []


@pytest.mark.rule("EA-61")
def test_the_error_item_is_told_for_as_long_as_it_stands_on_the_order() -> None:
    wrong = made(lines=(OrderLine("err", Decimal(1), Decimal(100), "X-1: Switch", "no template"),))
    decided = plan(situation(state=linked(), e_automate=wrong))
    assert codes(decided) == ["ERROR_ITEM_USED"]
    assert "in place of: X-1: Switch (no template)" in decided.issues[0].message
    assert codes(plan(situation(state=linked(), e_automate=made()))) == []


@pytest.mark.parametrize("state", [linked(due=INTENT.due), linked(rules="")], ids=["read back", "never settled"])
def test_a_new_order_that_comes_out_at_another_total_is_told_until_it_agrees(state: Link) -> None:
    decided = plan(situation(state=state, e_automate=made(total=Decimal("107.50"))))
    (warning,) = decided.issues
    assert (warning.code, warning.blocks, decided.again) == ("TOTALS_DIFFER", False, timedelta(days=1))
    agreed = plan(situation(state=state, e_automate=made(total=Decimal("100.004"))))
    assert (agreed.issues, agreed.again) == ((), None)


def test_a_total_that_eautomates_people_changed_later_is_theirs() -> None:
    assert codes(plan(situation(state=linked(), e_automate=made(total=Decimal(50))))) == []


def test_an_order_that_eautomate_does_not_know_any_more_is_told() -> None:
    decided = plan(situation(state=linked()))
    assert (codes(decided), decided.steps, decided.outcome) == (["ORDER_GONE"], (), "issue")


def test_an_order_that_connectwise_does_not_know_any_more_is_told() -> None:
    home = order_ref(1700)
    seen = OrderSituation(home=home, name=Name("sales order 1700"), pairs=(Pair(home, linked()),), settings=settings())
    decided = decide(seen)
    assert (codes(decided), decided.outcome) == (["ORDER_GONE"], "in_step")


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_what_is_no_order_of_ours_is_left_alone(side: Any) -> None:
    home = Ref("order-order", side, "5")
    seen = OrderSituation(home=home, name=Name("order 5"), pairs=(Pair(home),), settings=settings())
    assert decide(seen).outcome == "skipped"
