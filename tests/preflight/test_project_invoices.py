"""The project invoice flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import checks, failed, is_named_when_missing, untouched

SETTINGS: Mapping[str, Any] = {
    "statuses": ["Ready"], "fee_item": "FEE", "call_type": "PROJ", "bill_code": "TM",
    "filters": {"project_status": ["Open"], "project_type": ["Migration"]},
}  # fmt: skip
ALL = {
    "Finance: Invoicing": "inquire",
    "Project: Project Headers": "inquire",
    "Project: Project Tickets": "inquire",
    "Time & Expense: Time Entry": "inquire",
    "System: Table Setup": "inquire add edit delete",
    "System: My Company": "inquire",
}
"""What the table of rights asks for, by the names of the simulator's roles."""


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_project_invoices", stack, **SETTINGS) as rig:
        rig.eautomate.items.add("FEE", "Project fee", ItemType=2, MSRP=Decimal(1), InventoryCode="SVC-EXP")
        yield rig


def test_a_connection_set_up_as_it_should_be_passes(rig: Rig) -> None:
    assert failed(rig) == []
    assert untouched(rig)


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize("right", list(ALL))
def test_each_missing_right_is_named(rig: Rig, right: str) -> None:
    assert is_named_when_missing(rig, right, ALL)


@pytest.mark.rule("EA-52")
@pytest.mark.parametrize(("fields", "says"), [
    ({"ItemType": 1}, "is an inventory item"),
    ({"Active": False}, "is inactive"),
    ({"MSRP": Decimal(250)}, "list price is 250 in place of 1.00"),
])  # fmt: skip
def test_the_item_of_fixed_fees_must_be_a_part_that_costs_one(rig: Rig, fields: dict[str, Any], says: str) -> None:
    rig.eautomate.items.edit("FEE", **fields)
    assert failed(rig) == [("ITEM", "fee")]
    assert says in next(check["found"] for check in checks(rig) if check["code"] == "ITEM")


@pytest.mark.rule("EA-52")
def test_an_item_that_is_not_there_fails_and_one_without_a_price_stays_open(rig: Rig) -> None:
    rig.settings(**{**SETTINGS, "fee_item": "FEE2"})
    assert failed(rig) == [("ITEM", "fee2")]
    rig.eautomate.items.add("FEE2", "Project fee", ItemType=2, InventoryCode="SVC-EXP")
    (check,) = [check for check in checks(rig) if check["code"] == "ITEM"]
    assert (check["passed"], check["found"]) == (None, "it is there, but e-automate does not say what it costs")


def test_without_an_item_fixed_fees_stay_open(rig: Rig) -> None:
    rig.settings(**{**SETTINGS, "fee_item": ""})
    (check,) = [check for check in checks(rig) if check["code"] == "ITEM"]
    assert (check["passed"], check["title"]) == (None, "Item of fixed fees")


@pytest.mark.parametrize(("given", "about"), [
    ({"statuses": ["Ready", "Sent"]}, ("BILLING_STATUS", "sent")),
    ({"filters": {"project_status": ["Paused"]}}, ("PROJECT_STATUS", "paused")),
    ({"filters": {"project_type": ["Survey"]}}, ("PROJECT_TYPE", "survey")),
    ({"call_type": "PROJECT"}, ("CALL_TYPE", "project")),
    ({"bill_code": "T&M"}, ("BILL_CODE", "t&m")),
])  # fmt: skip
def test_what_the_settings_name_must_be_there(rig: Rig, given: dict[str, Any], about: tuple[str, str]) -> None:
    rig.settings(**{**SETTINGS, **given})
    assert failed(rig) == [about]


def test_a_call_status_cannot_be_looked_up(rig: Rig) -> None:
    rig.settings(**SETTINGS, call_status="O")
    (check,) = [check for check in checks(rig) if check["code"] == "CALL_STATUS"]
    assert check["passed"] is None
