"""Preflight of the matching: each check failing and passing, with table and row named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.quickpass import CELL, EMAIL, MOBILE, TYPES
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import checks, failed


class HelpDesk:
    """A connection set up as it should be, with one customer."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.psa = rig.psa
        self.quickpass = rig.quickpass
        self.customer = self.quickpass.add_customer("Alder Dental")
        self.set()

    def set(self, **settings: Any) -> None:
        self.rig.settings(**{"auto_match": ["Alder Dental"], **settings})

    def rename(self, kind: dict[str, int], name: str) -> None:
        self.psa.edit(TYPES, kind["id"], description=name)

    def failed(self) -> list[tuple[str, str]]:
        return failed(self.rig)

    def told(self, code: str) -> str:
        """What a check says: where, what is there, what to do."""
        (check,) = (one for one in checks(self.rig) if one["code"] == code and one["passed"] is False)
        return f"{check['where']}: {check['found']}. {check['fix']}"


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[HelpDesk]:
    with rigged("quickpass_contacts", stack) as rig:
        yield HelpDesk(rig)


def test_what_is_set_up_passes(desk: HelpDesk) -> None:
    assert desk.failed() == []
    desk.set(create_companies=True, company_type="Client", auto_match=["*"])
    assert desk.failed() == []


@pytest.mark.rule("QP-17", "QP-18")
def test_a_mobile_type_of_another_name_is_told_with_table_and_row(desk: HelpDesk) -> None:
    desk.rename(MOBILE, "End User Mobile")
    assert desk.failed() == [], "there is Cell as well"
    desk.rename(CELL, "Personal Cell")
    told = desk.told("COMMUNICATION_TYPE")
    assert "System > Setup Tables > Contacts > Communication Type, row Mobile" in told
    assert "there is “Direct”, “End User Mobile”, “Personal Cell”" in told
    desk.set(communication_types={"mobile": "Personal Cell"})
    assert desk.failed() == []


@pytest.mark.rule("QP-19", "QP-20")
def test_an_email_type_of_another_name_is_told(desk: HelpDesk) -> None:
    desk.rename(EMAIL, "Email - Work")
    told = desk.told("COMMUNICATION_TYPE")
    assert "row Email" in told
    assert "there is “Email - Work”" in told


@pytest.mark.rule("QP-18", "QP-20")
def test_blanks_around_a_name_are_told_though_they_do_not_matter_here(desk: HelpDesk) -> None:
    desk.rename(EMAIL, " Email")
    assert "row Email: there are blanks before or behind it" in desk.told("COMMUNICATION_TYPE_BLANKS")


def test_customers_end_users_and_set_up_rows_are_checked(desk: HelpDesk) -> None:
    desk.set(auto_match=["Birch", desk.customer], create_companies=True, company_status="Gone", company_type="Nobody")
    assert desk.failed() == [("COMPANY_STATUS", "gone"), ("COMPANY_TYPE", "nobody"), ("CUSTOMER", "birch")]
    desk.set()
    desk.quickpass.settings.end_users = False
    assert "crosswise accounts import" in desk.told("END_USERS")
    desk.set(accounts_from="import")
    assert desk.failed() == []


def test_without_a_right_the_rest_is_checked_all_the_same(desk: HelpDesk) -> None:
    desk.quickpass.settings.may_not = frozenset({"GET customers"})
    assert [code for code, _ in desk.failed()] == ["RIGHT"]
