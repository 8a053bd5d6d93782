"""Outside systems whose records change while they are read: before any request, as a script has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.simulators.server import Request, Response, Simulator

Happening = Callable[[], object]


class Meanwhile:
    """What happens before which request, counted over all simulators from 0; `rest` is what has not happened yet."""

    def __init__(self, script: Iterable[tuple[int, Happening]]) -> None:
        self.rest = sorted(script, key=lambda each: each[0])
        self.requests = 0

    @contextmanager
    def beside(self, *simulators: Simulator) -> Iterator[None]:
        """Lets it happen while these simulators are asked."""
        for simulator in simulators:
            self._listen(simulator)
        try:
            yield
        finally:
            for simulator in simulators:
                del simulator.handle

    def end(self) -> None:
        """Lets the rest happen now."""
        while self.rest:
            self.rest.pop(0)[1]()

    def _listen(self, simulator: Any) -> None:
        handle = simulator.handle

        def disturbed(request: Request) -> Response:
            while self.rest and self.rest[0][0] <= self.requests:
                self.rest.pop(0)[1]()
            self.requests += 1
            response: Response = handle(request)
            return response

        simulator.handle = disturbed
