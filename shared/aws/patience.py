"""How often a refused request to AWS is repeated, and how long to wait in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Tries and waits: the wait is drawn evenly between 0 and a limit that doubles from `first` to `longest` seconds.

    `sleep` and `chance` (0 to 1) are handed in, so that a test neither waits nor depends on luck.
    """

    tries: int = 6
    first: float = 0.05
    longest: float = 2.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def attempts(self) -> Iterator[int]:
        """Counts the tries from 0, waiting before each but the first. Who leaves the loop early waits no more."""
        for attempt in range(self.tries):
            if attempt:
                self.sleep(min(self.first * 2 ** (attempt - 1), self.longest) * self.chance())
            yield attempt
