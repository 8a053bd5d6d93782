"""The rules of service calls: a situation in, a plan out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from functions.eautomate_service_calls.situations import CallSituation, Work, time_ref
from shared.partners.eautomate import AGREEMENTS, PROJECT_INVOICES, SALES_ORDERS
from shared.partners.eautomate_calls import Cover, mark
from shared.sync.link import Intent, Link
from shared.sync.needed import Found
from shared.sync.plan import Step
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Ticket, TicketProduct, WorkInvoice
from shared.systems.eautomate import Call, Item, Labor
from tests.flows.billing import customer
from tests.flows.call_situations import (
    NOW,
    call,
    codes,
    entry,
    invoice,
    line,
    linked,
    plan_of,
    settings,
    situation,
    steps,
    ticket,
    work,
    written,
)
from tests.flows.service_calls import READY

# A new call


@pytest.mark.rule("EA-42")
def test_a_new_call_says_what_the_ticket_says_its_number_first() -> None:
    plan = plan_of(situation(call_type="71", bill_codes=frozenset({"72"})))
    fields = written(plan)
    assert fields.pop("labors") == (
        {
            "technician_id": "31", "arrival": datetime(2026, 10, 30, 13, tzinfo=UTC),
            "departure": datetime(2026, 10, 30, 15, tzinfo=UTC), "hours": Decimal(2), "rate": Decimal(110),
            "charge": Decimal("220.00"), "remarks": "CW time entry 15001",
        },
    )  # fmt: skip
    assert fields == {
        "customer_id": "5100", "description": "12345 Printer jams", "caller": "Ann", "status": "O",
        "technician_id": "31", "opened": datetime(2026, 10, 29, 12, tzinfo=UTC),
        "call_type_id": "71", "bill_code_id": "72", "materials": (),
    }  # fmt: skip
    assert steps(plan) == ["call", "link", "time-15001"]
    assert plan.link_after(plan.steps[0]) == plan.steps[1]


def test_codes_equipment_and_hold_come_from_the_settings_where_nothing_is_linked() -> None:
    set_to = {"call_type": "SC", "bill_code": "TM", "equipment": "E1", "hold_code": "PARTS", "call_status": ""}
    fields = written(plan_of(situation(set_to=set_to)))
    assert {name: fields.get(name) for name in set_to if name != "call_status"} == {
        "call_type": "SC", "bill_code": "TM", "equipment": "E1", "hold_code": "PARTS",
    }  # fmt: skip
    assert "status" not in fields


def test_several_bill_codes_are_one_of_the_settings_or_a_warning() -> None:
    both = frozenset({"72", "73"})
    assert written(plan_of(situation(bill_codes=both, set_to={"bill_code": "TM"})))["bill_code"] == "TM"
    plan = plan_of(situation(bill_codes=both))
    assert (codes(plan), plan.outcome) == (["BILL_CODE_UNSURE"], "applied")
    assert "bill_code" not in written(plan)


def test_by_bill_code_a_line_has_hours_only_but_says_that_nothing_is_billed() -> None:
    works = [work(), work(entry(15002, how="NoCharge"))]
    lines = written(plan_of(situation(ticket("4"), works, set_to={"billing": "bill_code"})))["labors"]
    assert [(each.get("rate"), each.get("charge"), each["hours"]) for each in lines] == [
        (None, None, Decimal(2)),
        (Decimal(110), Decimal(0), Decimal(2)),
    ]


@pytest.mark.rule("EA-06")
def test_under_an_agreement_a_tickets_lines_have_hours_only_an_invoices_what_it_bills() -> None:
    fields = written(plan_of(situation(cover=Cover("73"))))
    assert fields["contract_id"] == "73"
    assert [(each.get("charge"), each["hours"]) for each in fields["labors"]] == [(None, Decimal(2))]
    fields = written(plan_of(situation(invoice(), cover=Cover("73"))))
    assert [each["charge"] for each in fields["labors"]] == [Decimal("220.00")]


def test_a_po_number_that_is_too_long_stands_in_the_notes_uncut() -> None:
    fields = written(plan_of(situation(ticket(po_number="PO-2026-000-12345"))))
    assert (fields.get("po_number"), fields["notes"]) == (None, "PO PO-2026-000-12345")
    assert written(plan_of(situation(ticket(po_number="PO-7"))))["po_number"] == "PO-7"


def test_products_become_materials_by_their_numbers_and_must_be_there() -> None:
    product = TicketProduct.model_validate({"id": 1, "item": "TONER", "quantity": "3", "cancelled_quantity": "1"})
    there: dict[str, Item | None] = {"TONER": Item("1", "TONER")}
    parts = written(plan_of(situation(products=(product,), items=there)))["materials"]
    assert parts == ({"item": "TONER", "quantity": Decimal(2)},)
    for item, why in ((None, "does not have"), (Item("1", "TONER", active=False), "inactive")):
        (issue,) = plan_of(situation(products=(product,), items={"TONER": item})).issues
        assert issue.code == "ITEM_UNFIT"
        assert why in issue.message


# What adds up


def test_hours_that_do_not_add_up_make_no_call_and_both_are_told() -> None:
    plan = plan_of(situation(ticket("3.5")))
    assert (codes(plan), plan.steps) == (["HOURS_DIFFER"], ())
    assert "3.50" in plan.issues[0].message
    assert "2.00" in plan.issues[0].message
    assert plan_of(situation(ticket("2.004"))).outcome == "applied"


@pytest.mark.parametrize(("total", "tax", "fine"), [("220.00", "0", True), ("220.01", "0", False), ("235", "15", True)])
def test_an_invoice_is_billed_to_the_cent_or_not_at_all(total: str, tax: str, fine: bool) -> None:
    plan = plan_of(situation(invoice(total, tax=tax)))
    assert codes(plan) == ([] if fine else ["TOTALS_DIFFER"])
    if fine:
        assert written(plan)["description"] == "30017 ticket 12345"
    else:
        assert "220.01" in plan.issues[0].message
        assert "220.00" in plan.issues[0].message


def test_an_invoices_products_and_expenses_are_carried_by_items_at_one_each() -> None:
    what = invoice("301.25", products="61.25", expenses="20")
    plan = plan_of(situation(what))
    assert codes(plan) == ["TOTALS_DIFFER"]
    assert "flows.eautomate_service_calls.expense_item" in plan.issues[0].fix
    items: dict[str, Item | None] = {name: Item("1", name, price=Decimal(1)) for name in ("PARTS", "EXP")}
    set_to = {"product_item": "PARTS", "expense_item": "EXP"}
    plan = plan_of(situation(what, items=items, set_to=set_to))
    assert codes(plan) == []
    assert written(plan)["materials"] == (
        {"item": "PARTS", "quantity": Decimal("61.25")},
        {"item": "EXP", "quantity": Decimal(20)},
    )
    items["EXP"] = Item("1", "EXP", price=Decimal(2))
    (issue,) = plan_of(situation(what, items=items, set_to=set_to)).issues
    assert "2 in place of 1.00" in issue.message


def test_an_invoices_products_by_their_own_numbers_cost_what_e_automate_says() -> None:
    product = TicketProduct.model_validate({"id": 1, "item": "TONER", "quantity": "2", "amount": "91"})
    what = invoice("311", products="91")
    for price, fine in ((Decimal("45.5"), True), (Decimal(46), False), (None, False)):
        items: dict[str, Item | None] = {"TONER": Item("1", "TONER", price=price)}
        plan = plan_of(situation(what, products=(product,), items=items))
        assert codes(plan) == ([] if fine else ["TOTALS_DIFFER"])


# Left alone


@pytest.mark.rule("EA-43")
@pytest.mark.rule("EA-50")
def test_only_a_status_of_the_settings_counts_case_aside() -> None:
    plan = plan_of(situation(ticket(status={"id": 6, "name": "Closed"})))
    assert (plan.skipped, plan.reason) == (True, f"Its status is Closed; the settings take {READY}.")
    assert plan_of(situation(ticket(status={"id": 5, "name": "ready to invoice "}))).outcome == "applied"
    assert "ticket_statuses is empty" in plan_of(situation(set_to={"ticket_statuses": []})).reason
    plan = plan_of(situation(invoice(status={"id": 1, "name": "New"})))
    assert plan.reason == "Its status is New; the settings take Ready."


@pytest.mark.rule("EA-51")
def test_without_time_it_is_skipped_and_no_issue() -> None:
    plan = plan_of(situation(ticket("0"), []))
    assert (plan.outcome, plan.reason, plan.issues) == ("skipped", "It has no time entry.", ())


@pytest.mark.rule("EA-59")
@pytest.mark.parametrize(
    ("of", "others", "reason"),
    [
        (ticket(record_type="ProjectTicket"), {PROJECT_INVOICES}, "It is a project's ticket: {0} bills it."),
        (invoice(project={"id": 1}), {PROJECT_INVOICES}, "It is a project's invoice: {0} bills it."),
        (invoice(type="Agreement"), {AGREEMENTS}, "It is an agreement's invoice: {0} bills it."),
        (
            invoice(type="Agreement"),
            set(),
            f"It is an agreement's invoice: {AGREEMENTS} would bill it, but is not in use.",
        ),
        (invoice(order={"id": 1}), {SALES_ORDERS}, "It is a sales order's invoice: {0} bills it."),
        (
            invoice(type="DownPayment"),
            set(),
            "An invoice of the type DownPayment is not synced; make it by hand in e-automate.",
        ),
        (ticket(merged_into={"id": 12}), set(), "It was merged into ticket 12."),
    ],
)  # fmt: skip
def test_what_is_another_flows_names_the_owner(of: Ticket | WorkInvoice, others: set[str], reason: str) -> None:
    plan = plan_of(situation(of, others=frozenset(others)))
    assert (plan.outcome, plan.reason) == ("skipped", reason.format(*others))


def test_what_was_worked_before_the_first_day_is_left_alone() -> None:
    plan = plan_of(situation(set_to={"first_day": "2026-10-31"}))
    assert plan.reason == "Its last time entry is of 2026-10-30; the settings begin with 2026-10-31."
    assert plan_of(situation(set_to={"first_day": "2026-10-30"})).outcome == "applied"


def test_filters_ask_for_board_and_type() -> None:
    plan = plan_of(situation(set_to={"filters": {"board": ["Field Service"]}}))
    assert plan.reason == "Its board is 'Help Desk'; the filter admits Field Service."


@pytest.mark.parametrize(
    "wrong",
    [
        {"filters": {"colour": ["red"]}},
        {"exclude_fields": ["description"]},
        {"mode": "invoice", "filters": {"board": ["Help Desk"]}},
        {"late_time": "sometimes"},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


# What it waits for


@pytest.mark.rule("EA-39")
@pytest.mark.rule("EA-38")
def test_everything_that_is_not_mapped_is_told_at_once_and_waited_for() -> None:
    works = [work(partner=""), work(entry(15002, member={"id": 147, "name": "Ann Doe"}), partner="")]
    waits = Found(Ref("agreement-contract", "cw", "301"))
    what = ticket("4", agreement={"id": 301, "name": "Managed"})
    plan = plan_of(situation(what, works, customer=customer(""), cover=Cover(waits=waits)))
    assert (codes(plan), plan.steps) == (["CUSTOMER_NOT_MAPPED", "TECHNICIAN_NOT_MAPPED", "CONTRACT_NOT_MAPPED"], ())
    assert {issue.category for issue in plan.issues} == {"mapping"}
    assert [awaited.ref.id for issue in plan.issues for awaited in issue.waits_on] == ["250", "146", "147", "301"]
    assert "Jordan Reed, Ann Doe" in plan.issues[1].message


def test_time_of_nobody_and_a_ticket_of_no_company_are_told() -> None:
    plan = plan_of(situation(ticket(company=None), [work(entry(member=None))], customer=None))
    assert codes(plan) == ["NO_COMPANY", "TECHNICIAN_NOT_MAPPED"]
    assert plan.issues[1].waits_on == ()


@pytest.mark.rule("EA-06")
def test_a_call_whose_contract_is_unsure_goes_in_with_a_warning_that_stays_until_it_has_one() -> None:
    unsure = Cover(unsure=True, candidates=("1", "2"))
    plan = plan_of(situation(cover=unsure))
    assert (codes(plan), plan.outcome) == (["NO_CONTRACT"], "applied")
    assert "2 active contracts" in plan.issues[0].message
    made = [work(given={})]
    after = situation(works=made, state=linked(), call=call(line()), cover=unsure)
    assert codes(plan_of(after)) == ["NO_CONTRACT"]
    after = situation(works=made, state=linked(), call=call(line(), contract_id="1"), cover=unsure)
    assert codes(plan_of(after)) == []
    after = situation(works=made, state=linked(), call=call(line(), status="I"), cover=unsure)
    assert codes(plan_of(after)) == []


# A call that is there


@pytest.mark.rule("EA-07")
def test_a_transferred_call_gets_the_time_and_comes_off_hold() -> None:
    moved = call(description="Screen is dark", hold_code="CW", labors=(Labor("40", "DOE", hours=Decimal(1)),))
    plan = plan_of(situation(call=moved, transferred=True, cover=Cover("73")))
    assert steps(plan) == ["call", "link", "time-15001"]
    assert (plan.steps[0].verb, plan.steps[0].key) == ("update", "900")
    fields = written(plan)
    assert (fields["hold_code"], fields["status"], fields["contract_id"]) == ("", "O", "73")
    assert len(fields["labors"]) == 1


def test_a_transferred_call_that_is_gone_or_invoiced_makes_no_second_one() -> None:
    assert codes(plan_of(situation(transferred=True))) == ["CALL_GONE"]
    plan = plan_of(situation(call=call(status="I"), transferred=True))
    assert (codes(plan), plan.steps) == (["CALL_INVOICED"], ())


def test_a_call_that_has_all_lines_is_only_linked() -> None:
    plan = plan_of(situation(candidates=(call(line()),)))
    assert steps(plan) == ["link", "time-15001"]
    assert plan.issues == ()


def test_of_several_calls_the_one_with_our_lines_is_ours() -> None:
    plan = plan_of(situation(candidates=(call(id="901"), call(line()))))
    assert plan.steps[0].fields["partner"] == "900"
    assert codes(plan_of(situation(candidates=(call(id="901"), call())))) == ["AMBIGUOUS_MATCH"]


def test_a_try_that_was_cut_short_is_finished_even_if_the_ticket_was_reopened() -> None:
    intent = Intent(Ref("ticket-call", "cw", "12345"), "token", NOW, NOW)
    reopened = ticket(status={"id": 2, "name": "In Progress"})
    plan = plan_of(situation(reopened, state=intent, candidates=(call(line()),)))
    assert steps(plan) == ["link", "time-15001"]
    assert plan_of(situation(reopened, state=intent)).skipped


def test_a_line_written_before_the_entry_was_changed_is_told_with_both_values() -> None:
    plan = plan_of(situation(candidates=(call(line(hours="1", charge="110")),)))
    assert codes(plan) == ["TIME_CHANGED_AFTER_CALL"]
    linking = next(step for step in plan.steps if step.id == "time-15001")
    assert linking.fields["agreed"]["hours"] == Decimal(1)
    other = Labor("40", "DOE", hours=Decimal(2), charge=Decimal(220), remarks=mark("15001"))
    (issue,) = plan_of(situation(candidates=(call(other),))).issues
    assert "2.00 hours of DOE" in issue.message


# After the call


def after(*works: Work, of: Call | None = None, **given: Any) -> CallSituation:
    """A ticket whose call has its time."""
    of = of or call(line())
    return situation(given.pop("ticket", ticket()), works or (work(given={}),), state=linked(), call=of, **given)


def test_what_is_in_step_plans_nothing() -> None:
    plan = plan_of(after())
    assert (plan.outcome, plan.reason) == ("in_step", "It is call SC1.")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"billed_hours": "3"}, "3.00 hours of Jordan Reed for 330.00"),
        ({"rate": "120"}, "2.00 hours of Jordan Reed for 240.00"),
        ({"how": "NoCharge"}, "2.00 hours of Jordan Reed for 0.00"),
        ({"member": {"id": 147, "name": "Ann Doe"}}, "2.00 hours of Ann Doe for 220.00"),
    ],
)
def test_time_changed_after_the_call_is_told_with_both_values(changed: dict[str, Any], told: str) -> None:
    who = "32" if "member" in changed else "31"
    (issue,) = plan_of(after(work(entry(**changed), given={}, partner=who))).issues
    assert (issue.code, issue.record) == ("TIME_CHANGED_AFTER_CALL", time_ref("15001"))
    assert "2.00 hours of Jordan Reed for 220.00" in issue.message
    assert told in issue.message


def test_time_that_was_corrected_in_e_automate_too_is_in_step() -> None:
    changed = work(entry(billed_hours="3"), given={})
    assert codes(plan_of(after(changed))) == ["TIME_CHANGED_AFTER_CALL"]
    assert codes(plan_of(after(changed, of=call(line(hours="3", charge="330"))))) == []
    assert codes(plan_of(after(changed, of=call(line(hours="3"))))) == ["TIME_CHANGED_AFTER_CALL"]


def test_an_adjusted_line_alone_is_nobodys_business() -> None:
    assert codes(plan_of(after(of=call(line(hours="1.5", charge="150"))))) == []


def test_time_that_another_tickets_call_has_is_never_billed_here() -> None:
    moved = work(given={"home": "11111", "name": "ticket 11111 Fan"})
    plan = plan_of(situation(works=[moved, work(entry(15002))], state=None))
    assert codes(plan) == ["HOURS_DIFFER", "TIME_MOVED_AFTER_CALL"]
    plan = plan_of(situation(ticket("4"), [moved, work(entry(15002))]))
    assert codes(plan) == ["TIME_MOVED_AFTER_CALL"]
    assert [each["remarks"] for each in written(plan)["labors"]] == [mark("15002")]
    assert "ticket 11111 Fan" in plan.issues[0].message
    assert plan_of(situation(works=[moved])).steps == ()


def test_late_time_waits_for_its_technician_and_says_so() -> None:
    late = work(entry(15002), partner="")
    plan = plan_of(after(work(given={}), late))
    assert (codes(plan), plan.steps) == (["TECHNICIAN_NOT_MAPPED"], ())


def test_late_time_is_one_call_under_its_first_entry() -> None:
    plan = plan_of(after(work(given={}), work(entry(15002)), work(entry(15003))))
    assert steps(plan) == ["late", "time-15002", "time-15003"]
    assert plan.steps[0].record == time_ref("15002")
    assert written(plan)["description"] == "12345 Printer jams (late time)"
    assert plan.link_after(plan.steps[0]) == plan.steps[1]
    assert all(step.fields["agreed"]["late"] for step in plan.steps[1:])


def test_late_time_whose_call_was_linked_for_a_part_only_is_not_given_again() -> None:
    """The process died between the links of its lines."""
    own, late = call(line()), call(line(15002), line(15003), id="901", number="SC2")
    works = (work(given={}), work(entry(15002), given={"call": "901", "late": True}), work(entry(15003)))
    plan = plan_of(after(*works, of=own, calls={"900": own, "901": late}))
    assert steps(plan) == ["time-15003"]
    agreed = plan.steps[0].fields["agreed"]
    assert (agreed["call"], agreed["late"]) == ("901", True)
    cancelled = replace(late, cancel_code="WRONG")
    assert steps(plan_of(after(*works, of=own, calls={"900": own, "901": cancelled}))) == ["late", "time-15003"]


def test_late_time_waits_while_the_ticket_is_open_again() -> None:
    reopened = ticket(status={"id": 2, "name": "In Progress"})
    plan = plan_of(after(work(given={}), work(entry(15002)), ticket=reopened))
    assert (plan.steps, plan.issues) == ((), ())
    assert "wait until the ticket is closed again" in plan.reason
    closed = ticket(status={"id": 6, "name": "Closed"}, closed=True)
    assert steps(plan_of(after(work(given={}), work(entry(15002)), ticket=closed)))[0] == "late"


@pytest.mark.rule("EA-41")
def test_another_company_is_told_unless_e_automate_has_its_customer_by_then() -> None:
    other = ticket(company={"id": 260, "name": "Beta"})
    (issue,) = plan_of(after(ticket=other, customer=customer("5200"))).issues
    assert issue.code == "COMPANY_CHANGED_AFTER_CALL"
    assert "company Beta" in issue.message
    assert "customer C100" in issue.message
    assert codes(plan_of(after(ticket=other, customer=customer()))) == []


def test_after_an_unlink_no_call_is_made_as_long_as_the_lines_stand() -> None:
    there = call(line())
    plan = plan_of(situation(works=[work(given={})], calls={"900": there}, candidates=(there,)))
    assert (codes(plan), plan.steps) == (["TIME_IN_OTHER_CALL"], ())


def test_after_an_unlink_the_time_is_given_anew_but_for_calls_of_their_own() -> None:
    works = [work(given={}), work(entry(15002), given={"call": "901", "late": True})]
    plan = plan_of(situation(ticket("4"), works, calls={"900": call(line(), cancel_code="WRONG")}))
    assert steps(plan) == ["was-15001", "call", "link", "time-15001"]
    assert [each["remarks"] for each in written(plan)["labors"]] == [mark("15001")]


def test_a_call_linked_by_hand_gets_the_time_once_and_then_is_as_every_call() -> None:
    by_hand = Link("ticket-call", "12345", "900", how="Ann linked them.")
    strange = Labor("40", "DOE", hours=Decimal(7))
    plan = plan_of(situation(state=by_hand, call=call(strange)))
    assert steps(plan) == ["call", "time-15001"]
    plan = plan_of(situation(works=[work(given={})], state=by_hand, call=call(strange, line())))
    assert plan.outcome == "in_step"
    plan = plan_of(situation(works=[work(given={}), work(entry(15002))], state=by_hand, call=call(line())))
    assert steps(plan) == ["late", "time-15002"]
    waiting = ticket(status={"id": 1, "name": "New"})
    assert "Its status is New" in plan_of(situation(waiting, state=by_hand, call=call())).reason
    assert "no time entry yet" in plan_of(situation(works=[], state=by_hand, call=call())).reason


def test_a_ticket_linked_to_another_call_waits_until_its_time_is_out_of_the_first() -> None:
    by_hand = Link("ticket-call", "12345", "901", how="Ann linked them.")
    second, first = call(id="901", number="SC2"), call(line())
    given: dict[str, Any] = {"works": [work(given={})], "state": by_hand, "call": second}
    plan = plan_of(situation(**given, calls={"901": second, "900": first}))
    assert (codes(plan), plan.steps) == (["TIME_IN_OTHER_CALL"], ())
    plan = plan_of(situation(**given, calls={"901": second, "900": call()}))
    assert (codes(plan), steps(plan)) == ([], ["call", "was-15001", "time-15001"])
    assert plan.steps[0].key == "901"


def test_a_try_whose_ticket_changed_its_company_since_is_told() -> None:
    plan = plan_of(situation(candidates=(call(line()),), customer=customer("5200")))
    assert codes(plan) == ["COMPANY_CHANGED_AFTER_CALL"]
    assert plan.steps[0].fields["agreed"] == {"company": "", "customer": "5200"}


def test_no_step_updates_what_a_call_was_given() -> None:
    changed = [work(entry(billed_hours="9"), given={}), work(entry(15002), given={"home": "1"})]
    assert [step for step in plan_of(after(*changed)).steps if isinstance(step, Step)] == []
