"""What records name of each other (a contact's company, an opportunity's contact), by one word for both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from shared.sync.flow import View
from shared.sync.link import Link, Seen, State
from shared.sync.needed import Found, Needed
from shared.sync.record import Name, Ref, Side
from shared.systems.connectwise_psa import Reference

UNLINKED = "zomentum:"
"""Begins the word for a Zomentum record that ConnectWise has not got yet; others are called by ConnectWise's id."""


Named = Reference | str | None
"""Whom a record names: in ConnectWise a reference, in Zomentum an id, which may be empty."""


@dataclass(frozen=True)
class Party:
    """A record as others name it, by its word. `left_out` says why no link of it is to be expected, if none is."""

    word: str
    name: Name
    found: Found
    left_out: str = ""

    def id_on(self, side: Side) -> str:
        """Its id on a side; empty while it is not linked and that is the other side."""
        if self.found.link is not None:
            return self.found.link.ref(side).id
        return self.found.ref.id if self.found.ref.side == side else ""


@dataclass(frozen=True)
class Parties:
    """Those of one kind that some records name, by the word for each; `there` has the words by Zomentum's ids."""

    by_word: Mapping[str, Party]
    there: Mapping[str, str]

    @classmethod
    def of(cls, some: Iterable[Party]) -> Parties:
        by_word = {one.word: one for one in some}
        return cls(by_word, {id_: word for word, one in by_word.items() if (id_ := one.id_on("partner"))})

    def word(self, whom: Named) -> str:
        """The word for whom a record names; empty for nobody."""
        if isinstance(whom, str):
            return self.there.get(whom, "")
        return str(whom.id) if whom is not None and whom.id is not None else ""


Names = Callable[[list[str]], Mapping[str, str]]
"""What people call records of Zomentum, by their ids; asked only for those of which the table knows no name."""


def parties(links: View, needed: Needed, some: Iterable[Named], names: Names | None = None) -> Parties:
    """What is known of those whom some records name."""
    named: dict[Ref, str] = {}
    for whom in some:
        if isinstance(whom, str):
            if whom:
                named[Ref(needed.kind, "partner", whom)] = ""
        elif whom is not None and whom.id is not None:
            named[Ref(needed.kind, "cw", str(whom.id))] = whom.name
    states = links.find(named, flow=needed.flow)
    if names is not None:
        unknown = [ref.id for ref in named if ref.side == "partner" and not isinstance(states.get(ref), Link | Seen)]
        read = names(unknown) if unknown else {}
        named = {ref: read.get(ref.id, name) if ref.side == "partner" else name for ref, name in named.items()}
    return Parties.of(_party(needed, ref, states.get(ref), name) for ref, name in named.items())


def _party(needed: Needed, ref: Ref, state: State | None, name: str) -> Party:
    link = state if isinstance(state, Link) else None
    seen = state if isinstance(state, Seen) else None
    known = (link.cw_name or link.partner_name) if link else seen.name if seen else ""
    called = known or f"{needed.noun} {name or ref.id}"
    word = link.cw_id if link else ref.id if ref.side == "cw" else f"{UNLINKED}{ref.id}"
    left_out = seen.reason if seen and seen.state == "skipped" else ""
    return Party(word, Name(called), Found(ref, link, seen.reason if seen else ""), left_out)
