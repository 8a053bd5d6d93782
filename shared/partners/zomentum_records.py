"""What is decided alike on every record that ConnectWise and Zomentum share: linking, merging, what is gone.

Each flow says which records it joins and how it finds the one that is there already; once two are linked, the link
decides and never the name (ZM-34). Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

from shared.partners.zomentum import ZomentumSettings
from shared.sync.flow import Situation
from shared.sync.issue import Issue
from shared.sync.link import Link, Pair
from shared.sync.merge import Merged, Owner, merge
from shared.sync.names import PSA, ZOMENTUM, title
from shared.sync.plan import LINKS, Created, Plan, Step, stop
from shared.sync.record import OTHER, SIDES, Fields, Name, Ref, Side

C = TypeVar("C")
P = TypeVar("P")
S = TypeVar("S", bound="RecordSituation[Any, Any]")

SYSTEMS: Mapping[Side, str] = {"cw": PSA, "partner": ZOMENTUM}
LINK, CREATE = "link", "create"

Said = Callable[[Side, Fields], Fields]
"""Fields by our words, as a step for a side has them."""


@dataclass(frozen=True)
class Candidate:
    """A record of the other side that may be the home's. `linked_to` names what it is linked to already, if it is."""

    id: str
    name: Name
    linked_to: str = ""

    def __str__(self) -> str:
        linked = f", which is linked to {self.linked_to} already" if self.linked_to else ""
        return f"{self.name} (ID {self.id}){linked}"


@dataclass(frozen=True)
class Match:
    """What first contact found: `found`, if it is clear, and `how`; else the `doubts`, and `why` they are some.

    `copy`: an earlier try of ours made it of the home, so that the home's values stand. `taken`: the other side takes
    no second record of the home's name.
    """

    found: Candidate | None = None
    how: str = ""
    copy: bool = False
    doubts: tuple[Candidate, ...] = ()
    why: str = ""
    taken: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordSituation(Situation, Generic[C, P]):
    """One record, on the sides where it is: by its link, or by what first contact found (`match`), as its pair has it.

    `gone` names the sides on which a linked record was asked for by its id and is not there.
    """

    kind: ClassVar[str]
    """Its kind of pair."""
    noun: ClassVar[str]
    """What people call such a record."""
    written_as: ClassVar[str] = ""
    """What both systems' adapters call its kind; as people do, where it is empty."""
    advice: ClassVar[str] = ""
    """What else helps where a name is taken, as a sentence."""

    settings: ZomentumSettings
    cw: C | None = None
    partner: P | None = None
    match: Match = Match()
    gone: tuple[Side, ...] = ()

    @property
    def limits(self) -> Mapping[str, int]:
        """The most characters that ConnectWise takes, by field."""
        return {}

    def handed(self, side: Side, fields: Fields, *, new: bool) -> Mapping[str, Fields]:
        """What a side's adapter is handed in the place of these fields (`Step.instead`), of which most are its own.

        `new`: for a record that is made.
        """
        del side, fields, new
        return {}

    @property
    def own(self) -> C | P | None:
        """The record on the home's side."""
        return self.cw if self.home.side == "cw" else self.partner

    @property
    def to(self) -> Side:
        """The side on which a record that is not linked is looked for, and made."""
        return OTHER[self.home.side]


def linked(s: RecordSituation[Any, Any], link: Link, said: Said) -> Plan:
    """ZM-34: the link decides. Both are brought in step, unless one is gone: nothing is deleted for that."""
    if s.gone:
        return stop(s.home, counterpart_gone(s, link, s.gone), name=s.name)
    return in_step(s, said)


def joined(s: RecordSituation[Any, Any], said: Said) -> Plan:
    """First contact: the two are linked, and brought in step."""
    found = s.match.found
    assert found is not None
    ids: Fields = {str(s.home.side): s.home.id, str(s.to): found.id}
    link = Step(LINK, LINKS, s.kind, "link", fields=ids, why=s.match.how)
    rest = in_step(s, said)
    return replace(rest, reason=f"{s.match.how} {rest.reason}", steps=(link, *rest.steps))


def created(s: RecordSituation[Any, Any], fields: Fields, *issues: Issue) -> Plan:
    """A record like the home's is made on the other side, which carries the home's id, and linked."""
    why = f"{title(SYSTEMS[s.to])} has no such {s.noun}."
    marked = {**fields, "sync_id": s.home.id}
    if s.to == "cw":
        marked = {**fields, "custom_fields": {s.settings.cw_id_field: s.home.id}}
    long = too_long(s, fields) if s.to == "cw" else {}
    made = {name: value for name, value in marked.items() if name not in long}
    create = Step(
        CREATE, SYSTEMS[s.to], s.written_as or s.noun, "create", fields=made, why=why,
        instead=s.handed(s.to, made, new=True),
    )  # fmt: skip
    link = Step(
        LINK, LINKS, s.kind, "link", fields={s.home.side: s.home.id, s.to: Created(CREATE)}, why="It was made for it."
    )
    told = (value_too_long(s, long),) if long else ()
    return Plan(s.home, why, (create, link), (*told, *issues), name=s.name)


def doubtful(s: RecordSituation[Any, Any]) -> Plan:
    """First contact is not clear: a person decides, and nothing is written."""
    issue = name_taken(s) if s.match.taken else ambiguous(s)
    return stop(s.home, issue, name=s.name)


def in_step(s: RecordSituation[Any, Any], said: Said) -> Plan:
    """What each side must be told so that both agree, by the owners of the settings; conflicts go into the history."""
    owners: Mapping[str, Owner] = s.settings.owned
    if s.match.copy:
        owners = dict.fromkeys(owners, s.home.side)
    merged, drifted = _without_drift(s, merge(s.pair, owners))
    long = too_long(s, merged.cw)
    kept: dict[Side, Fields] = {
        "cw": {name: value for name, value in merged.cw.items() if name not in long},
        "partner": merged.partner,
    }
    steps = [step for side in SIDES if kept[side] and (step := _update(s, side, kept[side], said))]
    issues = [value_too_long(s, long)] if long else []
    issues += [drift(s, drifted)] if drifted else []
    reason = f"To be written: {', '.join(sorted({*kept['cw'], *kept['partner']}))}." if steps else "Both sides agree."
    if drifted and not steps:
        reason = "Only who does not own it changed a field, and drift is to be reported."
    told = {side: next((step.fields for step in steps if step.system == SYSTEMS[side]), {}) for side in SIDES}
    conflicts = tuple(one for one in merged.conflicts if one.field in told[OTHER[one.kept]])
    return Plan(s.home, reason, tuple(steps), tuple(issues), conflicts, name=s.name)


def too_long(s: RecordSituation[Any, Any], values: Fields) -> dict[str, int]:
    """The values longer than ConnectWise takes, with its limit in characters."""
    limits = s.limits
    return {name: limits[name] for name, value in values.items() if name in limits and len(str(value)) > limits[name]}


def _update(s: RecordSituation[Any, Any], side: Side, values: Fields, said: Said) -> Step | None:
    fields = said(side, values)
    if not fields:
        return None
    now = s.pair.fields(side) or {}
    link = s.link
    found = s.match.found
    key = s.home.id if s.home.side == side else found.id if found else ""
    if link is not None:
        key = link.ref(side).id
    before = {name: now[name] for name in fields if name in now}
    why = f"{title(SYSTEMS[OTHER[side]])} says otherwise: {', '.join(sorted(fields))}."
    return Step(
        f"update-{side}", SYSTEMS[side], s.written_as or s.noun, "update", key, fields, why, before,
        instead=s.handed(side, fields, new=False),
    )  # fmt: skip


def _without_drift(s: RecordSituation[Any, Any], merged: Merged) -> tuple[Merged, dict[str, tuple[Any, Any]]]:
    """ZM-04: what only the side changed that does not own it is reported, where the settings say so.

    Returns what is left to be written, and by field what the owner has and what the other says.
    """
    if s.settings.drift != "report" or s.link is None:
        return merged, {}
    drifted: dict[str, tuple[Any, Any]] = {}
    for one in merged.conflicts:
        owner = s.settings.owned[one.field]
        agreed = s.link.agreed.get(one.field)
        mine, theirs = (one.cw, one.partner) if one.kept == "cw" else (one.partner, one.cw)
        if owner.endswith("_only") and agreed is not None and mine == agreed[0 if one.kept == "cw" else 1]:
            drifted[one.field] = mine, theirs
    if not drifted:
        return merged, {}
    left = {side: {n: v for n, v in merged.to(side).items() if n not in drifted} for side in SIDES}
    conflicts = tuple(one for one in merged.conflicts if one.field not in drifted)
    return Merged(left["cw"], left["partner"], conflicts), drifted


# Issues


def counterpart_gone(s: Situation, link: Link, gone: Sequence[Side], *, of: tuple[Ref, Name] | None = None) -> Issue:
    """What is linked was deleted on the sides in `gone`; it is the home, or `of` another record of the scope."""
    names = {"cw": link.cw_name, "partner": link.partner_name}
    where = " and ".join(title(SYSTEMS[side]) for side in gone)
    left = [side for side in SIDES if side not in gone]
    rest = f" {names[left[0]]} in {title(SYSTEMS[left[0]])} is left as it is." if left else ""
    name = next((names[side] for side in gone if names[side]), str(of[1] if of else s.name))
    return s.issue(
        "COUNTERPART_GONE",
        f"{name} was deleted in {where}.{rest}",
        "If that was meant, cancel it here (crosswise cancel), and it is left alone. If not, restore it; or unlink the "
        "two (crosswise unlink --anew), and it is made anew of the one that is left.",
        of=of,
    )


def ambiguous(s: RecordSituation[Any, Any]) -> Issue:
    told = "; ".join(map(str, s.match.doubts))
    return s.issue(
        "AMBIGUOUS_MATCH",
        f"{s.name} could be: {told}. {s.match.why} Nothing was written.",
        f"Link the right two (crosswise relink {s.home} ID); or change what they have in common if they are not the "
        "same, and it is looked at again by itself.",
        about=tuple(one.name for one in s.match.doubts),
    )


def name_taken(s: RecordSituation[Any, Any]) -> Issue:
    """ZM-36: never a silent merge, and never a second one."""
    told = "; ".join(map(str, s.match.doubts))
    return s.issue(
        "NAME_TAKEN",
        f"{s.name} cannot be made in {title(SYSTEMS[s.to])}: its name is that of {told}. {s.match.why}".rstrip(),
        f"Give one of them another name, and the {s.noun} follows by itself; or link it to the right one (crosswise "
        f"relink {s.home} ID). {s.advice}".strip(),
        about=tuple(one.name for one in s.match.doubts),
    )


def value_too_long(s: RecordSituation[Any, Any], fields: Mapping[str, int], *, needed: bool = False) -> Issue:
    """`needed`: ConnectWise has no such record without them, so that none is made."""
    told = ", ".join(f"{name} ({limit} characters at most)" for name, limit in sorted(fields.items()))
    what = "so that it is not made there" if needed else "they were left out"
    return s.issue(
        "VALUE_TOO_LONG",
        f"{s.name} has values that are too long for ConnectWise; {what}: {told}.",
        "Shorten them in Zomentum; the record is tried again by itself.",
        category="refused",
        blocks=needed,
    )


def drift(s: RecordSituation[Any, Any], fields: Mapping[str, tuple[Any, Any]]) -> Issue:
    told = "; ".join(f"{name} is {theirs!r} instead of {mine!r}" for name, (mine, theirs) in sorted(fields.items()))
    return s.issue(
        "DRIFT",
        f"{s.name} was changed on the side that does not own the field: {told}.",
        "Change it on the side that owns it; or set drift to restore, and it is put back.",
        about=s.about,
        blocks=False,
    )


def one_look(made: Mapping[Ref, S], home: Ref) -> S:
    """The situation of a home, or that of the ConnectWise record which was found to be the same and is looked at too.

    So the two are linked by one look; by two, one of them would find the other's link in its way.
    """
    mine = made[home]
    found = mine.match.found
    if home.side == "partner" and found is not None:
        theirs = made.get(Ref(home.kind, "cw", found.id))
        if theirs is not None and theirs.match.found is not None and theirs.match.found.id == home.id:
            return theirs
    return mine


def pair_of(s_home: Pair, other: Fields | None, name: str) -> Pair:
    """The pair with what first contact found on the other side, so that both are merged in the same look."""
    if s_home.home.side == "cw":
        return replace(s_home, partner=other, partner_name=name)
    return replace(s_home, cw=other, cw_name=name)
