"""What the local cloud did: which function ran, on what, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Happening:
    """One run of one function.

    `records` counts the messages of a batch; `failed` are the ids of those that will come again. `error` says what
    the function raised, empty if it ended well; `trace` is the traceback of it.
    """

    kind: Literal["batch", "schedule", "post"]
    source: str
    function: str
    at: datetime
    seconds: float
    records: int = 0
    failed: tuple[str, ...] = ()
    error: str = ""
    trace: str = ""


Watcher = Callable[[Happening], object]


@dataclass(frozen=True)
class Report:
    """What happened until the cloud was quiet, in order."""

    happenings: list[Happening] = field(default_factory=list)

    def __iter__(self) -> Iterator[Happening]:
        return iter(self.happenings)

    def __len__(self) -> int:
        return len(self.happenings)

    def __add__(self, other: Report) -> Report:
        return Report([*self.happenings, *other.happenings])

    @property
    def errors(self) -> list[Happening]:
        """The runs in which a function failed as a whole."""
        return [happening for happening in self.happenings if happening.error]

    @property
    def records(self) -> int:
        """Messages delivered, each as often as it was."""
        return sum(happening.records for happening in self.happenings)

    def runs(self) -> Counter[str]:
        """How often each function ran."""
        return Counter(happening.function for happening in self.happenings)
