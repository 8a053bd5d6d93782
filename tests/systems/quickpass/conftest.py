"""What the Quickpass adapter's tests share: a server with one customer, and a worker of one connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.simulators.quickpass import QuickpassSimulator
from shared.sync.connection import SystemSettings
from shared.systems.http import Http
from shared.systems.quickpass import Quickpass
from tests.serving import serving
from tests.systems.vault import TurnableClock, Vault, WorkerKeys


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[QuickpassSimulator]:
    with serving(QuickpassSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def alder(server: QuickpassSimulator) -> str:
    """The GUID of a customer with two accounts."""
    customer = server.add_customer("Alder Dental")
    server.add_account(customer, "Ada", "Abbott", "ada@alder.example", mobile="+1 512 555 0100")
    server.add_account(customer, "Ben", "Burke", source="AD", enabled=False)
    return customer


@pytest.fixture
def vault(clock: TurnableClock) -> Vault:
    return Vault(clock)


@pytest.fixture
def quickpass(server: QuickpassSimulator, vault: Vault, clock: TurnableClock, http: Http) -> Quickpass:
    return Quickpass(SystemSettings(base_url=server.url, company="demo"), WorkerKeys(vault), clock, http)
