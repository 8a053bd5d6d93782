"""One function in a process of its own, as Lambda runs it: takes events on standard input, and tells what they cost.

It is light on purpose: whatever it imported beside the function would count as the function's. Requests and answers are
JSON, a line each. What the function prints goes to standard error, so that answers stay apart from it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from functions import wiring

STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")
LOGGED = "\x04"
"""The line that ends what a request had printed; its answer follows."""


class ToldClock:
    """The time that came with the last event."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class Meter:
    """Counts what boto3 clients send: requests by service and operation, and table items read, written and removed.

    A request that is sent again counts again; its items count once. What a filter left out was read, too.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.items: Counter[str] = Counter()

    def listen(self, *clients: Any) -> None:
        """Counts what these clients send from now on."""
        for client in clients:
            events = client.meta.events
            service = client.meta.service_model.service_name
            events.register(f"before-send.{service}", self._sent)
            events.register(f"provide-client-params.{service}", self._asked)
            events.register(f"after-call.{service}", self._answered)

    def _sent(self, event_name: str, **_: Any) -> None:
        self.requests[event_name.split(".", 1)[1]] += 1

    def _asked(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        match model.name:
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self.items["written"] += 1
            case "TransactWriteItems":
                self.items["written"] += len(params["TransactItems"])
            case "BatchWriteItem":
                self.items["written"] += sum(map(len, params["RequestItems"].values()))
            case "SendMessageBatch":
                self.items["sent"] += len(params["Entries"])

    def _answered(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        match model.name:
            case "GetItem":
                self.items["read"] += "Item" in parsed
            case "BatchGetItem":
                self.items["read"] += sum(map(len, parsed.get("Responses", {}).values()))
            case "Query":
                self.items["read"] += parsed.get("ScannedCount", 0)


class Context:
    """Of Lambda's context, what handlers ask for."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self.aws_request_id = "bench"
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.invoked_function_arn = ""

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self._until - time.monotonic()) * 1000), 0)


def serve(handler: str, requests: TextIO, answers: TextIO) -> None:
    """Answers requests until there are no more: `event` runs the handler, `usage` tells what was used."""
    clock = ToldClock(datetime.fromisoformat(json.loads(requests.readline())["now"]))
    clients = wiring.use(clock).clients
    meter = Meter()
    meter.listen(clients.dynamodb, clients.sqs, clients.secretsmanager)
    module, _, name = handler.rpartition(".")
    run: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), name)
    for line in requests:
        request = json.loads(line)
        if "event" in request:
            clock.time = datetime.fromisoformat(request["now"])
            told = _run(run, request["event"], request["seconds"])
        else:
            told = usage(meter, forget_peak=request["forget_peak"])
        sys.stdout.flush()
        print(LOGGED, file=sys.stderr, flush=True)
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def _run(run: Callable[[Any, Any], Any], event: Any, seconds: float) -> dict[str, Any]:
    try:
        return {"answer": run(event, Context(seconds))}
    except Exception as crash:  # noqa: BLE001 (told to whoever asked; the process lives on, as Lambda's does)
        return {"error": str(crash), "type": type(crash).__name__, "trace": traceback.format_exc()}


def usage(meter: Meter, *, forget_peak: bool) -> dict[str, Any]:
    """What this process used so far: CPU seconds, bytes resident now and at most, requests to AWS.

    `forget_peak` begins to measure the peak anew, where the system allows that.
    """
    now, peak = (_resident(name) for name in ("VmRSS", "VmHWM"))
    if forget_peak and FORGET_PEAK.exists():
        FORGET_PEAK.write_text("5")
    return {
        "cpu": time.process_time(),
        "resident": now,
        "peak": peak,
        "requests": dict(meter.requests),
        "items": dict(meter.items),
    }


def _resident(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.argv[1], sys.stdin, answers)


if __name__ == "__main__":
    main()
