"""Runs each function in a process of its own, kept warm, against the local AWS; and asks what it used."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from infra.build.runtime import ROOT
from infra.local.bench.child import LOGGED
from infra.local.cloud.emulated import settings
from infra.local.cloud.lambdas import Host, Invocation, Lambdas
from infra.local.cloud.stack import Function

CHILD = "infra.local.bench.child"
_PATIENCE = 30.0
"""Seconds for a process to end once it was told to."""


@dataclass(frozen=True)
class Usage:
    """What a process used since it began: CPU `seconds`, requests to AWS by service and operation, table items.

    `resident` and `peak` are in bytes; the peak is that since it was last asked for.
    """

    seconds: float
    resident: int
    peak: int
    requests: Counter[str]
    items: Counter[str]


class Child:
    """The process of one function. It runs until it is stopped, as a warm Lambda does."""

    def __init__(self, function: Function, endpoint: str, now: str, printed: Callable[[str], object]) -> None:
        self._function = function
        self._process = subprocess.Popen(  # noqa: S603 (this very Python)
            [sys.executable, "-m", CHILD, function.handler],
            cwd=ROOT,
            env=settings(function, endpoint),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._logged = threading.Semaphore(0)
        self._log = threading.Thread(target=self._read_log, args=(printed,), name=function.id, daemon=True)
        self._log.start()
        self._write({"now": now})

    def run(self, event: object, now: str) -> dict[str, Any]:
        """The function's answer to an event, or how it failed."""
        return self._ask({"event": event, "now": now, "seconds": self._function.timeout})

    def usage(self) -> Usage:
        """What it used so far; the peak is forgotten with that."""
        told = self._ask({"forget_peak": True})
        return Usage(told["cpu"], told["resident"], told["peak"], Counter(told["requests"]), Counter(told["items"]))

    def stop(self) -> None:
        """Ends it by ending its input."""
        self._pipe("stdin").close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.join(_PATIENCE)
        self._pipe("stdout").close()
        self._pipe("stderr").close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._write(request)
        line = self._pipe("stdout").readline()
        if not line:
            raise RuntimeError(f"the process of {self._function.id} ended with {self._process.wait()}")
        # Whatever was printed on the way is read before anybody acts on the answer.
        if not self._logged.acquire(timeout=_PATIENCE):
            raise RuntimeError(f"the process of {self._function.id} does not end what it prints")
        told: dict[str, Any] = json.loads(line)
        return told

    def _write(self, request: dict[str, Any]) -> None:
        stdin = self._pipe("stdin")
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()

    def _read_log(self, printed: Callable[[str], object]) -> None:
        for line in self._pipe("stderr"):
            if line.rstrip("\n") == LOGGED:
                self._logged.release()
            else:
                printed(line)

    def _pipe(self, name: str) -> IO[str]:
        pipe: IO[str] = getattr(self._process, name)
        return pipe


@dataclass
class ProcessLambdas(Lambdas):
    """Functions in processes of their own; where `rooms` are named, those of these rooms only, the others in this one.

    `watchers` see every event once the process of its function is done with it.
    """

    watchers: list[Callable[[Function, Any], object]] = field(default_factory=list)
    rooms: frozenset[str] | None = None
    _children: dict[str, Child] = field(default_factory=dict, init=False)
    _host: Host = field(init=False)
    _endpoint: str = field(default="", init=False)

    def join(self, host: Host) -> None:
        """Takes its place in a cloud, until that stops."""
        self._host, self._endpoint = host, host.serve()
        host.at_stop(self.stop)

    def invoke(self, function: Function, event: object) -> Invocation:
        """Runs a function on an event; whatever it raises is told, never raised."""
        if self.rooms is not None and function.room not in self.rooms:
            return super().invoke(function, event)
        request_id = self.ids()
        began = time.monotonic()
        told = self._child(function).run(event, self._now())
        seconds = time.monotonic() - began
        for watcher in self.watchers:
            watcher(function, event)
        if "type" in told:
            return Invocation(
                function.id, request_id, seconds, error=told["error"], error_type=told["type"], trace=told["trace"]
            )
        if seconds > function.timeout:
            late = f"Task timed out after {function.timeout}.00 seconds (it took {seconds:.1f})"
            return Invocation(function.id, request_id, seconds, error=late, error_type="Sandbox.Timedout")
        return Invocation(function.id, request_id, seconds, told["answer"])

    def usage(self, function: Function) -> Usage:
        """What a function's process used since it began."""
        return self._child(function).usage()

    def stop(self) -> None:
        """Ends every process."""
        while self._children:
            self._children.popitem()[1].stop()

    def _child(self, function: Function) -> Child:
        if function.id not in self._children:
            self._children[function.id] = Child(function, self._endpoint, self._now(), self._host.printed)
        return self._children[function.id]

    def _now(self) -> str:
        return self._host.clock.now().isoformat()
