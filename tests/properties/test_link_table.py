"""Promise 5: a record is in at most one link, in both directions, however the requests of several workers mingle."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.patience import Patience
from shared.aws.table import Store
from shared.sync.errors import Conflict, SyncError
from shared.sync.history import Entry
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.record import FlowKey, Ref
from tests.effort import effort
from tests.properties.interleaved import listen, mingle

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KIND = "customer-company"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NUMBERS = ("1", "2")
CHOICES = {
    Link: ("settle", "settle", "unlink", "link", "hold", "let go", "remember"),
    Intent: ("finish", "finish", "forget", "link", "remember", "hold"),
    Seen: ("create", "create and die", "link", "remember", "hold", "let go"),
    type(None): ("create", "create and die", "link", "remember", "hold"),
}
"""What a worker may do after it found this."""

Act = tuple[int, Ref, str]
"""Which of the choices, the record looked at, and the number of the other side's record, for a link."""


def cw(number: str) -> Ref:
    return Ref(KIND, "cw", number)


def partner(number: str) -> Ref:
    return Ref(KIND, "partner", number)


EVERY = [side(number) for number in NUMBERS for side in (cw, partner)]


@dataclass
class Model:
    """What the table should hold: links by ConnectWise id, intents and records seen by address.

    Each method does what the port promises, at once, and says whether it could. `past` keeps every state there was.
    """

    links: dict[str, Link] = field(default_factory=dict)
    others: dict[Ref, Intent | Seen] = field(default_factory=dict)
    past: list[dict[Ref, State]] = field(default_factory=lambda: [{}])

    def states(self) -> dict[Ref, State]:
        """What is known of each record, from either side."""
        known: dict[Ref, State] = dict(self.others)
        for link in self.links.values():
            known |= {link.ref("cw"): link, link.ref("partner"): link}
        return known

    def link(self, link: Link, intent: Intent | None) -> bool:
        ends = (link.ref("cw"), link.ref("partner"))
        if not all(self.others.get(end) == intent if intent and intent.ref == end else self._free(end) for end in ends):
            return False
        self.links[link.cw_id] = link
        for end in ends:
            self.others.pop(end, None)
        return self._moved()

    def intend(self, intent: Intent) -> bool:
        if not self._free(intent.ref):
            return False
        self.others[intent.ref] = intent
        return self._moved()

    def settle(self, link: Link, read: int) -> bool:
        now = self.links.get(link.cw_id)
        if now is None or (now.revision, now.partner_id) != (read, link.partner_id):
            return False
        self.links[link.cw_id] = replace(link, revision=read + 1)
        return self._moved()

    def unlink(self, link: Link) -> bool:
        now = self.links.get(link.cw_id)
        if now is None or (now.revision, now.partner_id) != (link.revision, link.partner_id):
            return False
        del self.links[link.cw_id]
        if link.held:
            for end in (link.ref("cw"), link.ref("partner")):
                self.others[end] = Seen(end, "", "", "skipped", link.held, held=link.held)
        return self._moved()

    def remember(self, seen: Seen) -> bool:
        now = self.states().get(seen.ref)
        if not isinstance(now, Link | Intent):
            self.others[seen.ref] = replace(seen, held=now.held if now else "")
        return self._moved()

    def forget(self, intent: Intent) -> bool:
        if self.others.get(intent.ref) != intent:
            return False
        del self.others[intent.ref]
        return self._moved()

    def hold(self, ref: Ref, held: str, link: Link | None) -> bool:
        if link is not None:
            return self.settle(replace(link, held=held), link.revision)
        now = self.states().get(ref)
        if isinstance(now, Link | Intent) or (now is None and not held):
            return False
        self.others[ref] = replace(now or Seen(ref, "", "", "skipped", held), held=held)
        return self._moved()

    def _free(self, ref: Ref) -> bool:
        now = self.states().get(ref)
        return now is None or (isinstance(now, Seen) and not now.held)

    def _moved(self) -> bool:
        self.past.append(self.states())
        return True


@dataclass
class Hand:
    """Looks, then acts on what it saw, as the engine and people do; every answer is held against the model."""

    store: Store
    key: FlowKey
    model: Model
    ids: Iterator[int]
    acts: list[Act]

    def __call__(self) -> None:
        for choice, ref, other in self.acts:
            state = self._look([ref]).get(ref)
            choices = CHOICES[type(state)]
            self._act(choices[choice % len(choices)], ref, state, other)

    def _act(self, act: str, ref: Ref, state: State | None, other: str) -> None:
        links, key = self.store.links, self.key
        match act, state:
            case (("create" | "create and die"), _):
                intent = Intent(ref, f"t{next(self.ids)}", NOW, NOW + timedelta(minutes=5))
                intended = self._tried(lambda: links.intend(key, intent), lambda: self.model.intend(intent))
                if intended and act == "create":
                    self._link(ref, other, intent)
            case "finish", Intent() as left:
                self._link(ref, other, left)
            case "link", _:
                self._link(ref, other, None)
            case "settle", Link() as link:
                news = replace(link, cw_hash=f"h{next(self.ids)}", rules="r1")
                self._tried(
                    lambda: links.settle(key, news, read=link.revision), lambda: self.model.settle(news, link.revision)
                )
            case "unlink", Link() as link:
                entry = self._entry(ref)
                self._tried(lambda: links.unlink(key, link, entry=entry), lambda: self.model.unlink(link))
            case "remember", _:
                seen = Seen(ref, f"h{next(self.ids)}", "r1", "skipped", "No.")
                self._tried(lambda: links.remember(key, seen), lambda: self.model.remember(seen))
            case "forget", Intent() as intent:
                self._tried(lambda: links.forget_intent(key, intent), lambda: self.model.forget(intent))
            case (("hold" | "let go"), _):
                held, entry = "Cancelled by ada." if act == "hold" else "", self._entry(ref)
                link_ = state if isinstance(state, Link) else None
                self._tried(
                    lambda: links.hold(key, ref, held, link=link_, entry=entry),
                    lambda: self.model.hold(ref, held, link_),
                )

    def _link(self, ref: Ref, other: str, intent: Intent | None) -> None:
        ends = (ref.id, other) if ref.side == "cw" else (other, ref.id)
        link = Link(KIND, *ends, linked_at=NOW + timedelta(seconds=next(self.ids)))
        self._tried(
            lambda: self.store.links.link(self.key, link, intent=intent, entry=self._entry(ref)),
            lambda: self.model.link(link, intent),
        )

    def _look(self, refs: list[Ref]) -> dict[Ref, State]:
        """What is found was true at some moment of the look; broken it may seem only where links came and went."""
        since = len(self.model.past) - 1
        try:
            found = self.store.links.find(self.key, refs)
        except SyncError:
            assert len(self.model.past) - since > 2, "a table that is whole is called broken"
            return {}
        moments = self.model.past[since:]
        for ref in refs:
            assert any(moment.get(ref) == found.get(ref) for moment in moments), f"{ref} was never {found.get(ref)}"
        return found

    def _tried(self, really: Callable[[], None], by_the_model: Callable[[], bool]) -> bool:
        """The one write of an act, done: no other worker comes between it and the model's."""
        try:
            really()
        except Conflict:
            assert not by_the_model(), "refused, although nothing speaks against it"
            return False
        assert by_the_model(), "done, although another was first"
        return True

    def _entry(self, ref: Ref) -> Entry:
        return Entry(self.key, ref, f"e{next(self.ids)}", NOW, "sync", "Done.")


acts = st.tuples(st.integers(0, 5), st.sampled_from(EVERY), st.sampled_from(NUMBERS))


@pytest.fixture
def store(dynamodb: DynamoDBClient, table: str) -> Store:
    listen(dynamodb)
    return Store(dynamodb, table, Patience(tries=2, sleep=lambda _: None))


connections = itertools.count()


@given(st.lists(st.lists(acts, min_size=1, max_size=4), min_size=2, max_size=3), st.lists(acts, max_size=3), st.data())
@effort(25, 4_000)
def test_a_record_is_in_one_link_at_most_whoever_writes(
    store: Store, programs: list[list[Act]], first: list[Act], data: st.DataObject
) -> None:
    key = FlowKey(f"c{next(connections)}", "eautomate_customers")
    model, ids = Model(), itertools.count(1)

    def one_link_a_record() -> None:
        assert store.links.find(key, EVERY) == model.states()
        assert len({link.partner_id for link in model.links.values()}) == len(model.links)

    Hand(store, key, model, ids, first)()
    one_link_a_record()
    mingle(
        [Hand(store, key, model, ids, program) for program in programs],
        lambda running: data.draw(st.integers(0, running - 1)),
        one_link_a_record,
    )
    links, others = list(model.links.values()), list(model.others.values())
    everything = list(store.links.everything(key))
    assert len(everything) == len(links) + len(others)
    assert all(state in everything for state in (*links, *others))


@given(st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=3), st.data())
@effort(15, 1_000)
def test_of_workers_who_all_looked_first_only_one_links_a_pair(
    store: Store, wanted: list[str], data: st.DataObject
) -> None:
    """Each wants a customer for company 1."""
    key = FlowKey(f"c{next(connections)}", "eautomate_customers")
    won: list[str] = []

    def link(number: str) -> Callable[[], None]:
        def program() -> None:
            store.links.find(key, [cw("1"), partner(number)])
            try:
                store.links.link(key, Link(KIND, "1", number))
            except Conflict:
                return
            won.append(number)

        return program

    mingle([link(number) for number in wanted], lambda n: data.draw(st.integers(0, n - 1)))
    assert len(won) == 1
    assert [link.partner_id for link in store.links.all_links(key)] == won
    assert set(store.links.find(key, [partner(number) for number in NUMBERS])) == {partner(won[0])}
