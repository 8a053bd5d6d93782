"""Moovila in the local cloud: projects on both sides, and the custom fields that carry its ids in ConnectWise."""

from __future__ import annotations

from functions import wiring
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import Known, check
from shared.sync.flow import FlowSettings
from shared.systems.connectwise_psa import Psa
from shared.systems.connectwise_psa.planning import (
    PROJECTS,
    TICKETS,
    TIME,
    MarkedTimeEntry,
    PlannedProject,
    PlannedTicket,
)
from shared.systems.moovila import Moovila, Project, Task
from tests.local.conftest import NOON

KNOWN = Known({"projects": FlowSettings}, {"projects": ("connectwise_psa", "moovila")})
SIZES = {"connectwise_psa": {"companies": 2}, "moovila": {"projects": 3, "tasks": 9}}


def test_moovila_is_played_beside_a_connectwise_with_projects() -> None:
    config = check({"connection": [{"id": "demo", "flows": {"projects": {}}}], "simulated": SIZES}, {}, KNOWN)
    with Cloud(clock=LocalClock(NOON, still=True)) as cloud:
        connection = connect(cloud, config, seed=3).connections["demo"]
        with cloud.settings_of(next(iter(cloud.stack.functions))):
            psa, moovila = (wiring.runtime().system(connection, name) for name in ("connectwise_psa", "moovila"))
            assert isinstance(psa, Psa)
            assert isinstance(moovila, Moovila)
            moovila.check()
            assert (len(moovila.records(Project)), len(moovila.records(Task))) == (3, 9)
            for path, model in ((PROJECTS, PlannedProject), (TICKETS, PlannedTicket), (TIME, MarkedTimeEntry)):
                found = psa.records(path, None, model)
                assert found
                assert all(one.has_custom_field("Moovila ID") for one in found)
