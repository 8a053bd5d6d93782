"""Company IDs of created companies: readable, unique, and never another customer's number (EA-23)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.eautomate_customers.identifiers import LENGTH, Free, choices
from shared.sync.record import fold
from shared.systems.eautomate import Customer
from tests.flows.customers import codes, customer, plan_of, unlinked

pytestmark = pytest.mark.rule("EA-23")


def free(*customers: Customer, taken: tuple[str, ...] = (), numbers: tuple[str, ...] = ()) -> list[str]:
    give = Free(taken, numbers)
    return [give.for_(one) for one in customers]


def test_the_name_in_capitals_and_digits_is_the_first_choice() -> None:
    assert free(customer("C-100", "Acme & Søns Dental, Inc. #2")) == ["ACMESNSDENTALINC2"]


def test_a_long_name_is_cut_so_that_the_number_still_fits_behind_it() -> None:
    name, joined, _ = choices(customer("C100", "The Great Northern Dental Laboratory"))
    assert (name, joined) == ("THEGREATNORTHERNDENTALLAB", "THEGREATNORTHERNDENTAC100")
    assert len(name) == len(joined) == LENGTH


def test_customers_of_the_same_name_get_different_ones() -> None:
    same = [customer(f"C10{n}", "Acme", id=str(5100 + n)) for n in range(3)]
    assert free(*same) == ["ACME", "ACMEC101", "ACMEC102"]


def test_one_that_another_company_has_is_not_given() -> None:
    assert free(customer("C100", "Acme"), taken=("acme", "AcmeC100")) == ["EA5100"]


def test_one_that_is_another_customers_number_is_not_given() -> None:
    assert free(customer("C100", "A200"), numbers=("a200",)) == ["A200C100"]


def test_ones_own_number_may_be_given() -> None:
    assert free(customer("ACME", "Acme"), numbers=("ACME",)) == ["ACME"]


def test_a_customer_for_whom_none_is_free_is_reported() -> None:
    assert free(customer("C100", "Acme"), taken=("ACME", "ACMEC100"), numbers=("EA5100",)) == [""]
    plan = plan_of(unlinked(customer(), identifier=""))
    assert (codes(plan), plan.steps) == (["NO_COMPANY_ID"], ())


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.text("AB1- ", min_size=1, max_size=30)),
        max_size=8,
        unique_by=lambda t: fold(t[1]),
    ),
    st.frozensets(st.text("AB1", max_size=4), max_size=5),
)
def test_whatever_they_are_called(called: list[tuple[str, str]], taken: frozenset[str]) -> None:
    customers = [customer(number, name, id=str(place)) for place, (name, number) in enumerate(called, start=1)]
    given_ = free(*customers, taken=tuple(taken), numbers=tuple(one.number for one in customers))
    named = [one for one in given_ if one]
    assert len(set(map(fold, named))) == len(named)
    for one, who in zip(given_, customers, strict=True):
        others = {fold(other.number) for other in customers if other is not who}
        assert fold(one) not in others - {""}
        assert one == "" or re.fullmatch(r"[A-Z0-9]{1,25}", one)
        assert fold(one) not in map(fold, taken) or not one
