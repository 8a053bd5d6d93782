"""Where a Zomentum flow reads: its records by their ids, and whoever those that nobody has linked may be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypedDict, TypeVar

from shared.partners.zomentum import ZomentumSettings
from shared.partners.zomentum_parties import Names
from shared.partners.zomentum_records import Candidate, Match, RecordSituation, one_look, pair_of
from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.flow import Context, Sighting
from shared.sync.link import Intent, Link, Pair, State
from shared.sync.record import SIDES, Fields, Name, Ref, Side
from shared.systems import zomentum
from shared.systems.conditions import Condition, changed_since, is_in
from shared.systems.connectwise_psa import Psa
from shared.systems.connectwise_psa.models import WithCustomFields

C = TypeVar("C", bound=WithCustomFields)
P = TypeVar("P", bound=zomentum.WithCustomFields)
S = TypeVar("S", bound=RecordSituation[Any, Any])
T = TypeVar("T", bound=ZomentumSettings)


@dataclass(frozen=True)
class Look(Generic[C, P]):
    """What one batch of changes is about: the home of each change, what the table knows of each, and what is there.

    `homes` has one for each change, in their order; a linked record's home is ConnectWise's.
    """

    homes: tuple[Ref, ...]
    states: Mapping[Ref, State | None]
    there: Mapping[Ref, C | P]

    @property
    def strangers(self) -> dict[Ref, C | P]:
        """The homes that are there and that nobody has linked."""
        unlinked = (home for home, state in self.states.items() if not isinstance(state, Link))
        return {home: self.there[home] for home in unlinked if home in self.there}


class ZomentumSources(ABC, Generic[C, P, T]):
    """What every look and every scan of one connection reads from; flows say how, and add reads of their own."""

    situation: ClassVar[type[RecordSituation[Any, Any]]]
    """The situations of the flow, which name its kind of pair and what people call such a record."""
    path: ClassVar[str]
    """Where ConnectWise lists such records."""
    ours: type[C]
    theirs: type[P]

    def __init__(self, context: Context) -> None:
        self.links = context.links
        self.psa = context.system(Psa)
        self.zomentum = context.system(zomentum.Zomentum)
        self.settings: T = context.settings

    @abstractmethod
    def our_records(self, condition: Condition) -> list[C]:
        """Every record of ConnectWise that meets the condition."""

    @abstractmethod
    def our_record(self, id_: str) -> C | None:
        """One record of ConnectWise; None only where it says that there is none (404)."""

    @abstractmethod
    def name(self, record: C | P) -> Name:
        """What people call a record, with its page."""

    @abstractmethod
    def fields_of(self, records: Sequence[C | P]) -> list[Fields]:
        """The mapped fields of these records, as pairs have them; whom they name is looked up once for all of them."""

    def their_records(self, ids: Sequence[str]) -> Mapping[str, P]:
        """These records of Zomentum, by id."""
        return self.zomentum.by_ids(self.theirs, ids)

    def their_record(self, id_: str) -> P | None:
        """One record of Zomentum; None only where it says that there is none (404)."""
        return self.zomentum.record(self.theirs, id_)

    def theirs_since(self, moment: datetime) -> list[P]:
        """The records that were created in Zomentum since."""
        return self.zomentum.marked_since(self.theirs, moment)

    def our_page(self, since: str | None, after: int | None) -> tuple[list[C], int | None]:
        """A page of ConnectWise's list, of what changed since, from behind an id on; and where to read on."""
        condition = changed_since(moment(since)) if since else None
        return self.psa.page(self.path, condition, self.ours, after)

    def their_page(self, since: str | None, after: str | None, pipeline: str = "") -> tuple[list[P], str | None]:
        """A page of Zomentum's list, of what changed since, from behind a place on; and where to read on."""
        where = (zomentum.changed_since(moment(since)),) if since else ()
        return next(iter(self.zomentum.pages(self.theirs, *where, after=after, pipeline=pipeline)))

    def names_of(self, model: type[zomentum.Company | zomentum.Contact]) -> Names:
        """What people call those whom records name."""
        return lambda ids: {id_: one.name for id_, one in self.zomentum.by_ids(model, ids).items()}

    def is_deleted(self, record: C) -> bool:
        """Whether a record that ConnectWise still shows is as good as deleted."""
        del record
        return False

    def ref(self, record: C | P) -> Ref:
        """The address of a record of the flow's."""
        return Ref(self.situation.kind, "cw" if isinstance(record, self.ours) else "partner", record.key)

    def sightings(self, records: Sequence[C | P]) -> list[Sighting]:
        """What a scan saw of these records."""
        return [Sighting(self.ref(one), fields) for one, fields in zip(records, self.fields_of(records), strict=True)]

    def look(self, changes: Sequence[Change]) -> Look[C, P]:
        """What these changes are about, read by the ids that the changes and the links name."""
        refs = [change.ref for change in changes]
        known = self.links.find(dict.fromkeys(refs))
        homes = {ref: state.ref("cw") if isinstance(state := known.get(ref), Link) else ref for ref in refs}
        states = {home: known.get(ref) for ref, home in homes.items()}
        there = self.read({ref for home, state in states.items() for ref in _ends(home, state)})
        return Look(tuple(homes[ref] for ref in refs), states, there)

    def read(self, refs: Iterable[Ref]) -> dict[Ref, C | P]:
        """These records. Promise 7: what a list lacks is asked for by its id; only a 404 says that it is gone."""
        ids: dict[Side, list[str]] = {side: [] for side in SIDES}
        for ref in sorted(refs):
            ids[ref.side].append(ref.id)
        ours = {one.key: one for one in self.our_records(is_in("id", map(int, ids["cw"])))} if ids["cw"] else {}
        theirs = self.their_records(ids["partner"]) if ids["partner"] else {}
        found: list[C | P | None] = [ours.get(id_) or self.our_record(id_) for id_ in ids["cw"]]
        found += [theirs.get(id_) or self.their_record(id_) for id_ in ids["partner"]]
        return {self.ref(one): one for one in found if one is not None}

    def twin(self, home: Ref, state: State | None) -> C | P | None:
        """Promise 2: what an earlier try made of the home, whose answer was lost, carries the home's id."""
        if not isinstance(state, Intent):
            return None
        if home.side == "cw":
            return next((one for one in self.theirs_since(state.at) if one.sync_id == home.id), None)
        caption = self.settings.cw_id_field
        late = self.our_records(changed_since(state.at))
        return next((one for one in late if str(one.custom_field(caption) or "") == home.id), None)


class Observed(TypedDict, Generic[C, P]):
    """What every flow's situation has of a record: `CompanySituation(**meeting.observed(...), facts=..., ...)`."""

    home: Ref
    name: Name
    pairs: tuple[Pair, ...]
    about: tuple[Name, ...]
    cw: C | None
    partner: P | None
    match: Match
    gone: tuple[Side, ...]


class Meeting(Generic[C, P]):
    """First contact: the strangers of a look meet the records `around` them, of either side, whom they may be."""

    def __init__(self, sources: ZomentumSources[C, P, Any], look: Look[C, P], around: Iterable[C | P]) -> None:
        self._sources = sources
        self.look = look
        self.strangers = look.strangers
        self._around = {sources.ref(one): one for one in around}
        self._twins = {
            home: twin for home in self.strangers if (twin := sources.twin(home, look.states[home])) is not None
        }
        self._links = sources.links.find(self._around) if self._around else {}

    @property
    def records(self) -> list[C | P]:
        """Every record that was read for this batch."""
        return [*self.look.there.values(), *self._around.values(), *self._twins.values()]

    def others(self, home: Ref) -> list[C | P]:
        """The records around that stand on the other side."""
        return [one for ref, one in self._around.items() if ref.side != home.side]

    def namesakes(self, home: Ref) -> list[C | P]:
        """The records around that stand on the home's own side, itself aside."""
        return [one for ref, one in self._around.items() if ref.side == home.side and ref != home]

    def linked_to(self, record: C | P) -> str:
        """What people call the record that one around is linked to; empty if it is to none."""
        ref = self._sources.ref(record)
        link = self._links.get(ref)
        if not isinstance(link, Link):
            return ""
        return (link.partner_name if ref.side == "cw" else link.cw_name) or "another one"

    def observed(self, home: Ref, fields: Callable[[C | P], Fields], match: Callable[[Ref], Match]) -> Observed[C, P]:
        """The home with its link's other end, or with whom it is found to be: by what carries its id, else by `match`.

        `fields` are the mapped ones of a record. `match` is asked of strangers only.
        """
        sources, state = self._sources, self.look.states[home]
        link = state if isinstance(state, Link) else None
        ends = {ref.side: there for ref in _ends(home, state) if (there := self.look.there.get(ref)) is not None}
        own = ends.get(home.side)
        called = (link.cw_name if link else "") or f"{sources.situation.noun} {home.id}"
        name = sources.name(own) if own else Name(called)
        # What will be made on the other side will be called there as it is here.
        names = {side: str(sources.name(ends[side]) if side in ends else name) for side in SIDES}
        said = {side: fields(ends[side]) if side in ends else None for side in SIDES}
        pair = Pair(home, state, said["cw"], said["partner"], names["cw"], names["partner"])
        found = Match()
        if home in self.strangers:
            found = self._by_marker(home) or match(home)
            if found.found is not None:
                other = self._found(home, found.found)
                ends[sources.ref(other).side] = other
                pair = pair_of(pair, fields(other), str(sources.name(other)))
        cw, partner = ends.get("cw"), ends.get("partner")
        ours = cw if isinstance(cw, sources.ours) else None
        deleted = ours is not None and sources.is_deleted(ours)
        return Observed(
            home=home,
            name=name,
            pairs=(pair,),
            about=tuple(sources.name(one) for one in (cw, partner) if one is not None and one is not own),
            cw=ours,
            partner=partner if isinstance(partner, sources.theirs) else None,
            match=found,
            gone=tuple(side for side in SIDES if link and (side not in ends or (deleted and side == "cw"))),
        )

    def situations(self, make: Callable[[Ref], S]) -> list[S]:
        """One situation for each change, in order, each home's made once."""
        made = {home: make(home) for home in self.look.states}
        return [one_look(made, home) for home in self.look.homes]

    def _by_marker(self, home: Ref) -> Match | None:
        twin = self._twins.get(home)
        if twin is None:
            return None
        how = f"It carries the {self._sources.situation.noun}'s id: an earlier try made it."
        return Match(Candidate(twin.key, self._sources.name(twin)), how, copy=True)

    def _found(self, home: Ref, candidate: Candidate) -> C | P:
        """The record that a match found."""
        twin = self._twins.get(home)
        return twin if twin is not None else next(one for one in self.others(home) if one.key == candidate.id)


def _ends(home: Ref, state: State | None) -> tuple[Ref, ...]:
    return tuple(state.ref(side) for side in SIDES) if isinstance(state, Link) else (home,)
