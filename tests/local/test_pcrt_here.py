"""PCRT in the local cloud: a file beside the simulators, which fits the Automate that is played next to it."""

from __future__ import annotations

from pathlib import Path

from functions import wiring
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import DEMO_KEYS, Known, check
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.pcrt import PcrtSimulator
from shared.sync.flow import FlowSettings
from shared.systems.connectwise_automate import Automate
from shared.systems.pcrt import Pcrt
from tests.local.conftest import NOON

KNOWN = Known({"coverage": FlowSettings}, {"coverage": ("connectwise_automate", "pcrt")})
SIZES = {"connectwise_automate": {"clients": 5, "computers": 60}}


def test_pcrt_is_played_to_fit_automate() -> None:
    config = check({"connection": [{"id": "demo", "flows": {"coverage": {}}}], "simulated": SIZES}, {}, KNOWN)
    with Cloud(clock=LocalClock(NOON, still=True)) as cloud:
        connected = connect(cloud, config, seed=3)
        played = connected.simulators["demo", "pcrt"], connected.simulators["demo", "connectwise_automate"]
        pcrt, automate = played
        assert isinstance(pcrt, PcrtSimulator)
        assert isinstance(automate, AutomateSimulator)
        assert pcrt.fleet == automate.fleet
        with cloud.settings_of(next(iter(cloud.stack.functions))):
            runtime, connection = wiring.runtime(), connected.connections["demo"]
            shop, fleet = (runtime.system(connection, name) for name in ("pcrt", "connectwise_automate"))
            assert isinstance(shop, Pcrt)
            assert isinstance(fleet, Automate)
            shop.check()
            groups = shop.groups(int(client.external_id) for client in fleet.clients() if client.external_id.isdigit())
            assert len(groups) >= 4
            assert shop.server_time() == NOON
        assert pcrt.requests["SELECT pc_group"] == 1


def test_a_file_of_ones_own_needs_no_keys_in_the_config(tmp_path: Path) -> None:
    systems = {"pcrt": {"base_url": f"sqlite:///{tmp_path}/pcrt.sqlite"}}
    config = check({"connection": [{"id": "demo", "systems": systems, "flows": {"coverage": {}}}]}, {}, KNOWN)
    assert config.connections[0].simulated == ("connectwise_automate",)
    assert config.connections[0].keys["pcrt"] == DEMO_KEYS["pcrt"]
