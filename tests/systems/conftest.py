"""A clock that stands still, a client, and the adapters of what a module simulates: ConnectWise unless it says else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.local.cloud import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.systems.connectwise_psa import Psa
from shared.systems.eautomate import Eautomate
from shared.systems.http import Http
from tests.serving import serving
from tests.systems.watching import Watch

KEYS = {"public_key": "public", "private_key": "private", "client_id": "0b7d-client"}


@pytest.fixture
def clock() -> LocalClock:
    return LocalClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC), still=True)


@pytest.fixture
def watch() -> Watch:
    """Sees every request; a module says which part of their paths it need not see."""
    return Watch()


@pytest.fixture
def http(watch: Watch) -> Iterator[Http]:
    with Http() as client:
        client.transport_wrapper = watch
        yield client


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[PsaSimulator]:
    with serving(PsaSimulator(clock=clock.now)) as simulator:
        yield simulator


@pytest.fixture
def psa(simulator: PsaSimulator, clock: LocalClock, http: Http) -> Psa:
    settings = SystemSettings.model_validate({"base_url": simulator.url, "company": "demo"})
    return Psa(settings, lambda **_: KEYS, clock, http)


@pytest.fixture
def eautomate(simulator: EautomateSimulator, clock: LocalClock, http: Http) -> Eautomate:
    """For a module whose `simulator` is e-automate's."""
    settings = {"base_url": simulator.url, "company": "1", "time_zone": "America/New_York"}
    return Eautomate(
        SystemSettings.model_validate(settings), lambda **_: {"user": "demo", "password": "demo"}, clock, http
    )
