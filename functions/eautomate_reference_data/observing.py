"""What is read of reference data: both lists of a kind, what the table knows of each row, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from functions.eautomate_reference_data.kinds import KINDS
from functions.eautomate_reference_data.matching import Lists, outcomes
from functions.eautomate_reference_data.settings import ReferenceSettings
from functions.eautomate_reference_data.situations import (
    Alone,
    Ambiguous,
    Disagrees,
    Entry,
    Found,
    Kind,
    Outcome,
    ReferenceSituation,
    Taken,
    Unknown,
)
from shared.partners.eautomate import code_id, shared_code
from shared.sync.change import Change
from shared.sync.flow import Sighting, View
from shared.sync.link import Link, Pair, Seen, State
from shared.sync.record import Fields, Name, Ref
from shared.systems.connectwise_psa import Psa
from shared.systems.eautomate import Eautomate


class Registers:
    """One connection's reference data. Lists are read once in a flow's life, a batch; links each time anew."""

    def __init__(self, links: View, psa: Psa, eautomate: Eautomate, settings: ReferenceSettings) -> None:
        self._links = links
        self._psa = psa
        self._eautomate = eautomate
        self._settings = settings
        self._rows: dict[str, tuple[tuple[Entry, ...], tuple[Entry, ...]]] = {}

    def sightings(self, kind: str) -> list[Sighting]:
        """Every row of ConnectWise, and those of e-automate that nothing is or will be linked to."""
        register = self._register(KINDS[kind])
        spare = register.partner.keys() - register.in_use
        return [
            *(Sighting(register.kind.cw_ref(id_), register.watched(entry)) for id_, entry in register.cw.items()),
            *(
                Sighting(register.kind.partner_ref(id_), _facts(entry))
                for id_, entry in register.partner.items()
                if id_ in spare
            ),
        ]

    def situations(self, changes: Sequence[Change]) -> list[ReferenceSituation]:
        """One situation for each change, in order."""
        kinds = dict.fromkeys(change.ref.kind for change in changes)
        asked = {kind: [change.ref for change in changes if change.ref.kind == kind] for kind in kinds}
        registers = {kind: self._register(KINDS[kind], refs) for kind, refs in asked.items()}
        return [registers[change.ref.kind].situation(change.ref) for change in changes]

    def _register(self, kind: Kind, asked: Iterable[Ref] = ()) -> Register:
        if kind.name not in self._rows:
            self._rows[kind.name] = tuple(kind.read_cw(self._psa)), tuple(kind.read_partner(self._eautomate))
        cw, partner = self._rows[kind.name]
        refs = {*(kind.cw_ref(one.id) for one in cw), *(kind.partner_ref(one.id) for one in partner), *asked}
        return Register(kind, cw, partner, self._links.find(refs), self._settings)


@dataclass(frozen=True)
class Register:
    """One kind: both lists, what the table knows of their rows, and what settings say."""

    kind: Kind
    rows: tuple[Entry, ...]
    others: tuple[Entry, ...]
    states: dict[Ref, State]
    settings: ReferenceSettings

    @cached_property
    def cw(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.rows}

    @cached_property
    def partner(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.others}

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What matching comes to, by ConnectWise's id; of what is linked only where settings object."""
        links = {id_: link for id_ in self.cw if (link := self._link(self.kind.cw_ref(id_)))}
        owners = {id_: link for id_ in self.partner if (link := self._link(self.kind.partner_ref(id_)))}
        hand = getattr(self.settings, self.kind.setting)
        return outcomes(Lists(self.kind, self.rows, self.others, links, owners, hand))

    @cached_property
    def in_use(self) -> set[str]:
        """The ids of e-automate's rows that are linked, or will be as soon as their partner is looked at."""
        linked = {code_id(state.partner_id) for state in self.states.values() if isinstance(state, Link)}
        return linked | {one.entry.id for one in self.outcomes.values() if isinstance(one, Found)}

    def situation(self, ref: Ref) -> ReferenceSituation:
        """The situation of a row, by either side's ref; what is linked belongs to ConnectWise's row."""
        link = self._link(ref)
        if link is None and ref.side == "partner":
            return self._nobodys(ref)
        home = link.ref("cw") if link else ref
        entry = self.cw.get(home.id)
        linked = self.partner.get(code_id(link.partner_id)) if link else None
        outcome = self.outcomes.get(home.id)
        other = outcome.entry if isinstance(outcome, Found) else linked
        pair = Pair(
            home,
            self.states.get(ref),
            cw=self.watched(entry) if entry else None,
            partner=_facts(other) if other else None,
            cw_name=str(self.kind.cw_name(entry)) if entry else "",
            partner_name=str(self.kind.partner_name(other)) if other else "",
        )
        return ReferenceSituation(
            home=home,
            name=self._name(home, entry, link.cw_name if link else ""),
            pairs=(pair, *self._cancelled(outcome)),
            kind=self.kind,
            record=entry,
            linked=linked,
            outcome=outcome,
            partner_id=self._partner_id(home, outcome.entry) if isinstance(outcome, Found) else "",
        )

    def watched(self, entry: Entry) -> Fields:
        """All of a row of ConnectWise that a decision depends on: itself, and whom it is or may be linked to."""
        link = self._link(self.kind.cw_ref(entry.id))
        outcome = self.outcomes.get(entry.id)
        own = _facts(entry)
        if outcome is not None:
            return own | _told(outcome)
        assert link is not None
        linked = self.partner.get(code_id(link.partner_id))
        return own | {"to": _facts(linked) if linked else None}

    def _nobodys(self, ref: Ref) -> ReferenceSituation:
        entry = self.partner.get(code_id(ref.id))
        name = self._name(ref, entry)
        pair = Pair(ref, self.states.get(ref), partner=_facts(entry) if entry else None, partner_name=name.text)
        return ReferenceSituation(home=ref, name=name, pairs=(pair,), kind=self.kind, record=entry)

    def _cancelled(self, outcome: Outcome | None) -> tuple[Pair, ...]:
        """What was found, as a pair of its own, if a person cancelled it: then nothing is linked to it (EA-44)."""
        ref = self.kind.partner_ref(outcome.entry.id) if isinstance(outcome, Found) else None
        state = self.states.get(ref) if ref else None
        if ref is None or not isinstance(state, Seen) or not state.held:
            return ()
        return (Pair(ref, state, partner=_facts(self.partner[ref.id]), partner_name=state.name),)

    def _partner_id(self, home: Ref, entry: Entry) -> str:
        """By what a link names e-automate's row: its ID; for a code that others are or will be linked to, with ours."""
        owner = self._link(self.kind.partner_ref(entry.id))
        suitors = [id_ for id_, one in self.outcomes.items() if isinstance(one, Found) and one.entry.id == entry.id]
        if not self.kind.shared or (owner.cw_id if owner else min(suitors, key=int)) == home.id:
            return entry.id
        return shared_code(entry.id, home.id)

    def _link(self, ref: Ref) -> Link | None:
        state = self.states.get(ref)
        return state if isinstance(state, Link) else None

    def _name(self, ref: Ref, entry: Entry | None, known: str = "") -> Name:
        if entry:
            return self.kind.cw_name(entry) if ref.side == "cw" else self.kind.partner_name(entry)
        return Name(known or f"{self.kind.noun if ref.side == 'cw' else self.kind.other} {ref.id}")


def _facts(entry: Entry) -> dict[str, object]:
    return {"id": entry.id, "label": entry.label, "keys": [sorted(keys) for keys in entry.keys], "unfit": entry.unfit}


def _told(outcome: Outcome) -> dict[str, object]:
    """What matching came to, so that the same says nothing new."""
    match outcome:
        case Found(entry):
            return {"to": _facts(entry)}
        case Ambiguous(candidates, rivals):
            return {"candidates": list(map(_facts, candidates)), "rivals": [one.label for one in rivals]}
        case Unknown(code):
            return {"unknown": code}
        case Taken(entry, owner):
            return {"taken": _facts(entry), "by": owner}
        case Disagrees(entry):
            return {"disagrees": _facts(entry)}
        case Alone(reason):
            return {"alone": reason}
