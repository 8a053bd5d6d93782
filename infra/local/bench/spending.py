"""Runs something on the local cloud, and tells what that cost the process of a function."""

from __future__ import annotations

import time
from collections.abc import Callable

from infra.local.bench.measured import Cost
from infra.local.bench.processes import ProcessLambdas
from infra.local.cloud import Cloud, Report
from infra.local.cloud.stack import Function


def spent(cloud: Cloud, lambdas: ProcessLambdas, function: Function, run: Callable[[], Report]) -> Cost:
    """Runs it, and tells what that cost."""
    before, tally, began = lambdas.usage(function), cloud.tally(), time.monotonic()
    report = run()
    seconds, after = time.monotonic() - began, lambdas.usage(function)
    items = after.items - before.items
    return Cost(
        outcomes=dict((cloud.tally() - tally).counts()),
        aws=dict((after.requests - before.requests).most_common()),
        items_read=items["read"],
        items_written=items["written"],
        messages_sent=items["sent"],
        runs=report.runs()[function.id],
        cpu_seconds=after.seconds - before.seconds,
        peak_bytes=after.peak,
        seconds=seconds,
        errors=tuple(f"{each.function}: {each.error}" for each in report.errors),
    )


def function_of(cloud: Cloud, room: str) -> Function:
    """The function whose code is in this room."""
    return next(function for function in cloud.stack.functions.values() if function.room == room)
