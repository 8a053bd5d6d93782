"""What one round of a bench cost, and the bounds that it is held to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

M = TypeVar("M", bound="Measured")


@dataclass(frozen=True)
class Bound:
    """One bound: what is counted, how much is allowed, how much there was."""

    what: str
    allowed: int
    found: int

    @property
    def holds(self) -> bool:
        return self.found <= self.allowed

    def __str__(self) -> str:
        return f"{self.what}: {self.found:,} of {self.allowed:,}"


@dataclass(frozen=True)
class Bounded(ABC):
    """Something measured that has bounds."""

    @property
    @abstractmethod
    def bounds(self) -> list[Bound]:
        """What it may cost at most, each with what was found."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What it cost a function's process to bring something about.

    CPU seconds and the peak of resident memory (bytes) are those of the process, `seconds` are of the wall. `aws` are
    its requests by service and operation; items of the table and messages are those of these requests. `outcomes` are
    those of all batches, `runs` how often the function ran, `errors` the runs of any function that failed.
    """

    outcomes: Mapping[str, int]
    aws: Mapping[str, int] = field(default_factory=dict)
    items_read: int
    items_written: int
    messages_sent: int
    runs: int
    cpu_seconds: float
    peak_bytes: int
    seconds: float
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Measured(Cost, Bounded):
    """One round of a bench; each bench adds what it counts."""

    title: str

    def of_every_round(self, memory: int) -> Iterator[Bound]:
        """The bounds that all rounds have; `memory` in bytes."""
        yield Bound("bytes resident at most", memory, self.peak_bytes)
        yield Bound("runs that failed", 0, len(self.errors))


def in_turn(
    rounds: Iterable[Callable[[], M]], rest: Callable[[], object], tell: Callable[[M], object] = lambda _: None
) -> list[M]:
    """Measures one round after the other, with a rest between them; each is told as it ends."""
    done: list[M] = []
    for measure in rounds:
        if done:
            rest()
        done.append(measure())
        tell(done[-1])
    return done
