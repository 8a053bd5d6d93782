"""The agreement flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.dealer import AGREEMENTS, GOLD, INVOICES, Dealer
from tests.flows.rig import rigged
from tests.preflight import conftest

SETTINGS: Mapping[str, Any] = {
    "statuses": ["Ready"],
    "agreement_types": [GOLD],
    "default_template": "DEFAULT",
    "time_item": "TIME",
    "contract_number_field": "EA Contract",
    "invoice_number_field": "EA Invoice",
}
ALL = {
    "Finance: Invoicing": "inquire edit",
    "Finance: Agreements": "inquire edit",
    "System: Table Setup": "inquire add edit delete",
    "System: My Company": "inquire",
}
"""What the table of rights asks for, by the names of the simulator's roles."""


@pytest.fixture
def dealer(stack: Stack, aws: None) -> Iterator[Dealer]:
    with rigged("eautomate_agreements", stack, **SETTINGS) as rig:
        dealer = Dealer(rig)
        dealer.bills()
        dealer.eautomate.contracts.add_template("DEFAULT", "HOUSE")
        dealer.psa.define_custom_field(AGREEMENTS, "EA Contract")
        dealer.psa.define_custom_field(INVOICES, "EA Invoice")
        yield dealer


def failed(dealer: Dealer, **settings: Any) -> list[tuple[str, str]]:
    """The failed checks under these settings, by code and what each is about."""
    dealer.rig.settings(**{**SETTINGS, **settings})
    return conftest.failed(dealer.rig)


def test_a_connection_set_up_as_it_should_be_passes(dealer: Dealer) -> None:
    assert failed(dealer) == []
    assert conftest.untouched(dealer.rig)


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize("right", list(ALL))
def test_each_missing_right_is_named(dealer: Dealer, right: str) -> None:
    assert conftest.is_named_when_missing(dealer.rig, right, ALL)


@pytest.mark.rule("EA-12")
def test_a_role_with_the_listed_rights_is_enough_to_sync(dealer: Dealer) -> None:
    conftest.grant(dealer.rig, ALL)
    dealer.rig.settings(**{**SETTINGS, "statuses": []})
    dealer.settle()
    assert dealer.contract_link()
    assert dealer.rig.codes() == []


def test_a_gateway_must_answer(dealer: Dealer) -> None:
    dealer.eautomate.faults.order("status", operation="GET /contract-imports", status=401, times=2)
    assert failed(dealer) == [("GATEWAY", "")]
    told = dealer.messages()["PREFLIGHT_GATEWAY"]
    assert "refuses the keys that the PublicAPI takes" in told
    assert "systems.eautomate.gateway_url" in told
    assert failed(dealer) == []


@pytest.mark.rule("EA-26")
def test_every_status_must_be_there_and_active(dealer: Dealer) -> None:
    assert failed(dealer, statuses=["Ready", "Sent"]) == [("BILLING_STATUS", "sent")]
    row = dealer.psa.add("finance/billingStatuses", name="Sent", inactiveFlag=True)
    assert failed(dealer, statuses=["Ready", "Sent"]) == [("BILLING_STATUS", "sent")]
    assert "it is there, but inactive" in dealer.messages()["PREFLIGHT_BILLING_STATUS"]
    dealer.psa.edit("finance/billingStatuses", row["id"], inactiveFlag=False)
    assert failed(dealer, statuses=["ready", "SENT"]) == []


@pytest.mark.rule("EA-27")
def test_every_agreement_type_must_be_there(dealer: Dealer) -> None:
    found = failed(dealer, agreement_types=[GOLD, "Silver"])
    assert ("AGREEMENT_TYPE", "silver") in found
    assert "there is Managed Services Gold, Block Time" in dealer.messages()["PREFLIGHT_AGREEMENT_TYPE"]


@pytest.mark.rule("EA-37")
def test_the_templates_of_the_types_and_the_default_must_be_there_to_the_character(dealer: Dealer) -> None:
    dealer.eautomate.contracts.add_template("**CW block time", "HOUSE")
    types = {"agreement_types": [GOLD, "Block Time"], "base_item_pattern": "MIT"}
    assert failed(dealer, **types) == [("TEMPLATE", "**CW Block Time")]
    assert failed(dealer, default_template="default") == [("TEMPLATE", "default")]
    named = {"template_pattern": "{agreement_name}", "base_item_pattern": "{agreement_name}"}
    assert failed(dealer, **named) == [], "what is named after agreements cannot be told beforehand"
    assert failed(dealer, agreement_types=[], default_template="") == []


def test_every_item_that_settings_name_must_be_there(dealer: Dealer) -> None:
    assert failed(dealer, time_item="NONE", expense_item="MIT") == [("CONTRACT_ITEM", "NONE")]
    assert failed(dealer, base_item_pattern="X {agreement_type}") == [("CONTRACT_ITEM", f"X {GOLD}")]


def test_every_custom_field_must_be_there(dealer: Dealer) -> None:
    assert failed(dealer, contract_number_field="EA K") == [("CUSTOM_FIELD", "agreement/ea k")]
    assert failed(dealer, paid_field="EA Paid") == [("CUSTOM_FIELD", "invoice/ea paid")]
    assert "System > Setup Tables > Custom Fields, screen Invoice" in dealer.messages()["PREFLIGHT_CUSTOM_FIELD"]


def test_custom_fields_without_a_record_to_see_them_on_are_left_open(dealer: Dealer) -> None:
    for invoice in dealer.psa.records(INVOICES):
        dealer.psa.delete(INVOICES, invoice["id"])
    open_ = [
        check["about"]
        for check in conftest.checks(dealer.rig)
        if check["code"] == "CUSTOM_FIELD" and check["passed"] is None
    ]
    assert open_ == ["invoice/ea invoice"]
