"""What a template makes, with every name worked out: functions, triggers, schedules, queues, tables, secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

REGION = "us-east-1"
ACCOUNT = "123456789012"
STACK = "crosswise"


def arn(service: str, resource: str) -> str:
    """The ARN of something of ours."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@dataclass(frozen=True)
class Function:
    """A Lambda function. `timeout` is in seconds, `memory` in MB.

    `retries` and `failures` (the ARN of a queue, or empty) hold for events that nobody waits for: schedules.
    `failures_form` says how a failed event is put there: as a destination's record or as it was.
    """

    id: str
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    retries: int = 2
    failures: str = ""
    failures_form: Literal["destination", "event"] = "event"

    @property
    def name(self) -> str:
        return f"{STACK}-{self.id}"

    @property
    def arn(self) -> str:
        return arn("lambda", f"function:{self.name}")

    @property
    def room(self) -> str:
        """The folder under functions/ in which the handler lives; the module's last part elsewhere."""
        parts = self.handler.split(".")
        return parts[1] if parts[0] == "functions" and len(parts) > 2 else parts[-2]


@dataclass(frozen=True)
class Trigger:
    """An SQS event source mapping: which function gets the messages of which queue, how many at once.

    `partial` says whether it may report single messages as failed (ReportBatchItemFailures).
    """

    id: str
    function: str
    queue: str
    batch_size: int
    partial: bool


@dataclass(frozen=True)
class Schedule:
    """A schedule and the function that it runs; `input` replaces the usual event if it is not None."""

    id: str
    function: str
    expression: str
    zone: str = "UTC"
    input: Any | None = None
    source: Literal["events", "scheduler"] = "events"

    @property
    def arn(self) -> str:
        if self.source == "scheduler":
            return arn("scheduler", f"schedule/default/{STACK}-{self.id}")
        return arn("events", f"rule/{STACK}-{self.id}")


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API and the function that it runs; `path` has its parameters in braces."""

    method: str
    path: str
    function: str

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Queue:
    """An SQS queue; `attributes` as SQS takes them, `redrive` its RedrivePolicy or None."""

    id: str
    attributes: Mapping[str, str]
    name: str
    redrive: Mapping[str, Any] | None = None

    @property
    def arn(self) -> str:
        return arn("sqs", self.name)


@dataclass(frozen=True)
class Table:
    """A DynamoDB table: `definition` as CreateTable takes it, `expires` the attribute of its time to live."""

    id: str
    name: str
    definition: Mapping[str, Any]
    expires: str = ""
    recoverable: bool = False


@dataclass(frozen=True)
class Secret:
    """A secret that the template makes itself, with its value."""

    id: str
    name: str
    value: str


@dataclass(frozen=True)
class Stack:
    """All that a template makes, by logical id. `outputs` and `parameters` have their values."""

    functions: Mapping[str, Function] = field(default_factory=dict)
    triggers: Mapping[str, Trigger] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    queues: Mapping[str, Queue] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    identities: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    def function(self, name: str) -> Function:
        """A function by its logical id, its deployed name or its folder; KeyError names those there are."""
        for function in self.functions.values():
            if name in (function.id, function.name, function.room):
                return function
        known = ", ".join(sorted(function.room for function in self.functions.values()))
        raise KeyError(f"no function is called {name!r}; there are: {known}")

    def queue_of(self, function: str) -> Queue:
        """The queue whose messages a function gets; KeyError if it has none."""
        wanted = self.function(function)
        for trigger in self.triggers.values():
            if trigger.function == wanted.id:
                return self.queues[trigger.queue]
        raise KeyError(f"{wanted.room} has no queue")
