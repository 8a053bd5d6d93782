"""Runs handlers as Lambda does: the function's environment, a context, an answer as JSON, or a failure."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import threading
import time
import traceback
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.local.cloud.clock import LocalClock
from infra.local.cloud.stack import REGION, Function
from infra.local.cloud.variables import environment

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Context:
    """What Lambda hands to a handler beside the event, under Lambda's own names."""

    function: Function
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"
    identity: object = None
    client_context: object = None

    @property
    def function_name(self) -> str:
        return self.function.name

    @property
    def memory_limit_in_mb(self) -> str:
        return str(self.function.memory)

    @property
    def invoked_function_arn(self) -> str:
        return self.function.arn

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function.name}"

    @property
    def log_stream_name(self) -> str:
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of real time until the function's timeout."""
        return max(int((self.deadline - time.monotonic()) * 1000), 0)


@dataclass(frozen=True)
class Invocation:
    """What came of running a function once. `error` is empty, or says what went wrong as Lambda would."""

    function: str
    request_id: str
    seconds: float
    answer: Any = None
    error: str = ""
    error_type: str = ""
    trace: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.error_type)


class FunctionOutput(io.StringIO):
    """Where functions' standard output goes: to whoever reads it now, or nowhere.

    There is one for the process, since loggers that functions make keep the stream they were born with.
    """

    def __init__(self) -> None:
        self.reader: Callable[[str], object] | None = None

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.reader is not None:
            self.reader(text)
        return len(text)


OUTPUT = FunctionOutput()


class Turns:
    """A lock that is had in the order in which it was asked for: nobody waits for long behind a busy loop."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    def __enter__(self) -> None:
        mine = object()
        with self._changed:
            self._waiting.append(mine)
            self._changed.wait_for(lambda: self._waiting[0] is mine)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._waiting.popleft()
            self._changed.notify_all()


class Host(Protocol):
    """The cloud, as far as functions in processes of their own need it."""

    clock: LocalClock

    def serve(self) -> str:
        """Opens the local AWS to other processes; returns the endpoint's URL."""
        ...

    def at_stop(self, call: Callable[[], object]) -> None: ...

    def printed(self, line: str) -> None:
        """Takes a line of a function's log."""
        ...


@dataclass
class Lambdas:
    """Runs functions, one at a time, since they share this process. `ids` gives request ids."""

    ids: Callable[[], str] = field(default=lambda: str(uuid.uuid4()))
    turns: Turns = field(default_factory=Turns)

    def join(self, host: Host) -> None:
        """Takes its place in a cloud that starts."""

    def invoke(self, function: Function, event: object) -> Invocation:
        """Runs a handler on an event; whatever it raises is a failure that is told, never raised."""
        with self.turns:
            return self._invoke(function, event)

    def _invoke(self, function: Function, event: object) -> Invocation:
        request_id = self.ids()
        began = time.monotonic()
        context = Context(function, request_id, began + function.timeout)
        settings = {**function.environment, "AWS_LAMBDA_FUNCTION_NAME": function.name, "AWS_REGION": REGION}
        settings["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = str(function.memory)
        try:
            with environment(settings), contextlib.redirect_stdout(OUTPUT):
                answer = _handler(function)(json.loads(json.dumps(event)), context)
                answer = json.loads(json.dumps(answer))
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as crash:  # noqa: BLE001 (Lambda outlives whatever a function does; the failure is told)
            LOG.info("%s failed: %s: %s", function.id, type(crash).__name__, crash)
            return Invocation(
                function.id,
                request_id,
                time.monotonic() - began,
                error=str(crash),
                error_type=type(crash).__name__,
                trace=traceback.format_exc(),
            )
        seconds = time.monotonic() - began
        if seconds > function.timeout:
            late = f"Task timed out after {function.timeout}.00 seconds (it took {seconds:.1f})"
            return Invocation(function.id, request_id, seconds, error=late, error_type="Sandbox.Timedout")
        return Invocation(function.id, request_id, seconds, answer)


def _handler(function: Function) -> Callable[[Any, Context], Any]:
    module, _, name = function.handler.rpartition(".")
    handler: Callable[[Any, Context], Any] = getattr(importlib.import_module(module), name)
    return handler
