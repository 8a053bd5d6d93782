"""Which records of two trees are the same though nothing links them yet: by marker, by what a lost try made, by name.

Pure. Promise 2: what an earlier try made carries the ID of what it was made of, or (ConnectWise's phases, notes and
schedule entries, which have no place for it) says the same at the same place. Whatever else nothing links yet is the
same if it is called the same at the same place, exactly, and is the only one on each side; nobody guesses among
several. The decision on pairs that are joined anew asks for that; that it holds for what both sides add later is
assumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from functions.moovila_projects.situations import KINDS, OTHER, PHASE, UNLINKED
from shared.sync.record import SIDES, Ref, Side

BY_MARKER = "It carries its ID."
BY_TEXT = "It says the same at the same place, since an earlier try made it."
BY_NAME = "It has the same name at the same place."


@dataclass(frozen=True)
class Loose:
    """A record that nothing links. `marker` is the other side's id that it carries, `key` what it is called, or says.

    `above` are the record in which it is, if it is in one beside the project: its kind and its id on the own side.
    """

    ref: Ref
    key: tuple[str, ...]
    above: tuple[str, str] | None = None
    marker: str = ""


Found = dict[Ref, tuple[Ref, str]]
"""By ConnectWise's record that of Moovila which is the same, and by what that is known."""


@dataclass
class _Joining:
    """The loose records of both sides, the words of linked ones (by kind, side and id), and what was found so far."""

    loose: Sequence[Loose]
    linked: Mapping[Ref, str]
    found: Found = field(default_factory=dict)

    def free(self, kind: str, side: Side) -> list[Loose]:
        taken = {*self.found, *(other for other, _ in self.found.values())}
        return [one for one in self.loose if one.ref.kind == kind and one.ref.side == side and one.ref not in taken]

    def word(self, ref: Ref) -> str:
        """What both sides call a record, as far as is known by now."""
        if ref in self.linked:
            return self.linked[ref]
        if ref.side == "cw":
            return ref.id
        return next((cw.id for cw, (other, _) in self.found.items() if other == ref), f"{UNLINKED}{ref.id}")

    def place(self, one: Loose) -> str:
        return self.word(Ref(one.above[0], one.ref.side, one.above[1])) if one.above else ""

    def pair(self, one: Loose, other: Loose, how: str) -> None:
        ours, theirs = (one, other) if one.ref.side == "cw" else (other, one)
        self.found[ours.ref] = theirs.ref, how


def join(loose: Iterable[Loose], linked: Mapping[Ref, str], intents: Collection[Ref]) -> Found:
    """What is the same. `intents` are records of which a try began to make another."""
    work = _Joining(list(loose), linked)
    for kind in KINDS:
        for side in SIDES:
            there = {one.ref.id: one for one in work.free(kind, OTHER[side])}
            for one in work.free(kind, side):
                if one.marker in there:
                    work.pair(one, there.pop(one.marker), BY_MARKER)
        _by_text(work, kind, intents)
        # Phases stand within phases: each round goes one level down.
        while _by_name(work, kind) and kind == PHASE:
            pass
    return work.found


def _by_text(work: _Joining, kind: str, intents: Collection[Ref]) -> None:
    for side in SIDES:
        for one in work.free(kind, side):
            if one.ref in intents:
                same = (two for two in work.free(kind, OTHER[side]) if _same(work, one, two))
                if (other := next(same, None)) is not None:
                    work.pair(one, other, BY_TEXT)


def _same(work: _Joining, one: Loose, other: Loose) -> bool:
    return one.key == other.key and not other.marker and work.place(one) == work.place(other)


def _by_name(work: _Joining, kind: str) -> bool:
    """Whether any two were found that have one name at one place, each the only one there."""
    named: dict[tuple[object, ...], dict[Side, list[Loose]]] = {}
    for side in SIDES:
        for one in work.free(kind, side):
            named.setdefault((*one.key, work.place(one)), {"cw": [], "partner": []})[side].append(one)
    alone = [sides for sides in named.values() if len(sides["cw"]) == len(sides["partner"]) == 1]
    for sides in alone:
        work.pair(sides["cw"][0], sides["partner"][0], BY_NAME)
    return bool(alone)
