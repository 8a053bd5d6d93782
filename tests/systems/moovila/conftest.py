"""What the Moovila adapter's tests share: a clock, a secret that rotates, a server, an adapter that is watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.local.simulators.moovila import MoovilaSimulator
from shared.sync.connection import SystemSettings
from shared.sync.plan import Step
from shared.systems.http import Http
from shared.systems.moovila import Moovila
from tests.serving import serving
from tests.systems.vault import TurnableClock
from tests.systems.watching import Secret


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[MoovilaSimulator]:
    with serving(MoovilaSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def keys() -> Secret:
    return Secret({"api_key": "demo", "webhook_secret": "shh"})


@pytest.fixture
def moovila(server: MoovilaSimulator, keys: Secret, clock: TurnableClock, http: Http) -> Moovila:
    return Moovila(SystemSettings(base_url=server.url, company="demo"), keys, clock, http)


def create(kind: str, **fields: Any) -> Step:
    return Step("one", "moovila", kind, "create", fields=fields)


def update(kind: str, key: str, before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("one", "moovila", kind, "update", key, fields=fields, before=before or {})


def delete(kind: str, key: str) -> Step:
    return Step("one", "moovila", kind, "delete", key)
