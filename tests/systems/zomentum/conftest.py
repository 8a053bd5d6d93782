"""What the Zomentum adapter's tests share: a clock, a vault with its lease, a server, workers of one connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.connection import SystemSettings
from shared.sync.plan import Step
from shared.systems.http import Http
from shared.systems.zomentum import Zomentum
from tests.serving import serving
from tests.systems.vault import TurnableClock, Vault, WorkerKeys
from tests.systems.watching import Watch


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[ZomentumSimulator]:
    with serving(ZomentumSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def vault(clock: TurnableClock) -> Vault:
    return Vault(clock)


@pytest.fixture
def watch() -> Watch:
    return Watch("/v2/")


@pytest.fixture
def keys(vault: Vault) -> WorkerKeys:
    return WorkerKeys(vault)


@pytest.fixture
def zomentum(server: ZomentumSimulator, keys: WorkerKeys, clock: TurnableClock, http: Http) -> Zomentum:
    return Zomentum(SystemSettings(base_url=server.url, company="demo"), keys, clock, http)


def create(kind: str, **fields: Any) -> Step:
    return Step("one", "zomentum", kind, "create", fields=fields)


def update(kind: str, key: str, before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("one", "zomentum", kind, "update", key, fields=fields, before=before or {})
