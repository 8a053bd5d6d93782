"""Three-way merge: what each side must be told of a record that both may change, so that they agree again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.sync.link import Pair
from shared.sync.plan import FieldConflict
from shared.sync.record import Fields, Side

Owner = Literal["cw", "partner", "cw_only", "partner_only"]
"""Whose value stands where both sides changed a field; with `_only`, also where the other side alone did."""


@dataclass(frozen=True)
class Merged:
    """What to write to each side, by field, and what that overwrites. Empty where the sides agree."""

    cw: Fields = field(default_factory=dict)
    partner: Fields = field(default_factory=dict)
    conflicts: tuple[FieldConflict, ...] = ()

    def to(self, side: Side) -> Fields:
        return self.cw if side == "cw" else self.partner


def merge(pair: Pair, owners: Mapping[str, Owner]) -> Merged:
    """Compares these fields, where both sides have them, with what they last agreed on (`Link.agreed`), one by one.

    Who changed a field alone is followed; of two who changed it differently the owner is, and that is a conflict. So is
    a field of an update whose answer was lost (`Link.unsure`): it may have been carried out, and then set back by hand.
    Without a last agreement an empty value gives way to the other. Nothing where a side has no record at all.
    """
    if pair.cw is None or pair.partner is None:
        return Merged()
    writes: dict[Side, dict[str, Any]] = {"cw": {}, "partner": {}}
    conflicts: list[FieldConflict] = []
    agreed: Fields = pair.link.agreed if pair.link else {}
    unsure = pair.link.unsure if pair.link else ()
    for name, owner in owners.items():
        if name not in pair.cw or name not in pair.partner:
            continue
        cw, partner = pair.cw[name], pair.partner[name]
        verdict = _verdict(cw, partner, agreed.get(name), owner)
        if verdict is None:
            continue
        kept, lost = verdict
        writes["partner" if kept == "cw" else "cw"][name] = cw if kept == "cw" else partner
        if lost or name in unsure:
            conflicts.append(FieldConflict(name, cw, partner, kept, pair.home))
    return Merged(writes["cw"], writes["partner"], tuple(conflicts))


def agreement(known: Fields, pair: Pair, written: Collection[str]) -> Fields:
    """What the sides agree on after a look: by field both sides' own values, ConnectWise's first.

    They agree where they are equal, and where one was just written (`written`) and gave back what it made of that: a
    side may cut or round, and must not be taken to have changed it. What was left undone is as it was `known`.
    """
    if pair.cw is None or pair.partner is None:
        return known
    agreed: dict[str, Any] = {}
    for name, cw in pair.cw.items():
        if name not in pair.partner:
            continue
        partner = pair.partner[name]
        if name in written or cw == partner:
            agreed[name] = (cw, partner)
        elif name in known:
            agreed[name] = known[name]
    return agreed


def still_unsure(names: Collection[str], agreed: Fields, pair: Pair) -> tuple[str, ...]:
    """Which of these fields, of which nobody knows whether they were written, the sides have not agreed on since.

    Of those that both have: what a step says beside them (a file, a marker) is nothing to agree on.
    """
    cw, partner = pair.cw or {}, pair.partner or {}
    both = set(names) & cw.keys() & partner.keys()
    return tuple(sorted(name for name in both if agreed.get(name) != (cw[name], partner[name])))


def _verdict(cw: Any, partner: Any, base: tuple[Any, Any] | None, owner: Owner) -> tuple[Side, bool] | None:
    """Whose value stands, and whether the other's is lost by that; None where there is nothing to do."""
    if cw == partner or (cw, partner) == base:
        return None
    changed: Mapping[Side, bool]
    if base is None:
        changed = {"cw": _says_something(cw), "partner": _says_something(partner)}
    else:
        changed = {"cw": cw != base[0], "partner": partner != base[1]}
    if not any(changed.values()):
        return None
    kept: Side = "cw" if owner.startswith("cw") else "partner"
    other: Side = "partner" if kept == "cw" else "cw"
    if changed[other] and not changed[kept] and not owner.endswith("_only"):
        return other, False
    return kept, changed[other]


def _says_something(value: Any) -> bool:
    return value is not None and value not in ("", (), [])
