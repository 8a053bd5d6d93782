"""What an agreement invoice bills, to the cent, and for which days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.eautomate_agreements.billing import billing
from functions.eautomate_agreements.lines import agrees
from functions.eautomate_agreements.periods import MONTHS, WEEKS, Period, period
from functions.eautomate_agreements.settings import AgreementSettings
from shared.partners.eautomate import cents
from shared.systems.eautomate import ImportLine
from tests.effort import effort
from tests.flows.agreements import NOVEMBER, addition, agreement, billed, codes, invoice, plan, settings, step


def lines(made: Any) -> list[tuple[str, str, str]]:
    """Item, quantity and price of each line that was given."""
    return [
        (line["item"], f"{line['quantity']:f}", f"{line['price']:f}")
        for line in step(made, "contract_import").fields["lines"]
    ]


# Lines


def test_the_agreements_own_amount_and_its_additions_are_the_lines() -> None:
    assert lines(plan()) == [("**CWBase Gold", "1", "500"), ("MIT", "10", "12.50")]
    made = plan(settings=settings(base_item_pattern="BASE {agreement_name}"))
    assert lines(made)[0] == ("BASE Acme Gold", "1", "500")


def test_the_amount_of_the_invoice_itself_is_billed_where_the_additions_are_its_products() -> None:
    """A first month that was prorated, say: the agreement's present amount is another."""
    prorated = invoice(agreement_amount=Decimal("266.67"), total=Decimal("391.67"))
    assert lines(plan(given_invoice=prorated)) == [("**CWBase Gold", "1", "266.67"), ("MIT", "10", "12.50")]


def test_additions_may_be_within_the_agreements_amount_of_the_invoice() -> None:
    within = invoice(agreement_amount=Decimal(625), products=Decimal(0))
    assert lines(plan(given_invoice=within)) == [("**CWBase Gold", "1", "500"), ("MIT", "10", "12.50")]


def test_tax_is_none_of_the_lines() -> None:
    taxed = invoice(total=Decimal("671.88"), tax=Decimal("46.88"))
    assert codes(plan(given_invoice=taxed)) == []


@pytest.mark.parametrize(
    ("how", "given_addition"),
    [
        ("not billed at all", {"how": "DoNotBill"}),
        ("not yet", {"effective": "2026-11-02T00:00:00Z"}),
        ("not any more", {"ended": "2026-11-01T00:00:00Z"}),
    ],
)
def test_additions_that_are_not_on_the_invoice_are_left_out(how: str, given_addition: dict[str, Any]) -> None:
    bare = invoice(products=Decimal(0), total=Decimal(500))
    assert lines(plan(given_invoice=bare, additions=(addition(**given_addition),))) == [("**CWBase Gold", "1", "500")]


def test_a_later_period_has_the_additions_of_its_first_day() -> None:
    coming = addition(effective="2026-12-01T00:00:00Z")
    december = Period(date(2026, 12, 1), date(2026, 12, 31))
    assert ("MIT", "10", "12.50") in lines(plan(additions=(coming,), period=december))


def test_time_and_expenses_have_items_of_their_own_or_nothing_is_given() -> None:
    both = invoice(time=Decimal(300), expenses=Decimal("41.20"), total=Decimal("966.20"))
    made = plan(given_invoice=both, settings=settings(time_item="TIME", expense_item="EXP"))
    assert lines(made)[2:] == [("TIME", "1", "300"), ("EXP", "1", "41.20")]
    made = plan(given_invoice=both, settings=settings(time_item="TIME"))
    assert codes(made) == ["TOTALS_DIFFER"]
    assert "without 41.20 of expenses, for which no item is set" in made.issues[0].message


# To the cent


@pytest.mark.parametrize("total", ["625.01", "624.99", "0", "-625.00"])
def test_totals_that_differ_are_told_both_and_nothing_is_given(total: str) -> None:
    made = plan(given_invoice=invoice(total=Decimal(total)))
    assert codes(made) == ["TOTALS_DIFFER"]
    assert not made.steps
    assert f"{Decimal(total):,.2f}" in made.issues[0].message
    assert "625.00 (**CWBase Gold 500.00; MIT 125.00)" in made.issues[0].message


@pytest.mark.parametrize(("total", "skipped"), [("0", True), ("5", False)])
def test_an_invoice_without_a_line_is_told_unless_it_bills_nothing(total: str, skipped: bool) -> None:
    nothing = invoice(agreement_amount=Decimal(0), products=Decimal(0), total=Decimal(total))
    made = plan(given_invoice=nothing, additions=())
    assert made.skipped is skipped
    assert codes(made) == ([] if skipped else ["TOTALS_DIFFER"])
    assert ("It bills nothing" if skipped else "no line at all") in made.reason


@pytest.mark.parametrize(
    "wrong",
    [
        addition("2", "10.00", "0.00"),
        addition("2", "10.00", how="NoCharge"),
        addition("3", "33.33", "100.00"),
    ],
)
def test_a_line_that_bills_something_else_than_quantity_times_price_is_told(wrong: Any) -> None:
    made = plan(additions=(addition(), wrong))
    assert codes(made) == ["UNBALANCED_LINE"]
    assert not made.steps
    assert f"MIT: {wrong.billed} at {wrong.price.normalize():f} is" in made.issues[0].message
    assert made.issues[0].message.count("MIT") == 1


def test_no_charge_for_what_costs_nothing_is_balanced() -> None:
    free = addition("2", "0.00", how="NoCharge")
    assert ("MIT", "2", "0.00") in lines(plan(additions=(addition(), free)))


def test_lines_must_agree_however_e_automate_rounds() -> None:
    thirds = [ImportLine(item="A", quantity=Decimal(1), price=Decimal("0.335")) for _ in range(3)]
    assert not agrees(thirds, Decimal("1.02"))  # each rounded
    assert not agrees(thirds, Decimal("1.01"))  # all in all
    assert agrees(thirds[:1], Decimal("0.34"))


AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=2)


@effort(60, 5000)
@given(st.lists(st.tuples(st.integers(1, 500), AMOUNTS), max_size=6), AMOUNTS, AMOUNTS, st.booleans())
def test_what_is_given_is_what_the_invoice_says_before_tax(
    bought: list[tuple[int, Decimal]], base: Decimal, tax: Decimal, within: bool
) -> None:
    additions = tuple(addition(str(quantity), str(price)) for quantity, price in bought)
    added = sum((one.amount for one in additions), Decimal(0))
    said = invoice(
        agreement_amount=base + added if within else base,
        products=0 if within else added,
        tax=tax,
        total=base + added + tax,
    )
    made = plan(given_invoice=said, additions=additions, agreement=agreement(bill_amount=base))
    if made.steps:
        whole = step(made, "contract_import").fields["lines"]
        assert cents(sum(line["quantity"] * line["price"] for line in whole)) == said.before_tax
    else:
        assert not bought
        assert not base


# Periods


@pytest.mark.parametrize(
    ("day", "every", "fields", "expected"),
    [
        ("2026-11-01", "Monthly", {}, ("2026-11-01", "2026-11-30")),
        ("2026-11-30", "Monthly", {}, ("2026-11-01", "2026-11-30")),
        ("2026-12-24", "Monthly", {"period": "Future"}, ("2027-01-01", "2027-01-31")),
        ("2026-11-15", "BiMonthly", {}, ("2026-11-01", "2026-12-31")),
        ("2026-11-15", "Quarterly", {}, ("2026-10-01", "2026-12-31")),
        ("2026-11-15", "SemiAnnual", {}, ("2026-07-01", "2026-12-31")),
        ("2026-11-15", "Yearly", {}, ("2026-01-01", "2026-12-31")),
        ("2026-11-14", "Monthly", {"invoicing": "ContractYear", "start": "2024-03-15"}, ("2026-10-15", "2026-11-14")),
        ("2026-02-28", "Monthly", {"invoicing": "ContractYear", "start": "2024-01-31"}, ("2026-02-28", "2026-03-30")),
        ("2026-03-14", "Yearly", {"invoicing": "ContractYear", "start": "2024-03-15"}, ("2025-03-15", "2026-03-14")),
        ("2026-11-12", "BiWeekly", {"bill_start": "2026-11-02"}, ("2026-11-02", "2026-11-15")),
        ("2026-11-01", "Weekly", {"bill_start": "2026-11-02"}, ("2026-10-26", "2026-11-01")),
        ("2026-11-11", "Weekly", {}, ("2026-11-09", "2026-11-15")),
        ("2026-11-15", "Monthly", {"invoicing": "ContractYear"}, ("2026-11-01", "2026-11-30")),
        ("2026-11-15", "NotRecurring", {}, None),
        ("2026-11-15", "", {}, None),
    ],
)  # fmt: skip
def test_an_invoice_bills_the_cycle_of_its_date(
    day: str, every: str, fields: dict[str, str], expected: tuple[str, str] | None
) -> None:
    found = period(date.fromisoformat(day), agreement(**fields), every)
    assert found == (expected and Period(*map(date.fromisoformat, expected)))


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@effort(60, 5000)
@given(DAYS, DAYS, st.sampled_from([*MONTHS, *WEEKS]), st.sampled_from(["ContractYear", "CalendarYear"]))
def test_cycles_leave_no_day_out_and_take_none_twice(day: date, start: date, every: str, invoicing: str) -> None:
    whose = agreement(invoicing=invoicing, start=start.isoformat())
    found = period(day, whose, every)
    assert found is not None
    assert found.start <= day <= found.end
    assert period(found.start, whose, every) == period(found.end, whose, every) == found
    after = period(found.end + timedelta(days=1), whose, every)
    assert after is not None
    assert after.start == found.end + timedelta(days=1)


# Which contract invoice it is


@pytest.mark.rule("EA-34")
@pytest.mark.rule("EA-35")
@pytest.mark.parametrize(
    ("one", "how"),
    [
        (billed("30001"), "number"),
        (billed("30001", voided=True), None),
        (billed("CI1", po_number=" 30001 "), "names"),
        (billed("CI1", po_number="", remarks="x ConnectWise invoice 30001\ny"), "names"),
        (billed("CI1", po_number="300012"), "period"),
        (billed("CI1", po_number="29001"), "period"),
        (billed("29001", po_number="29001"), None),
        (billed("CI1", po_number="", start=date(2026, 10, 1), end=date(2026, 10, 31)), None),
        (billed("CI1", po_number="", start=date(2026, 11, 30), end=date(2026, 12, 30)), "period"),
    ],
)
def test_a_contract_invoice_is_known_by_number_then_by_what_it_names_then_by_its_days(
    one: Any, how: str | None
) -> None:
    found = billing("30001", NOVEMBER, [one], {"29001"})
    assert (found.by if found else None) == how


def test_its_own_number_comes_before_any_other_sign() -> None:
    found = billing("30001", NOVEMBER, [billed("CI1"), billed("30001", po_number="")], set())
    assert found is not None
    assert found.invoice.number == "30001"


def test_settings_have_the_vendors_patterns_by_default() -> None:
    assert AgreementSettings().template_pattern == "**CW {agreement_type}"
    assert AgreementSettings().base_item_pattern == "**CWBase {agreement_type}"
