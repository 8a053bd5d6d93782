"""Zomentum's flows: each check failing and passing, and that nothing starts before all of them hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.preflight.running import preflight
from infra.local.cloud.stack import Stack
from infra.local.simulators.zomentum.entities import FIELDS
from shared.sync.pausing import CONNECTION
from shared.sync.record import Ref
from tests.flows.rig import Rig, rigged
from tests.flows.zomentum import COMPANIES, CONTACTS, ID_FIELD, Msp
from tests.preflight.conftest import Desk

FLOWS = ("zomentum_companies", "zomentum_contacts")


class Candidate(Desk):
    """Both flows of one connection, set up as they should be, and not started."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.psa = rig.psa
        self.msp = Msp(rig)
        self.settings = {}
        self.set()

    def set(self, contacts: dict[str, Any] | None = None, **companies: Any) -> None:
        self.rig.connect(beside={FLOWS[1]: contacts or {}}, **companies)

    def start(self) -> dict[str, Any]:
        """What `crosswise start` is answered for the connection."""
        found: dict[str, Any] = preflight(self.rig.runtime, "demo", lambda: 100.0, start="kim")["connections"]["demo"]
        return found


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[Candidate]:
    with rigged(FLOWS[0], stack) as rig:
        yield Candidate(rig)


@pytest.mark.rule("ZM-03", "ZM-31")
def test_what_holds_is_started_as_one_by_a_person_and_runs_from_then_on(desk: Candidate) -> None:
    desk.msp.company("Alder Dental")
    assert desk.rig.sync() == {"parked": 1}
    assert desk.msp.names_there() == []
    assert (desk.run()["failed"], desk.run()["waiting"]) == (0, list(FLOWS)), "a preflight alone starts nothing"
    found = desk.start()
    assert (found["started"], found["waiting"], found["refused"]) == (list(FLOWS), [], [])
    desk.rig.tick(minutes=1)
    assert desk.msp.names_there() == ["Alder Dental"]
    place = Ref(CONNECTION, "cw", FLOWS[0])
    assert [(entry.by, entry.what) for entry in desk.rig.history(place)] == [("kim", "Started with these settings.")]


@pytest.mark.rule("ZM-03")
def test_a_fault_of_one_flow_starts_none_and_every_fault_is_named(desk: Candidate) -> None:
    desk.set(contacts={"contact_type": "Friend"}, company_status="Gone", company_type="Nobody")
    found = desk.start()
    failed = {(check["code"], check["about"]) for check in found["checks"] if check["passed"] is False}
    assert failed == {("COMPANY_STATUS", "gone"), ("COMPANY_TYPE", "nobody"), ("CONTACT_TYPE", "friend")}
    assert (found["started"], found["refused"], found["waiting"]) == ([], list(FLOWS), list(FLOWS))
    desk.set()
    assert desk.start()["started"] == list(FLOWS)


@pytest.mark.rule("ZM-03")
def test_settings_that_do_not_hold_are_refused_with_each_fault(desk: Candidate) -> None:
    desk.set(owners={"colour": "cw"}, filters={"size": ["L"]})
    found = desk.start()
    (check,) = (check for check in found["checks"] if check["passed"] is False)
    assert check["code"] == "SETTINGS"
    assert "no shared fields: colour" in check["found"]
    assert "there is no fact size" in check["found"]
    assert found["waiting"] == list(FLOWS)


@pytest.mark.rule("ZM-03")
def test_while_a_system_does_not_answer_nothing_is_started(desk: Candidate) -> None:
    desk.rig.zomentum.faults.order("status", status=503, times=99)
    found = desk.start()
    assert found["unanswered"]
    assert found["waiting"] == list(FLOWS)


@pytest.mark.rule("ZM-03")
def test_changed_settings_stand_until_they_are_started_too(desk: Candidate) -> None:
    desk.start()
    desk.rig.sync()
    desk.set(create_only=True)
    desk.msp.company("Alder Dental")
    assert desk.rig.sync() == {"parked": 1}
    assert desk.run()["waiting"] == list(FLOWS), "they are one document"
    desk.start()
    desk.rig.tick(minutes=1)
    assert desk.msp.names_there() == ["Alder Dental"]


def test_both_sides_need_the_field_that_carries_the_others_id(desk: Candidate) -> None:
    for name in ("Crosswise ID",):
        for row in desk.rig.zomentum.records(FIELDS):
            if row["name"] == name and row["entity_type"] in ("client_company", "client_user"):
                desk.rig.zomentum.delete(FIELDS, row["id"])
    desk.set(cw_id_field="Number", contacts={"cw_id_field": "Number"})
    assert desk.failed() == [
        ("CUSTOM_FIELD", "company/number"), ("SYNC_FIELD", "company"),
        ("CUSTOM_FIELD", "contact/number"), ("SYNC_FIELD", "contact"),
    ]  # fmt: skip
    assert ID_FIELD not in str([check["title"] for check in desk.run()["checks"]])


def test_items_can_be_written_only_where_there_are_types_for_them(desk: Candidate) -> None:
    for row in desk.psa.records("company/communicationTypes"):
        if row.get("phoneFlag"):
            desk.psa.delete("company/communicationTypes", row["id"])
    assert desk.failed() == [("COMMUNICATION_TYPE", "phone")]


@pytest.mark.parametrize("path", [COMPANIES, CONTACTS])
def test_a_right_that_is_missing_is_named(desk: Candidate, path: str) -> None:
    assert desk.failed() == []
    row = {COMPANIES: "Companies: Company Maintenance", CONTACTS: "Companies: Contacts"}[path]
    rows = ("System: Table Setup", "System: My Company", "Companies: Company Maintenance", "Companies: Contacts")
    desk.grant({name: "inquire add edit" for name in rows if name != row})
    assert ("RIGHT", f"connectwise_psa/{row}: inquire") in desk.failed()


def test_a_right_in_zomentum_that_is_missing_is_named(desk: Candidate) -> None:
    desk.rig.zomentum.settings.may_not = frozenset({"GET client/users"})
    assert desk.failed() == [("RIGHT", "zomentum/Client contacts: inquire")]
