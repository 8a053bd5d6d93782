"""The call transfer flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import checks, failed, is_named_when_missing, untouched

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
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_call_transfers", stack, **SETTINGS) as rig:
        rig.eautomate.codes.add_technician("T7", "Tess", "Seven")
        for path, name in (("service/priorities", "Priority 3"), ("service/sources", "Phone")):
            if name not in {row["name"] for row in rig.psa.records(path)}:
                rig.psa.add(path, name=name, **({"color": "Red"} if "priorities" in path else {}))
        yield rig


def test_a_connection_set_up_as_it_should_be_passes(rig: Rig) -> None:
    assert failed(rig) == []
    assert untouched(rig)


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize("right", list(ALL))
def test_each_missing_right_is_named(rig: Rig, right: str) -> None:
    assert is_named_when_missing(rig, right, ALL)


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
