"""People make, edit, win and reopen on both sides at random while calls fail: in the end both sides say the same.

And no edit was overwritten before the history said what it was; in the first mode no edit is carried at all. Each flow
is walked through alone, with what it builds on in the table; and all of one connection together, where records wait for
each other. Those walks are seeded: what two thousand edits leave behind is another world than what forty do, and too
much for hypothesis to make smaller. So it has walks of its own, which are short, and which it makes smaller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from infra.local.cloud.stack import Stack
from shared.partners.zomentum import COMPANIES, CONTACTS, OPPORTUNITIES, PRODUCTS
from shared.sync.errors import OutcomeUnknown
from shared.sync.link import Intent, Link
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.sync.record import OTHER, SIDES, FlowKey, Ref, Side, fold
from shared.systems.connectwise_psa import Psa
from shared.systems.zomentum import Zomentum
from tests.effort import SOAK, effort
from tests.flows import zomentum_people as people
from tests.flows.opportunities import SETTINGS, Sellers
from tests.flows.rig import Rig, rigged
from tests.flows.zomentum import Msp, prepare_opportunities
from tests.flows.zomentum_catalogue import ground
from tests.local_aws import ENVIRONMENT, local_aws

EDITS = 2000 if SOAK else 12
PER_SCAN = 6
ALONE: Mapping[str, type[people.Records]] = {
    COMPANIES: people.Companies,
    CONTACTS: people.Contacts,
    PRODUCTS: people.Products,
    OPPORTUNITIES: people.Opportunities,
}
NAMES = {"company": people.COMPANY, "contact": people.CONTACT}
"""The fields that name other records."""
LATER = {"stage", "status"}
"""What a win carries in the first mode, too."""


class Walk:
    """The records of some flows, who works on them, and which of their edits nobody has carried yet."""

    def __init__(self, rig: Rig, msp: Msp, records: Sequence[people.Records], *, create_only: bool) -> None:
        self.rig, self.msp, self.records, self.create_only = rig, msp, records, create_only
        self.unseen: dict[tuple[str, Side, str, str], str] = {}
        self.unanswered: set[tuple[str, Side, str, str]] = set()
        self.wrong: list[str] = []
        self.came_to: Counter[str] = Counter()

    # What people do

    def begin(self, chance: Random) -> None:
        """Two records of each kind are made on either side."""
        for records in self.records:
            for side in (*SIDES, *SIDES):
                records.make(side, chance)
        self.scan(chance)

    def edit(self, chance: Random) -> None:
        """Somebody makes a record on either side, or changes one."""
        records, side = chance.choice(self.records), chance.choice(SIDES)
        there = records.rows(side)
        if not there or chance.random() < 0.2:
            records.make(side, chance)
            return
        id_ = chance.choice(sorted(there))
        changed = self._changed(records, side, id_, lambda row: records.edit(side, id_, row, chance))
        names = [name for name in changed if records.places[name].values]
        if names and chance.random() < 0.3:
            self._edit_too(records, Ref(records.needed.kind, side, id_), names[0], chance)

    def _edit_too(self, records: people.Records, edited: Ref, name: str, chance: Random) -> None:
        """Somebody on the other side changes the same field of the same record, before either is carried."""
        link = self.rig.store.links.find(records.key, [edited]).get(edited)
        if isinstance(link, Link):
            other = link.ref(OTHER[edited.side])

            def edit(row: people.Row) -> None:
                records.write(other.side, other.id, row, name, records.value(name, row, other.side, chance))

            self._changed(records, other.side, other.id, edit)

    def _changed(self, records: people.Records, side: Side, id_: str, edit: Callable[[people.Row], None]) -> list[str]:
        """Has somebody edit a record, and notes the fields of which nobody has seen yet what they say now."""
        row = records.rows(side)[id_]
        edit(row)
        before, after = records.said(side, row), records.said(side, records.rows(side)[id_])
        changed = [name for name, value in after.items() if value != before[name]]
        ref = Ref(records.needed.kind, side, id_)
        link = self.rig.store.links.find(records.key, [ref]).get(ref)
        for name in changed:
            key = (records.noun, side, id_, name)
            self.unseen[key] = after[name]
            known = isinstance(link, Link) and key not in self.unanswered
            if known and _agreed(link, name, side) in self._alike(name, after[name], side):
                del self.unseen[key]  # taken back before anybody saw it
        return changed

    def _alike(self, name: str, value: str, side: Side) -> set[str]:
        """How a link may have what a record says."""
        return {fold(value), fold(self._word(name, value, side))}

    def scan(self, chance: Random) -> None:
        """A quarter of an hour passes, in which a tenth of all calls fails; then people look what came of it."""
        for simulator in self.rig.simulators.values():
            faults = ("status", "cut", "lost_answer")
            simulator.faults.order_random(0.1, faults, Random(chance.randrange(1000)), status=500)
        self.rig.tick(minutes=16)
        self._look_around()

    def _look_around(self) -> None:
        """What both sides say alike is no edit any more that could be overwritten, whoever made it."""
        for records in self.records:
            said = {side: self._words(records, side) for side in SIDES}
            for link in records.links():
                ours, theirs = said["cw"].get(link.cw_id, {}), said["partner"].get(link.partner_id, {})
                for name in ours.keys() & theirs.keys():
                    if ours[name] == theirs[name]:
                        for side in SIDES:
                            self.unseen.pop((records.noun, side, link.ref(side).id, name), None)

    def _words(self, records: people.Records, side: Side) -> dict[str, dict[str, str]]:
        """What each record says, those whom it names by ConnectWise's ids."""
        words: dict[tuple[str, str], str] = {}
        found = {id_: records.said(side, row) for id_, row in records.rows(side).items()}
        for said in found.values():
            for name in said.keys() & NAMES.keys():
                one = (name, said[name])
                if one not in words:
                    words[one] = self._word(*one, side)
                said[name] = words[one]
        return found

    def _word(self, name: str, value: str, side: Side) -> str:
        if name not in NAMES or side == "cw":
            return value
        ref = Ref(NAMES[name].kind, side, value)
        link = self.rig.store.links.find(FlowKey("demo", NAMES[name].flow), [ref]).get(ref)
        return link.cw_id if isinstance(link, Link) else value

    # What we do

    def watch(self, side: Side, apply: Callable[[Any, Step], Applied]) -> Callable[[Any, Step], Applied]:
        """Before our own write: what it overwrites is either no edit, or in the history; else it is `wrong`."""
        of = {records.noun: records for records in self.records}

        def applied(adapter: Any, step: Step) -> Applied:
            if step.verb != "update" or step.kind not in of:
                return apply(adapter, step)
            self._before(side, of[step.kind], step)
            written = {(step.kind, side, str(step.key), name) for name in step.fields}
            try:
                done = apply(adapter, step)
            except OutcomeUnknown:
                self.unanswered |= written
                raise
            self.unanswered -= written
            return done

        return applied

    def _before(self, side: Side, records: people.Records, step: Step) -> None:
        self.came_to.update(updates=1)
        found = Ref(records.needed.kind, side, str(step.key))
        link = self.rig.store.links.find(records.key, [found])[found]
        assert isinstance(link, Link)
        other = link.ref(OTHER[side])
        if self.create_only and not self._is_won(side, records, link, step):
            self.wrong.append(f"{step.key}: {', '.join(step.fields)} was carried")
        lost = [
            {name: people.plain(value) for name, value in entry.before.items()}
            for ref in (link.ref("cw"), link.ref("partner"))
            for entry in self.rig.store.journal.of_record(records.key, ref)
            if entry.conflict
        ]
        for name, told in step.fields.items():
            value = self._word(name, people.plain(told), side)
            edit = self.unseen.pop((records.noun, side, str(step.key), name), None)
            if edit is not None:
                edit = self._word(name, edit, side)
                if edit != value and {name: edit} in lost:
                    self.came_to.update(conflicts=1, taken_back=_agreed(link, name, side) == fold(edit))
                elif edit != value:
                    self.wrong.append(f"{side} {step.key}: {name} was {edit}, and nobody knows")
            key = (records.noun, other.side, other.id, name)
            if key in self.unseen and self._word(name, self.unseen[key], other.side) == value:
                del self.unseen[key]

    def _is_won(self, side: Side, records: people.Records, link: Link, step: Step) -> bool:
        """Whether this is no later edit, but a win, which is carried in the first mode, too."""
        if not isinstance(records, people.Opportunities) or side != "cw" or set(step.fields) - LATER:
            return False
        return records.rows("partner")[link.partner_id]["status"] == "won"

    # What must hold

    def end(self) -> None:
        """Nothing fails any more, and time passes; then all that the flows promise must be true."""
        for simulator in self.rig.simulators.values():
            simulator.faults.clear()
        for minutes in (15, 60, 25 * 60):
            self.rig.tick(minutes=minutes)
        assert self.rig.codes() == []
        assert self.wrong == []
        for records in self.records:
            left = self.rig.store.links.everything(records.key)
            assert not [one for one in left if isinstance(one, Intent)]
            self._compare(records)
            if isinstance(records, people.Opportunities):
                self._compare_sold(records)
        assert self.rig.sync("comprehensive")["queued"] == 0

    def _compare(self, records: people.Records) -> None:
        ours, theirs, links = self._words(records, "cw"), self._words(records, "partner"), records.links()
        waits = set()
        if self.create_only and isinstance(records, people.Opportunities):
            waits = {id_ for id_, one in theirs.items() if one["status"] != "Won"} - {one.partner_id for one in links}
        assert {link.cw_id for link in links} == set(ours), "each record is on the other side, once"
        assert {link.partner_id for link in links} == set(theirs) - waits
        assert len(links) == len(ours) == len(theirs) - len(waits)
        self.came_to.update(linked=len(links))
        for link in links:
            mine, other = dict(ours[link.cw_id]), dict(theirs[link.partner_id])
            if other.get("status") == "Lost":
                # What Zomentum closed is opened again in Zomentum only: ConnectWise's stage may be another.
                mine["stage"] = other["stage"]
            if self.create_only:
                self.came_to.update(differ=mine != other)
            else:
                assert mine == other

    def _compare_sold(self, records: people.Opportunities) -> None:
        """What was won has the lines of its documents, each of which is attached and told of, once."""
        products = {link.partner_id: link.cw_id for link in people.Products(self.msp).links()}
        rows = records.rows("partner")
        for link in records.links():
            titles = list(records.uploads(link.cw_id))
            notes = [row["text"] for row in self.msp.psa.records(f"{records.ours}/{link.cw_id}/notes")]
            assert len(set(titles)) == len(titles)
            assert len(set(notes)) == len(notes)
            if rows[link.partner_id]["status"] != "won":
                continue
            wanted: list[tuple[str, float, float]] = []
            for document in records.documents(link.partner_id, won=True):
                revisions = records.revisions(document)
                attached = [place for place in range(1, len(revisions) + 1) if _title(document, place, titles)]
                self.came_to.update(revised=len(attached) > 1)
                assert len(attached) == 1 if self.create_only else attached[-1] == len(revisions)
                assert sum(document in note for note in notes) == 1
                wanted += revisions[attached[-1] - 1]
            lines = self.msp.psa.records(f"{records.ours}/{link.cw_id}/forecast")
            there = [(str(one["catalogItem"]["id"]), one["quantity"], one["revenue"]) for one in lines]
            assert sorted(there) == sorted((products[item], *amounts) for item, *amounts in wanted)
            self.came_to.update(sold=len(there))


def _agreed(link: Link, name: str, side: Side) -> str:
    """What both sides last agreed on, as the flow knows it, in that side's words."""
    return fold(people.plain(link.agreed.get(name, ("", ""))[SIDES.index(side)]))


def _title(document: str, revision: int, titles: Sequence[str]) -> bool:
    return any(title.endswith(f"(Zomentum {document[-8:]}, revision {revision})") for title in titles)


@contextmanager
def watched(walk: Walk) -> Iterator[Walk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Psa, "apply", walk.watch("cw", Psa.apply))
        patch.setattr(Zomentum, "apply", walk.watch("partner", Zomentum.apply))
        yield walk


def alone(rig: Rig, *, create_only: bool) -> Walk:
    """One flow, with what it builds on as the other flows would have left it."""
    of = ALONE[rig.flow]
    if of is people.Opportunities:
        sellers = Sellers(rig)
        for code in ("SW-24", "LT-14", "RK-1"):
            sellers.product(code)
        sellers.set(create_only=create_only)
        return Walk(rig, sellers, [of(sellers)], create_only=create_only)
    rig.settings(create_only=create_only)
    msp = Msp(rig)
    if of is people.Contacts:
        for name in ("Acme", "Birch"):
            msp.map(msp.company(name), msp.there(name))
    if of is people.Products:
        ground(msp.psa)
    return Walk(rig, msp, [of(msp)], create_only=create_only)


def together(rig: Rig, *, create_only: bool) -> Walk:
    """All flows of one connection, with nothing there yet."""
    msp = Msp(rig)
    prepare_opportunities(msp.psa)
    ground(msp.psa)
    rig.driven = list(ALONE)
    beside = {flow: {"create_only": create_only} for flow in ALONE if flow != rig.flow}
    rig.settings(beside=beside, **{**SETTINGS, "create_only": create_only})
    return Walk(rig, msp, [of(msp) for of in ALONE.values()], create_only=create_only)


def go(walk: Walk, edits: int, *, seed: int) -> None:
    chance = Random(seed)
    with watched(walk):
        walk.begin(chance)
        for number in range(edits):
            walk.edit(chance)
            if number % PER_SCAN == PER_SCAN - 1:
                walk.scan(chance)
        walk.end()
    assert walk.came_to["linked"]
    if walk.create_only:
        assert walk.came_to["differ"], "no later edit is carried"
    else:
        assert min(walk.came_to[what] for what in ("updates", "conflicts")) > 0, walk.came_to
    sells = any(isinstance(records, people.Opportunities) for records in walk.records)
    assert walk.came_to["sold"] or not sells
    assert walk.came_to["revised"] or not (sells and SOAK) or walk.create_only


@pytest.mark.rule("ZM-04", "ZM-05", "ZM-06", "ZM-07", "ZM-34")
@pytest.mark.parametrize("create_only", [False, True])
@pytest.mark.parametrize("flow", ALONE)
def test_a_random_walk_with_faults(stack: Stack, aws: None, flow: str, create_only: bool) -> None:
    with rigged(flow, stack) as rig:
        go(alone(rig, create_only=create_only), EDITS, seed=20)


@pytest.mark.rule("ZM-04", "ZM-05", "ZM-06", "ZM-07", "ZM-30", "ZM-34")
@pytest.mark.parametrize("create_only", [False, True])
def test_a_random_walk_of_all_flows_together(stack: Stack, aws: None, create_only: bool) -> None:
    with rigged(OPPORTUNITIES, stack) as rig:
        go(together(rig, create_only=create_only), EDITS if SOAK else 18, seed=2)


SEEDS = st.integers(0, 10_000)


class Together(RuleBasedStateMachine):
    """A short walk of all flows, whose edits hypothesis chooses."""

    stack: ClassVar[Stack]
    came_to: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.over = ExitStack()
        self.over.enter_context(local_aws())
        self.rig = self.over.enter_context(rigged(OPPORTUNITIES, self.stack))
        self.walk: Walk | None = None

    @initialize(create_only=st.booleans())
    def begin(self, create_only: bool) -> None:
        self.walk = self.over.enter_context(watched(together(self.rig, create_only=create_only)))
        self.walk.begin(Random(0))

    @rule(edits=st.lists(SEEDS, min_size=1, max_size=2 * PER_SCAN))
    def people_work(self, edits: list[int]) -> None:
        assert self.walk is not None
        for seed in edits:
            self.walk.edit(Random(seed))

    @rule(seed=SEEDS)
    def time_passes(self, seed: int) -> None:
        assert self.walk is not None
        self.walk.scan(Random(seed))

    def teardown(self) -> None:
        with self.over:
            if self.walk is not None:
                self.walk.end()
                self.came_to.update(self.walk.came_to)


@pytest.mark.rule("ZM-04", "ZM-05", "ZM-06", "ZM-07", "ZM-30", "ZM-34")
def test_whatever_people_do_both_sides_come_to_say_the_same(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Together, "stack", stack, raising=False)
    Together.came_to.clear()
    settings = effort(2, 40, slow=not SOAK)
    run_state_machine_as_test(Together, settings=type(settings)(settings, stateful_step_count=16 if SOAK else 4))
    assert Together.came_to["linked"]
