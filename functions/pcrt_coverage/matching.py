"""Which PCID each computer is, and so which PCIDs each plan covers. Pure; a doubt covers nothing new and ends nothing.

A computer is matched by its asset tag first, then by its serial number, and never by a guess (PC-07, PC-08, PC-22).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from functions.pcrt_coverage.situations import CoverageSituation, Machine, Pcid, Pcids, number
from shared.sync.record import fold

Trouble = Literal["tag", "blacklist", "none", "several"]
"""Why a computer is no PCID: its tag is none (PC-33); its serial is generic, unknown, or of several (PC-21)."""


@dataclass(frozen=True)
class Match:
    """The PCID that a computer is (None: `trouble` says why); `by_serial` are all that have its serial number."""

    pcid: Pcid | None
    trouble: Trouble | None = None
    by_serial: tuple[Pcid, ...] = ()

    @property
    def overridden(self) -> Pcid | None:
        """The one PCID of the serial number, where the tag says another (PC-43)."""
        other = self.by_serial[0] if self.pcid and len(self.by_serial) == 1 else None
        return other if other != self.pcid else None


def match(machine: Machine, pcids: Pcids, generic: frozenset[str]) -> Match:
    """By the asset tag, of which a blank one is none (PC-43), else by a serial number that is not on the blacklist."""
    serial = fold(machine.serial)
    by_serial = () if serial in generic else pcids.by_serial.get(serial, ())
    if machine.tag.strip():
        pcid = pcids.by_id.get(number(machine.tag) or 0)
        return Match(pcid, None if pcid else "tag", by_serial)
    if serial in generic:
        return Match(None, "blacklist")
    if len(by_serial) == 1:
        return Match(by_serial[0], None, by_serial)
    return Match(None, "several" if by_serial else "none", by_serial)


@dataclass(frozen=True)
class Coverage:
    """Who is covered by what. `members` are the PCIDs of each plan (by the id of its group), in ascending order.

    `doubtful` are PCIDs of which it is not known to which plan they belong, or whether they are the computer at all:
    they stay where they are listed. `same` are the computers that are one PCID, where they are more than one.
    `surely` and `perhaps` are the plans that computers are in, the latter only those of computers in doubt.
    """

    matches: Mapping[str, Match]
    members: Mapping[str, tuple[int, ...]]
    doubtful: frozenset[int]
    same: Mapping[int, tuple[Machine, ...]]
    surely: frozenset[str]
    perhaps: frozenset[str]

    def plans_of(self, pcid: int) -> frozenset[str]:
        """The plans of all computers that are this PCID."""
        return _plans(self.same.get(pcid, ()))


def cover(s: CoverageSituation) -> Coverage:
    """Each plan's members: the PCIDs of its computers that are in the client's group (PC-41, PC-29, PC-32)."""
    generic = s.settings.generic_serials
    matches = {one.id: match(one, s.pcids, generic) for one in s.machines}
    machines: dict[int, list[Machine]] = defaultdict(list)
    for one in s.machines:
        if pcid := matches[one.id].pcid:
            machines[pcid.id].append(one)
    guesses = {pcid.id for one in matches.values() if one.trouble == "several" for pcid in one.by_serial}
    doubtful = guesses - machines.keys()
    members: dict[str, list[int]] = defaultdict(list)
    for number_, some in sorted(machines.items()):
        plans = _plans(some)
        if len(plans) > 1:
            doubtful.add(number_)
        elif plans and _in_group(s, number_):
            members[next(iter(plans))].append(number_)
    surely = _plans(one for one in s.machines if len(one.plans) == 1)
    return Coverage(
        matches,
        {plan: tuple(numbers) for plan, numbers in members.items()},
        frozenset(one for one in doubtful if _in_group(s, one)),
        {number_: tuple(some) for number_, some in machines.items() if len(some) > 1},
        surely,
        _plans(s.machines) - surely,
    )


def _in_group(s: CoverageSituation, pcid: int) -> bool:
    return s.group is not None and s.pcids.by_id[pcid].group == s.group.id


def _plans(machines: Iterable[Machine]) -> frozenset[str]:
    return frozenset(plan for one in machines for plan in one.plans)
