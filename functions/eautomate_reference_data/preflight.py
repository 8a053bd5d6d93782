"""What must hold in both systems before reference data can be linked: rights, and that the pairs by hand exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from functions.eautomate_reference_data.kinds import KINDS, fold
from functions.eautomate_reference_data.rights import RIGHTS
from functions.eautomate_reference_data.settings import ReferenceSettings
from functions.eautomate_reference_data.situations import Entry, Kind
from shared.partners.eautomate import REFERENCE_DATA
from shared.sync.preflight import Check, May
from shared.systems.connectwise_psa import Psa
from shared.systems.eautomate import Eautomate


def check_reference_data(psa: Psa, eautomate: Eautomate, settings: ReferenceSettings, may: May) -> Iterator[Check]:
    """Every check of the reference data flow; where a right is missing, pairs cannot be looked up."""
    if not all(may(right.system, right.name) for right in RIGHTS):
        return
    for name in settings.kinds:
        kind, pairs = KINDS[name], getattr(settings, KINDS[name].setting)
        if pairs:
            yield from _pairs(kind, pairs, list(kind.read_cw(psa)), list(kind.read_partner(eautomate)))


def _pairs(kind: Kind, pairs: Mapping[str, str], cw: Sequence[Entry], partner: Sequence[Entry]) -> Iterator[Check]:
    for ours, theirs in pairs.items():
        there = [one for one in cw if fold(ours) in map(fold, one.names)]
        most = len(there) if kind.shared else 1  # several boards have a type of that name; a person is one
        yield _named(kind, kind.noun, ours, "ConnectWise", there, most)
        yield _named(
            kind, kind.other, theirs, "e-automate", [one for one in partner if fold(theirs) in map(fold, one.names)], 1
        )


def _named(kind: Kind, noun: str, name: str, where: str, there: Sequence[Entry], most: int) -> Check:
    """Whether what a setting names is there, once, and active."""
    if not there:
        found = "there is none of that name"
    elif len(there) > most:
        found = f"there are several of that name: {', '.join(one.label for one in there)}"
    else:
        found = "; ".join(dict.fromkeys(one.unfit for one in there if one.unfit)) or "it is there"
    return Check(
        "PAIR",
        f"{noun[:1].upper()}{noun[1:]} {name}",
        found == "it is there",
        found,
        f"one active {noun} {name} in {where}",
        f"the settings of {REFERENCE_DATA}, {kind.setting}",
        f"Add or activate {name} in {where}, or correct flows.{REFERENCE_DATA}.{kind.setting}.",
        f"{kind.setting}/{where}/{fold(name)}",
    )
