"""Runs the coverage flow night after night on many computers, and measures what each night cost, with its bounds."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from infra.local.bench.bounds import Bound
from infra.local.bench.processes import ProcessLambdas
from infra.local.bench.rounds import CONNECTION, START
from infra.local.bench.spending import function_of, spent
from infra.local.cli.screen import say, say_table
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


@dataclass(frozen=True)
class Night:
    """What one night cost.

    `sets` are the clients whose set differed; `members` the computers in plan groups. `requests` are those to
    Automate, by operation. CPU seconds and the peak of resident memory (bytes) are of the function's process, `seconds`
    of the wall.
    """

    title: str
    computers: int
    members: int
    sets: int
    requests: Mapping[str, int]
    outcomes: Mapping[str, int]
    items_written: int
    messages_sent: int
    cpu_seconds: float
    peak_bytes: int
    seconds: float
    errors: tuple[str, ...] = ()

    @property
    def to_automate(self) -> int:
        return sum(self.requests.values())

    @property
    def bounds(self) -> list[Bound]:
        """What it may cost at most, each with what was found."""
        pages = math.ceil(self.computers / PAGE) + math.ceil(self.members / PAGE)
        found = [
            Bound("requests to Automate", pages + BESIDE + self.sets, self.to_automate),
            Bound("writes to Automate but for its token", 0, sum(self._writes())),
            Bound("bytes resident at most", MEMORY, self.peak_bytes),
            Bound("runs that failed", 0, len(self.errors)),
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
            outcomes=cost.outcomes,
            items_written=cost.items["written"],
            messages_sent=cost.items["sent"],
            cpu_seconds=cost.cpu_seconds,
            peak_bytes=cost.peak_bytes,
            seconds=cost.seconds,
            errors=cost.errors,
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


def as_json(night: Night) -> dict[str, Any]:
    """All of a night, with its bounds."""
    return asdict(night) | {"bounds": [asdict(bound) | {"holds": bound.holds} for bound in night.bounds]}


def show(title: str, every: Sequence[Night]) -> None:
    """Prints a table with a column for each night, and the bounds that do not hold."""
    say(f"\n{title}")
    rows: list[tuple[str, list[object]]] = [
        ("clients whose set differed", [night.sets for night in every]),
        ("requests to Automate", [night.to_automate for night in every]),
        ("table items written", [night.items_written for night in every]),
        ("messages sent", [night.messages_sent for night in every]),
        ("CPU seconds of the function", [f"{night.cpu_seconds:.1f}" for night in every]),
        ("MiB resident at most", [f"{night.peak_bytes / 2**20:.0f}" for night in every]),
        ("seconds", [f"{night.seconds:.1f}" for night in every]),
        ("bounds that hold", [f"{sum(b.holds for b in night.bounds)} of {len(night.bounds)}" for night in every]),
    ]
    say_table(("", *(night.title for night in every)), [(name, *map(str, values)) for name, values in rows])
    for night in every:
        for bound in night.bounds:
            if not bound.holds:
                say(f"TOO MUCH in {night.title!r}: {bound}")
        for error in night.errors:
            say(f"FAILED in {night.title!r}: {error}")
