"""People edit, add, move, delete and archive on both sides at random while calls fail: in the end both say the same.

And no edit was written over before the history said what it was: every write of ours is watched. What people delete
may still be used on the other side; that is told, and they delete it there, too, in the end. What asks is approved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from functions.moovila_projects.situations import PHASE, PROJECT, TICKET
from infra.local.cloud.stack import Stack
from infra.local.simulators.moovila.errors import Refusal
from infra.local.simulators.psa.errors import Refusal as Refused
from shared.sync.clock import RandomIds
from shared.sync.errors import OutcomeUnknown
from shared.sync.link import Intent, Link
from shared.sync.operating import Operator
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.sync.record import OTHER, SIDES, Ref, Side
from shared.systems.connectwise_psa import Psa
from shared.systems.moovila import Moovila
from tests.effort import SOAK
from tests.flows.moovila import SETTINGS
from tests.flows.moovila_people import FLOW, KINDS, NEED, Said, Team, plain
from tests.flows.rig import Rig, rigged

EDITS = 500 if SOAK else 24
SEEDS = range(4) if SOAK else (4,)
PER_SCAN = 6


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("moovila_projects", stack, **SETTINGS, deletion_percent=100, deletion_limit=1000) as rig:
        yield rig


class Walk:
    """A project, who works on it, and which of their edits nobody has carried yet: by kind, side, id and field."""

    def __init__(self, rig: Rig, chance: Random) -> None:
        self.rig, self.chance = rig, chance
        self.team = Team(rig, chance)
        self.unseen: dict[tuple[str, Side, str, str], str] = {}
        self.unanswered: set[tuple[str, Side, str, str]] = set()
        self.deleted: list[tuple[str, Side, str, Link, str, str]] = []
        self.wrong: list[str] = []
        self.came_to: Counter[str] = Counter()

    @property
    def root(self) -> Ref:
        return Ref(PROJECT, "cw", str(self.team.project))

    @property
    def operator(self) -> Operator:
        return Operator(self.rig.store, self.rig.queue, self.rig.clock, RandomIds(), "kim")

    # What people do

    def begin(self) -> None:
        """There is a project with two phases and some tickets."""
        for _ in range(2):
            self.team.add_phase("cw", [])
        for _ in range(3):
            self.team.add_ticket("cw", self.chance.choice(sorted(self.team.rows(PHASE, "cw"))))
        self.scan()

    def edit(self) -> None:
        """One thing that somebody does; what a system refuses (an archived project) he leaves."""
        side, what = self.chance.choice(SIDES), self.chance.random()
        try:
            if what < 0.25 and self.team.rows(PROJECT, side):
                self.team.make(side)
                self.came_to.update(edits=1)
            elif what < 0.35:
                self._delete(side)
            else:
                self._change(side)
        except (Refusal, Refused):
            self.came_to.update(refused=1)

    def _delete(self, side: Side) -> None:
        kind = self.chance.choice([one for one in KINDS if one != PROJECT])
        if there := sorted(self.team.rows(kind, side)):
            self.team.delete(kind, side, self.chance.choice(there))
            self.came_to.update(edits=1)

    def _change(self, side: Side) -> None:
        kind = self.chance.choice([TICKET, TICKET, *KINDS])
        if not (there := sorted(self.team.rows(kind, side))):
            return
        id_ = self.chance.choice(there)
        name = self.chance.choice([name for name, place in KINDS[kind].places.items() if place.edited])
        self._changed(kind, side, id_, name)
        link = self.team.link(Ref(kind, side, id_))
        if link is not None and self.chance.random() < 0.4:
            other = link.ref(OTHER[side])
            if other.id in self.team.rows(kind, other.side):
                self._changed(kind, other.side, other.id, name)

    def _changed(self, kind: str, side: Side, id_: str, name: str) -> None:
        """Has somebody edit a field, and notes what the record says now that nobody has seen yet."""
        before = self._said(kind, side, id_)
        self.team.edit(kind, side, id_, name)
        self.came_to.update(edits=1)
        link = self.team.link(Ref(kind, side, id_))
        for field, value in self._said(kind, side, id_).items():
            key = (kind, side, id_, field)
            if value == before[field]:
                continue
            self.unseen[key] = value
            if link is not None and key not in self.unanswered and _agreed(link, field, side) == value:
                del self.unseen[key]  # taken back before anybody saw it

    def _said(self, kind: str, side: Side, id_: str) -> Said:
        row = self.team.rows(kind, side).get(id_)
        return {} if row is None else self.team.said(kind, side, row)

    def scan(self) -> None:
        """Time passes in which a tenth of all calls fails; then people look what came of it."""
        for simulator in self.rig.simulators.values():
            kinds = ("status", "cut", "lost_answer")
            simulator.faults.order_random(0.1, kinds, Random(self.chance.randrange(1000)), status=500)
        if self.chance.random() < 0.2:
            self._archived()
        else:
            for _ in range(self.chance.randrange(1, 4)):
                self.rig.tick(minutes=self.chance.choice((11, 11, 11, 250)))
        self._look_around()

    def _archived(self) -> None:
        """The project is archived for a while; whoever brings it back enables its sync again (MV-02)."""
        self.came_to.update(archived=1)
        there = list(self.team.rows(PROJECT, "partner"))
        for id_ in there:
            self.rig.moovila.archive(id_)
        self.rig.sync(self.chance.choice(("delta", "comprehensive")))
        self.rig.tick(minutes=11)
        for id_ in there:
            self.rig.moovila.archive(id_, archived=False)
        self.enable()
        self.rig.tick(minutes=11)

    def enable(self) -> None:
        turn = self.rig.store.turns.find(FLOW, [self.root])[self.root]
        if not turn.enabled:
            self.came_to.update(enabled=1)
            self.operator.enable(FLOW, self.root)

    def _look_around(self) -> None:
        """What both sides say alike is no edit any more that could be written over, whoever made it."""
        for kind, side, id_, name in list(self.unseen):
            link = self.team.link(Ref(kind, side, id_))
            if link is None:
                continue
            ours, theirs = (self._said(kind, one, link.ref(one).id).get(name) for one in SIDES)
            if ours == theirs:
                for one in SIDES:
                    self.unseen.pop((kind, one, link.ref(one).id, name), None)

    # What we do

    def watch(self, side: Side, apply: Callable[[Any, Step], Applied]) -> Callable[[Any, Step], Applied]:
        """Of our own writes: what they write over is either no edit, or in the history; else it is `wrong`."""

        def applied(adapter: Any, step: Step) -> Applied:
            kind, id_ = self._kind(side, step), str(step.key)
            if step.verb not in ("update", "delete") or kind is None:
                return apply(adapter, step)
            link, before, unknown = self.team.link(Ref(kind, side, id_)), self._said(kind, side, id_), False
            try:
                return apply(adapter, step)
            except OutcomeUnknown:
                unknown = True
                raise
            finally:
                after = self._said(kind, side, id_)
                self.came_to.update({f"{step.verb}s": 1})
                for name, value in before.items():
                    if after.get(name) != value:
                        self._written(link, Ref(kind, side, id_), name, value, after.get(name))
                asked = {(kind, side, id_, name) for name in before}
                self.unanswered = self.unanswered | asked if unknown else self.unanswered - asked

        return applied

    def _kind(self, side: Side, step: Step) -> str | None:
        found = [kind for kind, one in KINDS.items() if step.kind == (one.cw if side == "cw" else one.partner)]
        return next((kind for kind in found if str(step.key) in self.team.rows(kind, side)), None)

    def _written(self, link: Link | None, ref: Ref, name: str, before: str, after: str | None) -> None:
        """A field was changed by us, or its record deleted (`after` is None).

        What both sides agreed on, as the link knows, was carried before, and the other side changed it since.
        """
        key = (ref.kind, ref.side, ref.id, name)
        edit = self.unseen.pop(key, None)
        assert link is not None, f"{ref} is linked"
        other = link.ref(OTHER[ref.side])
        carried = key not in self.unanswered and _agreed(link, name, ref.side) == edit
        if edit is not None and edit == before and not carried:
            if after is None:
                self.deleted.append((ref.kind, ref.side, ref.id, link, name, edit))
            elif edit in self._lost(link, name):
                self.came_to.update(conflicts=1)
            else:
                self.wrong.append(f"{ref}: {name} was {edit}, is {after}, and nobody knows")
        if after is not None and self.unseen.get((other.kind, other.side, other.id, name)) == after:
            del self.unseen[other.kind, other.side, other.id, name]

    def _lost(self, link: Link, name: str, *, conflict: bool = True) -> set[str]:
        """The values of a field that the history says were given up, by ConnectWise's words."""
        found = [
            entry.before[name]
            for side in SIDES
            for entry in self.rig.store.journal.of_record(FLOW, link.ref(side))
            if name in entry.before and (entry.conflict or not conflict)
        ]
        return {self._by_now(link.kind, name, plain(value)) for value in found}

    def _by_now(self, kind: str, name: str, value: str) -> str:
        """A value that was said of a record before that was linked."""
        what = KINDS[kind].places[name].what
        if not value.startswith("moovila:"):
            return value
        return self.team.word(Ref(TICKET if what == NEED else PHASE, "partner", value.removeprefix("moovila:")))

    # What must hold

    def end(self) -> None:
        """Nothing fails any more, and time passes; then all that the flow promises must be true."""
        for simulator in self.rig.simulators.values():
            simulator.faults.clear()
        self.enable()
        for _ in range(12):
            self.rig.tick(minutes=11)
            self.rig.sync("comprehensive")
            self.rig.tick(hours=25)
            if asked := [one for one in self.rig.store.proposals.of_flow(FLOW) if one.verdict == "open"]:
                self.operator.approve(asked)
            if not self._tidied() and not asked:
                break
        assert [one.issue.message for one in self.rig.issues().values()] == []
        assert self.wrong == []
        for kind, side, id_, link, name, edit in self.deleted:
            known = self._lost(link, name, conflict=False)
            assert edit in known, f"{side} {kind} {id_}: {name} was {edit} when it was deleted, and nobody knows"
        assert not [one for one in self.rig.store.links.everything(FLOW) if isinstance(one, Intent)]
        for kind in KINDS:
            self._compare(kind)
        self.rig.tick(minutes=11)
        self.rig.forget()
        links = self.rig.links()
        assert [self.rig.sync(mode)["queued"] for mode in ("delta", "comprehensive")] == [0, 0]
        assert self.rig.look(self.root)["in_step"] == 1
        assert self.rig.links() == links, "a look at what is in step writes no link"
        assert not self.rig.written("connectwise_psa")
        assert not self.rig.written("moovila")

    def _tidied(self) -> bool:
        """Deletes on the other side what somebody deleted though it was still used; whether there was anything."""
        used = [one for one in self.rig.store.issues.of_connection("demo") if one.issue.code == "DELETED_BUT_USED"]
        for one in used:
            link = self.team.link(one.issue.record)
            for ref in [] if link is None else map(link.ref, SIDES):
                if ref.id in self.team.rows(ref.kind, ref.side):
                    self.team.delete(ref.kind, ref.side, ref.id)
        return bool(used)

    def _compare(self, kind: str) -> None:
        rows = {side: self.team.rows(kind, side) for side in SIDES}
        links = self.team.links(kind)
        if kind == PROJECT:
            links = [link for link in links if link.cw_id == self.root.id]
        assert sorted(link.cw_id for link in links) == sorted(rows["cw"]), f"each {kind} is on the other side, once"
        assert sorted(link.partner_id for link in links) == sorted(rows["partner"])
        self.came_to.update(linked=len(links))
        for link in links:
            ours, theirs = (self.team.said(kind, side, rows[side][link.ref(side).id]) for side in SIDES)
            assert ours == theirs, f"{kind} {link.cw_id} and {link.partner_id}"


def _agreed(link: Link, name: str, side: Side) -> str | None:
    """What the sides last agreed that a field says, as the link has it; None if they never did."""
    return plain(link.agreed[name][SIDES.index(side)]) if name in link.agreed else None


@contextmanager
def watched(walk: Walk) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Psa, "apply", walk.watch("cw", Psa.apply))
        patch.setattr(Moovila, "apply", walk.watch("partner", Moovila.apply))
        yield


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_both_sides_say_the_same_in_the_end(rig: Rig, seed: int) -> None:
    walk = Walk(rig, Random(seed))
    with watched(walk):
        walk.begin()
        while walk.came_to["edits"] < EDITS:
            for _ in range(PER_SCAN):
                walk.edit()
            walk.scan()
        walk.end()
    assert min(walk.came_to[what] for what in ("updates", "conflicts", "deletes", "linked")) > 0, walk.came_to
