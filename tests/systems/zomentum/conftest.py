"""What the Zomentum adapter's tests share: a clock, a vault with its lease, a server, workers of one connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import Conflict
from shared.sync.plan import Step
from shared.systems.http import Http
from shared.systems.zomentum import Zomentum
from tests.systems.watching import Watch

START = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
LEASE = timedelta(minutes=3)


class TurnableClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)


class Died(BaseException):
    """The process ended here: nothing after it is done, no `finally` of ours."""


class Vault:
    """The secret that all workers read, and its lease; waiting for a new version is what a queue's pause is."""

    def __init__(self, clock: TurnableClock) -> None:
        self.stored: Mapping[str, str] = {"refresh_token": "demo", "webhook_secret": "kept"}
        self.versions: list[Mapping[str, str]] = []
        self.changed = threading.Condition()
        self.until: datetime | None = None
        self._clock = clock

    def acquire(self) -> bool:
        with self.changed:
            if self.until is not None and self._clock.now() < self.until:
                return False
            self.until = self._clock.now() + LEASE
            return True

    def release(self) -> None:
        with self.changed:
            self.until = None
            self.changed.notify_all()

    def released(self) -> None:
        """Waits until nobody holds the lease."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.until is None, 10)


class WorkerKeys:
    """The vault as one process sees it: with a copy that it keeps, and its own death."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.kept = vault.stored
        self.read = 0
        self.dies = False
        self.overtaken: Callable[[], object] = lambda: None
        """What happens elsewhere just before this worker asks for the lease."""

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        if fresh:
            self.kept = self._vault.stored
            self.read += 1
        return self.kept

    @contextmanager
    def hold(self) -> Iterator[bool]:
        self.overtaken()
        held = self._vault.acquire()
        try:
            yield held
        except Died:
            raise
        except BaseException:
            if held:
                self._vault.release()
            raise
        if held:
            self._vault.release()

    def put(self, entries: Mapping[str, str], *, instead: Mapping[str, str]) -> None:
        if self.dies:
            raise Died
        with self._vault.changed:
            if any(self._vault.stored.get(name) != value for name, value in instead.items()):
                raise Conflict("changed meanwhile")
            self._vault.stored = self.kept = {**self._vault.stored, **entries}
            self._vault.versions.append(self._vault.stored)


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[ZomentumSimulator]:
    with ZomentumSimulator(clock=clock) as simulator:
        yield simulator
    assert simulator.crashes == []


@pytest.fixture
def vault(clock: TurnableClock) -> Vault:
    return Vault(clock)


@pytest.fixture
def watch() -> Watch:
    return Watch("/v2/")


@pytest.fixture
def http(watch: Watch) -> Iterator[Http]:
    with Http() as client:
        client.transport_wrapper = watch
        yield client


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
