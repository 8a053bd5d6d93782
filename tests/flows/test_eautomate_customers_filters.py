"""Who is kept out: filters by type, contract and branch (EA-16), and the customer's own opt-out (EA-17)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import Parent
from tests.flows.customers import (
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
)


@pytest.mark.rule("EA-16")
@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        ({"customer_type": ["MSP"]}, True),
        ({"customer_type": [" msp ", "VIP"]}, True),
        ({"customer_type": ["COPY"]}, False),
        ({"branch": ["1"]}, True),
        ({"branch": ["2"]}, False),
        ({"customer_type": ["MSP"], "branch": ["2"]}, False),
        ({"customer_type": []}, False),
    ],
)
def test_only_customers_of_an_admitted_type_and_branch(filters: dict[str, list[str]], admitted: bool) -> None:
    plan = plan_of(unlinked(customer(customer_type="MSP", branch="1"), filters=filters))
    assert plan.outcome == ("applied" if admitted else "skipped")
    assert bool(plan.steps) is admitted


@pytest.mark.rule("EA-16")
@pytest.mark.parametrize(
    ("types", "admitted"), [(("MAINT", "MS"), True), (("ms",), True), (("MAINT",), False), ((), False)]
)
def test_any_active_contract_of_an_admitted_type_is_enough(types: tuple[str, ...], admitted: bool) -> None:
    plan = plan_of(unlinked(contract_types=types, filters={"contract_type": ["MS"]}))
    assert plan.outcome == ("applied" if admitted else "skipped")


@pytest.mark.rule("EA-16")
def test_the_reason_says_what_the_filter_wanted() -> None:
    plan = plan_of(unlinked(contract_types=("MAINT", "LEASE"), filters={"contract_type": ["MS"]}))
    assert plan.reason == "Its contract type is 'MAINT, LEASE'; the filter admits MS."


@pytest.mark.rule("EA-16")
def test_a_linked_customer_that_leaves_the_filter_is_left_as_it_is() -> None:
    who = customer(city="Ocala", customer_type="COPY", properties=with_properties(company="250"))
    plan = plan_of(linked(who, unchanged=False, filters={"customer_type": ["MSP"]}))
    assert (plan.outcome, plan.steps, plan.issues) == ("skipped", (), ())


@pytest.mark.rule("EA-16")
def test_a_location_is_filtered_by_what_it_says_and_follows_its_parent_where_it_says_nothing() -> None:
    wanted = {"customer_type": ["MSP"], "contract_type": ["MS"]}
    assert plan_of(located(location(customer_type="COPY"), site(), filters=wanted)).outcome == "skipped"
    assert plan_of(located(location(customer_type=""), site(), filters=wanted)).outcome == "applied"
    waiting = located(location(customer_type=""), parent=Parent("5100", "C100"), filters=wanted)
    assert codes(plan_of(waiting)) == ["PARENT_NOT_MAPPED"]


@pytest.mark.rule("EA-16")
def test_a_fact_that_does_not_exist_cannot_be_filtered_by() -> None:
    with pytest.raises(ValidationError, match="there is no fact colour"):
        settings(filters={"colour": ["red"]})


@pytest.mark.rule("EA-17")
@pytest.mark.parametrize("value", ["No", "no", " NO "])
def test_no_keeps_a_customer_out_of_everything(value: str) -> None:
    out = with_properties(sync=value, company="250")
    assert plan_of(unlinked(customer(properties=out))).steps == ()
    assert plan_of(unlinked(customer("C100", properties=out), company(250, "C100"))).steps == ()
    changed = plan_of(linked(customer(city="Ocala", properties=out), unchanged=False))
    assert (changed.outcome, changed.steps) == ("skipped", ())
    assert "ZCJ_SyncToCW" in changed.reason


@pytest.mark.rule("EA-17")
@pytest.mark.parametrize("properties", [None, {}, *(with_properties(sync=v) for v in ("", "Yes", "N", "none", "0"))])
def test_nothing_but_no_keeps_a_customer_out(properties: dict[str, str] | None) -> None:
    assert "create" in [step.verb for step in plan_of(unlinked(customer(properties=properties))).steps]


@pytest.mark.rule("EA-17")
def test_a_location_opts_out_by_itself() -> None:
    plan = plan_of(located(location(properties=with_properties(sync="No")), site()))
    assert (plan.outcome, plan.steps) == ("skipped", ())


@pytest.mark.rule("EA-17")
def test_an_opted_out_customer_raises_no_issue() -> None:
    out = with_properties(sync="No")
    assert (
        codes(plan_of(unlinked(customer("C100", properties=out), company(250, "C100"), company(251, "X", "C100"))))
        == []
    )


@pytest.mark.rule("EA-04")
def test_the_flow_needs_no_setting_at_all() -> None:
    assert CustomerSettings.model_validate({}) == CustomerSettings()
