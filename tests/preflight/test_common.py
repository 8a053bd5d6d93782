"""The checks that all flows share, what failed checks leave behind, and what a mended connection lets go on."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from functions.preflight import app
from functions.preflight.running import preflight
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong
from shared.systems.connectwise_psa import Psa
from tests.flows.rig import SIMULATORS
from tests.preflight.conftest import ALL, PUBLIC, Desk, slow

WRONG = {
    "connectwise_psa": {"public_key": "public", "private_key": "wr0ng-s3cret", "client_id": "0a4a7d3c"},
    "eautomate": {"user": "demo", "password": "wr0ng-s3cret"},
}
NEEDED = {"type": "company", "level": "owner", "objectId": 1, "url": f"{PUBLIC}/callbacks/demo?recordId="}


@pytest.mark.parametrize("system", WRONG)
def test_wrong_keys_are_an_issue_and_no_exception(desk: Desk, system: str, caplog: pytest.LogCaptureFixture) -> None:
    desk.rig.put_keys(system, WRONG[system])
    found = desk.run()
    assert [check["code"] for check in found["checks"] if check["passed"] is False] == ["KEYS"]
    assert len(found["unanswered"]) == 1, "the flow's own checks were not made"
    issue = desk.issues()["PREFLIGHT_KEYS"].issue
    assert f"crosswise/{system}/demo" in issue.fix
    assert "wr0ng-s3cret" not in json.dumps(found) + str(issue) + caplog.text
    desk.rig.put_keys(system, SIMULATORS[system][2])
    assert desk.failed() == []
    assert desk.issues() == {}


def test_a_missing_secret_is_an_issue_that_names_it(desk: Desk) -> None:
    desk.rig.runtime.clients.secretsmanager.delete_secret(
        SecretId="crosswise/eautomate/demo", ForceDeleteWithoutRecovery=True
    )
    assert desk.failed() == [("KEYS", "")]
    assert "The secret crosswise/eautomate/demo does not exist" in desk.issues()["PREFLIGHT_KEYS"].issue.message


def test_other_failures_stay_while_keys_are_refused(desk: Desk) -> None:
    desk.set(company_type="Dealer")
    assert desk.failed() == [("COMPANY_TYPE", "dealer")]
    desk.rig.put_keys("connectwise_psa", WRONG["connectwise_psa"])
    desk.run()
    assert set(desk.issues()) == {"PREFLIGHT_COMPANY_TYPE", "PREFLIGHT_KEYS"}
    desk.rig.put_keys("connectwise_psa", SIMULATORS["connectwise_psa"][2])
    desk.run()
    assert set(desk.issues()) == {"PREFLIGHT_COMPANY_TYPE"}


@pytest.mark.parametrize("system", ["connectwise_psa", "eautomate"])
@pytest.mark.parametrize("seconds", [-90, 90])
def test_a_clock_that_goes_wrong_is_found(desk: Desk, system: str, seconds: int) -> None:
    slow(desk, system, timedelta(seconds=seconds))
    assert desk.failed() == [("CLOCK", "")]
    told = f"90 seconds {'ahead' if seconds > 0 else 'behind'}"
    assert told in desk.issues()["PREFLIGHT_CLOCK"].issue.message
    slow(desk, system, timedelta(seconds=seconds / 2))
    desk.rig.clock.turn(minutes=1)
    assert desk.failed() == []
    assert desk.issues() == {}


def test_settings_that_do_not_hold_are_named(desk: Desk) -> None:
    desk.set(company_statsu="Active")
    assert desk.failed() == [("SETTINGS", "")]
    issue = desk.issues()["PREFLIGHT_SETTINGS"].issue
    assert "company_statsu" in issue.message
    assert "flows.eautomate_customers" in issue.fix
    desk.set()
    assert desk.failed() == []
    assert desk.issues() == {}


def test_a_flow_that_there_is_not_is_named_until_it_is_used_no_more(desk: Desk) -> None:
    connection = desk.rig.store.flows.connection("demo")
    assert connection is not None
    odd = {**connection.model_dump(), "flows": {**connection.flows, "eautomate_custommers": {}}}
    desk.rig.store.flows.put_connection(Connection.model_validate(odd))
    assert desk.failed() == [("SETTINGS", "")]
    assert "there is no flow of that name" in desk.issues()["PREFLIGHT_SETTINGS"].issue.message
    desk.rig.store.flows.put_connection(connection)
    assert desk.failed() == []
    assert desk.issues() == {}


def test_a_missing_right_to_what_every_flow_needs_is_named(desk: Desk) -> None:
    desk.grant({name: rights for name, rights in ALL.items() if name != "System: My Company"})
    assert desk.failed() == [("RIGHT", "connectwise_psa/System: My Company: inquire")]


def test_callbacks_that_are_missing_or_disabled_are_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBACK_URL", PUBLIC)
    desk.psa.add("system/callbacks", **{**NEEDED, "url": f"{PUBLIC}/callbacks/demo-2?recordId="})
    assert desk.failed() == [("CALLBACK", "company")]
    assert "there is none" in desk.issues()["PREFLIGHT_CALLBACK"].issue.message
    entry = desk.psa.add("system/callbacks", **NEEDED, inactiveFlag=True)
    assert desk.failed() == [("CALLBACK", "company")]
    assert "inactive" in desk.issues()["PREFLIGHT_CALLBACK"].issue.message
    assert "crosswise invoke callback_registration" in desk.issues()["PREFLIGHT_CALLBACK"].issue.fix
    desk.psa.edit("system/callbacks", entry["id"], inactiveFlag=False)
    assert desk.failed() == []
    assert desk.issues() == {}


def test_callbacks_are_not_asked_for_where_none_is_registered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.failed() == [], "nothing listens"
    monkeypatch.setenv("CALLBACK_URL", PUBLIC)
    desk.set(preview=True)
    assert desk.failed() == [], "a flow in preview changes nothing outside"
    desk.set()
    assert desk.failed() == [("CALLBACK", "company")]


def test_a_missing_right_to_callbacks_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBACK_URL", PUBLIC)
    desk.rig.settings(create_missing=False)
    desk.grant({name: rights for name, rights in ALL.items() if name != "System: Table Setup"})
    assert desk.failed() == [("RIGHT", "connectwise_psa/System: Table Setup: inquire")]


def test_a_connection_paused_for_refused_keys_goes_on_once_they_are_accepted(desk: Desk) -> None:
    desk.rig.put_keys("connectwise_psa", WRONG["connectwise_psa"])
    desk.rig.sync()
    assert set(desk.issues()) == {"CREDENTIALS_REFUSED"}
    assert desk.run()["resumed"] == []
    assert set(desk.issues()) == {"CREDENTIALS_REFUSED"}, "one cause, one issue"
    assert desk.rig.store.flows.state(desk.rig.key).paused
    desk.rig.put_keys("connectwise_psa", SIMULATORS["connectwise_psa"][2])
    assert desk.run()["resumed"] == ["CREDENTIALS_REFUSED connectwise_psa"]
    assert desk.issues() == {}
    desk.eautomate.add_customer("C1", "Gulf Coast Dental", Address="1 Main St")
    desk.rig.tick()
    assert len(desk.rig.links()) == 1, "resuming begins with a scan"


def test_a_flow_paused_for_wrong_settings_goes_on_once_all_its_checks_pass(desk: Desk) -> None:
    desk.grant({"System: My Company": "inquire", "System: Table Setup": "inquire"})
    desk.eautomate.add_customer("C1", "Gulf Coast Dental", Address="1 Main St")
    desk.rig.sync()
    assert desk.rig.store.flows.state(desk.rig.key).paused
    assert desk.run()["resumed"] == []
    desk.grant(ALL)
    assert desk.run()["resumed"] == ["CONFIGURATION_WRONG eautomate_customers"]
    assert desk.issues() == {}
    assert not desk.rig.store.flows.state(desk.rig.key).paused


def test_what_does_not_answer_says_nothing_of_any_check(desk: Desk) -> None:
    desk.set(company_type="Dealer")
    assert desk.failed() == [("COMPANY_TYPE", "dealer")]
    desk.psa.add("company/companies/types", name="Dealer")
    desk.psa.faults.order("status", operation="GET /company/companies$", status=500, times=100)
    found = desk.run()
    assert found["failed"] == 0
    assert len(found["unanswered"]) == 1
    assert set(desk.issues()) == {"PREFLIGHT_COMPANY_TYPE"}, "not closed, as it was not looked at"


def test_a_tenant_that_wants_fewer_requests_is_left_alone(desk: Desk) -> None:
    desk.psa.faults.order("status", operation="GET /system/info", status=429, retry_after=45)
    assert len(desk.run()["unanswered"]) == 2
    desk.rig.forget()
    assert "asked for fewer requests until 09:00:45 UTC" in desk.run()["unanswered"][0]
    assert not desk.psa.requests
    desk.rig.clock.turn(seconds=46)
    assert desk.run()["unanswered"] == []


def test_an_issue_is_one_however_often_it_is_found(desk: Desk) -> None:
    desk.set(company_type="Dealer")
    for _ in range(3):
        desk.run()
        desk.rig.clock.turn(hours=24)
    (issue,) = desk.issues().values()
    assert (issue.attempts, issue.due) == (2, None)
    assert issue.first_seen < desk.rig.clock.now() - timedelta(hours=71)
    assert "crosswise preflight demo" in issue.issue.fix


def test_the_clock_has_nothing_to_do_with_failed_checks(desk: Desk) -> None:
    desk.set(company_type="Dealer")
    desk.run()
    assert [due for due in desk.rig.store.flows.due(desk.rig.clock.now() + timedelta(days=9)) if due.ref] == []


def test_all_connections_or_one_by_name(desk: Desk) -> None:
    here = desk.rig.runtime
    assert list(preflight(here, None, lambda: 100.0)["connections"]) == ["demo"]
    with pytest.raises(ConfigurationWrong, match="no connection 'acme'"):
        preflight(here, "acme", lambda: 100.0)
    assert preflight(here, None, lambda: 10.0) == {"connections": {}, "left": 1}


@pytest.mark.parametrize("event", ["connection", "schedule"])
def test_the_sample_events_are_answered_in_json(desk: Desk, event: str) -> None:
    class Context:
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 100_000

    sample = Path(app.__file__).parent / "events" / f"{event}.json"
    answer = app.handler(json.loads(sample.read_text()), Context())
    assert json.loads(json.dumps(answer))["connections"]["demo"]["failed"] == 0


def test_the_psa_adapter_says_what_may_be_read(desk: Desk) -> None:
    connection = desk.rig.store.flows.connection("demo")
    assert connection is not None
    psa = desk.rig.runtime.system(connection, "connectwise_psa")
    assert isinstance(psa, Psa)
    psa.may_read("company/companies")
    desk.grant({})
    psa.check()
    with pytest.raises(ConfigurationWrong):
        psa.may_read("company/companies")
