"""People edit, make, move and delete on both sides at random while calls fail: in the end both sides say the same.

And no edit was ever overwritten before the history said what it was and what stands instead.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.aws.table import Store
from shared.sync.errors import OutcomeUnknown, RetryLater
from shared.sync.link import Intent, Link
from shared.sync.plan import Step
from shared.sync.record import Ref, Side
from tests.effort import SOAK
from tests.engine.bench import Bench
from tests.shapes.projects import KINDS, Projects
from tests.shapes.systems import Kinds
from tests.shapes.test_tree import agree

EDITS = 60 if SOAK else 24
FIELDS = ("name", "status", "due")


@dataclass
class People:
    """They edit on both sides, and remember which of their edits nobody has carried yet."""

    bench: Bench
    chance: random.Random
    unseen: dict[tuple[Side, str, str], Any] = field(default_factory=dict)
    made: int = 0

    def system(self, side: Side) -> Any:
        return self.bench.cw if side == "cw" else self.bench.partner

    def edit(self) -> None:
        side: Side = self.chance.choice(["cw", "partner"])
        system = self.system(side)
        some = [one for one in system.records.values() if one["kind"] != "project"]
        what = self.chance.random()
        if what < 0.25 or not some:
            self._make(side, self.chance.choice(["phase", "ticket", "ticket"]))
        elif what < 0.33:
            gone = self.chance.choice([one for one in some if one["kind"] == "ticket"] or some)
            if gone["kind"] == "ticket":
                del system.records[gone["id"]]
        elif what < 0.45:
            one = self.chance.choice(some)
            if one["kind"] == "ticket":
                phases = [phase["id"] for phase in some if phase["kind"] == "phase"]
                system.put("ticket", one["id"], phase=self.chance.choice(["", *phases]))
        else:
            one = self.chance.choice(some)
            name = self.chance.choice(FIELDS if one["kind"] == "ticket" else FIELDS[:1])
            value = self.chance.choice(["a", "b", "c", "d"])
            if one.get(name) != value:
                self.unseen[side, one["id"], name] = value
            system.put(one["kind"], one["id"], **{name: value})

    def _make(self, side: Side, kind: str) -> None:
        self.made += 1
        system = self.system(side)
        (project,) = (one["id"] for one in system.records.values() if one["kind"] == "project")
        fields = {"name": f"{kind} {self.made}", "project": project}
        more = {"status": "new", "due": "", "phase": ""} if kind == "ticket" else {}
        system.put(kind, f"{side}{self.made:03}", **fields, **more)

    def watch(self, side: Side) -> Callable[[Step], None]:
        """Before our own write: what it overwrites is either no edit, or in the history."""

        def before_apply(step: Step) -> None:
            if step.verb != "update" or step.record is None:
                return
            link = self.bench.state(step.record)
            assert isinstance(link, Link)
            other: Side = "partner" if side == "cw" else "cw"
            entries = self.bench.store.journal.of_record(self.bench.key, step.record)
            lost = [entry.before for entry in entries if entry.conflict]
            for name, value in step.fields.items():
                theirs = self.unseen.get((side, str(step.key), name))
                if theirs is not None and theirs != value:
                    assert {name: theirs} in lost, f"{theirs} of {name} is overwritten, and nobody knows"
                    del self.unseen[side, str(step.key), name]
                if self.unseen.get((other, link.ref(other).id, name)) == value:
                    del self.unseen[other, link.ref(other).id, name]

        return before_apply


@pytest.mark.parametrize("seed", range(12 if SOAK else 3))
def test_a_random_walk_with_faults_ends_in_agreement(store: Store, seed: int) -> None:
    bench = Bench(store, Projects, Kinds)
    bench.connect(deletion_percent=100)
    chance = random.Random(seed)
    people = People(bench, chance)
    bench.cw.put("project", "p1", name="Office move", status="open")
    bench.sync()
    bench.cw.before_apply, bench.partner.before_apply = people.watch("cw"), people.watch("partner")
    for number in range(EDITS):
        people.edit()
        if number % 4 == 3:
            for system in (bench.cw, bench.partner):
                system.errors = [_fault(chance) for _ in range(30)]
            bench.sync(mode=chance.choice([None, "comprehensive"]))
            people.unseen = {key: value for key, value in people.unseen.items() if not _same(people, key, value)}
    for system in (bench.cw, bench.partner):
        system.errors = []
    for minutes in (10, 30, 60, 24 * 60, 25 * 60):
        bench.clock.turn(minutes=minutes)
        bench.due()
    bench.sync(mode="comprehensive")
    assert agree(bench)
    assert bench.issues() == {}
    assert not [state for state in bench.store.links.everything(bench.key) if isinstance(state, Intent)]
    for kind in KINDS:
        links = [link for link in bench.links() if link.kind == kind]
        assert {link.cw_id for link in links} == {k for k, one in bench.cw.records.items() if one["kind"] == kind}
        assert len({link.partner_id for link in links}) == len(links)
    assert bench.sync(mode="comprehensive")["queued"] == 0


def _fault(chance: random.Random) -> Exception | None:
    what = chance.random()
    if what < 0.05:
        return RetryLater("busy", after=5)
    return OutcomeUnknown("no answer came") if what < 0.08 else None


def _same(people: People, key: tuple[Side, str, str], value: Any) -> bool:
    """Whether both sides came to say what was edited, without a write: both people meant the same."""
    side, id_, name = key
    state = people.bench.store.links.find(people.bench.key, [Ref(kind, side, id_) for kind in KINDS])
    for link in state.values():
        if isinstance(link, Link):
            other: Side = "partner" if side == "cw" else "cw"
            there = people.system(other).records.get(link.ref(other).id, {})
            return bool(there.get(name) == value)
    return False
