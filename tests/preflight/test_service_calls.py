"""The service call flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import SIMULATORS, Rig, rigged
from tests.preflight.conftest import checks, failed, is_named_when_missing, untouched

SETTINGS: Mapping[str, Any] = {
    "ticket_statuses": ["Completed", "ready to invoice"],
    "call_type": "rem",
    "bill_code": "TM",
    "hold_code": "PARTS",
    "equipment": "E1",
    "call_status": "O",
}
INVOICES: Mapping[str, Any] = {
    "mode": "invoice",
    "invoice_statuses": ["Ready"],
    "product_item": "PARTS",
    "expense_item": "EXP",
}
ALL = {
    "Service Desk: Service Tickets": "inquire",
    "Project: Project Tickets": "inquire",
    "Time & Expense: Time Entry": "inquire",
    "Procurement: Products": "inquire",
    "System: Table Setup": "inquire add edit delete",
    "System: My Company": "inquire",
}
"""What the table of rights asks for, by the names of the simulator's roles."""


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_service_calls", stack, **SETTINGS) as rig:
        rig.eautomate.add_customer("C1", "Acme")
        rig.eautomate.equipment.add("E1", "C1")
        for number in ("PARTS", "EXP"):
            rig.eautomate.items.add(number, number, MSRP=Decimal(1))
        yield rig


def test_a_connection_set_up_as_it_should_be_passes(rig: Rig) -> None:
    assert failed(rig) == []
    rig.settings(**INVOICES)
    assert failed(rig) == []
    assert untouched(rig)


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize("right", list(ALL))
def test_each_missing_right_is_named(rig: Rig, right: str) -> None:
    assert is_named_when_missing(rig, right, ALL)


@pytest.mark.rule("EA-43")
@pytest.mark.parametrize(
    ("change", "code", "about"),
    [
        ({"ticket_statuses": []}, "STATUSES", "ticket_statuses"),
        ({"ticket_statuses": ["Completed", "Nope"]}, "TICKET_STATUS", "nope"),
        ({**INVOICES, "invoice_statuses": ["Nope"]}, "BILLING_STATUS", "nope"),
        ({**INVOICES, "invoice_statuses": []}, "STATUSES", "invoice_statuses"),
        ({"call_type": "Nope"}, "CALL_TYPE", "nope"),
        ({"bill_code": "Nope"}, "BILL_CODE", "nope"),
        ({"hold_code": "Nope"}, "HOLD_CODE", "nope"),
        ({"equipment": "Nope"}, "EQUIPMENT", "nope"),
        ({**INVOICES, "product_item": "Nope"}, "ITEM", "nope"),
    ],
)
def test_what_the_settings_name_and_nobody_has_is_told(rig: Rig, change: dict[str, Any], code: str, about: str) -> None:
    rig.settings(**{**({} if "mode" in change else SETTINGS), **change})
    assert failed(rig) == [(code, about)]


def test_what_is_inactive_or_priced_otherwise_is_told(rig: Rig) -> None:
    rig.eautomate.codes.edit("hold_codes", "PARTS", active=False)
    assert failed(rig) == [("HOLD_CODE", "parts")]
    for board in rig.psa.records("service/boards"):
        for status in rig.psa.records(f"service/boards/{board['id']}/statuses"):
            if status["name"] == "Completed":
                rig.psa.edit(f"service/boards/{board['id']}/statuses", status["id"], inactive=True)
    assert failed(rig) == [("TICKET_STATUS", "completed"), ("HOLD_CODE", "parts")]
    rig.settings(**INVOICES)
    rig.eautomate.items.edit("PARTS", MSRP=Decimal(2))
    rig.eautomate.items.edit("EXP", Active=False)
    assert failed(rig) == [("ITEM", "parts"), ("ITEM", "exp")]


def test_a_server_whose_zone_is_not_set_is_told_of_but_does_not_fail(rig: Rig) -> None:
    def zone() -> Any:
        return next(check["passed"] for check in checks(rig) if check["code"] == "TIME_ZONE")

    assert zone() is None
    server = {"base_url": rig.eautomate.url, "company": SIMULATORS["eautomate"][1], "time_zone": "America/New_York"}
    rig.settings(systems={"eautomate": server}, **SETTINGS)
    assert zone() is True
