"""The agreement flow's rules once an invoice is handed in: what comes of it, its billing, what ConnectWise is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.partners.eautomate import AGREEMENTS
from shared.sync.issue import Awaited
from shared.sync.link import Intent, Link, Seen
from shared.sync.record import Ref
from tests.flows.agreements import (
    NOW,
    addition,
    agreement,
    billed,
    by,
    codes,
    fields,
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
