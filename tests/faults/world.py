"""One connection with its outside systems on the local cloud, on a clock that stands still until it is turned."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self

from functions import wiring
from infra.local.cloud import Cloud, LocalClock
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.moovila import MoovilaSimulator
from infra.local.simulators.pcrt import PcrtSimulator
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.quickpass import QuickpassSimulator
from infra.local.simulators.server import Simulator
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.clock import RandomIds
from shared.sync.connection import Connection
from shared.sync.link import Intent, Link
from shared.sync.operating import Operator
from shared.sync.record import FlowKey
from shared.sync.starting import document
from tests.faults.points import elsewhere

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

KEYS: Mapping[str, Mapping[str, str]] = {
    "connectwise_psa": {
        "public_key": "public",
        "private_key": "private",
        "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90",
    },
    "eautomate": {"user": "demo", "password": "demo"},
    "connectwise_automate": {
        "user": "demo",
        "password": "demo",
        "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90",
    },
    "pcrt": {"user": "demo", "password": "demo"},
    "quickpass": {"refresh_token": "demo"},
    "moovila": {"api_key": "demo", "webhook_secret": "demo"},
    "zomentum": {"refresh_token": "demo", "webhook_secret": "demo"},
}
COMPANY = {
    "connectwise_psa": "demo",
    "eautomate": "1",
    "connectwise_automate": "",
    "pcrt": "",
    "quickpass": "demo",
    "zomentum": "demo",
    "moovila": "demo",
}
SIMULATORS: Mapping[str, Callable[..., Simulator]] = {
    "connectwise_psa": PsaSimulator,
    "eautomate": EautomateSimulator,
    "connectwise_automate": partial(AutomateSimulator, clients=0, computers=0),
    "pcrt": partial(PcrtSimulator, clients=0, computers=0),
    "quickpass": QuickpassSimulator,
    "moovila": MoovilaSimulator,
    "zomentum": ZomentumSimulator,
}


@dataclass(frozen=True, eq=False)
class Scenario:
    """One flow's part in the fault harness.

    `seed` fills the outside systems, `edit` changes them after the first sync, `random_edit` makes one edit as people
    make them, on either side. `state` is what must come out the same whatever happened on the way: natural keys and
    mapped fields, never ids or times; what the engine keeps is compared beside it. `only_links`: the flow writes to no
    outside system. `approved`: somebody approves whatever the flow proposes, as soon as he sees it.

    What a record costs (infra/docs/cost.md) is measured with `add`, which adds the n-th record, as plain as they come,
    and `change`, what people then do to it; `ground` is what there must be before the first one.
    """

    flow: str
    settings: Mapping[str, Any]
    seed: Callable[[World], None]
    edit: Callable[[World], None]
    state: Callable[[World], Any]
    random_edit: Callable[[World, random.Random], None]
    add: Callable[[World, int], None]
    change: Callable[[World, int], None]
    ground: Callable[[World], None] = lambda _world: None
    only_links: bool = False
    approved: bool = False


@dataclass
class World:
    """The scenario's world: `with World(scenario) as world`; `empty`, it has only the scenario's ground.

    `http` is the port of its HTTP API, as the `Cloud` has it. `people`: whether anybody is there to approve.
    """

    scenario: Scenario
    empty: bool = False
    http: int | None = None
    people: bool = True
    cloud: Cloud = field(init=False)
    simulators: dict[str, Any] = field(default_factory=dict)
    _systems: dict[str, Any] = field(default_factory=dict)
    _end: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.cloud = self._end.enter_context(Cloud(clock=LocalClock(START, still=True), http=self.http))
        names = wiring.flow_class(self.scenario.flow).systems
        systems = {}
        for name in names:
            simulator = SIMULATORS[name](clock=self.cloud.clock.now)
            self.simulators[name] = simulator
            systems[name] = {"base_url": simulator.start(), "company": COMPANY[name]}
            self._end.callback(simulator.stop)
            self.cloud.put_secret(f"crosswise/{name}/demo", KEYS[name])
        (self.scenario.ground if self.empty else self.scenario.seed)(self)
        self._systems = systems
        self.connect()
        self.look_for_changes()
        return self

    def connect(self, **settings: Any) -> None:
        """Keeps the connection, with these settings of the flow beside the scenario's own; starts what must be."""
        flows = {self.scenario.flow: {"every_minutes": 1440, **self.scenario.settings, **settings}}
        self.connection = Connection.model_validate({"id": "demo", "systems": self._systems, "flows": flows})
        with self.inside():
            self.store.flows.put_connection(self.connection)
            flow = wiring.flow_class(self.scenario.flow)
            if flow.starts:
                self.store.flows.start(self.key, document(flow, self.connection), self.cloud.clock.now())

    def __exit__(self, *_: object) -> None:
        self._end.close()

    @property
    def sides(self) -> tuple[Any, Any]:
        """The simulators of ConnectWise and of the partner."""
        ours, theirs = wiring.flow_class(self.scenario.flow).systems
        return self.simulators[ours], self.simulators[theirs]

    @property
    def key(self) -> FlowKey:
        return FlowKey("demo", self.scenario.flow)

    @property
    def store(self) -> Any:
        return wiring.runtime().store

    @property
    def links(self) -> list[Link]:
        """The flow's links; to be read `inside`."""
        return list(self.store.links.all_links(self.key))

    def inside(self) -> Any:
        """The environment of the flow's function, for reading what it reads."""
        room = self.scenario.flow
        function = next(f for f in self.cloud.stack.functions.values() if f.room == room)
        return self.cloud.settings_of(function.id)

    def look_for_changes(self, *, everything: bool = False) -> None:
        """Makes the flow's scan due now; with `everything` a comprehensive one, as after a pause."""
        with self.inside():
            if everything:
                self.store.flows.pause(self.key, "the test says so")
                self.store.flows.resume(self.key, self.cloud.clock.now())
            self.store.flows.set_due(self.key, self.cloud.clock.now())

    def turn(self, *minutes: int) -> None:
        """Turns the clock by these leaps, and lets happen what is due by then, instead of every minute's tick."""
        for leap in minutes:
            self.cloud.clock.turn(minutes=leap)
            self.cloud.run_until_quiet()
            if self.scenario.approved and self.people:
                self._approve()

    def _approve(self) -> None:
        """Somebody approves what is proposed, and what is proposed after that."""
        for _ in range(5):
            asked = [one for one in self.store.proposals.of_flow(self.key) if one.verdict == "open"]
            if not asked:
                return
            with elsewhere():
                self.operator().approve(asked)
            self.cloud.run_until_quiet()

    def operator(self, name: str = "kim") -> Operator:
        """Somebody who may repair and approve."""
        here = wiring.runtime()
        with self.cloud.settings_of("Clock"):
            return Operator(here.store, here.queue, here.clock, RandomIds(), name)

    def restart(self) -> None:
        """The process died: whatever it kept in memory is gone."""
        wiring.use(clock=self.cloud.clock, clients=wiring.runtime().clients)

    def end_state(self) -> Any:
        """The scenario's own state, what is left to do by any flow's notes, how settled links are, and open issues."""
        with self.inside():
            left = {
                "messages": self.cloud.waiting(),
                "intents": self._intents(),
                "crashes": [str(c) for s in self.simulators.values() for c in s.crashes],
                "settled": sorted((link.kind, link.settled, link.waiting, link.left) for link in self.links),
                "issues": sorted(
                    (one.issue.code, one.issue.name.text) for one in self.store.issues.of_connection("demo")
                ),
            }
            return {**left, "state": self.scenario.state(self)}

    def _intents(self) -> list[dict[str, Any]]:
        table = next(iter(self.cloud.stack.tables.values())).name
        intents: list[dict[str, Any]] = []
        for page in (
            self.cloud.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=table,
                FilterExpression="#type = :intent",
                ExpressionAttributeNames={"#type": "type"},
                ExpressionAttributeValues={":intent": {"S": "intent"}},
            )
        ):
            intents += page["Items"]
        return intents


__all__ = ["Intent", "Scenario", "World"]
