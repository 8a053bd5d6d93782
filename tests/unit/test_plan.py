"""Plans: their shapes, how steps build on earlier creates, what names a plan."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.sync.plan import LINKS, Created, Plan, Step, skip
from shared.sync.record import Ref
from tests.unit import plans

HOME = Ref("customer-company", "partner", "1")


@pytest.mark.parametrize("name", plans.ALL)
def test_every_shape_of_the_adr_is_a_plan_with_a_name_of_its_own(name: str) -> None:
    plan = plans.ALL[name]
    others = {other.fingerprint for key, other in plans.ALL.items() if key != name}
    assert plan.fingerprint not in others
    assert plan.fingerprint == replace(plan, reason="said otherwise").fingerprint
    assert plan.outcome == "applied"


def test_a_step_gets_the_id_of_an_earlier_create_wherever_it_names_it() -> None:
    step = plans.won_opportunity.steps[2].fill({"opportunity": "900"})
    assert step.fields["opportunity"] == "900"
    assert step.fields["revenue"] == Decimal("1200.00")
    nested = plans.customer.steps[2].fill({"company": "77"})
    assert nested.fields == {"properties": {"ZCJ_CW_CompanyID": "77"}}


def test_a_system_is_handed_its_own_words_in_the_place_of_the_pairs() -> None:
    step = Step(
        "a", "zomentum", "item", "update", "1", {"name": "X", "sku": "S", "price": 1, "custom_fields": {"A": 1}},
        before={"name": "Y", "sku": "R", "price": 2},
        instead={"sku": {"custom_fields": {"SKU": "S"}}, "name": {"identifier": "X"}, "of": {"of": Created("item")}},
    )  # fmt: skip
    handed = step.fill({"item": "9"}).handed()
    assert handed.fields == {"price": 1, "custom_fields": {"A": 1, "SKU": "S"}, "identifier": "X"}
    assert handed.before == {"price": 2}
    assert step.needs() == {"item"}
    assert handed.handed() == handed


def test_a_step_that_names_no_earlier_create_is_refused() -> None:
    with pytest.raises(ValueError, match="no earlier step creates"):
        Plan(HOME, "", steps=(Step("link", LINKS, "customer-company", "link", fields={"cw": Created("company")}),))


def test_two_steps_of_one_name_are_refused() -> None:
    step = Step("a", "eautomate", "customer", "update", "1")
    with pytest.raises(ValueError, match="two steps"):
        Plan(HOME, "", steps=(step, step))


def test_what_builds_on_a_step_goes_with_it() -> None:
    create = plans.project_tree.steps[0]
    rest = plans.project_tree.without([create], "No phases.")
    assert [step.id for step in rest.steps] == ["task-1", "ticket-1", "ticket-3", "link-3"]
    assert rest.reason.endswith("No phases.")


def test_the_create_knows_the_step_that_links_it() -> None:
    assert plans.customer.link_after(plans.customer.steps[0]) == plans.customer.steps[1]
    assert plans.won_opportunity.link_after(plans.won_opportunity.steps[2]) is None


def test_a_plan_without_steps_is_in_step_or_skipped() -> None:
    assert Plan(HOME, "Both sides agree.").outcome == "in_step"
    assert skip(HOME, "filtered").outcome == "skipped"


def test_a_warning_makes_no_issue_of_a_plan() -> None:
    warning = plans.client_set.issues[0]
    assert Plan(HOME, "", issues=(warning,)).outcome == "in_step"
    assert Plan(HOME, "", issues=(replace(warning, blocks=True),)).outcome == "issue"


def test_the_fingerprint_follows_every_value() -> None:
    step = plans.customer.steps[0]
    changed = replace(step, fields={**step.fields, "name": "Alder Dental LLC"})
    assert replace(plans.customer, steps=(changed, *plans.customer.steps[1:])).fingerprint != plans.customer.fingerprint
