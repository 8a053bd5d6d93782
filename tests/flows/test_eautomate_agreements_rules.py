"""The agreement flow's rules: situation in, plan out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.partners.eautomate import AGREEMENTS
from shared.sync.issue import Awaited
from shared.sync.link import Intent, Link, Seen
from shared.sync.plan import Created
from shared.sync.record import Ref
from shared.systems.eautomate import Contract
from tests.flows.agreements import (
    ACTIVE,
    NOW,
    TEMPLATE,
    addition,
    agreement,
    billed,
    by,
    codes,
    imported,
    invoice,
    kinds,
    linked_contract,
    other,
    payer,
    plan,
    settings,
    situation,
    step,
)

INACTIVE = replace(ACTIVE, active=False, status="I")
TERMINATED = replace(ACTIVE, active=False, status="T")


def fields(made: Any) -> dict[str, Any]:
    return dict(step(made, "contract_import").fields)


# Which invoices are taken


@pytest.mark.rule("EA-25")
def test_an_agreement_invoice_becomes_a_new_contract() -> None:
    made = plan()
    assert kinds(made.steps) == ["create contract_import", "link invoice-import"]
    assert made.steps[1].fields == {"cw": "3200", "partner": Created("import")}
    assert made.again == timedelta(minutes=1)
    assert fields(made) == {
        "source_invoice": "3200",
        "source_agreement": "300",
        "customer": "C100",
        "bill_to": "C100",
        "contract_number": None,
        "template_number": TEMPLATE,
        "po_number": "30001",
        "remarks": None,
        "period_start": date(2026, 11, 1),
        "period_end": date(2026, 11, 30),
        "lines": (
            {"item": "**CWBase Gold", "quantity": Decimal(1), "price": Decimal(500), "description": "Acme Gold"},
            {"item": "MIT", "quantity": Decimal(10), "price": Decimal("12.50"), "description": ""},
        ),
    }


@pytest.mark.rule("EA-25")
def test_it_changes_the_contract_that_its_agreement_is_linked_to() -> None:
    made = plan(contract_link=linked_contract())
    assert (fields(made)["contract_number"], fields(made)["template_number"]) == ("CN1", None)


@pytest.mark.rule("EA-25")
@pytest.mark.parametrize("kind", ["Standard", "CreditMemo", "Progress"])
def test_other_invoices_are_left_alone(kind: str) -> None:
    made = plan(given_invoice=invoice(type=kind))
    assert made.skipped
    assert kind in made.reason


def test_an_invoice_without_an_agreement_is_left_alone() -> None:
    assert plan(agreement=None).skipped


@pytest.mark.rule("EA-26")
@pytest.mark.parametrize(
    ("statuses", "status", "closed", "taken"),
    [
        ([], "New", False, True),
        ([], "Closed", True, False),
        (["Ready"], "New", False, False),
        (["Ready"], " ready", False, True),
        (["Ready", "Closed"], "Closed", True, True),
    ],
)
def test_only_invoices_of_the_status_that_is_set(statuses: list[str], status: str, closed: bool, taken: bool) -> None:
    given = invoice(status={"id": 2, "name": status, "isClosed": closed})
    made = plan(given_invoice=given, settings=settings(statuses=statuses))
    assert made.skipped is not taken
    assert taken or status in made.reason


@pytest.mark.rule("EA-26")
def test_what_was_imported_is_followed_whatever_its_status_becomes() -> None:
    closed = invoice(status={"id": 3, "name": "Closed", "isClosed": True})
    made = plan(imported(), given_invoice=closed, settings=settings(statuses=["Ready"]))
    assert kinds(made.steps) == ["link agreement-contract"]


@pytest.mark.rule("EA-27")
@pytest.mark.parametrize(("types", "taken"), [([], True), (["Gold"], True), ([" gold"], True), (["Silver"], False)])
def test_only_agreements_of_the_types_that_are_set(types: list[str], taken: bool) -> None:
    made = plan(settings=settings(agreement_types=types))
    assert made.skipped is not taken
    assert taken or "'Gold'" in made.reason


@pytest.mark.parametrize(("day", "taken"), [(date(2026, 11, 1), True), (date(2026, 11, 2), False)])
def test_what_was_billed_before_crosswise_is_left_alone(day: date, taken: bool) -> None:
    assert plan(settings=settings(first_day=day)).skipped is not taken


@pytest.mark.rule("EA-44")
def test_a_cancelled_agreement_takes_its_invoices_along() -> None:
    ref = Ref("agreement-contract", "cw", "300")
    made = plan(contract_link=Seen(ref, "", "", "skipped", "", held="Cancelled by Ann: gone"))
    assert made.skipped
    assert "Cancelled by Ann" in made.reason


def test_an_invoice_that_is_gone_is_for_a_person_if_e_automate_has_it() -> None:
    assert codes(plan(imported(), invoice=None)) == ["INVOICE_GONE"]
    assert plan(invoice=None).skipped


# Who is billed


@pytest.mark.rule("EA-28")
def test_both_customers_must_be_mapped_and_each_is_waited_for() -> None:
    made = plan(payers=(payer("Acme", ""), payer("Holding", "", reason="create_missing is off")))
    assert codes(made) == ["CUSTOMER_NOT_MAPPED", "BILL_TO_NOT_MAPPED"]
    assert not made.steps
    company, holding = made.issues
    assert company.waits_on == (Awaited("eautomate_customers", Ref("customer-company", "cw", "250")),)
    assert "Holding, which is not mapped yet (create_missing is off)" in holding.message
    assert {issue.category for issue in made.issues} == {"mapping"}


@pytest.mark.rule("EA-28")
def test_each_goes_into_its_own_field() -> None:
    made = plan(payers=(payer(), payer("Holding", "C900")))
    assert (fields(made)["customer"], fields(made)["bill_to"]) == ("C100", "C900")
    assert codes(plan(payers=(payer(), payer("Holding", "")))) == ["BILL_TO_NOT_MAPPED"]


def test_a_linked_customer_that_e_automate_does_not_know_is_named() -> None:
    made = plan(payers=(payer("Acme", "", linked=True),))
    assert codes(made) == ["CUSTOMER_UNKNOWN"]
    assert made.issues[0].waits_on == ()
    assert "customer C100" in made.issues[0].message


# Where the number is kept


@pytest.mark.rule("EA-30")
def test_the_number_is_kept_in_po_or_remarks_as_set() -> None:
    assert (fields(plan())["po_number"], fields(plan())["remarks"]) == ("30001", None)
    made = plan(settings=settings(number_in="remarks"))
    assert (fields(made)["po_number"], fields(made)["remarks"]) == (None, "ConnectWise invoice 30001")


@pytest.mark.rule("EA-30")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Call Ann first.", "Call Ann first.\nConnectWise invoice 30001"),
        ("Call.\nConnectWise invoice 29001\nAnn.", "Call.\nConnectWise invoice 30001\nAnn."),
    ],
)
def test_what_else_stands_in_remarks_stays(before: str, after: str) -> None:
    made = plan(
        contract_link=linked_contract(),
        contract=replace(ACTIVE, remarks=before),
        settings=settings(number_in="remarks"),
    )
    assert fields(made)["remarks"] == after


# Templates


@pytest.mark.rule("EA-37")
@pytest.mark.parametrize(
    ("pattern", "there"),
    [("**CW {agreement_type}", "**CW Gold"), ("{agreement_name}", "Acme Gold"), ("X-{agreement_type}", "X-Gold")],
)
def test_the_template_is_named_after_the_agreement(pattern: str, there: str) -> None:
    made = plan(settings=settings(template_pattern=pattern), templates=frozenset({there, "OTHER"}))
    assert fields(made)["template_number"] == there
    assert codes(made) == []


@pytest.mark.rule("EA-37")
@pytest.mark.parametrize("there", ["**CW gold", "**CW Gold ", "**CW  Gold", "**CW Gol", "CW Gold"])
def test_a_template_that_is_not_the_same_to_the_character_is_none(there: str) -> None:
    made = plan(settings=settings(default_template="DEFAULT"), templates=frozenset({there, "DEFAULT"}))
    assert fields(made)["template_number"] == "DEFAULT"
    (warning,) = made.issues
    assert (warning.code, warning.blocks) == ("DEFAULT_TEMPLATE_USED", False)
    assert "'**CW Gold'" in warning.message
    assert "'DEFAULT'" in warning.message


@pytest.mark.rule("EA-37")
@pytest.mark.parametrize("default", ["", "DEFAULT"])
def test_without_any_template_there_is_no_contract(default: str) -> None:
    made = plan(settings=settings(default_template=default), templates=frozenset({"OTHER"}))
    assert codes(made) == ["TEMPLATE_MISSING"]
    assert not made.steps


@pytest.mark.rule("EA-37")
def test_a_default_template_is_told_until_the_contract_is_billed() -> None:
    given = {"settings": settings(default_template="DEFAULT"), "contract_link": linked_contract()}
    assert codes(plan(imported("staged", template_number="DEFAULT"), **given)) == ["DEFAULT_TEMPLATE_USED"]
    assert codes(plan(imported(template_number="DEFAULT"), **given)) == ["DEFAULT_TEMPLATE_USED"]
    assert codes(plan(imported(template_number="DEFAULT"), billing=by("number"), **given)) == []


def test_a_linked_contract_needs_no_template() -> None:
    assert codes(plan(contract_link=linked_contract(), templates=frozenset())) == []


@pytest.mark.parametrize("pattern", ["{agreement}", "{0}", "{agreement_type.x}", "{"])
def test_a_pattern_may_name_type_and_name_only(pattern: str) -> None:
    with pytest.raises(ValueError, match="template_pattern"):
        settings(template_pattern=pattern)


def test_there_is_nothing_to_filter_by_but_status_and_type() -> None:
    with pytest.raises(ValueError, match="nothing to filter by"):
        settings(filters={"status": ["Ready"]})


# The contract's state


@pytest.mark.rule("EA-31")
@pytest.mark.parametrize("imports", [(), (imported(),)])
def test_an_inactive_contract_is_an_issue_and_gets_no_second(imports: tuple[Any, ...]) -> None:
    made = plan(*imports, contract_link=linked_contract(), contract=INACTIVE, taken_by=INACTIVE if imports else None)
    assert codes(made) == ["CONTRACT_INACTIVE"]
    assert not made.steps
    assert "billing queue" in made.issues[0].message


@pytest.mark.rule("EA-36")
def test_a_terminated_contract_offers_to_be_unlinked() -> None:
    made = plan(contract_link=linked_contract(), contract=TERMINATED)
    assert codes(made) == ["CONTRACT_TERMINATED"]
    assert not made.steps
    assert "crosswise unlink cw#agreement-contract#300" in made.issues[0].fix


@pytest.mark.rule("EA-36")
def test_what_ends_a_contract_is_set() -> None:
    ended = replace(ACTIVE, active=False, status="EX")
    made = plan(contract_link=linked_contract(), contract=ended, settings=settings(terminated_statuses=["ex"]))
    assert codes(made) == ["CONTRACT_TERMINATED"]
    assert codes(plan(contract_link=linked_contract(), contract=ended)) == ["CONTRACT_INACTIVE"]


@pytest.mark.rule("EA-36")
@pytest.mark.parametrize("former", [TERMINATED, None])
def test_once_unlinked_a_new_contract_is_made(former: Contract | None) -> None:
    assert fields(plan())["contract_number"] is None
    made = plan(imported(), taken_by=former)
    assert kinds(made.steps) == ["create contract_import"]
    assert (fields(made)["contract_number"], fields(made)["template_number"]) == (None, TEMPLATE)


@pytest.mark.rule("EA-36")
def test_what_a_former_contract_has_billed_is_not_billed_by_a_new_one() -> None:
    made = plan(imported(), taken_by=TERMINATED, billing=by("number"))
    assert (made.steps, codes(made), made.again) == ((), [], None)


def test_a_contract_that_is_gone_is_named() -> None:
    made = plan(contract_link=linked_contract(), contract=None)
    assert codes(made) == ["CONTRACT_GONE"]
    assert made.issues[0].message.startswith("Contract CN1, which agreement Acme Gold is linked to")


# Staged, rejected, applied


def test_what_is_staged_is_looked_at_every_minute_and_overdue_it_is_an_issue() -> None:
    made = plan(imported("staged", minutes=59))
    assert (made.steps, codes(made), made.again) == ((), [], timedelta(minutes=1))
    late = plan(imported("staged", minutes=60))
    assert (codes(late), late.again) == (["IMPORT_OVERDUE"], timedelta(minutes=15))
    assert "import 9001" in late.issues[0].message
    assert codes(plan(imported("staged", minutes=5), settings=settings(overdue_minutes=5))) == ["IMPORT_OVERDUE"]


@pytest.mark.rule("EA-29")
def test_what_is_rejected_is_told_in_the_gateways_words_and_rests() -> None:
    made = plan(imported("rejected", "ITEM_NOT_FOUND", "CUSTOMER_NOT_FOUND", minutes=3))
    (issue,) = made.issues
    assert (issue.code, issue.category) == ("IMPORT_REJECTED", "refused")
    assert "The gateway says ITEM_NOT_FOUND; The gateway says CUSTOMER_NOT_FOUND." in issue.message
    assert (made.steps, made.again) == ((), None)


@pytest.mark.rule("EA-32")
@pytest.mark.parametrize("given", [{"minutes": 4}, {"minutes": 1, "asked": True}, {"minutes": 1, "po_number": "old"}])
def test_a_rejected_one_is_handed_in_again_by_retry_by_a_person_or_when_it_changed(given: dict[str, Any]) -> None:
    asked = given.pop("asked", False)
    made = plan(imported("rejected", "ITEM_NOT_FOUND", **given), asked=asked)
    assert kinds(made.steps) == ["create contract_import"]
    assert made.again == timedelta(minutes=1)
    assert codes(made) == ([] if "po_number" in given else ["IMPORT_REJECTED"])


@pytest.mark.rule("EA-32")
def test_why_it_was_rejected_stays_told_while_it_is_tried_again() -> None:
    made = plan(imported("rejected", "ITEM_NOT_FOUND", minutes=5), imported("staged", id="9002", minutes=0))
    assert codes(made) == ["IMPORT_REJECTED"]
    assert made.again == timedelta(minutes=1)


@pytest.mark.rule("EA-32")
def test_a_contract_that_another_invoice_made_meanwhile_is_waited_for_then_changed() -> None:
    exists = imported("rejected", "CONTRACT_EXISTS", minutes=5)
    made = plan(exists)
    assert (made.steps, codes(made), made.again) == ((), [], timedelta(minutes=1))
    made = plan(exists, contract_link=linked_contract())
    assert fields(made)["contract_number"] == "CN1"
    assert codes(made) == []


@pytest.mark.rule("EA-31")
def test_a_contract_that_nobody_links_is_an_issue_that_waits_on_the_link() -> None:
    first = imported("rejected", "CONTRACT_EXISTS", minutes=30)
    made = plan(first, imported("rejected", "CONTRACT_EXISTS", id="9002", minutes=1))
    (issue,) = made.issues
    assert issue.code == "IMPORT_REJECTED"
    assert issue.waits_on == (Awaited(AGREEMENTS, Ref("agreement-contract", "cw", "300")),)
    assert "crosswise relink" in issue.fix


@pytest.mark.rule("EA-06")
def test_what_was_applied_links_the_agreement_with_its_contract() -> None:
    made = plan(imported())
    (link,) = made.steps
    assert (link.kind, link.fields) == ("agreement-contract", {"cw": "300", "partner": "7001"})
    assert link.record == Ref("agreement-contract", "cw", "300")
    assert (codes(made), made.again) == ([], timedelta(hours=6))


@pytest.mark.rule("EA-32")
@pytest.mark.parametrize(
    "changed",
    [
        {"given_invoice": invoice(total=Decimal(600), agreement_amount=Decimal(475))},
        {"given_invoice": invoice("30001-A")},
        {"payers": (payer(), payer("Holding", "C900"))},
        {"period": None},
    ],
)
def test_an_invoice_that_changed_changes_its_contract(changed: dict[str, Any]) -> None:
    made = plan(imported(), contract_link=linked_contract(), **changed)
    assert kinds(made.steps) == ["create contract_import"]
    assert fields(made)["contract_number"] == "CN1"


@pytest.mark.rule("EA-32")
@pytest.mark.parametrize(
    "imports",
    [
        (imported(po_number="old"),),
        (imported(), imported("rejected", "CONTRACT_EXISTS", id="9002", minutes=30)),
    ],
)
def test_what_is_still_to_do_for_a_contract_begins_with_its_link(imports: tuple[Any, ...]) -> None:
    made = plan(*imports)
    assert kinds(made.steps) == ["link agreement-contract"]
    assert (codes(made), made.again) == ([], timedelta(minutes=1))
    after = plan(*imports, contract_link=linked_contract())
    assert kinds(after.steps) == ["create contract_import"]
    assert fields(after)["contract_number"] == "CN1"


@pytest.mark.rule("EA-32")
@pytest.mark.parametrize(
    "touched",
    [
        {},
        {"given_invoice": invoice(status={"id": 2, "name": "Ready"})},
        {"additions": (addition("99"),)},
        {"settings": settings(number_in="remarks")},
        {"payers": (payer("Acme", ""),)},
    ],
)
def test_what_is_only_touched_is_not_handed_in_again(touched: dict[str, Any]) -> None:
    made = plan(imported(), contract_link=linked_contract(), **touched)
    assert (made.steps, codes(made)) == ((), [])


def test_an_import_whose_answer_was_lost_is_linked_not_made_again() -> None:
    intent = Intent(Ref("invoice-import", "cw", "3200"), "t", NOW, NOW)
    made = plan(imported("staged"), link=intent)
    assert kinds(made.steps) == ["link invoice-import"]
    assert made.steps[0].fields == {"cw": "3200", "partner": "9001"}
    again = plan(imported("rejected", "ITEM_NOT_FOUND", minutes=9), link=intent)
    assert kinds(again.steps) == ["link invoice-import", "create contract_import"]


def test_an_import_that_the_gateway_lost_is_for_a_person_and_makes_no_second_contract() -> None:
    link = Link("invoice-import", "3200", "9001", rules="1")
    made = plan(link=link)
    assert codes(made) == ["IMPORT_GONE"]
    assert not made.steps
    assert "crosswise unlink cw#invoice-import#3200" in made.issues[0].fix
    assert plan(link=link, contract_link=linked_contract(), billing=by("number")).skipped


# One invoice at a time


@pytest.mark.parametrize(
    ("others", "waits_for"),
    [
        ([], None),
        ([other()], "29001"),
        ([other(billing=by("number"))], None),
        ([other(state=replace(Link("invoice-import", "2200", "9000"), held="Cancelled by Ann"))], None),
        ([other(linked=False)], "29001"),
        ([other(linked=False, left_alone=True)], None),
        ([other("30002", "2026-12-01", linked=False)], None),
        ([other("30002", "2026-12-01")], "30002"),
        ([other("30002", "2026-11-01", linked=False)], None),
        ([other(state=Seen(Ref("invoice-import", "cw", "2200"), "", "", "waiting", "", held="by Ann"))], None),
    ],
)
def test_a_contract_carries_one_invoice_at_a_time(others: list[Any], waits_for: str | None) -> None:
    made = plan(contract_link=linked_contract(), others=tuple(others))
    assert codes(made) == (["CONTRACT_OCCUPIED"] if waits_for else [])
    assert not waits_for or f"invoice {waits_for}" in made.issues[0].message
    assert bool(made.steps) is not bool(waits_for)


def test_only_what_was_imported_last_is_on_the_contract() -> None:
    long_ago = other("28001", "2026-09-01")
    link = long_ago.state
    assert isinstance(link, Link)
    forgotten = replace(long_ago, state=replace(link, linked_at=NOW - timedelta(days=60)))
    made = plan(contract_link=linked_contract(), others=(forgotten, other(billing=by("number"))))
    assert codes(made) == []


def test_without_a_contract_only_what_is_on_its_way_to_one_goes_first() -> None:
    former = other()
    assert codes(plan(others=(former,))) == []
    assert isinstance(former.state, Link)
    on_its_way = replace(former, state=replace(former.state, due=NOW))
    assert codes(plan(others=(on_its_way,))) == ["CONTRACT_OCCUPIED"]


# Billing


@pytest.mark.rule("EA-33")
@pytest.mark.parametrize("how", ["number", "names", "period"])
def test_what_is_billed_before_the_sync_must_be_voided_by_a_person(how: str) -> None:
    early = billed("CI10001", "600.00", po_number="29001")
    made = plan(contract_link=linked_contract(), billing=by(how, early), others=(other(billing=by("number")),))
    (issue,) = made.issues
    assert issue.code == "BILLED_BEFORE_SYNC"
    assert not made.steps
    assert "CI10001" in issue.message
    assert "625.00" in issue.message
    assert "600.00" in issue.message
    assert "Its PO number holds 29001, another ConnectWise invoice of the agreement" in issue.message
    assert "void and reset contract invoice CI10001" in issue.fix


@pytest.mark.rule("EA-33")
def test_what_changed_after_it_was_billed_is_not_changed_behind_it() -> None:
    dearer = invoice(total=Decimal(650), agreement_amount=Decimal(525))
    made = plan(imported(), contract_link=linked_contract(), given_invoice=dearer, billing=by("number"))
    assert codes(made) == ["BILLED_BEFORE_SYNC"]
    assert not made.steps


def test_what_somebody_billed_by_hand_under_its_number_is_left_alone() -> None:
    assert plan(contract_link=linked_contract(), billing=by("number")).skipped
    wrong = plan(contract_link=linked_contract(), billing=by("number", billed(total="625.01")))
    assert codes(wrong) == ["BILLED_BEFORE_SYNC"]


@pytest.mark.rule("EA-34")
def test_what_is_billed_under_its_number_is_done() -> None:
    made = plan(imported(), contract_link=linked_contract(), billing=by("number"))
    assert (made.steps, codes(made), made.again) == ((), [], None)


@pytest.mark.rule("EA-34")
@pytest.mark.rule("EA-35")
@pytest.mark.parametrize(
    ("place", "kept", "diagnosis"),
    [
        ("po", {"po_number": "29001"}, "Its PO number holds 29001, another ConnectWise invoice of the agreement"),
        ("po", {"po_number": "30001"}, "Its PO number holds 30001, as it should"),
        ("po", {"po_number": "PO-7"}, "Its PO number holds PO-7, which is no ConnectWise invoice of this agreement"),
        ("po", {"po_number": ""}, "Its PO number holds no ConnectWise invoice number"),
        (
            "remarks",
            {"po_number": "PO-7", "remarks": "Hi. ConnectWise invoice 29001"},
            "Its Remarks holds 29001, another ConnectWise invoice of the agreement",
        ),
        ("remarks", {"po_number": "29001", "remarks": "Hi."}, "Its Remarks holds no ConnectWise invoice number"),
    ],
)
def test_what_was_not_renumbered_is_told_with_why(place: str, kept: dict[str, str], diagnosis: str) -> None:
    made = plan(
        imported(),
        contract_link=linked_contract(),
        billing=by("period", billed("CI10001", **kept)),
        others=(other(),),
        settings=settings(number_in=place),
    )
    (issue,) = made.issues
    assert issue.code == "NOT_RENUMBERED"
    assert "contract invoice CI10001, which was not renumbered to 30001" in issue.message
    assert diagnosis in issue.message
    assert "void and reset contract invoice CI10001" in issue.fix
    assert f"30001 is in the {'PO number' if place == 'po' else 'Remarks'} of contract CN1" in issue.fix
    assert made.again == timedelta(hours=6)


def test_what_e_automate_billed_otherwise_is_told_with_both_totals() -> None:
    made = plan(imported(), contract_link=linked_contract(), billing=by("number", billed(total="624.99")))
    (issue,) = made.issues
    assert issue.code == "TOTALS_DIFFER"
    assert "625.00" in issue.message
    assert "624.99" in issue.message


# What ConnectWise is told


PUSH = settings(contract_number_field="EA Contract", invoice_number_field="EA Invoice", paid_field="EA Paid")


def test_the_contracts_number_is_pushed_with_its_link() -> None:
    made = plan(imported(), settings=PUSH)
    assert kinds(made.steps) == ["link agreement-contract", "update agreement"]
    push = step(made, "agreement")
    assert (push.key, push.fields) == ("300", {"custom_fields": {"EA Contract": "CN1"}})
    assert push.record == Ref("agreement-contract", "cw", "300")


@pytest.mark.parametrize(("paid", "pushed"), [(False, {}), (True, {"EA Paid": "Yes"})])
def test_number_and_payment_are_pushed_when_it_is_billed(paid: bool, pushed: dict[str, str]) -> None:
    known = agreement(custom_fields=[{"id": 1, "caption": "EA Contract", "value": "CN1"}])
    done = by("number", billed(paid=paid))
    made = plan(imported(), contract_link=linked_contract(), billing=done, settings=PUSH, agreement=known)
    (push,) = made.steps
    assert (push.kind, push.key) == ("invoice", "3200")
    assert push.fields == {"custom_fields": {"EA Invoice": "30001", **pushed}}
    assert made.again == (None if paid else timedelta(hours=6))


def test_a_checkbox_is_ticked_and_what_is_there_already_is_not_written_again() -> None:
    known = agreement(custom_fields=[{"id": 1, "caption": "EA Contract", "value": "CN1"}])
    there = invoice(
        custom_fields=[
            {"id": 2, "caption": "ea invoice", "value": "30001"},
            {"id": 3, "caption": "EA Paid", "type": "Checkbox", "value": None},
        ]
    )
    given = {"contract_link": linked_contract(), "settings": PUSH, "agreement": known}
    made = plan(imported(), given_invoice=there, billing=by("number", billed(paid=True)), **given)
    (push,) = made.steps
    assert push.fields == {"custom_fields": {"EA Paid": True}}


def test_without_a_setting_nothing_is_pushed() -> None:
    made = plan(imported(), contract_link=linked_contract(), billing=by("number", billed(paid=True)))
    assert made.steps == ()


def test_a_situation_without_imports_has_waited_for_nothing() -> None:
    assert situation().waited == timedelta(0)
