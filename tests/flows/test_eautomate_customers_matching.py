"""Which company is a customer's: link, then property, then number; and when nobody but a person can say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.eautomate_customers.mapping import carries
from functions.eautomate_customers.matching import BY_ACCOUNT_ID, BY_COMPANY_ID, BY_PROPERTY
from functions.eautomate_customers.rules import BY_CREATION
from functions.eautomate_customers.situations import COMPANY, SITE, Candidate
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Company
from shared.systems.eautomate import Customer
from tests.flows.customers import codes, company, customer, link, linked, plan_of, unlinked, with_properties, writes


@pytest.mark.rule("EA-13")
@pytest.mark.parametrize(
    ("identifier", "account", "how"),
    [("C100", "", BY_COMPANY_ID), ("ACME", "C100", BY_ACCOUNT_ID), ("ACME", "  c100 ", BY_ACCOUNT_ID)],
)
def test_a_company_that_carries_the_number_in_either_field_is_linked(identifier: str, account: str, how: str) -> None:
    plan = plan_of(unlinked(customer("C100"), company(250, identifier, account)))
    assert writes(plan)["link link"] == {"cw": "250", "partner": "5100"}
    assert plan.steps[0].why == how
    assert plan.outcome == "applied"


@pytest.mark.rule("EA-13")
@pytest.mark.parametrize("account", ["C1001", "XC100", "C 100", ""])
def test_a_number_must_be_equal_as_a_whole(account: str) -> None:
    plan = plan_of(unlinked(customer("C100"), company(250, "ACME", account), create_missing=False))
    assert (plan.outcome, plan.steps) == ("skipped", ())


@pytest.mark.rule("EA-13")
def test_a_customer_without_a_number_matches_no_blank_field() -> None:
    plan = plan_of(unlinked(customer("  "), company(250, "ACME", ""), create_missing=False))
    assert plan.outcome == "skipped"


@pytest.mark.rule("EA-21")
@pytest.mark.rule("EA-14")
def test_the_custom_property_comes_before_the_number() -> None:
    who = customer("C100", properties=with_properties(company=" 251 "))
    plan = plan_of(unlinked(who, company(250, "C100"), company(251, "OTHER", name="Acme Dental")))
    assert writes(plan)["link link"] == {"cw": "251", "partner": "5100"}
    assert plan.steps[0].why == BY_PROPERTY


@pytest.mark.rule("EA-13")
def test_a_property_that_names_no_company_leaves_it_to_the_number() -> None:
    who = customer("C100", properties=with_properties(company="999"))
    plan = plan_of(unlinked(who, company(250, "C100")))
    assert writes(plan)["link link"]["cw"] == "250"
    assert writes(plan)["update property"] == {"properties": {"ZCJ_CW_CompanyID": "250"}}


@pytest.mark.rule("EA-23")
def test_two_companies_with_the_number_are_both_named_and_nothing_is_written() -> None:
    plan = plan_of(unlinked(customer("C100"), company(250, "C100"), company(251, "ACME2", "C100", name="Acme East")))
    assert codes(plan) == ["AMBIGUOUS_MATCH"]
    assert plan.steps == ()
    (issue,) = plan.issues
    assert [name.text for name in issue.about] == ["company Acme Dental (C100)", "company Acme East (ACME2)"]
    assert all(name.url for name in issue.about)
    assert "C100" in issue.fix


@pytest.mark.rule("EA-23")
def test_a_company_that_is_linked_to_another_customer_is_not_taken() -> None:
    taken = Candidate(company(250, "C100"), linked_to="customer C200 Bolt")
    plan = plan_of(unlinked(customer("C100"), taken))
    assert (codes(plan), plan.steps) == (["AMBIGUOUS_MATCH"], ())
    assert "linked to customer C200 Bolt already" in plan.issues[0].message


@pytest.mark.rule("EA-23")
def test_a_company_that_carries_two_customers_numbers_is_nobodys() -> None:
    first = plan_of(unlinked(customer("C100"), Candidate(company(250, "C200", "C100"), other_number="C200")))
    second = plan_of(unlinked(customer("C200"), Candidate(company(250, "C200", "C100"), other_number="C100")))
    assert codes(first) == codes(second) == ["AMBIGUOUS_MATCH"]
    assert first.steps == second.steps == ()
    assert "C200" in first.issues[0].message


@pytest.mark.rule("EA-23")
def test_a_property_settles_which_of_two_numbers_counts_and_the_other_is_reported() -> None:
    who = customer("C100", properties=with_properties(company="250"))
    plan = plan_of(unlinked(who, Candidate(company(250, "C200", "C100"), other_number="C200")))
    assert writes(plan)["link link"]["cw"] == "250"
    assert codes(plan) == ["LINK_DISAGREES"]


@pytest.mark.rule("EA-23")
def test_a_property_copied_with_the_customer_record_does_not_take_another_customers_company() -> None:
    copy = customer("C100-COPY", properties=with_properties(company="250"))
    plan = plan_of(unlinked(copy, Candidate(company(250, "ACME", "C100"), other_number="C100")))
    assert (codes(plan), plan.steps) == (["AMBIGUOUS_MATCH"], ())


@pytest.mark.rule("EA-23")
def test_a_property_that_leads_to_anothers_company_is_told_beside_the_company_with_the_number() -> None:
    who = customer("C100", properties=with_properties(company="250"))
    theirs = Candidate(company(250, "BOLT", "C200"), other_number="C200")
    plan = plan_of(unlinked(who, theirs, company(251, "ACME", "C100", name="Acme East")))
    assert codes(plan) == ["AMBIGUOUS_MATCH"]
    assert len(plan.issues[0].about) == 2


@pytest.mark.rule("EA-24")
def test_the_stored_link_wins_over_the_fields() -> None:
    plan = plan_of(linked(to=company(250, "ACME", "C999", name="Something else")))
    assert [step.verb for step in plan.steps] == ["update"]
    assert plan.steps[0].key == "250"
    assert writes(plan)["update company"] == {"name": "Acme Dental"}


@pytest.mark.rule("EA-23")
@pytest.mark.rule("EA-24")
@pytest.mark.parametrize("how", [BY_ACCOUNT_ID, BY_COMPANY_ID, BY_CREATION])
def test_a_company_that_lost_the_number_by_which_it_was_linked_is_reported_and_stays(how: str) -> None:
    plan = plan_of(linked(to=company(250, "ACME", ""), state={"how": how}))
    assert codes(plan) == ["LINK_DISAGREES"]
    assert plan.outcome == "in_step"
    assert "does not carry the number C100" in plan.issues[0].message
    assert "relink" in plan.issues[0].fix


@pytest.mark.rule("EA-24")
def test_a_number_that_somebody_took_away_is_not_put_back() -> None:
    plan = plan_of(linked(to=company(250, "ACME", ""), unchanged=False))
    assert "account_number" not in writes(plan).get("update company", {})


@pytest.mark.rule("EA-23")
def test_any_link_is_reported_whose_company_carries_another_customers_number() -> None:
    situation = linked(to=company(250, "C200", "C100"), foreign_number="C200", state={"how": BY_PROPERTY})
    plan = plan_of(situation)
    assert codes(plan) == ["LINK_DISAGREES"]
    assert "C200" in plan.issues[0].message
    assert not plan.issues[0].blocks


@pytest.mark.rule("EA-24")
def test_a_link_by_property_does_not_ask_for_the_number() -> None:
    plan = plan_of(linked(to=company(250, "ACME", "old account"), state={"how": BY_PROPERTY}))
    assert (codes(plan), plan.outcome) == ([], "in_step")


@pytest.mark.rule("EA-24")
def test_a_customer_that_was_renumbered_keeps_its_link_and_is_reported() -> None:
    who = customer("C777", properties=with_properties(company="250"))
    plan = plan_of(linked(who, company(250, "ACME", "C100")))
    assert codes(plan) == ["LINK_DISAGREES"]
    assert plan.steps == ()


def test_a_deleted_company_is_reported_and_nothing_is_written() -> None:
    for situation in (linked(gone=True), linked(to=company(account="C100", deleted=True))):
        plan = plan_of(situation)
        assert (codes(plan), plan.steps, plan.outcome) == (["COMPANY_GONE"], (), "issue")


def test_a_customer_that_e_automate_gives_no_more_is_left_to_a_person() -> None:
    situation = linked()
    gone = replace(situation, customer=None, record=None)
    assert codes(plan_of(gone)) == ["CUSTOMER_GONE"]


def test_a_company_that_is_nobodys_is_left_alone() -> None:
    nobody = unlinked()
    home = Ref(COMPANY, "cw", "250")
    plan = plan_of(replace(nobody, customer=None, home=home))
    assert plan.outcome == "skipped"
    assert "Company ID or Account ID" in plan.reason


def test_a_location_that_became_a_customer_keeps_its_site_until_a_person_unlinks_it() -> None:
    was = link(SITE, "2100", "5100", cw_name="site North")
    plan = plan_of(unlinked(customer("C100"), company(250, "C100"), linked_as=was))
    assert (codes(plan), plan.steps) == (["CHANGED_KIND"], ())
    assert "site North" in plan.issues[0].message


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Customer], list[Company]]:
    """A few customers and companies whose numbers, fields and properties collide in every way."""
    values = st.sampled_from(["A1", "B2", "C3", "a1 ", "X9", ""])
    companies = [company(250 + n, draw(values), draw(values)) for n in range(draw(st.integers(1, 4)))]
    named = draw(st.permutations([one.key for one in companies] + [""] * 3))
    customers = [
        customer(number, id=str(5100 + n), properties=with_properties(company=named[n]))
        for n, number in enumerate(["A1", "B2", "C3"])
    ]
    return customers, companies


def linked_in_order(customers: Sequence[Customer], companies: Sequence[Company]) -> dict[str, str]:
    """Who is linked to which company when customers are looked at one after the other."""
    links: dict[str, str] = {}
    for who in customers:
        candidates = []
        for one in companies:
            others = [c.number for c in customers if c is not who and carries(one, c.number)]
            owner = next((name for name, record in links.items() if record == one.key), "")
            if one.key == (who.properties or {})["ZCJ_CW_CompanyID"] or carries(one, who.number):
                candidates.append(Candidate(one, owner, others[0] if others else ""))
        plan = plan_of(unlinked(who, *candidates, create_missing=False))
        if "link link" in writes(plan):
            links[who.number] = writes(plan)["link link"]["cw"]
    return links


@pytest.mark.rule("EA-23")
@given(worlds())
def test_whatever_the_order_the_same_customers_are_linked_to_the_same_companies(
    world: tuple[list[Customer], list[Company]],
) -> None:
    customers, companies = world
    outcomes = [linked_in_order(order, companies) for order in permutations(customers)]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(set(outcomes[0].values())) == len(outcomes[0])
    for who in customers:
        named = (who.properties or {})["ZCJ_CW_CompanyID"]
        for one in companies:
            others = [c for c in customers if c is not who and carries(one, c.number)]
            if outcomes[0].get(who.number) == one.key and others:
                assert named == one.key, "only a property settles which of two numbers counts"
                assert carries(one, who.number)
