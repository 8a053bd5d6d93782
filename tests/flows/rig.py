"""Drives a flow through the engine on real parts: the table in moto, the adapters, the simulators on sockets.

Only the queue is a stand-in: a FIFO queue in memory that swallows what it has seen within five minutes, hands out
batches of ten, and shows a message again when its time has come. Time stands still until it is turned.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from functions import wiring
from infra.local.cloud import resources
from infra.local.cloud.clock import LocalClock
from infra.local.cloud.stack import Stack
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.moovila import MoovilaSimulator
from infra.local.simulators.pcrt import PcrtSimulator
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.quickpass import QuickpassSimulator
from infra.local.simulators.server import Simulator
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.batch import Delivery
from shared.sync.change import Change, Message, Scan
from shared.sync.connection import Connection
from shared.sync.due import send_due
from shared.sync.engine import Engine
from shared.sync.history import Entry
from shared.sync.issue import OpenIssue
from shared.sync.link import Link, State
from shared.sync.needed import Needed
from shared.sync.record import FlowKey, Ref
from shared.sync.starting import document
from tests.local_aws import TABLE

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SWALLOWS = timedelta(minutes=5)
GIVES_UP = 10
SIMULATORS: Mapping[str, tuple[Callable[..., Simulator], str, Mapping[str, str]]] = {
    "connectwise_psa": (
        PsaSimulator,
        "demo",
        {"public_key": "public", "private_key": "private", "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90"},
    ),
    "eautomate": (EautomateSimulator, "1", {"user": "demo", "password": "demo"}),
    "connectwise_automate": (
        partial(AutomateSimulator, clients=0, computers=0),
        "",
        {"user": "demo", "password": "demo", "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90"},
    ),
    "pcrt": (partial(PcrtSimulator, clients=0, computers=0), "", {"user": "demo", "password": "demo"}),
    "quickpass": (QuickpassSimulator, "demo", {"refresh_token": "demo"}),
    "moovila": (MoovilaSimulator, "demo", {"api_key": "demo", "webhook_secret": "demo"}),
    "zomentum": (ZomentumSimulator, "demo", {"refresh_token": "demo", "webhook_secret": "demo"}),
}
"""By system: its simulator, the company that it serves, its keys."""


@dataclass(frozen=True)
class _Waiting:
    message: Message
    received: int = 0
    at: datetime = START


@dataclass
class MemoryQueue:
    """The queues of all flows; a `Queue` of the engine's. `sent` keeps every message that was accepted."""

    clock: LocalClock
    waiting: list[_Waiting] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    _seen: dict[str, datetime] = field(default_factory=dict)
    _in_hand: dict[str, _Waiting] = field(default_factory=dict)
    _count: int = 0

    def send(self, messages: Sequence[Message]) -> None:
        now = self.clock.now()
        for message in messages:
            last = self._seen.get(message.deduplication)
            if last is not None and now - last < SWALLOWS:
                continue
            self._seen[message.deduplication] = now
            self.sent.append(message)
            self.waiting.append(_Waiting(message, at=now))

    def hand_back(self, flow: str, receipt: str, seconds: int) -> None:
        taken = self._in_hand[receipt]
        self._in_hand[receipt] = replace(taken, at=self.clock.now() + timedelta(seconds=seconds))

    def receive(self, flow: str, most: int = 10) -> list[Delivery]:
        """Up to ten messages of a flow that may be seen now."""
        now = self.clock.now()
        taken = [one for one in self.waiting if one.at <= now and one.message.flow == flow][:most]
        deliveries = []
        for one in taken:
            self.waiting.remove(one)
            self._count += 1
            receipt = str(self._count)
            self._in_hand[receipt] = replace(one, received=one.received + 1)
            message = one.message
            deliveries.append(Delivery(receipt, message.body(), receipt, one.received + 1, message.group))
        return deliveries

    def settle(self, deliveries: Iterable[Delivery], failed: Sequence[str]) -> None:
        """Deletes what was worked on; what failed comes again, and after ten times is dead."""
        for delivery in deliveries:
            taken = self._in_hand.pop(delivery.receipt)
            if delivery.id not in failed:
                continue
            if taken.received >= GIVES_UP:
                self.dead.append(taken.message)
            else:
                self.waiting.append(taken)


@dataclass
class Tally:
    """Counts outcomes."""

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def batch(self, key: FlowKey, counts: Mapping[str, int]) -> None:
        self.counts.update(counts)

    def malformed(self, flow: str, message: str, faults: str) -> None:
        self.unreadable.append(faults)


class Rig:
    """One connection, `demo`, with one flow in use. Make it by `rigged`.

    `driven` are the flows whose scans and messages it drives; a test that wants others beside puts them there.
    """

    def __init__(
        self, flow: str, simulators: Mapping[str, Simulator], clock: LocalClock, runtime: wiring.Runtime
    ) -> None:
        self.flow = flow
        self.key = FlowKey("demo", flow)
        self.driven = [flow]
        self.clock = clock
        self.simulators = simulators
        self.runtime = runtime
        self.store = runtime.store
        self.queue = MemoryQueue(clock)
        self.tally = Tally()
        self.remaining = 100.0
        self._occasions = 0

    @property
    def psa(self) -> PsaSimulator:
        found = self.simulators["connectwise_psa"]
        assert isinstance(found, PsaSimulator)
        return found

    @property
    def eautomate(self) -> EautomateSimulator:
        found = self.simulators["eautomate"]
        assert isinstance(found, EautomateSimulator)
        return found

    @property
    def automate(self) -> AutomateSimulator:
        found = self.simulators["connectwise_automate"]
        assert isinstance(found, AutomateSimulator)
        return found

    @property
    def pcrt(self) -> PcrtSimulator:
        found = self.simulators["pcrt"]
        assert isinstance(found, PcrtSimulator)
        return found

    @property
    def quickpass(self) -> QuickpassSimulator:
        found = self.simulators["quickpass"]
        assert isinstance(found, QuickpassSimulator)
        return found

    @property
    def moovila(self) -> MoovilaSimulator:
        found = self.simulators["moovila"]
        assert isinstance(found, MoovilaSimulator)
        return found

    @property
    def zomentum(self) -> ZomentumSimulator:
        found = self.simulators["zomentum"]
        assert isinstance(found, ZomentumSimulator)
        return found

    # What a person sets

    def settings(
        self, *, systems: Mapping[str, Any] | None = None, beside: Mapping[str, Any] | None = None, **settings: Any
    ) -> None:
        """Puts the connection, with these settings of the flow, and starts it if it must be.

        `systems` overrides how a system is reached; `beside` are other flows of the connection, which are
        not driven unless they are among `driven`.
        """
        self.connect(systems=systems, beside=beside, **settings)
        self.start()

    def connect(
        self, *, systems: Mapping[str, Any] | None = None, beside: Mapping[str, Any] | None = None, **settings: Any
    ) -> None:
        """Puts the connection as `settings` does, and starts nothing."""
        systems = {
            name: {"base_url": simulator.url, "company": SIMULATORS[name][1]}
            for name, simulator in self.simulators.items()
        } | dict(systems or {})
        connection = {"id": "demo", "systems": systems, "flows": {self.flow: settings, **(beside or {})}}
        self.store.flows.put_connection(Connection.model_validate(connection))

    def put_beside(self, *flows: str) -> None:
        """Puts further flows of the connection into use, which are not driven."""
        connection = self.store.flows.connection("demo")
        assert connection is not None
        said = connection.model_dump(mode="json")
        said["flows"] |= {flow: {} for flow in flows}
        self.store.flows.put_connection(Connection.model_validate(said))

    def start(self) -> None:
        """Starts the driven flows with their settings, unchecked; does nothing where one just runs."""
        connection = self.store.flows.connection("demo")
        for flow in map(wiring.flow_class, self.driven):
            if flow.starts and connection is not None:
                self.store.flows.start(FlowKey("demo", flow.name), document(flow, connection), self.clock.now())

    def put_keys(self, system: str, keys: Mapping[str, str]) -> None:
        """Changes the secret of one system."""
        self.runtime.clients.secretsmanager.put_secret_value(
            SecretId=f"crosswise/{system}/demo", SecretString=json.dumps(dict(keys))
        )

    # What happens

    def sync(self, mode: str | None = None) -> Counter[str]:
        """One scan, and everything that comes of it; the outcomes counted."""
        self.tally.counts.clear()
        self.scan(mode)
        self.deliver()
        return Counter({name: number for name, number in self.tally.counts.items() if number})

    def scan(self, mode: Any = None) -> None:
        """Asks for a scan: `delta`, `comprehensive`, or as its cadence has it."""
        self._occasions += 1
        occasion = f"test-{self._occasions}"
        for flow in self.driven:
            self.queue.send([Scan(connection="demo", flow=flow, occasion=occasion, at=self.clock.now(), mode=mode)])

    def look(self, ref: Ref) -> Counter[str]:
        """Looks at one record, as a callback or a person would ask for."""
        self._occasions += 1
        self.tally.counts.clear()
        change = Change(
            connection="demo", flow=self.flow, kind=ref.kind, side=ref.side, id=ref.id,
            occasion=f"test-{self._occasions}", at=self.clock.now(),
        )  # fmt: skip
        self.queue.send([change])
        self.deliver()
        return Counter({name: number for name, number in self.tally.counts.items() if number})

    def tick(self, **by: float) -> None:
        """Turns the clock (a minute, if not told otherwise), sends what is due by then, and delivers it."""
        self.clock.turn(**(by or {"minutes": 1}))
        send_due(self.store, self.queue, self.clock)
        self.deliver()

    def deliver(self) -> None:
        """Hands out messages until none can be seen."""
        tools = replace(self.runtime.tools, queue=self.queue, tally=self.tally)
        engines = {
            flow.name: Engine(flow.name, partial(self.runtime.flow, flow), tools)
            for flow in map(wiring.flow_class, self.driven)
        }
        for _ in range(10_000):
            worked = False
            for flow, engine in engines.items():
                if deliveries := self.queue.receive(flow):
                    self.queue.settle(deliveries, engine.handle(deliveries, lambda: self.remaining))
                    worked = True
            if not worked:
                return
        raise AssertionError("the queue does not come to rest")

    # What came of it

    def issues(self) -> dict[tuple[str, str], OpenIssue]:
        """Every open issue, by code and the name of its record."""
        found = self.store.issues.of_connection("demo")
        return {(one.issue.code, one.issue.name.text): one for one in found}

    def codes(self) -> list[str]:
        """The codes of the open issues."""
        return sorted(one.issue.code for one in self.store.issues.of_connection("demo"))

    def links(self) -> dict[tuple[str, str], Link]:
        """Every link, by kind and partner id."""
        return {(link.kind, link.partner_id): link for link in self.store.links.all_links(self.key)}

    def state(self, ref: Ref) -> State | None:
        """What the table knows of a record."""
        return self.store.links.find(self.key, [ref]).get(ref)

    def mapped(self, what: Needed, cw: int | str, partner: int | str) -> Link:
        """A link that another flow made; who waits for it is told, as that flow would."""
        link = Link(what.kind, str(cw), str(partner), rules="1")
        key = FlowKey("demo", what.flow)
        self.store.links.link(key, link)
        for issue in self.store.issues.waiting_on(key, [link.ref("cw")]):
            self.store.issues.make_due(issue, self.clock.now())
        return link

    def history(self, ref: Ref) -> Sequence[Entry]:
        return self.store.journal.of_record(self.key, ref)

    def forget(self) -> None:
        """Begins to count requests and messages anew."""
        for simulator in self.simulators.values():
            simulator.forget_requests()
        self.queue.sent.clear()

    def written(self, system: str) -> Counter[str]:
        """The requests of one system that changed something, since `forget`."""
        writes = ("POST ", "PATCH ", "PUT ", "DELETE ", "UPDATE ", "save", "add")
        return Counter({name: n for name, n in self.simulators[system].requests.items() if name.startswith(writes)})

    def sent(self) -> list[Change]:
        """The changes that were queued since `forget`."""
        return [message for message in self.queue.sent if isinstance(message, Change)]


@contextmanager
def rigged(flow: str, stack: Stack, *, clock: LocalClock | None = None, **settings: Any) -> Iterator[Rig]:
    """A rig with empty outside systems, inside `mock_aws` and ENVIRONMENT; every simulator must end without a crash."""
    clock = clock or LocalClock(START, still=True)
    runtime = wiring.use(clock, resources.clients())
    runtime.clients.dynamodb.create_table(**{**stack.tables["Table"].definition, "TableName": TABLE})
    simulators: dict[str, Simulator] = {}
    try:
        for name in wiring.flow_class(flow).systems:
            make, _, keys = SIMULATORS[name]
            simulators[name] = make(clock=clock.now)
            simulators[name].start()
            runtime.clients.secretsmanager.create_secret(
                Name=f"crosswise/{name}/demo", SecretString=json.dumps(dict(keys))
            )
        rig = Rig(flow, simulators, clock, runtime)
        rig.settings(**settings)
        yield rig
        assert [crash for simulator in simulators.values() for crash in simulator.crashes] == []
        assert rig.queue.dead == []
    finally:
        runtime.close()
        for simulator in simulators.values():
            simulator.stop()
