"""One connection's messages of a batch: observed together, looked at one by one, each failure kept to its record."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.sync.act import OutOfTime, StillSettling
from shared.sync.again import SCAN
from shared.sync.change import Change, Message, Scan
from shared.sync.clock import Clock, Ids
from shared.sync.connection import Connection
from shared.sync.errors import (
    ConfigurationWrong,
    Conflict,
    CredentialsRefused,
    RecordRejected,
    RetryLater,
    SyncError,
    Throttled,
)
from shared.sync.flow import Flow, Situation
from shared.sync.issue import Issue
from shared.sync.look import Looker
from shared.sync.outcome import keep_issues, raise_issue
from shared.sync.pausing import CONNECTION, misconfigured, pause, resume
from shared.sync.ports import Queue, Store, Tally
from shared.sync.record import FlowKey, Name, Ref
from shared.sync.scanning import Scanner
from shared.sync.starting import stands
from shared.sync.taking import Taking
from shared.sync.turning import Begun

logger = logging.getLogger("crosswise")

CARRIED_FOR = timedelta(minutes=15)
"""How long carried fields are as good as read."""

SHORT_WAIT = 60.0
"""Seconds up to which a message is handed back by visibility; a longer wait becomes an issue."""

HANDED_BACK = 3
"""At this delivery of a message that still cannot be worked on, it becomes an issue too."""

LOOKS = 3
"""How often one delivery looks, where conditional writes are lost to somebody else."""


@dataclass(frozen=True)
class Delivery:
    """One message as received: `receipt` hands it back, `received` counts its deliveries (1: the first)."""

    id: str
    body: str
    receipt: str
    received: int
    group: str


@dataclass(frozen=True)
class Tools:
    """What the engine works with, the same for every flow."""

    store: Store
    queue: Queue
    clock: Clock
    ids: Ids
    tally: Tally


class Parked(SyncError):
    """The connection is paused: the message has come to its end, and resuming looks at everything."""


class Batch:
    """Takes the messages of one connection to their outcomes, counting them."""

    def __init__(
        self,
        key: FlowKey,
        build: Callable[[Connection], Flow[Situation]],
        tools: Tools,
        remaining: Callable[[], float],
    ) -> None:
        self.key = key
        self.counts: Counter[str] = Counter()
        self._build = build
        self._tools = tools
        self._store = tools.store
        self._remaining = remaining
        self._left = 0
        self._later: RetryLater | None = None
        self._first: dict[str, tuple[str, Ref]] = {}
        self._looked: set[str] = set()
        self._taking: Taking | None = None

    def take(self, messages: Sequence[tuple[Delivery, Message]]) -> set[str]:
        """Works on every message; returns the ids of the deliveries that must come again."""
        connection = self._store.flows.connection(self.key.connection)
        if connection is None or self.key.flow not in connection.flows:
            # Taken out of the settings: what is still under way for it has come to its end.
            self.counts["parked"] += len(messages)
            return set()
        state = self._store.flows.state(self.key)
        work = _of_connection(messages) if state.paused else messages
        self.counts["parked"] += len(messages) - len(work)
        if not work:
            return set()
        self._left = len(work)
        try:
            flow = self._build(connection)
            if stands(self._store, type(flow), connection, state, self._now()):
                work = _of_connection(work)
                self.counts["parked"] += self._left - len(work)
                self._left = len(work)
                if not work:
                    return set()
            if until := self._paced(flow):
                wait = RetryLater("the tenant asked for fewer requests", after=until)
                return {d.id for d, m in work if not self._put_off(d, m, None, wait)}
            return self._work(flow, connection, work)
        except ConfigurationWrong as error:
            misconfigured(self._store, self.key, connection, error, self._now())
        except CredentialsRefused as error:
            pause(self._store, self.key, connection, error, self._now())
        self.counts["parked"] += self._left
        return set()

    def _work(
        self, flow: Flow[Situation], connection: Connection, work: Sequence[tuple[Delivery, Message]]
    ) -> set[str]:
        failed: set[str] = set()
        broken: set[str] = set()
        changes = [(d, m) for d, m in work if isinstance(m, Change) and m.kind != CONNECTION]
        if flow.turns is not None:
            work, changes = self._in_turn(flow, work, changes)
        situations = self._observe(flow, changes)
        for delivery, message in work:
            if delivery.group in broken and self._begun(delivery) is None:
                failed.add(delivery.id)
                continue
            if self._later is not None:
                # Whoever cannot answer one request is not asked for the rest of the batch.
                done = self._put_off(delivery, message, situations.get(delivery.id), self._later)
            else:
                done = self._one(flow, connection, delivery, message, situations.get(delivery.id))
            self._left -= 1
            if not done:
                failed.add(delivery.id)
                broken.add(delivery.group)
        return failed

    def _in_turn(
        self,
        flow: Flow[Situation],
        work: Sequence[tuple[Delivery, Message]],
        changes: Sequence[tuple[Delivery, Change]],
    ) -> tuple[list[tuple[Delivery, Message]], list[tuple[Delivery, Change]]]:
        """The work as its turns tell it, and of the changes those whose turn it is."""
        tools = self._tools
        self._taking = Taking.of(flow, self._store, tools.queue, tools.clock, tools.ids, self._remaining)
        try:
            told = self._taking.take([(delivery.id, change) for delivery, change in changes])
        except RetryLater as error:
            self._later, told = error, {}
        mine = [(delivery, told[delivery.id]) for delivery, _ in changes if delivery.id in told]
        return [(delivery, told.get(delivery.id, message)) for delivery, message in work], mine

    def _observe(self, flow: Flow[Situation], changes: Sequence[tuple[Delivery, Change]]) -> dict[str, Situation]:
        """All situations by one observation; none where a record spoils it, so that each is then observed alone."""
        if not changes:
            return {}
        try:
            situations = flow.observe([self._fresh(delivery, change) for delivery, change in changes])
        except RecordRejected as error:
            logger.info("observed one by one", extra={"flow": self.key.flow, "why": str(error)})
            return {}
        except RetryLater as error:
            self._later = error
            return {}
        # A scope that the batch names twice was read once, after both were told: one look does for both, if the reading
        # came to the same. Otherwise the second look must see what the first one did.
        first: dict[Ref, tuple[Delivery, Change, Situation]] = {}
        for (delivery, change), situation in zip(changes, situations, strict=True):
            leader, leading, same = first.setdefault(situation.home, (delivery, change, situation))
            if leading.by == change.by and leading.carried is None and same == situation:
                self._first[delivery.id] = leader.id, situation.home
        leaders = {delivery.id for delivery, _, _ in first.values()}
        return {
            delivery.id: situation
            for (delivery, _), situation in zip(changes, situations, strict=True)
            if delivery.id in leaders
        }

    def _fresh(self, delivery: Delivery, change: Change) -> Change:
        """The change with what it carries only where that is still as good as read."""
        if change.carried is None:
            return change
        if delivery.received == 1 and self._now() - change.at < CARRIED_FOR:
            return change
        return change.model_copy(update={"carried": None})

    def _one(
        self,
        flow: Flow[Situation],
        connection: Connection,
        delivery: Delivery,
        message: Message,
        situation: Situation | None,
    ) -> bool:
        """Takes one message to its end; False where it must be delivered again."""
        begun = self._begun(delivery)
        try:
            if isinstance(message, Scan):
                scanner = Scanner(flow, self._store, self._tools.queue, self._tools.clock, self._remaining)
                self.counts.update(scanner.scan(message))
                keep_issues(self._store, self.key, self._scope_of_scans, [], self._now())
            elif message.kind == CONNECTION:
                self._ask_again(flow, connection, message)
            elif self._taking is not None and begun is None:
                self._ask_for_turn(self._taking, delivery, message)
            elif (same := self._first.get(delivery.id)) and same[0] in self._looked:
                self._looked_at(message, same[1])
                self.counts["in_step"] += 1
            else:
                self._look(flow, message, situation, begun)
                self._looked.add(delivery.id)
        except OutOfTime:
            self._go_on(message, begun)
        except StillSettling:
            if self._taking is not None and begun is not None:
                self._taking.fail(begun)
            self.counts["pending"] += 1
        except (CredentialsRefused, ConfigurationWrong):
            raise
        except SyncError as error:
            if isinstance(error, Throttled):
                self._later = error
            return self._put_off(delivery, message, situation, error)
        except Exception:
            logger.exception("a message failed", extra={"flow": self.key.flow, "connection": self.key.connection})
            self.counts["failed"] += 1
            return False
        return True

    def _begun(self, delivery: Delivery) -> Begun | None:
        return self._taking.begun.get(delivery.id) if self._taking is not None else None

    def _ask_for_turn(self, taking: Taking, delivery: Delivery, change: Change) -> None:
        """What does not begin a turn asks for one; the message of a turn that another has taken is over."""
        if change.turn is not None:
            self.counts["overtaken"] += 1
            return
        self.counts[taking.ask(delivery.id, change)] += 1
        root = taking.roots[delivery.id]
        if root != change.ref:
            # What could not even be read stands under the change's own address: it is over.
            keep_issues(self._store, self.key, change.ref, [], self._now())

    def _go_on(self, message: Message, begun: Begun | None) -> None:
        """What ran out of time goes on as a new message; a turn stays taken until that one comes."""
        again = f"again-{self._tools.ids.token()}"
        update: dict[str, object] = {"occasion": again, "carried": None}
        if self._taking is not None and begun is not None:
            if not self._taking.go_on(begun, again):
                self.counts["overtaken"] += 1
                return
            update["turn"] = again
        self._tools.queue.send([message.model_copy(update=update)])
        self.counts["again"] += 1

    def _look(
        self, flow: Flow[Situation], change: Change, situation: Situation | None, begun: Begun | None = None
    ) -> None:
        looker = Looker(flow, self._store, self._tools.clock, self._tools.ids, self._remaining)
        for attempt in range(LOOKS):
            if situation is None:
                (situation,) = flow.observe([change.model_copy(update={"carried": None})])
            turn = begun.turn if begun else None
            try:
                looked = looker.look(situation, occasion=change.occasion, by=change.by or "sync", turn=turn)
            except Conflict:
                if attempt + 1 == LOOKS:
                    raise
                situation = None
                continue
            self._looked_at(change, situation.home)
            if self._taking is not None and begun is not None:
                self._taking.end(begun, situation, looked, change.occasion)
            self.counts[looked.outcome] += 1
            return

    def _looked_at(self, change: Change, home: Ref) -> None:
        """What an earlier look could not even read stands under the change's own address: it is over."""
        if home != change.ref:
            keep_issues(self._store, self.key, change.ref, [], self._now())

    def _ask_again(self, flow: Flow[Situation], connection: Connection, change: Change) -> None:
        """The retry of an issue of the whole connection: is its cause gone?"""
        system = flow.context.systems.get(change.id)
        if system is not None:
            system.check()
        resume(self._store, connection, self.key, change.ref, self._now())
        self.counts["resumed"] += 1

    def _put_off(self, delivery: Delivery, message: Message, situation: Situation | None, error: SyncError) -> bool:
        """What cannot be worked on now: handed back for a short while, else kept as an issue with its own time."""
        now = self._now()
        wait = error.after if isinstance(error, RetryLater) and error.after is not None else 10.0 * delivery.received
        if isinstance(error, Throttled):
            self._store.leases.slow_down(error.pace_key, now + timedelta(seconds=wait))
        begun = self._begun(delivery)
        if self._taking is not None and isinstance(message, Change):
            self._taking.failed(situation.home if situation else message.ref, message.occasion, [error])
        elif self._taking is not None:
            self._taking.scan_failed(self._scope_of_scans, message.occasion, error)
        if self._taking is not None and begun is not None:
            if wait <= SHORT_WAIT and self._taking.later(begun, wait):
                self.counts["later"] += 1
                return True
        elif wait <= SHORT_WAIT and delivery.received < HANDED_BACK:
            self._tools.queue.hand_back(self.key.flow, delivery.receipt, max(1, round(wait)))
            self.counts["handed_back"] += 1
            return False
        later = now + timedelta(seconds=wait)
        if isinstance(message, Scan):
            state = self._store.flows.state(self.key)
            if state.run is not None:
                self._store.flows.abandon(self.key, state.run, due=max(later, now + timedelta(minutes=5)))
            raise_issue(self._store, self.key, self._scope_of_scans, self._scan_failed(error), now)
        else:
            scope = situation.home if situation else message.ref
            name = situation.name if situation else Name(f"{scope.kind} {scope.id}")
            raise_issue(self._store, self.key, scope, _not_now(scope, name, error), now, due=later)
            if self._taking is not None and begun is not None:
                self._taking.fail(begun)
        self.counts["issue"] += 1
        return True

    @property
    def _scope_of_scans(self) -> Ref:
        return Ref(SCAN, "cw", self.key.flow)

    def _scan_failed(self, error: SyncError) -> Issue:
        return Issue(
            "SCAN_FAILED",
            self._scope_of_scans,
            Name(self.key.flow),
            f"The scan of {self.key.flow} could not read on: {error}. Nothing is lost: it reads on from there.",
            "Nothing, if this passes by itself. If it stays, see that the system it names answers.",
            category="system",
        )

    def _paced(self, flow: Flow[Situation]) -> float:
        """Seconds for which one of the flow's tenants wants no requests."""
        now = self._now()
        untils = [self._store.leases.pace(system.pace_key, now) for system in flow.context.systems.values()]
        return max(((until - now).total_seconds() for until in untils if until), default=0.0)

    def _now(self) -> datetime:
        return self._tools.clock.now()


def _of_connection(messages: Sequence[tuple[Delivery, Message]]) -> Sequence[tuple[Delivery, Message]]:
    """The retries of issues of the whole connection, which are worked on though the flow stands."""
    return [(d, m) for d, m in messages if isinstance(m, Change) and m.kind == CONNECTION]


def _not_now(ref: Ref, name: Name, error: SyncError) -> Issue:
    return Issue(
        "NOT_NOW",
        ref,
        name,
        f"{name} could not be worked on: {error}.",
        "Nothing, if this passes by itself. If it stays, see that the system it names answers.",
        category="system",
    )
