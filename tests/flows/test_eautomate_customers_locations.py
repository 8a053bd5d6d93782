"""Locations: a child customer becomes a site of its parent's company (EA-22)."""

from __future__ import annotations

import pytest

from functions.eautomate_customers.matching import SITE_BY_ADDRESS, SITE_BY_NUMBER, SITE_BY_PROPERTY
from functions.eautomate_customers.situations import COMPANY, Candidate, Parent
from shared.sync.issue import Awaited
from shared.sync.plan import Created
from shared.sync.record import Ref
from tests.flows.customers import (
    ADDRESS,
    codes,
    link,
    located,
    location,
    plan_of,
    site,
    with_properties,
    writes,
)

pytestmark = pytest.mark.rule("EA-22")


def test_a_location_waits_for_its_parents_link() -> None:
    plan = plan_of(located(parent=Parent("5100", "C100", reason="create_missing is off.")))
    assert codes(plan) == ["PARENT_NOT_MAPPED"]
    (issue,) = plan.issues
    assert issue.waits_on == (Awaited("eautomate_customers", Ref(COMPANY, "partner", "5100")),)
    assert issue.category == "mapping"
    assert "create_missing is off" in issue.message
    assert plan.steps == ()


def test_an_inactive_location_of_a_parent_without_link_is_nobodys_business() -> None:
    plan = plan_of(located(location(active=False), parent=Parent("5100", "C100")))
    assert (plan.outcome, plan.issues) == ("skipped", ())


def test_the_site_that_its_property_names_is_the_locations() -> None:
    who = location(properties=with_properties(site="2101"))
    plan = plan_of(located(who, site(2100), site(2101, name="Somewhere")))
    assert writes(plan)["link link"] == {"cw": "2101", "partner": "5101"}
    assert plan.steps[0].why == SITE_BY_PROPERTY


def test_a_site_that_carries_its_number_comes_next() -> None:
    plan = plan_of(located(location(), site(2100), site(2101, name="Somewhere", mark=" c100-1 ")))
    assert writes(plan)["link link"]["cw"] == "2101"
    assert plan.steps[0].why == SITE_BY_NUMBER


def test_then_the_one_site_with_exactly_its_name_and_address() -> None:
    plan = plan_of(located(location(), site(2100), site(2101, name="Somewhere")))
    assert writes(plan)["link link"]["cw"] == "2100"
    assert plan.steps[0].why == SITE_BY_ADDRESS
    assert writes(plan)["update site"] == {"custom_fields": {"EA Location": "C100-1"}, "company_id": 250}
    assert writes(plan)["update property"] == {"properties": {"ZCJ_CW_SiteAddressRecID": "2100"}}


@pytest.mark.parametrize("other", [{"name": "Acme North"}, {"zip": "33602"}, {"address_line2": ""}, {"city": "tampa"}])
def test_almost_the_same_is_not_the_same(other: dict[str, str]) -> None:
    plan = plan_of(located(location(), site(2100, **other)))
    assert "create site" in writes(plan)


def test_two_sites_alike_are_both_named_and_nothing_is_written() -> None:
    plan = plan_of(located(location(), site(2100), site(2101)))
    assert (codes(plan), plan.steps) == (["AMBIGUOUS_MATCH"], ())
    assert len(plan.issues[0].about) == 2


def test_a_property_that_names_another_locations_site_is_for_a_person() -> None:
    who = location(properties=with_properties(site="2100"))
    plan = plan_of(located(who, Candidate(site(2100), linked_to="customer C100-2 South"), site(2101)))
    assert (codes(plan), plan.steps) == (["AMBIGUOUS_MATCH"], ())
    assert "linked to customer C100-2 South already" in plan.issues[0].message


def test_a_linked_site_is_not_matched_by_its_address() -> None:
    plan = plan_of(located(location(), Candidate(site(2100), linked_to="customer C100-2 South")))
    assert "create site" in writes(plan)


def test_a_site_marked_for_another_location_is_that_ones_however_alike() -> None:
    plan = plan_of(located(location(), site(2100, mark="C100-2")))
    assert "create site" in writes(plan)


def test_a_property_that_names_no_site_of_the_company_leaves_it_to_the_address() -> None:
    who = location(properties=with_properties(site="77"))
    assert writes(plan_of(located(who, site(2100))))["link link"]["cw"] == "2100"


def test_a_missing_site_is_created_with_the_number_in_its_custom_field() -> None:
    plan = plan_of(located(location(fax="813-555-0101", website="www.acme.example")))
    assert writes(plan) == {
        "create site": {
            "company_id": "250",
            "name": "Acme Dental North",
            **ADDRESS,
            "fax": "813-555-0101",
            "custom_fields": {"EA Location": "C100-1"},
        },
        "link link": {"cw": Created("site"), "partner": "5101"},
        "update property": {"properties": {"ZCJ_CW_SiteAddressRecID": Created("site")}},
    }


def test_no_site_is_created_unless_the_setting_says_so_nor_for_an_inactive_location() -> None:
    assert plan_of(located(create_missing=False)).outcome == "skipped"
    assert plan_of(located(location(active=False))).outcome == "skipped"


def test_a_linked_site_follows_its_location() -> None:
    who = location(city="Ocala", properties=with_properties(site="2100"))
    plan = plan_of(located(who, to=site(2100, mark="C100-1"), unchanged=False))
    assert writes(plan) == {"update site": {"city": "Ocala", "company_id": 250}}


def test_a_site_without_the_custom_field_is_linked_and_that_is_reported() -> None:
    plan = plan_of(located(location(), site(2100, mark=None)))
    assert writes(plan)["link link"]["cw"] == "2100"
    assert codes(plan) == ["CUSTOM_FIELD_MISSING"]


def test_a_site_changed_in_connectwise_is_put_back_or_reported() -> None:
    who = location(properties=with_properties(site="2100"))
    moved = site(2100, mark="C100-1", city="Miami")
    assert writes(plan_of(located(who, to=moved)))["update site"]["city"] == "Tampa"
    assert codes(plan_of(located(who, to=moved, drift="report"))) == ["DRIFT"]


def test_a_linked_site_that_is_not_the_parents_any_more_is_reported() -> None:
    plan = plan_of(located(location(), site(2200), to=site(2100), gone=True))
    assert (codes(plan), plan.steps) == (["SITE_GONE"], ())
    assert "deleted, or the location was moved" in plan.issues[0].message


def test_a_location_whose_parents_company_was_deleted_waits_for_the_parent() -> None:
    plan = plan_of(located(parent=Parent("5100", "C100", company_id="250", company_gone=True)))
    assert (codes(plan), plan.steps) == (["COMPANY_GONE"], ())


def test_a_customer_that_became_a_location_keeps_its_company_until_a_person_unlinks_it() -> None:
    plan = plan_of(located(location(), site(2100), linked_as=link(COMPANY, "250", "5101")))
    assert (codes(plan), plan.steps) == (["CHANGED_KIND"], ())
    assert "company Acme Dental (ACME)" in plan.issues[0].message


def test_a_location_without_the_property_is_linked_all_the_same() -> None:
    plan = plan_of(located(location(properties=None), site(2100, mark="C100-1")))
    assert list(writes(plan)) == ["link link"]
    assert codes(plan) == ["CUSTOM_PROPERTY_MISSING"]
    assert "ZCJ_CW_SiteAddressRecID" in plan.issues[0].message
