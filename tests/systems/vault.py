"""What tests of adapters with a shared token have: a clock, a vault with its lease, workers with copies of its keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from shared.sync.errors import Conflict

START = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
LEASE = timedelta(minutes=3)


class TurnableClock:
    """Stands still until it is turned; a simulator calls it, an adapter asks it for `now`."""

    def __init__(self, time: datetime = START) -> None:
        self.time = time

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
