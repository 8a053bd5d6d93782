"""What is written: to the company or site, to the custom property, and what is left out and why."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from functions.eautomate_customers.matching import BY_PROPERTY
from shared.sync.plan import Created
from tests.flows.customers import (
    ADDRESS,
    codes,
    company,
    customer,
    linked,
    located,
    location,
    plan_of,
    settings,
    site,
    unlinked,
    with_properties,
    writes,
)

CUSTOM: dict[str, str] = {"Sales Rep": "", "On Hold": ""}
NAMED: dict[str, Any] = {"sales_rep_field": "Sales Rep", "on_hold_field": "On Hold"}


# A new company


def test_a_missing_company_is_created_linked_and_shown_in_e_automate() -> None:
    plan = plan_of(unlinked(customer(website="www.acme.example", fax="813-555-0101")))
    assert writes(plan) == {
        "create company": {
            "identifier": "ACMEDENTAL",
            "name": "Acme Dental",
            "account_number": "C100",
            "status": "Active",
            **ADDRESS,
            "fax": "813-555-0101",
            "website": "www.acme.example",
        },
        "link link": {"cw": Created("company"), "partner": "5100"},
        "update property": {"properties": {"ZCJ_CW_CompanyID": Created("company")}},
    }


def test_nothing_is_created_unless_the_setting_says_so() -> None:
    plan = plan_of(unlinked(create_missing=False))
    assert (plan.outcome, plan.steps) == ("skipped", ())
    assert "create_missing is off" in plan.reason


def test_an_inactive_customer_is_not_created_but_kept_in_step_once_linked() -> None:
    assert plan_of(unlinked(customer(active=False))).outcome == "skipped"
    inactive = customer(active=False, city="Ocala", properties=with_properties(company="250"))
    assert writes(plan_of(linked(inactive, unchanged=False))) == {"update company": {"city": "Ocala"}}


def test_territory_and_type_are_set_when_a_company_is_created_and_never_again() -> None:
    given: dict[str, Any] = {"territories": {"NORTH": "Boston Office"}, "company_type": "Client"}
    created = writes(plan_of(unlinked(customer(territory="NORTH"), **given)))["create company"]
    assert (created["territory"], created["types"]) == ("Boston Office", ("Client",))
    who = customer(territory="NORTH", city="Ocala", properties=with_properties(company="250"))
    updated = writes(plan_of(linked(who, unchanged=False, **given)))["update company"]
    assert set(updated) == {"city"}


def test_a_territory_that_the_settings_do_not_name_is_left_to_connectwise() -> None:
    plan = plan_of(unlinked(customer(territory="WEST"), territories={"NORTH": "Boston Office"}))
    assert "territory" not in writes(plan)["create company"]


# Kept in step


def test_what_differs_is_written_and_nothing_else() -> None:
    who = customer(phone="813-555-0177", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False))
    assert writes(plan) == {"update company": {"phone": "813-555-0177"}}
    assert plan.steps[0].before == {"phone": "(813) 555-0100"}


def test_a_record_in_step_asks_for_nothing() -> None:
    plan = plan_of(linked())
    assert (plan.outcome, plan.steps, plan.issues) == ("in_step", (), ())


def test_a_blank_in_e_automate_erases_nothing() -> None:
    who = customer(phone="", city="", properties=with_properties(company="250"))
    assert plan_of(linked(who, unchanged=False)).outcome == "in_step"


def test_an_address_is_one_thing_so_that_a_blank_second_line_is_blank_in_connectwise_too() -> None:
    who = customer(address="9 Oak Ave", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False))
    assert writes(plan) == {"update company": {"address_line1": "9 Oak Ave", "address_line2": None}}


def test_an_address_of_many_lines_fits_into_two() -> None:
    who = customer(address="Acme Building\r\n\r\n1 Main St\nSuite 5")
    created = writes(plan_of(unlinked(who)))["create company"]
    assert (created["address_line1"], created["address_line2"]) == ("Acme Building", "1 Main St, Suite 5")


def test_blanks_around_and_within_a_value_are_no_difference() -> None:
    who = customer(name=" Acme   Dental ", properties=with_properties(company="250"))
    assert plan_of(linked(who)).outcome == "in_step"


def test_an_empty_account_id_gets_the_number_when_a_company_is_linked() -> None:
    plan = plan_of(unlinked(customer("C100"), company(250, "C100", "")))
    assert writes(plan)["update company"] == {"account_number": "C100"}
    filled = plan_of(unlinked(customer("C100"), company(250, "C100", "their own")))
    assert "update company" not in writes(filled)


def test_a_link_that_was_cut_short_still_gets_the_number() -> None:
    plan = plan_of(linked(to=company(250, "ACME", ""), state={"rules": "", "partner_hash": "", "how": BY_PROPERTY}))
    assert writes(plan) == {"update company": {"account_number": "C100"}}


# The custom property


@pytest.mark.rule("EA-14")
@pytest.mark.rule("EA-21")
def test_the_recid_is_written_to_the_customer_on_a_match() -> None:
    plan = plan_of(unlinked(customer("C100"), company(250, "ACME", "C100")))
    assert writes(plan)["update property"] == {"properties": {"ZCJ_CW_CompanyID": "250"}}
    assert plan.steps[0].id == "link"


@pytest.mark.rule("EA-14")
@pytest.mark.parametrize("value", ["", "999"])
def test_a_property_that_was_cleared_or_changed_is_written_again(value: str) -> None:
    plan = plan_of(linked(customer(properties=with_properties(company=value)), unchanged=False))
    assert writes(plan) == {"update property": {"properties": {"ZCJ_CW_CompanyID": "250"}}}
    assert plan.steps[0].before == {"properties": {"ZCJ_CW_CompanyID": value}}


@pytest.mark.rule("EA-15")
@pytest.mark.parametrize("properties", [None, {"ZCJ_SyncToCW": ""}])
def test_a_customer_without_the_property_is_linked_all_the_same_and_reported(properties: dict[str, str] | None) -> None:
    plan = plan_of(unlinked(customer("C100", properties=properties), company(250, "ACME", "C100")))
    assert writes(plan) == {"link link": {"cw": "250", "partner": "5100"}}
    assert codes(plan) == ["CUSTOM_PROPERTY_MISSING"]
    assert "configuration" in plan.issues[0].fix
    assert plan.outcome == "applied"


# Fields that are never updated


@pytest.mark.rule("EA-18")
def test_an_excluded_field_is_not_updated_and_the_reason_says_so() -> None:
    who = customer(phone="813-555-0177", city="Ocala", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False, exclude_fields=["phone"]))
    assert writes(plan) == {"update company": {"city": "Ocala"}}
    assert "phone" in plan.reason


@pytest.mark.rule("EA-18")
def test_an_update_of_excluded_fields_alone_is_none() -> None:
    who = customer(phone="813-555-0177", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False, exclude_fields=["phone"]))
    assert (plan.steps, plan.outcome) == ((), "in_step")
    assert plan.reason == "Both sides agree. Not updated, as the settings exclude it: phone."


@pytest.mark.rule("EA-18")
def test_an_excluded_field_is_still_set_on_a_new_company() -> None:
    created = writes(plan_of(unlinked(exclude_fields=["phone", "account_number"])))["create company"]
    assert created["phone"] == "(813) 555-0100"
    assert created["account_number"] == "C100"


@pytest.mark.rule("EA-18")
def test_custom_fields_are_excluded_by_what_they_hold() -> None:
    who = customer(sales_rep="MORGAN", on_hold_code="CREDIT", properties=with_properties(company="250"))
    given: dict[str, Any] = {**NAMED, "exclude_fields": ["sales_rep"]}
    plan = plan_of(linked(who, company(account="C100", custom=CUSTOM), unchanged=False, **given))
    assert writes(plan) == {"update company": {"custom_fields": {"On Hold": "CREDIT"}}}


@pytest.mark.rule("EA-18")
def test_an_excluded_account_id_stays_empty() -> None:
    plan = plan_of(unlinked(customer("C100"), company(250, "C100", ""), exclude_fields=["account_number"]))
    assert "update company" not in writes(plan)


@pytest.mark.rule("EA-18")
def test_an_excluded_field_of_a_site_is_not_updated() -> None:
    who = location(phone="813-555-0177", properties=with_properties(site="2100"))
    plan = plan_of(located(who, to=site(mark="C100-1"), unchanged=False, exclude_fields=["phone"]))
    assert plan.steps == ()


@pytest.mark.rule("EA-18")
def test_a_field_that_does_not_exist_cannot_be_excluded() -> None:
    with pytest.raises(ValidationError, match="there is no field colour"):
        settings(exclude_fields=["colour"])


# Custom fields for sales rep and on-hold code


def test_sales_rep_and_hold_code_go_to_the_custom_fields_that_are_named() -> None:
    who = customer(sales_rep="MORGAN", on_hold_code="CREDIT")
    assert writes(plan_of(unlinked(who, **NAMED)))["create company"]["custom_fields"] == {
        "Sales Rep": "MORGAN",
        "On Hold": "CREDIT",
    }
    assert "custom_fields" not in writes(plan_of(unlinked(who)))["create company"]


def test_a_hold_that_was_lifted_is_cleared() -> None:
    to = company(account="C100", custom={"Sales Rep": "MORGAN", "On Hold": "CREDIT"})
    who = customer(sales_rep="MORGAN", properties=with_properties(company="250"))
    assert writes(plan_of(linked(who, to, unchanged=False, **NAMED))) == {
        "update company": {"custom_fields": {"On Hold": None}}
    }


def test_a_custom_field_that_connectwise_does_not_have_is_reported_and_the_rest_is_written() -> None:
    who = customer(city="Ocala", sales_rep="MORGAN", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False, **NAMED))
    assert writes(plan) == {"update company": {"city": "Ocala"}}
    assert codes(plan) == ["CUSTOM_FIELD_MISSING"]
    assert "On Hold, Sales Rep" in plan.issues[0].message


# Values that do not fit


def test_a_value_that_is_too_long_is_left_out_and_reported() -> None:
    who = customer(city="T" * 51)
    plan = plan_of(unlinked(who))
    assert "city" not in writes(plan)["create company"]
    assert codes(plan) == ["VALUE_TOO_LONG"]
    assert "city (50 characters at most)" in plan.issues[0].message
    assert plan.outcome == "applied"


def test_a_company_without_a_name_that_fits_is_not_created() -> None:
    plan = plan_of(unlinked(customer(name="A" * 157)))
    assert (codes(plan), plan.steps, plan.outcome) == (["VALUE_TOO_LONG"], (), "issue")


def test_a_value_that_is_too_long_does_not_keep_a_linked_company_from_the_rest() -> None:
    who = customer(name="A" * 157, city="Ocala", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False))
    assert writes(plan) == {"update company": {"city": "Ocala"}}
    assert codes(plan) == ["VALUE_TOO_LONG"]


def test_an_excluded_field_may_be_as_long_as_it_likes() -> None:
    who = customer(name="A" * 157, properties=with_properties(company="250"))
    assert codes(plan_of(linked(who, unchanged=False, exclude_fields=["name"]))) == []


# Changed in ConnectWise


def test_what_was_changed_in_connectwise_is_put_back() -> None:
    plan = plan_of(linked(to=company(account="C100", name="Acme of Tampa")))
    assert writes(plan) == {"update company": {"name": "Acme Dental"}}


def test_what_was_changed_in_connectwise_is_reported_where_the_setting_says_so() -> None:
    plan = plan_of(linked(to=company(account="C100", name="Acme of Tampa"), drift="report"))
    assert (plan.steps, codes(plan)) == ((), ["DRIFT"])
    assert "name is 'Acme of Tampa'" in plan.issues[0].message


def test_what_changed_in_e_automate_is_no_drift() -> None:
    who = customer(name="Acme Dental Group", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False, drift="report"))
    assert writes(plan) == {"update company": {"name": "Acme Dental Group"}}


@pytest.mark.parametrize("state", [{"waiting": True}, {"rules": "older"}, {"rules": ""}])
def test_what_was_not_carried_out_last_time_is_no_drift(state: dict[str, object]) -> None:
    plan = plan_of(linked(to=company(account="C100", name="Acme of Tampa"), drift="report", state=state))
    assert writes(plan) == {"update company": {"name": "Acme Dental"}}


def test_an_excluded_field_does_not_drift() -> None:
    to = company(account="C100", name="Acme of Tampa")
    assert codes(plan_of(linked(to=to, drift="report", exclude_fields=["name"]))) == []


def test_the_property_is_written_while_drift_is_reported() -> None:
    plan = plan_of(linked(customer(), company(account="C100", name="Acme of Tampa"), drift="report"))
    assert writes(plan) == {"update property": {"properties": {"ZCJ_CW_CompanyID": "250"}}}
