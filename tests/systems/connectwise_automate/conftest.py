"""What the Automate adapter's tests share: a clock, a secret that rotates, a server, an adapter that is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.simulators.automate import AutomateSimulator
from shared.sync.connection import SystemSettings
from shared.sync.plan import Step
from shared.systems.connectwise_automate import (
    Automate,
)
from shared.systems.http import Http
from tests.serving import serving
from tests.systems.vault import TurnableClock
from tests.systems.watching import Secret, Watch

CONTRACT = Path(__file__).parents[4] / "shared" / "contract" / "connectwise-automate.openapi.json"
GOOD: Mapping[str, str] = {"user": "demo", "password": "demo", "client_id": "0b7d-client"}
LOGIN, REFRESH, CLOCK = "POST APIToken", "POST APIToken/Refresh", "GET DatabaseServerTime"
PLUS, PREMIUM = "BizCare Plus", "BizCare Premium"


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[AutomateSimulator]:
    with serving(AutomateSimulator(clock=clock, clients=0, computers=0)) as simulator:
        yield simulator


@pytest.fixture
def watch() -> Watch:
    return Watch("/cwa/api/v1/")


@pytest.fixture
def secret() -> Secret:
    return Secret(GOOD)


@pytest.fixture
def connect(secret: Secret, clock: TurnableClock, http: Http) -> Callable[[str], Automate]:
    return lambda url: Automate(SystemSettings(base_url=url), secret, clock, http)


@pytest.fixture
def automate(server: AutomateSimulator, connect: Callable[[str], Automate]) -> Automate:
    return connect(server.url)


def update(key: object, before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("one", "connectwise_automate", "client", "update", str(key), fields=fields, before=before or {})


def says(value: object, **headers: str) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    """Lets lists be answered with something else."""

    def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "apitoken" in request.url.path:
            return response
        return httpx.Response(200, json=value, headers=headers)

    return rewrite
