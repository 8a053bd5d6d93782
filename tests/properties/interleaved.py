"""Workers that run side by side, one request at a time, in an order that the test chooses.

DynamoDB carries out each request whole, so that the orders of requests are all that can happen between workers. Each
worker is a thread that stops before every request of its client, until it is its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

PATIENCE = 60.0
"""Seconds for a worker to come to its next request: beyond, the test itself hangs."""


class Worker(threading.Thread):
    """Runs a program up to its next request, each time it is told to go on."""

    def __init__(self, program: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._program = program
        self._turn = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self.ended = False
        self.fault: BaseException | None = None

    def go_on(self) -> None:
        """Lets it make its next request, and waits until it would make another or is at its end."""
        self._turn.release()
        assert self._stopped.acquire(timeout=PATIENCE), "a worker does not come back"

    def stop(self) -> None:
        """Waits for its turn; called by the worker itself."""
        self._stopped.release()
        self._turn.acquire()

    def run(self) -> None:
        self._turn.acquire()
        try:
            self._program()
        except BaseException as fault:  # noqa: BLE001 (raised again where the test waits)
            self.fault = fault
        self.ended = True
        self._stopped.release()


def listen(client: Any) -> None:
    """Stops every request of this client's that a worker makes until it is that worker's turn."""
    client.meta.events.register(f"before-call.{client.meta.service_model.service_name}", _stop)


def mingle(
    programs: Sequence[Callable[[], object]],
    choose: Callable[[int], int],
    after_each: Callable[[], object] = lambda: None,
) -> None:
    """Runs the programs to their ends; `choose(n)` names which of the n that still run goes on.

    `after_each` looks at the world between two requests. What a program raises is raised here.
    """
    workers = [Worker(program) for program in programs]
    for worker in workers:
        worker.start()
    running = list(workers)
    try:
        while running:
            worker = running[choose(len(running))]
            worker.go_on()
            if worker.ended:
                running.remove(worker)
            if worker.fault is not None:
                raise worker.fault
            after_each()
    finally:
        for worker in workers:  # no thread of a failed example is left behind
            while not worker.ended:
                worker.go_on()
            worker.join(PATIENCE)


def _stop(**_: Any) -> None:
    worker = threading.current_thread()
    if isinstance(worker, Worker):
        worker.stop()
