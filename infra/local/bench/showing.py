"""What was measured as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from infra.local.bench.measured import Bounded, Measured
from infra.local.cli.screen import say, say_table

MIB = 1024 * 1024

Row = tuple[str, list[object]]


def show(title: str, every: Sequence[Measured], rows: Iterable[Row]) -> None:
    """Prints a table with a column for each round: a bench's own rows, then the cost; and bounds that do not hold."""
    say(f"\n{title}")
    say_table(
        ("", *(one.title for one in every)),
        [(name, *map(_shown, values)) for name, values in (*rows, *_cost(every))],
    )
    for one in every:
        for bound in one.bounds:
            if not bound.holds:
                say(f"TOO MUCH in {one.title!r}: {bound}")
        for error in one.errors:
            say(f"FAILED in {one.title!r}: {error}")


def as_json(one: Bounded) -> dict[str, Any]:
    """All that was measured, with its bounds."""
    return asdict(one) | {"bounds": [asdict(bound) | {"holds": bound.holds} for bound in one.bounds]}


def counted(names: Iterable[str], every: Sequence[Mapping[str, int]]) -> Iterator[Row]:
    """One row for each thing counted: these names first, all that were counted if there are none."""
    for name in names or dict.fromkeys(name for counted in every for name in counted):
        yield f"  {name.replace('_', ' ')}", [counted.get(name, 0) for counted in every]


def _cost(every: Sequence[Measured]) -> Iterator[Row]:
    yield "requests to AWS", [sum(one.aws.values()) for one in every]
    yield from counted((), [one.aws for one in every])
    yield "table items read", [one.items_read for one in every]
    yield "table items written", [one.items_written for one in every]
    yield "messages sent", [one.messages_sent for one in every]
    yield "runs of the function", [one.runs for one in every]
    yield "CPU seconds of the function", [one.cpu_seconds for one in every]
    yield "MiB resident at most", [one.peak_bytes / MIB for one in every]
    yield "seconds", [one.seconds for one in every]
    held = [[bound.holds for bound in one.bounds] for one in every]
    yield "bounds that hold", [f"{sum(one)} of {len(one)}" for one in held]


def _shown(value: object) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
