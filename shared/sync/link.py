"""What the table knows of a record: a link, an intent to create one, or that it was seen and left alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from shared.sync.record import Fields, Ref, Side, fields_hash


@dataclass(frozen=True)
class Link:
    """The lasting pair of ids of one record in both systems.

    `cw_hash` and `partner_hash` are of the mapped fields as that side returned them; `agreed` holds the values last
    agreed on (by our field names: in two-way flows both sides' own, ConnectWise's first; a flow that carries a record
    once keeps there, by its link step, what it carried; empty in other one-way flows); `rules` is the revision of
    settings and rules that held. `scope` is the home of the tree or set that the record is part of (None: its own).
    `revision` counts writes: each update is conditional on the one read. `how` says in words how the pair was found.
    `waiting` says that the last look ended in an issue or waits for a person's word, so that not all of the plan is
    carried out; `left` says why it left the pair alone, or some of it, if a rule, filter or setting did. `held` says
    who cancelled it and why, if anybody did. `due` is when it is looked at again though nothing changes, since the
    other side is still busy with it. `unsure` are the fields of an update whose answer was lost: what a side says
    there since may be what it said before, or what somebody set it back to.
    """

    kind: str
    cw_id: str
    partner_id: str
    cw_hash: str = ""
    partner_hash: str = ""
    agreed: Fields = field(default_factory=dict)
    rules: str = ""
    revision: int = 1
    how: str = ""
    cw_name: str = ""
    partner_name: str = ""
    linked_at: datetime | None = None
    waiting: bool = False
    left: str = ""
    held: str = ""
    due: datetime | None = None
    scope: Ref | None = None
    unsure: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether any look came to its end since the link was made."""
        return bool(self.rules)

    def ref(self, side: Side) -> Ref:
        return Ref(self.kind, side, self.cw_id if side == "cw" else self.partner_id)

    def hash_of(self, side: Side) -> str:
        return self.cw_hash if side == "cw" else self.partner_hash


@dataclass(frozen=True)
class Intent:
    """The note that a create is about to happen, written before it.

    `ref` is the record that exists already; `at` is the *target system's* time before the create, from which on the
    marker is looked for; `token` names this very try; `due` is when somebody must look whether it came to an end.
    `scope` is the home of the tree or set that the record is part of (None: its own).
    """

    ref: Ref
    token: str
    at: datetime
    due: datetime
    scope: Ref | None = None


@dataclass(frozen=True)
class Seen:
    """Half a link: a record that was looked at and left alone, so that it costs nothing until something changes.

    `scope` is the home of the plan that left it alone: of a candidate on the other side, the record that must be looked
    at again when the candidate changes. `held` says who cancelled the record and why, if anybody did; `parted` is the
    id of the other side's record from which a person unlinked it. Both are set and ended by people only, and stay
    whatever else becomes known of the record.
    """

    ref: Ref
    hash: str
    rules: str
    state: Literal["skipped", "waiting"]
    reason: str
    name: str = ""
    scope: Ref | None = None
    held: str = ""
    parted: str = ""


State = Link | Intent | Seen


@dataclass(frozen=True)
class Pair:
    """One pair of the scope as observed: what the table knows, and both sides' mapped fields (None: no such record).

    `home` is the record to which the table's knowledge belongs while there is no link.
    """

    home: Ref
    state: State | None = None
    cw: Fields | None = None
    partner: Fields | None = None
    cw_name: str = ""
    partner_name: str = ""

    @property
    def link(self) -> Link | None:
        return self.state if isinstance(self.state, Link) else None

    @property
    def intent(self) -> Intent | None:
        return self.state if isinstance(self.state, Intent) else None

    @property
    def held(self) -> str:
        """Who cancelled the record and why; empty if nobody did."""
        return self.state.held if isinstance(self.state, Link | Seen) else ""

    @property
    def parted(self) -> str:
        """The id of the other side's record from which a person unlinked this one; empty if nobody did."""
        return self.state.parted if isinstance(self.state, Seen) else ""

    @property
    def name(self) -> str:
        """What people call the record, on its own side if there it is; empty if nobody knows."""
        now = (self.cw_name, self.partner_name)
        known = (self.link.cw_name, self.link.partner_name) if self.link else ("", "")
        return next(
            (name for names in (now, known) for name in names[:: 1 if self.home.side == "cw" else -1] if name), ""
        )

    def fields(self, side: Side) -> Fields | None:
        return self.cw if side == "cw" else self.partner


def unchanged(state: State | None, side: Side, hash_: str, rules: str) -> bool:
    """Whether a record that hashes so on this side needs no look: the table has already seen just this."""
    if isinstance(state, Link):
        return state.hash_of(side) == hash_ and state.rules == rules
    if isinstance(state, Seen):
        return state.ref.side == side and state.hash == hash_ and state.rules == rules
    return False


def drifted(pair: Pair, master: Side, rules: str) -> bool:
    """Promise 7: whether only the side that does not master a pair changed since all was in step."""
    link = pair.link
    return (
        link is not None
        and link.settled
        and not link.waiting
        and link.rules == rules
        and link.hash_of(master) == fields_hash(pair.fields(master))
    )


def settled(
    link: Link,
    pair: Pair,
    rules: str,
    *,
    waiting: bool = False,
    left: str = "",
    due: datetime | None = None,
    scope: Ref | None = None,
    agreed: Fields | None = None,
    unsure: tuple[str, ...] = (),
) -> Link:
    """The link as it should stand after a look that observed the pair as given; equal to `link` if nothing is new.

    What is `agreed` stays as it was where None is given.
    """
    return replace(
        link,
        agreed=link.agreed if agreed is None else agreed,
        scope=scope,
        cw_hash=fields_hash(pair.cw),
        partner_hash=fields_hash(pair.partner),
        rules=rules,
        cw_name=pair.cw_name or link.cw_name,
        partner_name=pair.partner_name or link.partner_name,
        waiting=waiting,
        left=left,
        due=due,
        unsure=unsure,
    )
