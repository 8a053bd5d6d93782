"""Runs the coverage flow night after night on many computers, and measures what each night cost, with its bounds."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from infra.local.bench.measured import Bound, Measured
from infra.local.bench.processes import ProcessLambdas
from infra.local.bench.rounds import CONNECTION, START
from infra.local.bench.showing import Row
from infra.local.bench.spending import function_of, spent
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import Connected, connect
from infra.local.cloud.stack import Function
from infra.local.config import Known, check
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.fleet import PLANS
from shared.sync.record import FlowKey

FLOW = "pcrt_coverage"
CONFIG = {"connection": [{"id": CONNECTION, "name": "Bench", "flows": {FLOW: {}}}]}
AUTOMATE = "connectwise_automate"
PAGE = 1000
"""Records of one page of Automate's."""

BESIDE = 5
"""Requests to Automate beside pages: a token, clients, groups."""

MEMORY = 256 * 1024 * 1024
LOCKED_IN = 3
"""Table items that a night without changes writes: the run begins, goes on, ends."""


@dataclass(frozen=True)
class Size:
    """How many computers, of so many clients; and how many computers change their plan in a night."""

    computers: int
    clients: int
    moves: int = 50


WHOLE = Size(20_000, 500)


@dataclass(frozen=True, kw_only=True)
class Night(Measured):
    """What one night cost.

    `sets` are the clients whose set differed; `members` the computers in plan groups. `requests` are those to
    Automate, by operation.
    """

    computers: int
    members: int
    sets: int
    requests: Mapping[str, int]

    @property
    def to_automate(self) -> int:
        return sum(self.requests.values())

    @property
    def bounds(self) -> list[Bound]:
        pages = math.ceil(self.computers / PAGE) + math.ceil(self.members / PAGE)
        found = [
            Bound("requests to Automate", pages + BESIDE + self.sets, self.to_automate),
            Bound("writes to Automate but for its token", 0, sum(self._writes())),
            *self.of_every_round(MEMORY),
        ]
        if not self.sets:
            found.append(Bound("table items written", LOCKED_IN, self.items_written))
        return found

    def _writes(self) -> Iterator[int]:
        return (
            number
            for name, number in self.requests.items()
            if not name.startswith("GET ") and name not in ("POST APIToken", "POST APIToken/Refresh")
        )


@dataclass
class Bench:
    """One connection on the local cloud, its functions in processes of their own; time stands still between nights."""

    cloud: Cloud
    lambdas: ProcessLambdas
    connected: Connected
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    _sets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.lambdas.watchers.append(self._watch)

    def night(self, title: str) -> Night:
        """One run, and all that comes of it."""
        self.automate.forget_requests()
        self._sets.clear()
        self.connected.ask(FlowKey(CONNECTION, FLOW))
        cost = spent(self.cloud, self.lambdas, self.function, self.cloud.run_until_quiet)
        plans = {str(self.automate.groups[name]) for name in PLANS}
        return Night(
            title=title,
            computers=len(self.automate.records("Computers")),
            members=sum(one["GroupId"] in plans for one in self.automate.records("GroupComputers")),
            sets=len(self._sets),
            requests=dict(self.automate.requests.most_common()),
            **vars(cost),
        )

    def move(self, how_many: int) -> None:
        """So many computers come to another plan."""
        computers = [int(row["Id"]) for row in self.automate.records("Computers")]
        for computer in self.rng.sample(computers, how_many):
            plan = self.rng.choice(PLANS[:3])
            for name in PLANS:
                self.automate.leave(computer, name)
            self.automate.join(computer, plan)

    @property
    def automate(self) -> AutomateSimulator:
        found = self.connected.simulators[CONNECTION, AUTOMATE]
        assert isinstance(found, AutomateSimulator)
        return found

    @property
    def function(self) -> Function:
        """The flow's function."""
        return function_of(self.cloud, FLOW)

    def _watch(self, function: Function, event: Any) -> None:
        if function.id == self.function.id:
            messages = (json.loads(record["body"]) for record in event["Records"])
            self._sets.update(message["id"] for message in messages if message["type"] == "change")


@contextmanager
def bench(size: Size) -> Iterator[Bench]:
    """A bench with so many computers; PCRT's lists are as the defect of old leaves them."""
    lambdas = ProcessLambdas()
    with Cloud(clock=LocalClock(START, still=True), lambdas=lambdas) as cloud:
        sizes = {AUTOMATE: {"clients": size.clients, "computers": size.computers}}
        yield Bench(cloud, lambdas, connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sizes)))


def nights(size: Size, tell: Callable[[Night], object] = lambda _: None) -> list[Night]:
    """The first night, one after some computers moved, one without changes; each is told as it ends."""
    done: list[Night] = []
    with bench(size) as here:
        for title, moves in (("first night", 0), (f"{size.moves} computers moved", size.moves), ("nothing", 0)):
            here.move(moves)
            done.append(here.night(title))
            tell(done[-1])
            here.cloud.clock.turn(minutes=1)
    return done


def rows(every: Sequence[Night]) -> Iterator[Row]:
    """What is shown of these nights."""
    yield "clients whose set differed", [night.sets for night in every]
    yield "requests to Automate", [night.to_automate for night in every]
