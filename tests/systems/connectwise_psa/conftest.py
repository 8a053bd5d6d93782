"""What the PSA adapter's tests share: a clock, a secret that rotates, a server, an adapter that is watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.sync.plan import Step
from shared.systems.connectwise_psa import Psa
from shared.systems.http import Http
from tests.serving import serving
from tests.systems.vault import TurnableClock
from tests.systems.watching import Secret

CONTRACT = Path(__file__).parents[4] / "shared" / "contract"
COMPANIES = "company/companies"
GOOD: Mapping[str, str] = {"public_key": "public", "private_key": "private", "client_id": "0b7d-client"}


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[PsaSimulator]:
    with serving(PsaSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def secret() -> Secret:
    return Secret(GOOD)


@pytest.fixture
def psa(server: PsaSimulator, secret: Secret, clock: TurnableClock, http: Http) -> Psa:
    return Psa(SystemSettings(base_url=server.url, company="demo"), secret, clock, http)


def add_company(server: PsaSimulator, **fields: Any) -> dict[str, Any]:
    given = {"identifier": "ACME", "name": "Acme Copiers", "addressLine1": "1 Main St", "city": "Tampa"}
    return server.add(COMPANIES, **{**given, **fields})


def add_many(server: PsaSimulator, number: int) -> list[int]:
    return [add_company(server, identifier=f"C{place:05d}", name=f"Company {place}")["id"] for place in range(number)]


def create(kind: str = "company", **fields: Any) -> Step:
    return Step("one", "connectwise_psa", kind, "create", fields=fields)


def update(key: Any, kind: str = "company", before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("one", "connectwise_psa", kind, "update", str(key), fields=fields, before=before or {})
