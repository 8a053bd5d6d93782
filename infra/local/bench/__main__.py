"""`make bench`: prints what syncs, nights of computers and matching cost, and whether the bounds hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated

import typer

from infra.local.bench import coverage, figures, matching, projects
from infra.local.bench.measured import Bounded, M
from infra.local.bench.rounds import rounds
from infra.local.bench.showing import Row, as_json, show
from infra.local.bench.stage import Size
from infra.local.cli.screen import FAILED, complain, say_json

SIZES = (2_000, 10_000)
CUSTOMERS_PER_LOCATION = 4

Sizes = Annotated[list[int] | None, typer.Option("--customers", help="How many; again for another bench after that.")]
Computers = Annotated[int, typer.Option("--computers", help="How many computers of a repair shop; 0 for none.")]
Projects = Annotated[int, typer.Option("--projects", help="How many projects, each with 50 tickets; 0 for none.")]
Accounts = Annotated[int, typer.Option("--accounts", help="How many accounts of one customer to match; 0 for none.")]
Json = Annotated[bool, typer.Option("--json", help="Print everything that was counted as JSON.")]


def main(
    customers: Sizes = None,
    computers: Computers = coverage.WHOLE.computers,
    project_count: Projects = projects.WHOLE.projects,
    accounts: Accounts = matching.WHOLE,
    json: Json = False,
) -> None:
    """First sync, 50 edits, a run that finds nothing changed, and one that compares everything.

    One in four customers has a location. Then three nights of a repair shop, with one client for 40 computers; the
    projects of an office with Moovila, whose first sync takes longest of all; and the matching of one large customer's
    accounts. What is measured runs in a process of its own; exit code 1 says that a bound does not hold.
    """
    customer_rounds = {str(number): _customers(number, json=json) for number in customers or SIZES}
    nights = _nights(computers, json=json) if computers else []
    planned = _projects(project_count, json=json) if project_count else []
    matched = _matching(accounts, json=json) if accounts else []
    every: dict[str, Sequence[Bounded]] = {
        **customer_rounds,
        "coverage": nights,
        "projects": planned,
        "matching": matched,
    }
    if json:
        say_json({name: list(map(as_json, measured)) for name, measured in every.items()})
    held = [bound.holds for measured in every.values() for one in measured for bound in one.bounds]
    raise typer.Exit(0 if all(held) else FAILED)


def _customers(number: int, *, json: bool) -> list[figures.Figures]:
    """The rounds of so many customers."""
    size = Size(number, number // CUSTOMERS_PER_LOCATION)
    title = f"{size.customers:,} customers with {size.locations:,} locations"
    return _measured(title, partial(rounds, size), figures.rows, json=json)


def _nights(computers: int, *, json: bool) -> list[coverage.Night]:
    """The nights of a repair shop."""
    size = coverage.Size(computers, max(computers // 40, 1))
    title = f"{size.computers:,} computers of {size.clients:,} clients"
    return _measured(title, partial(coverage.nights, size), coverage.rows, json=json)


def _projects(number: int, *, json: bool) -> list[projects.Round]:
    """The rounds of an office's projects."""
    size = projects.Size(number)
    title = f"{size.projects:,} projects with {size.projects * size.tickets:,} tickets"
    return _measured(title, partial(projects.rounds, size), projects.rows, json=json)


def _measured(
    title: str,
    run: Callable[[Callable[[M], object]], list[M]],
    rows: Callable[[list[M]], Iterable[Row]],
    *,
    json: bool,
) -> list[M]:
    complain(f"bench: {title}")
    every = run(lambda one: complain(f"bench: {one.title}: {one.seconds:.1f} s"))
    if not json:
        show(title, every, rows(every))
    return every


def _matching(accounts: int, *, json: bool) -> list[matching.Pass]:
    """One pass over a customer's accounts."""
    complain(f"bench: {accounts:,} accounts")
    done = matching.measure(accounts)
    if not json:
        matching.show(done)
    return [done]


typer.run(main)
