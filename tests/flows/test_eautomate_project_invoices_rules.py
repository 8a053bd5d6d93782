"""Which project invoices become a call, and what the call is given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.partners.eautomate import AGREEMENTS, CONTRACT, SERVICE_CALLS
from shared.partners.eautomate_calls import Cover
from shared.sync.needed import Found
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa.projects import Phase
from shared.systems.eautomate import Item, Material
from tests.flows.project_invoices import (
    EXPENSES,
    FEE,
    PRODUCTS,
    call,
    codes,
    customer,
    entry,
    gone,
    invoice,
    plan_of,
    project,
    situation,
    technicians,
    written,
)

RATES = project("ActualRates")


# What a call is given


@pytest.mark.rule("EA-52")
def test_a_fixed_fee_becomes_one_non_inventory_part() -> None:
    plan = plan_of(situation(invoice("4500.50")))
    assert codes(plan) == []
    fields = written(plan)
    assert fields["materials"] == ({"item": FEE, "quantity": Decimal("4500.50")},)
    assert "labors" not in fields, "its time is in the fee"
    assert [step.verb for step in plan.steps] == ["create", "link"]
    assert (plan.steps[1].kind, plan.steps[1].fields["cw"]) == ("project-invoice-call", "3201")


def test_a_call_has_its_customer_and_the_invoices_number_at_its_head() -> None:
    fields = written(plan_of(situation(invoice(po_number="PO-7"), set_to={"call_type": "PROJ", "call_status": "O"})))
    assert fields["customer_id"] == "5100"
    assert fields["description"] == "30017 Office move"
    assert (fields["po_number"], fields["call_type"], fields["status"]) == ("PO-7", "PROJ", "O")
    assert "bill_code" not in fields, "none is set"


def test_a_purchase_order_number_that_is_too_long_is_left_out_rather_than_cut() -> None:
    assert "po_number" not in written(plan_of(situation(invoice(po_number="1234567890123456"))))
    of = project(po_number="FROM-PROJECT")
    assert written(plan_of(situation(of=of)))["po_number"] == "FROM-PROJECT"


def test_at_actual_rates_each_time_entry_is_one_labour_line() -> None:
    entries = (entry(), entry(15002, "1.25", "110", notes="Cabling"), entry(15003, "0.5", how="NoCharge"))
    plan = plan_of(situation(invoice("437.50"), RATES, entries=entries))
    assert codes(plan) == []
    lines = written(plan)["labors"]
    assert [(line["hours"], line["charge"]) for line in lines] == [
        (Decimal(2), Decimal("300.00")),
        (Decimal("1.25"), Decimal("137.50")),
        (Decimal("0.5"), Decimal("0.00")),
    ]
    assert lines[1]["remarks"] == "CW time entry 15002"
    assert lines[1]["notes"] == "Cabling"
    assert {line["technician_id"] for line in lines} == {"31"}
    assert lines[0]["departure"].isoformat() == "2026-10-05T15:00:00+00:00"
    assert "materials" not in written(plan)


def test_time_that_is_not_billed_at_all_is_no_line() -> None:
    plan = plan_of(situation(invoice("300"), RATES, entries=(entry(), entry(15002, how="DoNotBill"))))
    assert [line["remarks"] for line in written(plan)["labors"]] == ["CW time entry 15001"]


@pytest.mark.parametrize("method", ["NotToExceed", "OverrideRate"])
def test_every_method_but_the_fixed_fee_is_billed_by_its_time(method: str) -> None:
    assert written(plan_of(situation(invoice("300"), project(method), entries=(entry(),))))["labors"]


def test_expenses_and_products_are_parts_of_their_own() -> None:
    what = invoice("4750.25", expenses="50.25", products="200")
    assert written(plan_of(situation(what)))["materials"] == (
        {"item": FEE, "quantity": Decimal("4500.00")},
        {"item": EXPENSES, "quantity": Decimal("50.25")},
        {"item": PRODUCTS, "quantity": Decimal("200.00")},
    )


def test_one_item_may_carry_them_all_and_tax_is_e_automates_own() -> None:
    what = invoice("4815", expenses="100", products="200", tax="315")
    plan = plan_of(situation(what, set_to={"expense_item": FEE, "product_item": FEE}))
    assert written(plan)["materials"] == ({"item": FEE, "quantity": Decimal("4500.00")},)


# By phase and at completion


@pytest.mark.rule("EA-54")
def test_a_phase_that_is_billed_separately_is_billed_its_own_way() -> None:
    phase = Phase(id=5, name="Cabling", separate=True, method="ActualRates")
    plan = plan_of(situation(invoice("300"), phase=phase, entries=(entry(),)))
    assert written(plan)["description"] == "30017 Office move: Cabling"
    assert len(written(plan)["labors"]) == 1


@pytest.mark.rule("EA-54")
def test_a_phase_that_is_not_billed_separately_is_billed_as_its_project() -> None:
    phase = Phase(id=5, name="Cabling", separate=False, method="ActualRates")
    assert written(plan_of(situation(phase=phase)))["materials"] == ({"item": FEE, "quantity": Decimal("4500.00")},)


@pytest.mark.rule("EA-54")
@pytest.mark.parametrize("kind", ["Standard", "Progress", "Miscellaneous"])
def test_progress_on_the_way_and_the_rest_at_completion_both_become_calls(kind: str) -> None:
    assert written(plan_of(situation(invoice("1500", type=kind))))["materials"][0]["quantity"] == Decimal(1500)


# Left alone


@pytest.mark.rule("EA-53")
def test_a_down_payment_is_skipped_and_the_reason_says_what_to_do() -> None:
    plan = plan_of(situation(invoice(type="DownPayment")))
    assert (plan.outcome, plan.steps, plan.issues) == ("skipped", (), ())
    assert plan.reason == "Down-payment invoices are not synced; make it by hand in e-automate."


@pytest.mark.rule("EA-53")
def test_a_down_payment_that_was_taken_off_is_off_the_fee() -> None:
    what = invoice("3500", down_payment="1000", time="4500")
    assert written(plan_of(situation(what)))["materials"][0]["quantity"] == Decimal("3500.00")


@pytest.mark.parametrize("kind", ["CreditMemo", "Consolidated", ""])
def test_what_gives_money_back_or_gathers_other_invoices_is_skipped(kind: str) -> None:
    plan = plan_of(situation(invoice(type=kind)))
    assert plan.outcome == "skipped"
    assert kind in plan.reason


@pytest.mark.rule("EA-59")
@pytest.mark.parametrize(
    ("others", "says"), [((AGREEMENTS,), "eautomate_agreements bills it"), ((), "eautomate_agreements would bill it")]
)
def test_an_agreement_invoice_is_the_agreement_flows(others: tuple[str, ...], says: str) -> None:
    plan = plan_of(situation(invoice(type="Agreement"), others=others))
    assert plan.outcome == "skipped"
    assert says in plan.reason


@pytest.mark.rule("EA-59")
@pytest.mark.parametrize(
    ("others", "says"),
    [((SERVICE_CALLS,), "eautomate_service_calls bills it"), ((), "eautomate_service_calls would bill it")],
)
def test_an_invoice_of_no_project_is_the_service_flows(others: tuple[str, ...], says: str) -> None:
    plan = plan_of(situation(invoice(), project=None, others=others))
    assert plan.outcome == "skipped"
    assert says in plan.reason


@pytest.mark.rule("EA-59")
def test_what_the_service_flow_made_a_call_of_before_stays_that_call() -> None:
    plan = plan_of(situation(billed_as="call SC7"))
    assert plan.outcome == "skipped"
    assert plan.reason == "eautomate_service_calls has made call SC7 of it."


@pytest.mark.parametrize(
    ("status", "given", "skipped"),
    [
        ({"name": " ready "}, {}, False),
        ({"name": "New"}, {}, True),
        ({"name": ""}, {}, True),
        ({"name": "New"}, {"statuses": []}, False),
        ({"name": "Sent", "closed": True}, {"statuses": []}, True),
        ({"name": "Ready"}, {"first_day": date(2026, 11, 1)}, True),
        ({"name": "Ready"}, {"first_day": date(2026, 10, 31)}, False),
    ],
)
def test_only_invoices_of_the_statuses_and_days_that_are_set_are_taken(
    status: dict[str, Any], given: dict[str, Any], skipped: bool
) -> None:
    plan = plan_of(situation(invoice(status=status, date="2026-10-31"), set_to=given))
    assert (plan.outcome == "skipped") is skipped, plan.reason


def test_filters_look_at_the_project() -> None:
    facts = {"project_type": "Migration", "project_status": "Open", "billing_method": "FixedFee"}
    wanted = {"set_to": {"filters": {"project_type": ["Implementation"]}}}
    assert plan_of(situation(facts=facts, **wanted)).outcome == "skipped"
    assert plan_of(situation(facts={**facts, "project_type": "implementation"}, **wanted)).outcome == "applied"


def test_an_invoice_that_bills_nothing_is_skipped() -> None:
    plan = plan_of(situation(invoice("0"), RATES))
    assert (plan.outcome, plan.reason) == ("skipped", "It bills nothing.")


# What it waits for


@pytest.mark.rule("EA-04")
def test_all_that_is_not_mapped_is_said_at_once() -> None:
    plan = plan_of(
        situation(
            invoice("300"), RATES, entries=(entry(),), customer=customer(""), technicians=technicians(mapped=False)
        )
    )
    assert codes(plan) == ["CUSTOMER_NOT_MAPPED", "TECHNICIAN_NOT_MAPPED"]
    assert plan.steps == ()
    waits = [awaited.ref for issue in plan.issues for awaited in issue.waits_on]
    assert waits == [Ref("customer-company", "cw", "250"), Ref("member-technician", "cw", "146")]
    assert "company Acme Dental" in plan.issues[0].message
    assert "member Jordan Reed" in plan.issues[1].message


def test_a_fixed_fee_needs_no_technician() -> None:
    assert plan_of(situation(entries=(entry(),), technicians=technicians(mapped=False))).outcome == "applied"


@pytest.mark.rule("EA-06")
def test_a_covered_call_waits_for_the_contract_of_its_agreement() -> None:
    found = Found(Ref(CONTRACT.kind, "cw", "301"))
    waiting = situation(cover=Cover(waits=found), agreement=Name("agreement Gold"))
    assert codes(plan_of(waiting)) == ["CONTRACT_NOT_MAPPED"]
    assert written(plan_of(situation(cover=Cover("77"))))["contract_id"] == "77"


@pytest.mark.rule("EA-06")
@pytest.mark.parametrize(
    ("covered", "contract", "told"),
    [
        (Cover("77"), "77", []),
        (Cover(unsure=True), None, ["NO_CONTRACT"]),
        (Cover(unsure=True, candidates=("77", "78")), None, ["NO_CONTRACT"]),
    ],
)
def test_without_the_agreement_flow_the_contract_never_blocks(
    covered: Cover, contract: str | None, told: list[str]
) -> None:
    plan = plan_of(situation(cover=covered, agreement=Name("agreement Gold")))
    assert written(plan).get("contract_id") == contract
    assert (codes(plan), plan.outcome) == (told, "applied")


# Adding up


def test_totals_that_differ_by_a_cent_are_told_with_both_values() -> None:
    plan = plan_of(situation(invoice("300.01"), RATES, entries=(entry(),)))
    assert (codes(plan), plan.steps) == (["TOTALS_DIFFER"], ())
    assert "says 300.01 before tax, but its call would come to 300.00" in plan.issues[0].message


@pytest.mark.parametrize(("given", "named"), [
    ({"fee_item": ""}, ["fee_item"]),
    ({"expense_item": "", "product_item": ""}, ["expense_item", "product_item"]),
])  # fmt: skip
def test_an_amount_that_no_item_carries_is_told_with_the_setting(given: dict[str, str], named: list[str]) -> None:
    plan = plan_of(situation(invoice("4750", expenses="50", products="200"), set_to=given))
    assert codes(plan) == ["TOTALS_DIFFER"]
    assert all(f"flows.eautomate_project_invoices.{name}" in plan.issues[0].fix for name in named)


def test_time_of_nobody_makes_hours_and_total_differ() -> None:
    plan = plan_of(situation(invoice("600"), RATES, entries=(entry(), entry(15002, member=None))))
    assert (codes(plan), plan.steps) == (["TOTALS_DIFFER", "HOURS_DIFFER"], ())
    assert "bills 4.00 hours" in plan.issues[1].message
    assert "come to 2.00" in plan.issues[1].message


def test_time_of_nobody_that_is_free_makes_the_hours_alone_differ() -> None:
    free = entry(15002, member=None, how="NoCharge")
    assert codes(plan_of(situation(invoice("300"), RATES, entries=(entry(), free)))) == ["HOURS_DIFFER"]


def test_what_connectwise_says_that_an_entry_bills_counts_more_than_hours_times_rate() -> None:
    plan = plan_of(situation(invoice("250"), RATES, entries=(entry(said_amount="250"),)))
    assert written(plan)["labors"][0]["charge"] == Decimal("250.00")


def test_money_that_goes_back_is_never_a_part() -> None:
    assert codes(plan_of(situation(invoice("-100")))) == ["TOTALS_DIFFER"]


@pytest.mark.rule("EA-52")
@pytest.mark.parametrize(("item", "why"), [
    (None, "does not have"),
    (Item("1", FEE, active=False, inventory=False), "inactive"),
    (Item("1", FEE, inventory=True), "inventory item"),
    (Item("1", FEE, inventory=False, price=Decimal("99.5")), "99.5 in place of 1.00"),
])  # fmt: skip
def test_an_item_that_cannot_carry_an_amount_stops_the_call(item: Item | None, why: str) -> None:
    plan = plan_of(situation(items={FEE: item}))
    assert (codes(plan), plan.steps) == (["ITEM_UNFIT"], ())
    assert why in plan.issues[0].message


def test_an_item_of_which_e_automate_says_little_is_taken() -> None:
    assert plan_of(situation(items={FEE: Item("1", FEE)})).outcome == "applied"


# Once, and never twice


@pytest.mark.rule("EA-59")
def test_time_that_a_call_has_already_is_never_given_again() -> None:
    both = (entry(), entry(15002))
    plan = plan_of(situation(invoice("600"), RATES, entries=both, given={"15002": "call SC7 of invoice 30011"}))
    assert (codes(plan), plan.steps) == (["ENTRY_ALREADY_GIVEN"], ())
    assert "time entry 15002 of 2026-10-05 (Jordan Reed) by call SC7 of invoice 30011" in plan.issues[0].message
    assert "15001" not in plan.issues[0].message


def test_the_call_of_an_earlier_try_is_linked_whatever_became_of_the_invoice() -> None:
    for what in (invoice(), invoice(status={"name": "New"})):
        plan = plan_of(situation(what, found=(call(),)))
        assert [(step.verb, step.fields["partner"]) for step in plan.steps] == [("link", "900")]


def test_two_calls_of_that_number_are_for_a_person() -> None:
    plan = plan_of(situation(found=(call(), call(id="901", number="SC2"))))
    assert (codes(plan), plan.steps) == (["AMBIGUOUS_MATCH"], ())
    assert "call SC1 (ID 900), call SC2 (ID 901)" in plan.issues[0].message


def test_an_invoice_and_its_call_that_agree_are_in_step() -> None:
    assert plan_of(situation(link=True, call=call(fee="4500"))).outcome == "in_step"
    by_time = situation(invoice("300"), RATES, link=True, entries=(entry(),), call=call(hours=[("2", "300")]))
    assert plan_of(by_time).outcome == "in_step"


@pytest.mark.rule("EA-54")
def test_what_changes_after_the_call_is_told_with_both_values_and_nothing_is_written() -> None:
    more = (entry(), entry(15002, "1", "150"))
    plan = plan_of(situation(invoice("450"), RATES, link=True, entries=more, call=call(hours=[("2", "300")])))
    assert (codes(plan), plan.steps) == (["INVOICE_CHANGED_AFTER_CALL"], ())
    assert "says 450.00 before tax and 3.00 hours, the call 2.00 hours" in plan.issues[0].message
    assert "comes to 300.00" in plan.issues[0].message


def test_parts_that_people_add_to_a_call_are_none_of_ours() -> None:
    toner = call(materials=(Material(FEE.lower(), Decimal(4500)), Material("TONER", Decimal(2))))
    assert plan_of(situation(link=True, call=toner)).outcome == "in_step"


def test_a_company_that_changes_after_the_call_never_makes_a_second_one() -> None:
    plan = plan_of(situation(link=True, call=call(fee="4500", customer_id="5999", customer_number="C999")))
    assert (codes(plan), plan.steps) == (["COMPANY_CHANGED_AFTER_CALL"], ())
    assert "is Acme Dental's now" in plan.issues[0].message
    assert "customer C999" in plan.issues[0].message


def test_a_call_or_an_invoice_that_is_gone_is_for_a_person() -> None:
    assert codes(plan_of(situation(link=True))) == ["CALL_GONE"]
    assert codes(plan_of(gone(link=True))) == ["INVOICE_GONE"]
    assert plan_of(gone(link=False)).outcome == "skipped"
