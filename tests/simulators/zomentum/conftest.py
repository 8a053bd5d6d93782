"""Fixtures of the Zomentum simulator's tests: a server with its set-up alone, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from tests.serving import serving
from tests.simulators.conftest import TurnableClock


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[ZomentumSimulator]:
    """A tenant with its set-up alone; a request that makes it crash fails the test."""
    with serving(ZomentumSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def stranger(server: ZomentumSimulator) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=f"{server.url}/v2", verify=False) as client:  # noqa: S501 (plain http)
        yield client


@pytest.fixture
def api(stranger: httpx.Client) -> httpx.Client:
    """A client with a token that holds."""
    stranger.headers["authorization"] = f"Bearer {refreshed(stranger)}"
    return stranger


def refreshed(client: httpx.Client) -> str:
    """A new access token."""
    answer = client.get("/auth0/access_token", params={"refresh_token": "demo"})
    return str(answer.raise_for_status().json()["access_token"])
