"""Runs the flow of Moovila projects in rounds, and measures what each cost ConnectWise and the function, with bounds.

The projects are those of the demo's office, each with many tickets. Nobody calls back: scans alone find what changed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from infra.local.bench.figures import PAGE, PSA
from infra.local.bench.measured import Bound, Measured, in_turn
from infra.local.bench.processes import ProcessLambdas
from infra.local.bench.rounds import START
from infra.local.bench.showing import Row
from infra.local.bench.spending import function_of, spent
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import Known, check
from infra.local.demo.projects import CONFIG, KEY, OFFICE, PROJECTS, REFERENCE, TICKETS, Office
from infra.local.simulators.psa.seed_plans import PlanSeeder
from shared.sync.record import FlowKey
from shared.sync.turns import Mode

LISTS: Mapping[str, str] = {
    "projects": "/project/projects",
    "tickets": "/project/tickets",
    "time": "/time/entries",
    "schedule": "/schedule/entries",
}
"""Of which types ConnectWise has a list over all projects."""

BELOW: Mapping[str, str] = {
    "phases": "/project/projects/{id}/phases",
    "team": "/project/projects/{id}/teamMembers",
    "notes": "/project/projects/{id}/notes",
}
"""Of which it has one for each project only."""

NOTES = "GET /project/tickets/{id}/notes"
AT_REST = 6
"""Requests to ConnectWise of a delta run that finds nothing."""

LOOK = 8
"""Requests to ConnectWise of a look at one project, beside notes of tickets: itself, each type in it, members."""

MEMORY = 256 * 1024 * 1024
LOCKED_IN = 3
"""Table items that a run without changes writes: it begins, goes on, ends."""


@dataclass(frozen=True)
class Size:
    """How many projects, the tickets of each, and how many tickets people edit in one round."""

    projects: int
    tickets: int = 50
    edits: int = 20


WHOLE = Size(300)


@dataclass(frozen=True, kw_only=True)
class Round(Measured):
    """What one round cost.

    `edited` tickets are in `looked` projects; of the first round, in which all is new, these are all there are.
    `records` are ConnectWise's, by type. `requests` are those to ConnectWise, `moovila` those to Moovila, by operation.
    """

    mode: Mode
    edited: int
    looked: int
    records: Mapping[str, int]
    requests: Mapping[str, int]
    moovila: Mapping[str, int]

    @property
    def to_psa(self) -> int:
        return sum(self.requests.values())

    @property
    def bounds(self) -> list[Bound]:
        return [*self._reads(), *self._writes(), *self.of_every_round(MEMORY)]

    def asked(self, path: str) -> int:
        """How often ConnectWise was asked for a list, or for a record of it."""
        return self.requests.get(f"GET {path}", 0) + self.requests.get(f"GET {path}/{{id}}", 0)

    def _reads(self) -> Iterator[Bound]:
        yield Bound("reads of tickets' notes", self.edited, self.requests.get(NOTES, 0))
        if self.mode == "delta":
            pages = sum(math.ceil(self.records[name] / PAGE) - 1 for name in LISTS) if self.edited else 0
            allowed = AT_REST + pages + self.edited + LOOK * self.looked
            yield Bound("requests to ConnectWise", allowed, self.to_psa)
            return
        for name, path in LISTS.items():
            yield Bound(f"requests for {name}", math.ceil(self.records[name] / PAGE) + 2, self.asked(path))
        for name, path in BELOW.items():
            yield Bound(f"requests for {name}", self.records["projects"], self.asked(path))

    def _writes(self) -> Iterator[Bound]:
        written = sum(number for name, number in self.requests.items() if not name.startswith("GET "))
        yield Bound("writes to ConnectWise", 0, written)
        if not self.edited:
            yield Bound("table items written", LOCKED_IN, self.items_written)
            # A run whose time is up sends itself on.
            yield Bound("messages sent", self.runs - 1, self.messages_sent)


@dataclass
class Bench:
    """The office on the local cloud, the flow's function in a process of its own; time stands still in a round."""

    office: Office
    lambdas: ProcessLambdas
    size: Size
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def first_sync(self) -> Round:
        """Everything is new to Moovila."""
        every = {int(row["id"]) for row in self.office.psa.records(TICKETS)}
        return self._measured("first sync", "delta", every)

    def nothing(self) -> Round:
        """A run that finds nothing changed."""
        return self._measured("nothing", "delta", set())

    def edits(self) -> Round:
        """Some tickets are called otherwise, wherever they are, and their sync."""
        tickets = [int(row["id"]) for row in self.office.psa.records(TICKETS)]
        edited = set(self.rng.sample(tickets, self.size.edits))
        for ticket in edited:
            self.office.psa.edit(TICKETS, ticket, summary=f"Edited ticket {ticket}")
        return self._measured(f"{self.size.edits} tickets edited", "delta", edited)

    def nothing_at_all(self) -> Round:
        """A run that compares everything and finds nothing changed."""
        return self._measured("nothing, all compared", "comprehensive", set())

    def rest(self) -> None:
        """Lets time pass, unmeasured: the window after a sync, a scan by its cadence."""
        cloud = self.office.connected.cloud
        cloud.clock.turn(minutes=20)
        cloud.run_until_quiet()
        cloud.clock.turn(seconds=1)

    def apart(self) -> list[int]:
        """The projects in which the two sides name different tickets."""
        projects = (int(row["id"]) for row in self.office.psa.records("project/projects"))
        return [one for one in projects if self.office.apart(one)]

    def _measured(self, title: str, mode: Mode, edited: set[int]) -> Round:
        cloud, psa, moovila = self.office.connected.cloud, self.office.psa, self.office.moovila
        records = {name: len(psa.records(path[1:])) for name, path in LISTS.items()}
        projects = {row["project"]["id"] for row in psa.records(TICKETS) if row["id"] in edited}
        psa.forget_requests()
        moovila.forget_requests()
        self.office.connected.ask(KEY, mode)
        cost = spent(cloud, self.lambdas, function_of(cloud, PROJECTS), cloud.run_until_quiet)
        return Round(
            title=title,
            mode=mode,
            edited=len(edited),
            looked=len(projects),
            records=records,
            requests=dict(psa.requests.most_common()),
            moovila=dict(moovila.requests.most_common()),
            **vars(cost),
        )


@contextmanager
def bench(size: Size) -> Iterator[Bench]:
    """A bench with so many projects, started, its customers mapped, none of them in Moovila."""
    lambdas = ProcessLambdas(rooms=frozenset({PROJECTS}))
    with Cloud(clock=LocalClock(START, still=True), lambdas=lambdas) as cloud:
        sizes = {PSA: {"companies": max(size.projects // 6, 1)}, "moovila": {"projects": 0}}
        office = Office(connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sizes)))
        office.furnish()
        PlanSeeder(office.psa.data, office.psa.random).projects(size.projects, size.tickets)
        cloud.clock.turn(minutes=10)  # they are older than the sync, by more than clocks may differ
        cloud.run_until_quiet()  # what runs by the clock has run, so that nothing of this begins but by us
        started = cloud.invoke("Preflight", {"connection": OFFICE, "start": "bench"}).answer["connections"][OFFICE]
        if not started["started"]:
            raise RuntimeError(f"it was not started: {started}")
        office.connected.ask(FlowKey(OFFICE, REFERENCE))
        cloud.run_until_quiet()
        yield Bench(office, lambdas, size)


def rounds(size: Size, tell: Callable[[Round], object] = lambda _: None) -> list[Round]:
    """Every round, one after the other; each is told as it ends. RuntimeError if the two sides are not in step then."""
    with bench(size) as here:
        done = in_turn((here.first_sync, here.nothing, here.edits, here.nothing_at_all), here.rest, tell)
        if apart := here.apart():
            raise RuntimeError(f"these projects are not in step: {apart}")
    return done


def rows(every: Sequence[Round]) -> Iterator[Row]:
    """What is shown of these rounds."""
    yield "requests to ConnectWise", [one.to_psa for one in every]
    for name, path in {**LISTS, **BELOW, "notes of tickets": NOTES.removeprefix("GET ")}.items():
        yield f"  {name}", [one.asked(path) for one in every]
    yield "requests to Moovila", [sum(one.moovila.values()) for one in every]
