"""The agreement flow's rules until an invoice is handed in: which are taken, who is billed, by which template."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.sync.issue import Awaited
from shared.sync.link import Seen
from shared.sync.plan import Created
from shared.sync.record import Ref
from shared.systems.eautomate import Contract
from tests.flows.agreements import (
    ACTIVE,
    TEMPLATE,
    by,
    codes,
    fields,
    imported,
    invoice,
    kinds,
    linked_contract,
    payer,
    plan,
    settings,
)

INACTIVE = replace(ACTIVE, active=False, status="I")
TERMINATED = replace(ACTIVE, active=False, status="T")


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
