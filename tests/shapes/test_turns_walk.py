"""People edit, sync, disable and enable a project while workers die at any write and messages come twice or never.

At every write outside one worker has the turn, no look is within the window, and in the end both sides say the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import botocore.client
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from infra.local.cloud.stack import Stack
from shared.aws.clients import Clients
from shared.aws.table import Store
from shared.sync.change import Change
from shared.sync.change import read as read_message
from shared.sync.errors import RetryLater
from shared.sync.link import Intent
from shared.sync.operating import NotPossible
from shared.sync.plan import Step
from shared.sync.record import Ref
from shared.sync.turning import Turning
from shared.sync.turns import Turn
from tests.effort import effort
from tests.engine.bench import Bench
from tests.shapes.systems import Kinds
from tests.shapes.test_tree import agree, other, ticket
from tests.shapes.turned import TurnedProjects, TurnedTree

HOME = Ref("project", "cw", "p1")
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
TABLES = itertools.count()


class Died(BaseException):
    """The process ends here: nothing in it may catch this."""


class Watched(TurnedProjects):
    """Sees that whoever looks has the turn, and that the window is over."""

    def observe(self, changes: Sequence[Change]) -> Sequence[TurnedTree]:
        for turn in self.bench.store.turns.find(self.key, [change.ref for change in changes]).values():
            assert turn.status == "Syncing"
            assert turn.not_before is None or turn.not_before <= self.bench.clock.now(), "within the window"
        return super().observe(changes)

    bench: Bench


def turn(bench: Bench) -> Turn:
    return Turning(bench.key, bench.store, bench.queue, bench.clock).of([HOME])[HOME]


@contextmanager
def dying(at: int, *, before: bool) -> Iterator[None]:
    """Ends the process at the `at`-th write to the table, before or after it."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    left = at

    def call(client: Any, operation: str, parameters: Any) -> Any:
        nonlocal left
        left -= operation in WRITES
        dies = operation in WRITES and left == -1
        if dies and before:
            raise Died
        answer = real(client, operation, parameters)
        if dies:
            raise Died
        return answer

    botocore.client.BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield
    finally:
        botocore.client.BaseClient._make_api_call = real  # type: ignore[attr-defined]


Action = tuple[str, int, bool]

ACTIONS: st.SearchStrategy[Action] = st.tuples(
    st.sampled_from(
        (
            "edit", "edit", "edit there", "edit untold", "work", "work", "die", "die", "die", "tick", "tick", "tick",
            "wait", "sync", "disable", "enable", "twice", "lost", "busy", "scan",
        )
    ),
    st.integers(0, 12),
    st.booleans(),
)  # fmt: skip


class World:
    """One project with two tickets on both sides, and what can happen to it."""

    def __init__(self, store: Store) -> None:
        self.bench = bench = Bench(store, Watched, Kinds)
        Watched.bench = bench
        bench.connect(spread_minutes=5, every_minutes=60, deletion_percent=100)
        bench.cw.put("project", "p1", name="Office move", status="open")
        for key in ("t1", "t2"):
            ticket(bench, key)
        bench.sync()
        for _ in range(6):
            self.tick(1)
        assert agree(bench)
        bench.cw.before_apply = bench.partner.before_apply = self._holds
        self.edits = 0

    def _holds(self, _step: Step) -> None:
        assert turn(self.bench).status == "Syncing", "somebody writes whose turn it is not"

    def do(self, action: Action) -> None:
        what, number, flag = action
        bench = self.bench
        match what:
            case "edit" | "edit there" | "edit untold":
                self._edit(what, "t1" if flag else "t2")
            case "work":
                bench.deliver(rounds=1)
            case "die":
                self._die(number, before=flag)
            case "tick":
                self.tick(1 + number)
            case "wait":
                bench.clock.turn(minutes=number)
            case "sync" | "disable" | "enable":
                self._order(what)
            case "twice":
                bench.queue.messages += bench.queue.messages[:number]
            case "lost":  # of turns only: what else is lost is nobody's promise
                kept = [one for one in bench.queue.messages if getattr(read_message(one[0]), "turn", None) is None]
                bench.queue.messages = kept
            case "busy":
                bench.partner.errors = [RetryLater("busy", after=5 if flag else 300)] * (number % 3)
            case "scan":
                bench.scan(mode="comprehensive" if flag else None)

    def _edit(self, what: str, key: str) -> None:
        self.edits += 1
        if what == "edit there":
            ref = Ref("ticket", "partner", other(self.bench, key))
            self.bench.partner.put("ticket", ref.id, due=f"2026-12-{self.edits % 28 + 1:02}")
        else:
            ref = Ref("ticket", "cw", key)
            self.bench.cw.put("ticket", key, name=f"Name {self.edits}")
        if what != "edit untold":
            self.bench.change(ref)

    def _order(self, what: str) -> None:
        operator, before = self.bench.operator(), turn(self.bench)
        orders = {
            "sync": lambda: operator.sync(self.bench.key, HOME),
            "disable": lambda: operator.disable(self.bench.key, HOME, "a break"),
            "enable": lambda: operator.enable(self.bench.key, HOME),
        }
        try:
            orders[what]()
        except NotPossible:
            assert what != "sync" or not before.enabled or before.status != "Idle"
            event("refused")

    def _die(self, at: int, *, before: bool) -> None:
        """Somebody works, or the clock, and dies; what he had in hand comes again."""
        bench = self.bench
        in_hand = bench.queue.messages[:10]
        try:
            with dying(at % 5, before=before):
                if in_hand:
                    bench.deliver(rounds=1)
                else:
                    bench.due()
        except Died:
            event("died")
            bench.queue.messages = [(body, received + 1) for body, received in in_hand] + bench.queue.messages

    def tick(self, minutes: int) -> None:
        self.bench.clock.turn(minutes=minutes)
        self.bench.due()

    def settle(self) -> None:
        """Nobody edits or fails any more; time goes by."""
        self.bench.partner.errors = []
        self.bench.deliver()
        if not turn(self.bench).enabled:
            self.bench.operator().enable(self.bench.key, HOME)
        for minutes in (1, 11, 11, 11, 60, 60, 6, 6, 11, 11):
            self.tick(minutes)
        self.bench.sync(mode="comprehensive")
        for _ in range(4):
            self.tick(11)


@given(actions=st.lists(ACTIONS, min_size=5, max_size=40))
@effort(12, 400, slow=True)
@pytest.mark.rule("MV-13")
@pytest.mark.rule("MV-17")
@pytest.mark.rule("MV-19")
def test_whatever_happens_both_sides_come_to_say_the_same(stack: Stack, aws: None, actions: list[Action]) -> None:
    dynamodb, name = Clients(attempts=1).dynamodb, f"walk{next(TABLES)}"
    dynamodb.create_table(TableName=name, **stack.tables["Table"].definition)
    world = World(Store(dynamodb, name))
    for action in actions:
        world.do(action)
    world.settle()
    bench = world.bench
    assert agree(bench)
    assert turn(bench).status == "Idle"
    assert bench.issues() == {}
    assert not [state for state in bench.store.links.everything(bench.key) if isinstance(state, Intent)]
    assert bench.sync(mode="comprehensive")["queued"] == 0
