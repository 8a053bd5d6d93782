"""The call transfer flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from functions.preflight.running import preflight
from infra.local.cloud.stack import Stack
from tests.flows.rig import ENVIRONMENT, Rig, rigged
from tests.local_aws import local_aws
from tests.preflight.conftest import KEYS

SETTINGS: Mapping[str, Any] = {
    "filters": {"call_type": ["REM"], "territory": ["north"], "technician": ["T7"], "branch": ["1"]},
    "board": "Help Desk",
    "status": "new",
    "type": "Request",
    "priority": "Priority 3",
    "source": "Phone",
}
ALL = {
    "Service Desk: Service Tickets": "inquire add",
    "System: Table Setup": "inquire add edit delete",
    "System: My Company": "inquire",
}
"""What the table of rights asks for, by the names of the simulator's roles."""


@pytest.fixture
def rig(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "CALLBACK_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with local_aws(), rigged("eautomate_call_transfers", stack, **SETTINGS) as rig:
        rig.eautomate.codes.add_technician("T7", "Tess", "Seven")
        for path, name in (("service/priorities", "Priority 3"), ("service/sources", "Phone")):
            if name not in {row["name"] for row in rig.psa.records(path)}:
                rig.psa.add(path, name=name, **({"color": "Red"} if "priorities" in path else {}))
        yield rig


def checks(rig: Rig) -> list[dict[str, Any]]:
    """The checks of one preflight."""
    found = preflight(rig.runtime, "demo", lambda: 100.0)["connections"]["demo"]
    assert found["unanswered"] == []
    return list(found["checks"])


def failed(rig: Rig) -> list[tuple[str, str]]:
    """The failed ones, by code and what each is about."""
    return [(check["code"], check["about"]) for check in checks(rig) if check["passed"] is False]


def test_a_connection_set_up_as_it_should_be_passes(rig: Rig) -> None:
    assert failed(rig) == []
    assert not rig.written("connectwise_psa")
    assert not rig.written("eautomate")


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize("right", list(ALL))
def test_each_missing_right_is_named(rig: Rig, right: str) -> None:
    rig.psa.api_member("crosswise", "limited", "theirs", {name: ALL[name] for name in ALL if name != right})
    rig.put_keys("connectwise_psa", {"public_key": "limited", **KEYS})
    assert ("RIGHT", f"connectwise_psa/{right}: inquire") in failed(rig)
    rig.psa.api_member("crosswise", "limited", "theirs", ALL)
    assert failed(rig) == []


@pytest.mark.parametrize(("change", "code", "about"), [
    ({"board": "Nope", "status": "", "type": ""}, "TICKET_SETTING", "board/nope"),
    ({"board": "Projects", "status": "", "type": ""}, "TICKET_SETTING", "board/projects"),
    ({"status": "Closed"}, "TICKET_SETTING", "status/closed"),
    ({"type": "Nope"}, "TICKET_SETTING", "type/nope"),
    ({"priority": "Nope"}, "TICKET_SETTING", "priority/nope"),
    ({"source": "Nope"}, "TICKET_SETTING", "source/nope"),
    ({"hold_code": "NOPE"}, "CALL_SETTING", "hold code/nope"),
    ({"filters": {"call_type": ["REM", "NOPE"]}}, "CALL_SETTING", "call type/nope"),
    ({"filters": {"territory": ["NOPE"]}}, "CALL_SETTING", "territory/nope"),
    ({"filters": {"technician": ["T8"]}}, "CALL_SETTING", "technician/t8"),
    ({"filters": {}}, "WHICH_CALLS", ""),
])  # fmt: skip
def test_what_the_settings_name_must_be_there_and_fit(
    rig: Rig, change: Mapping[str, Any], code: str, about: str
) -> None:
    rig.settings(**{**SETTINGS, **change})
    assert failed(rig) == [(code, about)]
    rig.settings(**SETTINGS)
    assert failed(rig) == []


@pytest.mark.rule("EA-07")
def test_it_is_told_where_nothing_comes_back(rig: Rig) -> None:
    """It is no fault: a dealer may bill such calls in another way."""
    (check,) = [check for check in checks(rig) if check["code"] == "WAY_BACK"]
    assert check["passed"] is None
    assert "calls stay on hold" in check["found"]
    connection = rig.store.flows.connection("demo")
    assert connection is not None
    flows = {**connection.flows, "eautomate_service_calls": {"statuses": ["Ready to Invoice"]}}
    rig.store.flows.put_connection(connection.model_copy(update={"flows": flows}))
    (check,) = [check for check in checks(rig) if check["code"] == "WAY_BACK"]
    assert check["passed"] is True
