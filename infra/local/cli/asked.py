"""What a command asks of a cloud that runs, whether in this process or behind a control port."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.local.cli.control import Tell
from infra.local.cli.flows import flows_meant
from infra.local.cli.screen import WRONG_USE, Failed
from infra.local.cloud import Happening
from infra.local.cloud.connections import Connected

PATIENCE = timedelta(seconds=60)
"""Messages handed back for so long are waited for: the longest that the engine hands back for."""


def sync(connected: Connected, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Scans a flow, until the queues are quiet.

    `request` holds `flow`, and `connection` and `mode` or None for all connections and the flow's own choice. Returns
    counts by outcome, requests by system, seconds, what functions raised and what waits for another try.
    """
    keys = flows_meant(connected.connections.values(), request.get("connection"), request["flow"])
    cloud, began = connected.cloud, time.monotonic()
    delivered = 0

    def watch(happening: Happening) -> None:
        nonlocal delivered
        delivered += happening.records
        tell(f"{delivered} messages delivered, {sum(cloud.waiting().values())} to go")

    with cloud.lock:
        before = cloud.tally()
        cloud.watchers.append(watch)
        try:
            for key in keys:
                connected.ask(key, request.get("mode"))
            report = cloud.run_until_quiet(patience=PATIENCE)
        finally:
            cloud.watchers.remove(watch)
        done = cloud.tally() - before
        waiting = cloud.waiting()
    return {
        "flow": request["flow"],
        "connections": [key.connection for key in keys],
        "counts": dict(done.counts(request["flow"])),
        "requests": dict(done.requests_by_system()),
        "seconds": round(time.monotonic() - began, 2),
        "waiting": sum(waiting.values()),
        "errors": [f"{happening.function}: {happening.error}" for happening in report.errors],
    }


def invoke(connected: Connected, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Runs one function (`function`) on one `event`; its answer, or its error with the traceback."""
    try:
        function = connected.cloud.stack.function(request["function"])
    except KeyError as unknown:
        raise Failed(str(unknown.args[0]), WRONG_USE) from None
    tell(f"running {function.id}")
    done = connected.cloud.invoke(function.id, request["event"])
    error = f"{done.error_type}: {done.error}" if done.failed else ""
    return {"answer": done.answer, "error": error, "trace": done.trace, "seconds": round(done.seconds, 3)}
