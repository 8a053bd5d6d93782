"""`make bench`: prints what syncs of customers and nights of computers cost, and whether the bounds hold."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.local.bench import coverage
from infra.local.bench.bounds import bounds
from infra.local.bench.figures import Figures
from infra.local.bench.rounds import rounds
from infra.local.bench.showing import as_json, show
from infra.local.bench.stage import Size
from infra.local.cli.screen import FAILED, complain, say_json

SIZES = (2_000, 10_000)
CUSTOMERS_PER_LOCATION = 4

Sizes = Annotated[list[int] | None, typer.Option("--customers", help="How many; again for another bench after that.")]
Computers = Annotated[int, typer.Option("--computers", help="How many computers of a repair shop; 0 for none.")]
Json = Annotated[bool, typer.Option("--json", help="Print everything that was counted as JSON.")]


def main(customers: Sizes = None, computers: Computers = coverage.WHOLE.computers, json: Json = False) -> None:
    """First sync, 50 edits, a run that finds nothing changed, and one that compares everything.

    One in four customers has a location. Then three nights of a repair shop, with one client for 40 computers. The
    flow's function runs in a process of its own; exit code 1 says that a bound does not hold.
    """
    every: dict[int, list[Figures]] = {}
    for number in customers or SIZES:
        size = Size(number, number // CUSTOMERS_PER_LOCATION)
        title = f"{size.customers:,} customers with {size.locations:,} locations"
        complain(f"bench: {title}")
        every[number] = rounds(size, lambda figures: complain(f"bench: {figures.title}: {figures.seconds:.1f} s"))
        if not json:
            show(title, every[number])
    nights = _nights(computers, json=json) if computers else []
    if json:
        told = {str(number): [as_json(figures) for figures in one] for number, one in every.items()}
        say_json({**told, "coverage": list(map(coverage.as_json, nights))})
    held = [bound.holds for one in every.values() for figures in one for bound in bounds(figures)]
    hold = all([*held, *(bound.holds for night in nights for bound in night.bounds)])
    raise typer.Exit(0 if hold else FAILED)


def _nights(computers: int, *, json: bool) -> list[coverage.Night]:
    """The nights of a repair shop."""
    size = coverage.Size(computers, max(computers // 40, 1))
    title = f"{size.computers:,} computers of {size.clients:,} clients"
    complain(f"bench: {title}")
    nights = coverage.nights(size, lambda night: complain(f"bench: {night.title}: {night.seconds:.1f} s"))
    if not json:
        coverage.show(title, nights)
    return nights


typer.run(main)
