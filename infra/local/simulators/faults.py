"""Orders for trouble: which requests a simulator is to answer badly, how often and how."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

COMMON_KINDS = frozenset({"status", "cut", "lost_answer", "slow"})


@dataclass(frozen=True)
class Fault:
    """One order.

    `kind` is "status" (answer `status`, nothing is carried out), "cut" (close the socket, nothing is
    carried out), "lost_answer" (carry out, then close the socket), "slow" (wait `seconds`, then answer), or
    a kind that one simulator adds. `operation` is a regular expression searched in the operation's name,
    None for any.
    `after` matching requests pass first, then `times` are hit. `retry_after` is in seconds.
    """

    kind: str
    operation: str | None = None
    times: int = 1
    after: int = 0
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.0

    def concerns(self, operation: str) -> bool:
        """Whether a request of this operation is one that the order speaks of."""
        return self.operation is None or re.search(self.operation, operation) is not None


@dataclass(frozen=True)
class RandomFaults:
    """A standing order: each matching request is hit with `probability`, by one of `kinds`."""

    probability: float
    kinds: tuple[str, ...]
    rng: random.Random
    operation: str | None
    status: int
    retry_after: int | None
    seconds: float


class Faults:
    """The orders that stand, taken one by one as requests come in. Safe to use from several threads."""

    def __init__(self, kinds: Iterable[str] = COMMON_KINDS) -> None:
        self.kinds = frozenset(kinds)
        self._orders: list[Fault] = []
        self._random: RandomFaults | None = None
        self._lock = threading.Lock()

    def order(
        self,
        kind: str,
        *,
        operation: str | None = None,
        times: int = 1,
        after: int = 0,
        status: int = 500,
        retry_after: int | None = None,
        seconds: float = 0.0,
    ) -> Fault:
        """Add an order, see `Fault`. Raises ValueError for a kind that this simulator does not know."""
        self._check([kind])
        fault = Fault(kind, operation, times, after, status, retry_after, seconds)
        re.compile(operation or "")
        with self._lock:
            self._orders.append(fault)
        return fault

    def order_random(
        self,
        probability: float,
        kinds: Iterable[str],
        rng: random.Random,
        *,
        operation: str | None = None,
        status: int = 500,
        retry_after: int | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Hit matching requests with `probability` (0 to 1) by one of `kinds`; replaces the last one."""
        chosen = tuple(kinds)
        self._check(chosen)
        with self._lock:
            self._random = RandomFaults(probability, chosen, rng, operation, status, retry_after, seconds)

    def clear(self) -> None:
        """Forget every order."""
        with self._lock:
            self._orders.clear()
            self._random = None

    def pending(self) -> list[dict[str, Any]]:
        """The orders that have not run out, in the order given."""
        with self._lock:
            return [asdict(fault) for fault in self._orders]

    def take(self, operation: str) -> Fault | None:
        """The fault that hits this request, or None. Counts the request against the orders it concerns."""
        with self._lock:
            for place, fault in enumerate(self._orders):
                if not fault.concerns(operation):
                    continue
                if fault.after > 0:
                    self._orders[place] = replace(fault, after=fault.after - 1)
                    continue
                if fault.times > 1:
                    self._orders[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._orders[place]
                return fault
            return self._draw(operation)

    def _draw(self, operation: str) -> Fault | None:
        standing = self._random
        if standing is None:
            return None
        if standing.operation is not None and re.search(standing.operation, operation) is None:
            return None
        if standing.rng.random() >= standing.probability:
            return None
        return Fault(
            standing.rng.choice(standing.kinds),
            status=standing.status,
            retry_after=standing.retry_after,
            seconds=standing.seconds,
        )

    def _check(self, kinds: Iterable[str]) -> None:
        unknown = sorted(set(kinds) - self.kinds)
        if unknown:
            raise ValueError(
                f"no such fault: {', '.join(unknown)}; this simulator knows {', '.join(sorted(self.kinds))}"
            )
