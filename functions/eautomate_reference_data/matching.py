"""Who is who: what settings say first, then the steps of each kind, where exactly one fits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from functions.eautomate_reference_data.kinds import fold
from functions.eautomate_reference_data.situations import (
    Alone,
    Ambiguous,
    Disagrees,
    Entry,
    Found,
    Kind,
    Outcome,
    Taken,
    Unknown,
)
from shared.partners.eautomate import REFERENCE_DATA, code_id
from shared.sync.link import Link

BY_HAND = "The settings name the pair."
GIVEN_AWAY = "The settings give what it was linked to to another record."
_BY_STEP = "Matched by {}."


def by_step(kind: Kind) -> tuple[str, ...]:
    """How each step of a kind's matching says that it found a pair."""
    return tuple(_BY_STEP.format(step) for step in kind.steps)


def is_own(kind: Kind, link: Link) -> bool:
    """Whether the flow itself found the pair, so that it may let go of it; what a person linked stands."""
    return link.how in (BY_HAND, *by_step(kind))


@dataclass(frozen=True)
class Lists:
    """All that matching one kind needs: both lists, the links by each side's id, and the pairs by hand.

    `owners` has the links by e-automate's id of the record itself; of a code that many share, any one of them.
    """

    kind: Kind
    cw: Sequence[Entry]
    partner: Sequence[Entry]
    links: Mapping[str, Link] = field(default_factory=dict)
    owners: Mapping[str, Link] = field(default_factory=dict)
    hand: Mapping[str, str] = field(default_factory=dict)


def outcomes(lists: Lists) -> dict[str, Outcome]:
    """What matching comes to for each record of ConnectWise, by id.

    A record that is linked, and of which settings do not say otherwise, is left out: its link stands.
    """
    by_hand = _by_hand(lists)
    claimed = {outcome.entry.id for outcome in by_hand.values() if isinstance(outcome, Found)}
    said: dict[str, Outcome] = {}
    left: list[Entry] = []
    for entry in lists.cw:
        link = lists.links.get(entry.id)
        if entry.id in by_hand:
            outcome = _beside_link(lists, link, by_hand[entry.id])
            if outcome:
                said[entry.id] = outcome
        elif link is None or _is_claimed(lists, link, claimed):
            left.append(entry)
    found = _each(lists, left) if lists.kind.shared else _one_to_one(lists, left, claimed)
    for id_, outcome in found.items():
        if id_ in lists.links and not isinstance(outcome, Found):
            found[id_] = Alone(GIVEN_AWAY)
    return said | found


# Pairs by hand


def named(hand: Mapping[str, str], entry: Entry) -> tuple[str, str] | None:
    """The name under which settings have a record of ConnectWise, and the code that they give it, if they do."""
    given = {fold(name): code for name, code in hand.items()}
    return next(((name, given[fold(name)]) for name in entry.names if fold(name) in given), None)


def _by_hand(lists: Lists) -> dict[str, Outcome]:
    """What settings say of each record that they name."""
    partner = {fold(name): entry for entry in lists.partner for name in entry.names}
    found: dict[str, Outcome] = {}
    namesakes: dict[str, list[Entry]] = {}
    for entry in lists.cw:
        pair = named(lists.hand, entry)
        if pair is None:
            continue
        target = partner.get(fold(pair[1]))
        found[entry.id] = Found(target, BY_HAND) if target else Unknown(pair[1])
        namesakes.setdefault(fold(pair[0]), []).append(entry)
    if lists.kind.shared:
        return found
    for several in namesakes.values():
        for entry in several if len(several) > 1 else ():
            outcome = found[entry.id]
            if isinstance(outcome, Found):
                found[entry.id] = Ambiguous((outcome.entry,), tuple(one for one in several if one != entry))
    return found


def _beside_link(lists: Lists, link: Link | None, outcome: Outcome) -> Outcome | None:
    """What settings say, in the light of the links there are; None where they say what is linked already."""
    if not isinstance(outcome, Found | Ambiguous):
        return outcome
    target = outcome.entry if isinstance(outcome, Found) else outcome.candidates[0]
    if link and code_id(link.partner_id) == target.id:
        return None
    owner = None if lists.kind.shared else lists.owners.get(target.id)
    if owner:
        return Taken(target, owner.cw_name or f"record {owner.cw_id}")
    if isinstance(outcome, Found) and link and not is_own(lists.kind, link):
        return Disagrees(target)
    return outcome


def _is_claimed(lists: Lists, link: Link, claimed: Iterable[str]) -> bool:
    """Whether settings give what the flow itself linked the record to, to somebody else."""
    return not lists.kind.shared and link.partner_id in claimed and is_own(lists.kind, link)


# Codes: each record for itself, since one code serves many


def _each(lists: Lists, left: Iterable[Entry]) -> dict[str, Outcome]:
    return {entry.id: _code_for(lists, entry) for entry in left}


def _code_for(lists: Lists, entry: Entry) -> Outcome:
    if entry.unfit:
        return Alone(f"In ConnectWise {entry.unfit}.")
    for step, keys in enumerate(entry.keys):
        fitting = tuple(one for one in lists.partner if one.keys[step] & keys and not one.unfit)
        if len(fitting) == 1:
            return Found(fitting[0], by_step(lists.kind)[step])
        if fitting:
            return Ambiguous(fitting)
    return _alone(lists, entry)


# People: exactly one on both sides


def _one_to_one(lists: Lists, left: Iterable[Entry], claimed: Iterable[str]) -> dict[str, Outcome]:
    """Step by step; who fits at one step, alone or not, takes no part in the next."""
    found: dict[str, Outcome] = {entry.id: Alone(f"In ConnectWise {entry.unfit}.") for entry in left if entry.unfit}
    taken = {*lists.owners, *claimed}
    free = {entry.id: entry for entry in lists.partner if entry.id not in taken and not entry.unfit}
    waiting = {entry.id: entry for entry in left if not entry.unfit}
    for step, how in enumerate(by_step(lists.kind)):
        fits = {id_: _fitting(entry, step, free.values()) for id_, entry in waiting.items()}
        suitors: dict[str, list[Entry]] = {}
        for id_, candidates in fits.items():
            for candidate in candidates:
                suitors.setdefault(candidate.id, []).append(waiting[id_])
        for id_, candidates in fits.items():
            rivals = [one for candidate in candidates for one in suitors[candidate.id] if one.id != id_]
            if len(candidates) == 1 and not rivals:
                found[id_] = Found(candidates[0], how)
            elif candidates:
                found[id_] = Ambiguous(candidates, tuple(dict.fromkeys(rivals)))
        waiting = {id_: entry for id_, entry in waiting.items() if not fits[id_]}
        free = {id_: entry for id_, entry in free.items() if id_ not in suitors}
    return found | {id_: _alone(lists, entry) for id_, entry in waiting.items()}


def _fitting(entry: Entry, step: int, among: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(one for one in among if one.keys[step] & entry.keys[step])


# Nothing fits


def _alone(lists: Lists, entry: Entry) -> Alone:
    """Why nothing fits: who would, but is somebody else's or inactive, is named."""
    near = list(_near(lists, entry))
    if near:
        told = "; ".join(near)
        return Alone(f"{told[:1].upper()}{told[1:]}.")
    kind = lists.kind
    *some, last = kind.steps
    has = f"has its name as {' or '.join(kind.steps)}" if kind.shared else f"has its {', '.join(some)} or {last}"
    return Alone(f"No {kind.other} {has}; flows.{REFERENCE_DATA}.{kind.setting} can name one.")


def _near(lists: Lists, entry: Entry) -> Iterator[str]:
    for one in lists.partner:
        if not any(theirs & ours for theirs, ours in zip(one.keys, entry.keys, strict=True)):
            continue
        owner = None if lists.kind.shared else lists.owners.get(one.id)
        name = lists.kind.partner_name(one)
        if owner:
            yield f"{name} fits, but is linked to {owner.cw_name or f'record {owner.cw_id}'}"
        elif one.unfit:
            yield f"{name} fits, but {one.unfit}"
        else:
            yield f"{name} fits, but another {lists.kind.noun} fits better"
