"""The coverage flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.coverage import Shop
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import Desk

FLOW = "pcrt_coverage"


class CoverageDesk(Desk):
    """The example's two systems, set up as they should be."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.settings = {}
        self.shop = Shop(rig)
        self.automate, self.pcrt = rig.automate, rig.pcrt


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[CoverageDesk]:
    with rigged(FLOW, stack) as rig:
        yield CoverageDesk(rig)


def test_all_is_there(desk: CoverageDesk) -> None:
    assert desk.failed() == []
    assert desk.issues() == {}


@pytest.mark.rule("PC-15", "PC-46")
def test_every_plan_group_is_in_automate_once(desk: CoverageDesk) -> None:
    desk.set(plan_groups=["BizCare Plus", "Gold"])
    desk.automate.add_group("bizcare plus")
    assert desk.failed() == [("PLAN_GROUP", "bizcare plus"), ("PLAN_GROUP", "gold")]
    desk.automate.add_group("Gold")
    desk.set(plan_groups=["Gold"])
    assert desk.failed() == []


@pytest.mark.rule("PC-07")
def test_pcrt_says_which_field_is_the_serial_number(desk: CoverageDesk) -> None:
    desk.pcrt.edit("mainassetinfofields", 104, matchword="")
    assert desk.failed() == [("SERIAL_FIELD", "")]
    desk.pcrt.edit("mainassetinfofields", 104, matchword="serial")
    assert desk.failed() == []


def test_the_private_columns_are_those_of_the_settings(desk: CoverageDesk) -> None:
    pcrt = {"base_url": desk.pcrt.url, "members_column": "servicecontracts.listed"}
    desk.set(systems={"pcrt": pcrt})
    assert desk.failed() == [("PRIVATE_COLUMN", "members_column")]
    desk.set(systems={"pcrt": {**pcrt, "members_column": "servicecontracts.additionalmembers"}})
    assert desk.failed() == []


def test_a_pattern_that_finds_no_subscription_is_no_failure_and_no_proof(desk: CoverageDesk) -> None:
    desk.set(bizcare_name_pattern="Gold*")
    assert desk.failed() == []
    assert [check["passed"] for check in desk.run()["checks"] if check["code"] == "BIZCARE_SUBSCRIPTIONS"] == [None]


@pytest.mark.parametrize("path", ["Clients", "Computers", "Groups", "GroupComputers"])
def test_a_right_that_is_missing_in_automate_is_named(desk: CoverageDesk, path: str) -> None:
    name = {"GroupComputers": "Group computers"}.get(path, path)
    desk.automate.settings.may_not = frozenset({f"GET {path}"})
    assert desk.failed() == [("RIGHT", f"connectwise_automate/{name}: inquire")]
    desk.automate.settings.may_not = frozenset()
    assert desk.failed() == []


def test_a_table_that_pcrt_does_not_give_is_named(desk: CoverageDesk) -> None:
    desk.pcrt.store.write("ALTER TABLE pc_group RENAME TO pc_groups")
    assert desk.failed() == [("RIGHT", "pcrt/pc_group: inquire")]


@pytest.mark.rule("PC-42")
def test_the_right_to_write_clients_is_asked_for_with_proposals_only(desk: CoverageDesk) -> None:
    def asked() -> set[str]:
        return {check["about"] for check in desk.run()["checks"] if check["code"] == "RIGHT"}

    write = "connectwise_automate/Clients: edit"
    assert write not in asked()
    desk.set(propose_fixes=True)
    assert write in asked()


def test_automate_without_any_plan_group_pauses_the_flow_before_anything_is_taken_away(desk: CoverageDesk) -> None:
    desk.rig.sync()
    desk.set(plan_groups=["Gold"])
    desk.rig.sync("comprehensive")
    assert list(desk.issues()) == ["CONFIGURATION_WRONG"]
    assert desk.shop.listed(desk.shop.premium) == [9, 10]
    desk.set()
    desk.run()
    assert desk.issues() == {}
