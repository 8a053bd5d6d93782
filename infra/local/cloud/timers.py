"""Does what EventBridge and Lambda's event queue do: runs functions on schedule, repeats what failed, gives up."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from infra.local.cloud.happening import Happening
from infra.local.cloud.lambdas import Invocation, Lambdas
from infra.local.cloud.schedule import Timetable, timetable
from infra.local.cloud.stack import ACCOUNT, REGION, Function, Schedule, Stack

REPEAT_AFTER = (timedelta(minutes=1), timedelta(minutes=2))
"""Lambda waits so long before the second and the third try of an event that nobody waits for."""


@dataclass(frozen=True)
class _Waiting:
    """An event that a function is to be run on, at a time."""

    at: datetime
    function: str
    source: str
    event: Any
    tries: int = 0


@dataclass
class Timers:
    """The schedules of a stack, from `start` on, and the events that wait for another try."""

    stack: Stack
    sqs: Any
    lambdas: Lambdas
    now: Callable[[], datetime]
    urls: Mapping[str, str]
    start: datetime
    waiting: list[_Waiting] = field(default_factory=list)
    tables: dict[str, Timetable] = field(init=False)
    next: dict[str, datetime | None] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = {
            name: timetable(schedule.expression, start=self.start, zone=schedule.zone)
            for name, schedule in self.stack.schedules.items()
        }
        self.next = {name: table.after(self.start) for name, table in self.tables.items()}

    def next_at(self) -> datetime | None:
        """When something is to run next."""
        times = [at for at in self.next.values() if at is not None] + [event.at for event in self.waiting]
        return min(times, default=None)

    def run(self) -> list[Happening]:
        """Runs what is due now, oldest first. A schedule that came due several times since runs once."""
        now = self.now()
        for name, at in self.next.items():
            if at is not None and at <= now:
                schedule = self.stack.schedules[name]
                self.waiting.append(_Waiting(at, schedule.function, name, _event(schedule, at)))
                self.next[name] = self.tables[name].after(now)
        due = sorted((event for event in self.waiting if event.at <= now), key=lambda event: event.at)
        self.waiting = [event for event in self.waiting if event.at > now]
        return [self._run(event) for event in due]

    def _run(self, event: _Waiting) -> Happening:
        function, at = self.stack.functions[event.function], self.now()
        invocation = self.lambdas.invoke(function, event.event)
        error = ""
        if invocation.failed:
            error = f"{invocation.error_type}: {invocation.error}"
            if event.tries < function.retries:
                again = at + REPEAT_AFTER[min(event.tries, len(REPEAT_AFTER) - 1)]
                self.waiting.append(replace(event, at=again, tries=event.tries + 1))
            else:
                self._give_up(function, event, invocation)
        return Happening(
            "schedule", event.source, function.id, at, invocation.seconds, error=error, trace=invocation.trace
        )

    def _give_up(self, function: Function, event: _Waiting, invocation: Invocation) -> None:
        """Puts the event where the function's failed events go, in the form that Lambda gives it there."""
        if not function.failures:
            return
        body: Any = event.event
        if function.failures_form == "destination":
            body = {
                "version": "1.0",
                "timestamp": _iso(self.now()),
                "requestContext": {
                    "requestId": invocation.request_id,
                    "functionArn": f"{function.arn}:$LATEST",
                    "condition": "RetriesExhausted",
                    "approximateInvokeCount": event.tries + 1,
                },
                "requestPayload": event.event,
                "responseContext": {
                    "statusCode": 200,
                    "executedVersion": "$LATEST",
                    "functionError": "Unhandled",
                },
                "responsePayload": {
                    "errorMessage": invocation.error,
                    "errorType": invocation.error_type,
                    "stackTrace": invocation.trace.splitlines(),
                },
            }
        queue = next(queue for queue in self.stack.queues.values() if queue.arn == function.failures)
        self.sqs.send_message(QueueUrl=self.urls[queue.id], MessageBody=json.dumps(body))


def _event(schedule: Schedule, at: datetime) -> Any:
    """The event of a schedule that fired."""
    if schedule.input is not None:
        return schedule.input
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": f"aws.{schedule.source}",
        "account": ACCOUNT,
        "time": _iso(at),
        "region": REGION,
        "resources": [schedule.arn],
        "detail": {} if schedule.source == "events" else "{}",
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
