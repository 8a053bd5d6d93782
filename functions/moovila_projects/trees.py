"""A project's records put together to one tree: which are linked, which are the same, what each says. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.moovila_projects.creating import MADE
from functions.moovila_projects.joining import Found, join
from functions.moovila_projects.reading import Any_, Terms, ref_of, ticket_of
from functions.moovila_projects.situations import KINDS, PROJECT, TICKET, Node
from shared.sync.link import Intent, Link, Pair, State
from shared.sync.record import SIDES, Fields, Ref, Side


@dataclass(frozen=True)
class Records:
    """What was read of one project, by address, with what the table knows of it (`states`) and its `links`.

    Whatever is linked and was not read is gone. `state` and `ids` are the home's; `team` are the members of the
    ConnectWise project's team, where they were read; `elsewhere` says of records in another project, in which.
    """

    home: Ref
    state: State | None
    ids: Mapping[Side, str]
    found: Mapping[Ref, Any_]
    states: Mapping[Ref, State]
    links: Sequence[Link] = ()
    team: tuple[str, ...] | None = None
    elsewhere: Mapping[Ref, str] = field(default_factory=dict)

    @property
    def joined(self) -> bool:
        """Whether both projects were there before they were linked, or are to be."""
        if len(self.ids) < len(SIDES) or isinstance(self.state, Intent):
            return False
        return not (isinstance(self.state, Link) and self.state.how == MADE)

    @property
    def joined_at(self) -> datetime | None:
        """When they were linked."""
        return self.state.linked_at if isinstance(self.state, Link) else None


def nodes_of(records: Records, terms: Terms) -> tuple[Node, ...]:
    """Every node of the tree, the project's first, then by kind and id. `terms` know no words yet."""
    linked = {link.ref(side) for link in records.links for side in SIDES}
    root = {Ref(PROJECT, side, id_) for side, id_ in records.ids.items()}
    words = {link.ref(side): link.cw_id for link in records.links for side in SIDES}
    free = [one for ref, one in records.found.items() if ref not in linked and ref not in root]
    intents = {ref for ref, state in records.states.items() if isinstance(state, Intent)}
    same = join(map(terms.loose, free), words, intents)
    words |= {other: ours.id for ours, (other, _) in same.items()}
    making = _Making(records, terms.knowing(words), same)
    nodes = [making.linked(link) for link in records.links]
    twins = {other for other, _ in same.values()}
    nodes += [making.free(ref_of(one)) for one in free if ref_of(one) not in twins]
    nodes.sort(key=lambda node: (KINDS.index(node.kind), node.home.side, len(node.home.id), node.home.id))
    return (making.root(), *nodes)


@dataclass(frozen=True)
class _Making:
    records: Records
    terms: Terms
    same: Found

    def root(self) -> Node:
        ids, home = self.records.ids, self.records.home
        found = ""
        if len(ids) == len(SIDES) and not isinstance(self.records.state, Link):
            found = f"Each says which one it is: ConnectWise project {ids['cw']}, Moovila project {ids['partner']}."
        return self._node(home, self.records.state, ids, found=found)

    def linked(self, link: Link) -> Node:
        ids = {side: link.ref(side).id for side in SIDES if link.ref(side) in self.records.found}
        where = (self.records.elsewhere.get(link.ref(side), "") for side in SIDES)
        return self._node(link.ref("cw"), link, ids, elsewhere=next(filter(None, where), ""))

    def free(self, ref: Ref) -> Node:
        """A record that nothing links, with what is the same on the other side."""
        other, how = self.same.get(ref, (None, ""))
        state = self.records.states.get(ref)
        if other is None:
            return self._node(ref, state, {ref.side: ref.id}, listed=self._listed(ref))
        theirs = self.records.states.get(other)
        if isinstance(theirs, Intent):  # it was Moovila's record of which ConnectWise's was made
            ref, state, other = other, theirs, ref
        ids: dict[Side, str] = {ref.side: ref.id, other.side: other.id}
        return self._node(ref, state, ids, found=how)

    def _listed(self, ref: Ref) -> bool:
        """Whether it was there on one side only before two projects were joined."""
        if not self.records.joined:
            return False
        entered = _created(self.records.found[ref])
        at = self.records.joined_at
        return at is None or entered is None or entered < at

    def _node(
        self,
        home: Ref,
        state: State | None,
        ids: Mapping[Side, str],
        *,
        found: str = "",
        listed: bool = False,
        elsewhere: str = "",
    ) -> Node:
        there = {side: self.records.found[Ref(home.kind, side, id_)] for side, id_ in ids.items()}
        fields: dict[Side, Fields] = {side: self._fields(one) for side, one in there.items()}
        own = there.get(home.side) or next(iter(there.values()), None)
        # What will be made on a side will be called there as it is here.
        names = {side: self.terms.name(one) for side in SIDES if (one := there.get(side) or own) is not None}
        pair = Pair(home, state, fields.get("cw"), fields.get("partner"), names.get("cw", ""), names.get("partner", ""))
        board, status = self.terms.status(there.get("cw") or own) if own is not None else ("", "")
        strangers = [one for record in there.values() for one in self._strangers(record)]
        return Node(
            pair,
            ids,
            ticket=self._ticket(own),
            found=found,
            made=isinstance(state, Intent) and bool(found),
            listed=listed,
            board=board,
            status=status,
            rest=self.terms.rest(there["partner"]) if "partner" in there else (),
            strangers=tuple(strangers),
            elsewhere=elsewhere,
        )

    def _fields(self, record: Any_) -> Fields:
        return self.terms.fields(record, self._team(record))

    def _team(self, record: Any_) -> tuple[str, ...] | None:
        ref = ref_of(record)
        return self.records.team if (ref.kind, ref.side) == (PROJECT, "cw") else None

    def _strangers(self, record: Any_) -> tuple[tuple[Side, str], ...]:
        return self.terms.strangers(record, self._team(record) or ())

    def _ticket(self, record: Any_ | None) -> str:
        if record is None or not ticket_of(record):
            return ""
        return self.terms.word(Ref(TICKET, ref_of(record).side, ticket_of(record)))


def _created(record: Any_) -> datetime | None:
    """When a record was made, as its own side says; None where it does not."""
    found = getattr(record, "created_at", None) or getattr(record, "entered", None)
    return found if isinstance(found, datetime) else None


def gone(links: Iterable[Link]) -> tuple[Node, ...]:
    """Linked records that neither side has any more."""
    return tuple(Node(Pair(link.ref("cw"), link), {}) for link in links)
