"""Moovila's flows: each check passing and failing, every name of the settings looked up in both systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.moovila import SETTINGS, Office
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import checks


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("moovila_projects", stack, **SETTINGS) as rig:
        Office.opened(rig.psa, rig.moovila, rig.store.links)
        yield rig


def failed(rig: Rig, **settings: Any) -> set[tuple[str, str]]:
    """Code and subject of each check that fails under these settings."""
    rig.settings(**{**SETTINGS, **settings})
    return {(one["code"], one["about"]) for one in checks(rig) if one["passed"] is False}


def test_what_is_set_up_passes(rig: Rig) -> None:
    assert failed(rig) == set()
    made = {one["code"] for one in checks(rig)}
    assert {"STATUS_CATEGORIES", "BOARD", "TICKET_STATUS", "PROJECT_STATUS", "WORK_TYPE", "CATEGORY"} <= made
    assert [one["passed"] for one in checks(rig) if one["code"] == "CUSTOM_FIELD"] == [True] * 3


def test_every_name_that_is_not_there_is_told_by_itself(rig: Rig) -> None:
    statuses = {"Not Started": ["New"], "In Progress": ["Busy"], "Complete": ["Closed"], "Parked": ["Waiting"]}
    found = failed(
        rig,
        task_statuses={"*": statuses, "Rollouts": statuses},
        project_statuses={"*": {"In Planning": ["Dreaming"]}},
        default_work_type="Night",
        board="Nowhere",
        cw_id_field="Their ID",
    )
    assert {
        ("BOARD", "nowhere"),
        ("BOARD", "rollouts"),
        ("TICKET_STATUS", "*/busy"),
        ("TICKET_STATUS", "*/waiting"),
        ("PROJECT_STATUS", "*/dreaming"),
        ("WORK_TYPE", "night"),
        ("CATEGORY", "task/parked"),
        ("CUSTOM_FIELD", "project/their id"),
        ("CUSTOM_FIELD", "project ticket/their id"),
        ("CUSTOM_FIELD", "time entry/their id"),
    } <= found
    assert ("CATEGORY", "task/complete") not in found
    assert ("TICKET_STATUS", "*/new") not in found


def test_statuses_in_no_category_at_all_are_told(rig: Rig) -> None:
    assert ("STATUS_CATEGORIES", "") in failed(rig, task_statuses={})


def test_a_key_that_may_not_read_categories_is_told(rig: Rig) -> None:
    rig.moovila.settings = replace(rig.moovila.settings, may_not=frozenset({"GET status-categories"}))
    assert ("CATEGORIES", "") in failed(rig)


def test_names_in_the_filters_of_reference_data_are_looked_up(stack: Stack, aws: None) -> None:
    with rigged("moovila_reference_data", stack, filters={"status": ["Gone"], "type": ["Nobody"]}) as rig:
        found = {(one["code"], one["about"]) for one in checks(rig) if one["passed"] is False}
    assert found == {("COMPANY_STATUS", "gone"), ("COMPANY_TYPE", "nobody")}
