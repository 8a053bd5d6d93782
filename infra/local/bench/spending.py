"""What it costs a function's process to bring something about: CPU, memory, requests to AWS, and what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.local.bench.processes import ProcessLambdas
from infra.local.cloud import Cloud, Report
from infra.local.cloud.stack import Function


@dataclass(frozen=True)
class Spent:
    """CPU seconds and the peak of resident memory (bytes) of the function's process; `seconds` of the wall.

    `aws` are its requests by service and operation, `items` the table items and messages of these, `outcomes` those of
    all batches, `errors` the runs of any function that failed.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    aws: Counter[str]
    items: Counter[str]
    outcomes: Mapping[str, int]
    errors: tuple[str, ...]


def spent(cloud: Cloud, lambdas: ProcessLambdas, function: Function, run: Callable[[], Report]) -> Spent:
    """Runs it, and tells what that cost."""
    before, tally, began = lambdas.usage(function), cloud.tally(), time.monotonic()
    report = run()
    seconds, after = time.monotonic() - began, lambdas.usage(function)
    return Spent(
        seconds=seconds,
        cpu_seconds=after.seconds - before.seconds,
        peak_bytes=after.peak,
        aws=after.requests - before.requests,
        items=after.items - before.items,
        outcomes=dict((cloud.tally() - tally).counts()),
        errors=tuple(f"{each.function}: {each.error}" for each in report.errors),
    )


def function_of(cloud: Cloud, room: str) -> Function:
    """The function whose code is in this room."""
    return next(function for function in cloud.stack.functions.values() if function.room == room)
