"""Figures as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from infra.local.bench.bounds import bounds
from infra.local.bench.figures import Figures
from infra.local.cli.screen import say, say_table

MIB = 1024 * 1024
OUTCOMES = ("scanned", "queued", "applied", "in_step", "skipped", "issue")

Row = tuple[str, list[object]]


def show(title: str, every: Sequence[Figures]) -> None:
    """Prints a table with a column for each round, and the bounds that do not hold."""
    say(f"\n{title}")
    say_table(
        ("", *(figures.title for figures in every)),
        [(name, *map(_shown, values)) for name, values in _rows(every)],
    )
    for figures in every:
        for bound in bounds(figures):
            if not bound.holds:
                say(f"TOO MUCH in {figures.title!r}: {bound}")
        for error in figures.errors:
            say(f"FAILED in {figures.title!r}: {error}")


def as_json(figures: Figures) -> dict[str, Any]:
    """All of a round, with its bounds."""
    return asdict(figures) | {"bounds": [asdict(bound) | {"holds": bound.holds} for bound in bounds(figures)]}


def _rows(every: Sequence[Figures]) -> Iterator[Row]:
    yield from _counted(OUTCOMES, [figures.outcomes for figures in every])
    for system in every[0].requests:
        yield f"requests to {system}", [figures.requests_to(system) for figures in every]
        yield from _counted((), [figures.requests[system] for figures in every])
        yield f"connections to {system} at once", [figures.connected[system] for figures in every]
        yield f"connections to {system} opened", [figures.opened[system] for figures in every]
    yield "requests to AWS", [sum(figures.aws.values()) for figures in every]
    yield from _counted((), [figures.aws for figures in every])
    yield "table items read", [figures.items_read for figures in every]
    yield "table items written", [figures.items_written for figures in every]
    yield "messages sent", [figures.messages_sent for figures in every]
    yield "messages delivered", [figures.deliveries.scans + figures.deliveries.changes for figures in every]
    yield "batches delivered", [figures.deliveries.batches for figures in every]
    yield "CPU seconds of the function", [figures.cpu_seconds for figures in every]
    yield "MiB resident at most", [figures.peak_bytes / MIB for figures in every]
    yield "seconds", [figures.seconds for figures in every]
    held = [[bound.holds for bound in bounds(figures)] for figures in every]
    yield "bounds that hold", [f"{sum(one)} of {len(one)}" for one in held]


def _counted(names: Iterable[str], every: Sequence[Mapping[str, int]]) -> Iterator[Row]:
    """One row for each thing counted: these names first, all that were counted if there are none."""
    for name in names or dict.fromkeys(name for counted in every for name in counted):
        yield f"  {name.replace('_', ' ')}", [counted.get(name, 0) for counted in every]


def _shown(value: object) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
