"""Fixtures of the Moovila simulator's tests: a server with its set-up alone, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from infra.local.simulators.moovila import MoovilaSimulator
from tests.serving import serving
from tests.simulators.conftest import TurnableClock


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[MoovilaSimulator]:
    """A tenant with its set-up alone; a request that makes it crash fails the test."""
    with serving(MoovilaSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def api(server: MoovilaSimulator) -> Iterator[httpx.Client]:
    """A client with the key."""
    headers = {"authorization": "Bearer demo"}
    with httpx.Client(base_url=server.url, headers=headers, verify=False) as client:  # noqa: S501 (plain http)
        yield client
