"""A work bench for the engine: a queue in memory, a clock that is turned by hand, two toy systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.aws.table import Store
from shared.sync.batch import Delivery, Tools
from shared.sync.change import Change, Message, Scan
from shared.sync.change import read as read_message
from shared.sync.connection import Connection
from shared.sync.due import send_due
from shared.sync.engine import Engine
from shared.sync.flow import Context, Flow, View
from shared.sync.link import Intent, Link
from shared.sync.operating import Operator
from shared.sync.record import FlowKey, Ref
from tests.engine.toy import KIND, ToyFlow, ToySystem


class BenchClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)


class BenchIds:
    def __init__(self) -> None:
        self.count = 0

    def token(self) -> str:
        self.count += 1
        return f"{self.count:06}token"


class BenchQueue:
    """Messages in order with what they were handed back for; deduplicates as SQS does, without its five minutes."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, int]] = []
        self.handed_back: list[int] = []
        self.seen: set[str] = set()
        self.sent: list[Message] = []

    def send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.deduplication not in self.seen:
                self.seen.add(message.deduplication)
                self.sent.append(message)
                self.messages.append((message.body(), 1))

    def hand_back(self, flow: str, receipt: str, seconds: int) -> None:
        self.handed_back.append(seconds)


class BenchTally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.malformed_messages: list[str] = []

    def batch(self, key: FlowKey, counts: Mapping[str, int]) -> None:
        self.counts.update(counts)

    def malformed(self, flow: str, message: str, faults: str) -> None:
        self.malformed_messages.append(faults)


class Bench:
    """One connection with one flow in use, and its two systems, the first of them ConnectWise's."""

    def __init__(self, store: Store, flow: type[Flow[Any]] = ToyFlow, system: type[ToySystem] = ToySystem) -> None:
        self.store = store
        self.clock = BenchClock()
        self.queue = BenchQueue()
        self.tally = BenchTally()
        self.ids = BenchIds()
        self.flow = flow
        self.cw: Any = system(flow.systems[0], self.clock)
        self.partner: Any = system(flow.systems[1], self.clock)
        self.key = FlowKey("demo", flow.name)
        self.left = 100.0
        self.settings: dict[str, Any] = {}
        self.connect()

    def connect(self, **settings: Any) -> None:
        self.settings = settings
        systems = {name: {"base_url": f"https://{name}.example", "company": "demo"} for name in self.flow.systems}
        connection = Connection.model_validate({"id": "demo", "systems": systems, "flows": {self.flow.name: settings}})
        self.store.flows.put_connection(connection)

    def widget(self, key: str, name: str, **more: Any) -> Ref:
        self.partner.records[key] = {"name": name, **more}
        return Ref(KIND, "partner", key)

    def scan(self, **more: Any) -> None:
        self.queue.send(
            [
                Scan(
                    connection="demo",
                    flow=self.flow.name,
                    occasion=f"asked {self.ids.token()}",
                    at=self.clock.now(),
                    **more,
                )
            ]
        )

    def change(self, ref: Ref, *, by: str | None = None) -> None:
        self.queue.send(
            [
                Change(
                    connection="demo",
                    flow=self.flow.name,
                    kind=ref.kind,
                    side=ref.side,
                    id=ref.id,
                    occasion=self.ids.token(),
                    at=self.clock.now(),
                    by=by,
                )
            ]
        )

    def deliver(self, *, rounds: int = 50) -> Counter[str]:
        """Delivers batches until the queue is empty; failed messages come again. Returns what was counted."""
        before = Counter(self.tally.counts)
        for _ in range(rounds):
            if not self.queue.messages:
                break
            batch, self.queue.messages = self.queue.messages[:10], self.queue.messages[10:]
            deliveries = [
                Delivery(str(n), body, f"receipt {n}", received, _group(body))
                for n, (body, received) in enumerate(batch)
            ]
            failed = self.engine().handle(deliveries, lambda: self.left)
            again = [(body, received + 1) for n, (body, received) in enumerate(batch) if str(n) in failed]
            self.queue.messages = again + self.queue.messages
        return Counter(self.tally.counts) - before

    def sync(self, **more: Any) -> Counter[str]:
        self.scan(**more)
        return self.deliver()

    def due(self) -> Counter[str]:
        """One tick of the clock's function, and what came of it."""
        self.queue.seen.clear()
        send_due(self.store, self.queue, self.clock)
        return self.deliver()

    def engine(self) -> Engine:
        tools = Tools(self.store, self.queue, self.clock, self.ids, self.tally)
        return Engine(self.flow.name, self._flow, tools)

    def operator(self, by: str = "kim") -> Operator:
        return Operator(self.store, self.queue, self.clock, self.ids, by)

    def links(self) -> list[Link]:
        return list(self.store.links.all_links(self.key))

    def state(self, ref: Ref) -> Any:
        return self.store.links.find(self.key, [ref]).get(ref)

    def intent(self, ref: Ref) -> Intent | None:
        state = self.state(ref)
        return state if isinstance(state, Intent) else None

    def issues(self) -> dict[str, Any]:
        return {f"{i.issue.code} {i.scope.id}": i for i in self.store.issues.of_connection("demo")}

    def _flow(self, connection: Connection) -> Flow[Any]:
        settings = self.flow.Settings.model_validate(connection.flows[self.flow.name])
        systems: Any = {system.name: system for system in (self.cw, self.partner)}
        return self.flow(Context(connection, settings, systems, View(self.store.links, self.key)))


def _group(body: str) -> str:
    try:
        return read_message(body).group
    except Exception:  # noqa: BLE001 - a malformed message stands alone
        return body
