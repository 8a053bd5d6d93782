"""Runs the customer flow in rounds, first sync, edits, nothing, and measures what each cost."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.local.bench.figures import Deliveries, Figures
from infra.local.bench.measured import in_turn
from infra.local.bench.processes import ProcessLambdas
from infra.local.bench.spending import function_of, spent
from infra.local.bench.stage import Size, Stage
from infra.local.cloud import Cloud, LocalClock, Report
from infra.local.cloud.connections import Connected, connect
from infra.local.cloud.stack import Function
from infra.local.config import Known, check
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.server import Simulator
from shared.sync.record import FlowKey
from shared.sync.turns import Mode

FLOW = "eautomate_customers"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""Hours away from the daily preflight and callback registration, which ask the same systems."""
CONNECTION = "demo"
CONFIG = {"connection": [{"id": CONNECTION, "name": "Bench", "flows": {FLOW: {"create_missing": True}}}]}
SYSTEMS = ("connectwise_psa", "eautomate")
CONNECTIONS = Path("/proc/net/tcp")
ESTABLISHED = "01"
_RELEASE = re.compile(r"/[^/ ]+/apis/3\.0/")
"""The part of ConnectWise's paths that changes with every release."""


@dataclass
class Bench:
    """One connection on the local cloud, its functions in processes of their own; time stands still between turns."""

    cloud: Cloud
    lambdas: ProcessLambdas
    connected: Connected
    stage: Stage
    size: Size
    _batches: list[list[dict[str, Any]]] = field(default_factory=list)
    _connected: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.lambdas.watchers.append(self._watch)

    def first_sync(self) -> Figures:
        """Everything is new; locations that came before their customers follow within a minute."""
        changed = self.size.customers + self.size.locations
        return self._measured("first sync", changed, lambda: self._scan() + self.cloud.wait(minutes=2))

    def edits(self) -> Figures:
        """Some edits in e-automate, and their sync."""
        self.stage.edit(self.size.edits)
        return self._measured(f"{self.size.edits} edits", self.size.edits, self._scan)

    def nothing(self) -> Figures:
        """A run that finds nothing changed."""
        return self._measured("nothing", 0, self._scan)

    def nothing_at_all(self) -> Figures:
        """A run that compares everything and finds nothing changed."""
        return self._measured("nothing, all compared", 0, lambda: self._scan("comprehensive"), comprehensive=True)

    def rest(self) -> None:
        """Lets time pass by leaps, unmeasured: retries of what waits for a person, scans by their cadence."""
        for _ in range(2):
            self.cloud.clock.turn(minutes=20)
            self.cloud.run_until_quiet()

    @property
    def function(self) -> Function:
        """The flow's function."""
        return function_of(self.cloud, FLOW)

    def _scan(self, mode: Mode | None = None) -> Report:
        self.connected.ask(FlowKey(CONNECTION, FLOW), mode)
        return self.cloud.run_until_quiet()

    @property
    def _simulators(self) -> dict[str, Simulator]:
        return {system: self.connected.simulators[CONNECTION, system] for system in SYSTEMS}

    def _measured(self, title: str, changed: int, run: Callable[[], Report], *, comprehensive: bool = False) -> Figures:
        for simulator in self._simulators.values():
            simulator.forget_requests()
        self._batches.clear()
        self._connected.clear()
        cost = spent(self.cloud, self.lambdas, self.function, run)
        return Figures(
            title=title,
            changed=changed,
            companies=len(self.stage.psa.records("company/companies")),
            with_locations=len(set(self.stage.parents.values())),
            locations=len(self.stage.parents),
            comprehensive=comprehensive,
            deliveries=self._delivered(),
            requests={system: _named(simulator.requests) for system, simulator in self._simulators.items()},
            connected={system: self._connected[system] for system in SYSTEMS},
            opened={system: simulator.connections for system, simulator in self._simulators.items()},
            **vars(cost),
        )

    def _watch(self, function: Function, event: Any) -> None:
        """Notes each batch that the flow's function has had, and how it is connected after it."""
        if function.id == self.function.id:
            self._batches.append([json.loads(record["body"]) for record in event["Records"]])
            for system, simulator in self._simulators.items():
                self._connected[system] = max(self._connected[system], _connections_to(simulator.url))

    def _delivered(self) -> Deliveries:
        """What the batches named. A location is one whose parent is known; a company is its customer's change."""
        of_locations = self.stage.parents
        customers = companies = changes = 0
        for messages in self._batches:
            ids = [message["id"] for message in messages if message["type"] == "change"]
            changes += len(ids)
            customers += any(id_ not in of_locations for id_ in ids)
            companies += len({of_locations[id_] for id_ in ids if id_ in of_locations})
        scans = sum(map(len, self._batches)) - changes
        return Deliveries(len(self._batches), scans, changes, customers, companies)


@contextmanager
def bench(size: Size) -> Iterator[Bench]:
    """A bench with so many customers, none of them in ConnectWise."""
    lambdas = ProcessLambdas()
    with Cloud(clock=LocalClock(START, still=True), lambdas=lambdas) as cloud:
        sizes = {"connectwise_psa": {"companies": 0}, "eautomate": {"customers": size.customers, "location_share": 0}}
        connected = connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sizes))
        psa, eautomate = (connected.simulators[CONNECTION, system] for system in SYSTEMS)
        assert isinstance(psa, PsaSimulator)
        assert isinstance(eautomate, EautomateSimulator)
        stage = Stage(psa, eautomate, random.Random(7))
        stage.set(size.locations)
        yield Bench(cloud, lambdas, connected, stage, size)


def rounds(size: Size, tell: Callable[[Figures], object] = lambda _: None) -> list[Figures]:
    """Every round, one after the other; each is told as it ends."""
    with bench(size) as here:
        return in_turn((here.first_sync, here.edits, here.nothing, here.nothing_at_all), here.rest, tell)


def _connections_to(url: str) -> int:
    """How many connections of this machine to a server on loopback are open, by what Linux tells of them."""
    port = f":{urlsplit(url).port:04X}"
    rows = [line.split() for line in CONNECTIONS.read_text().splitlines()[1:]]
    return sum(remote.endswith(port) and state == ESTABLISHED for _, _, remote, state, *_ in rows)


def _named(requests: Mapping[str, int]) -> dict[str, int]:
    """Operations, most frequent first, by names that no release changes."""
    counted: Counter[str] = Counter()
    for name, number in requests.items():
        counted[_RELEASE.sub("", name)] += number
    return dict(counted.most_common())
