"""Proposals for what people own: an External ID to be approved, an Asset Tag as steps; each with its evidence (PC-40).

Only where `propose_fixes` is on. Nothing is proposed where two answers are as good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from functions.pcrt_coverage.issues import OVERRIDE
from functions.pcrt_coverage.matching import Coverage
from functions.pcrt_coverage.situations import CoverageSituation, Machine, Pcid, group_name, pcid_name
from shared.sync.names import AUTOMATE
from shared.sync.plan import Step
from shared.sync.record import fold
from shared.systems.pcrt import Group

SHOWN = 3
"""So many computers are named as evidence."""


def proposal(s: CoverageSituation, coverage: Coverage) -> Iterator[Step]:
    """The External ID of a client that names no group (PC-20); written to Automate once a person approves (PC-42)."""
    client, found = s.client, _group_of(s, coverage)
    if client is None or found is None:
        return
    group, evidence = found
    yield Step(
        "external id",
        AUTOMATE,
        "client",
        "update",
        client.id,
        {"external_id": group.key},
        f"{s.name} is {group_name(group)}: {evidence}",
        {"external_id": client.external_id},
        ask=True,
    )


def hint(s: CoverageSituation, machine: Machine, coverage: Coverage) -> str:
    """The PCID that a computer without one probably is, and how to say so (PC-35); empty where there is no such one."""
    if not s.settings.propose_fixes:
        return ""
    taken = {found.pcid.id for found in coverage.matches.values() if found.pcid}
    free = [one for one in s.spare if one.id not in taken]
    by_name = [one for one in free if fold(one.name) == fold(machine.name)]
    user = fold(machine.last_user.rpartition("\\")[2])
    by_user = [one for one in free if user and user in fold(one.name).split()]
    likely, because = (by_name, "has the same name") if by_name else (by_user, "is named after who was logged in last")
    if len(likely) != 1:
        return ""
    return (
        f"Probably it is {_told(likely[0])}, which {because} ({machine.last_user or 'nobody known'} was logged in "
        f"last). If it is, {OVERRIDE}: {likely[0].id}."
    )


def _group_of(s: CoverageSituation, coverage: Coverage) -> tuple[Group, str] | None:
    """The one group that the client's computers point to, or that is called as it is; and what speaks for it."""
    if s.client is None or s.group is not None or not s.settings.propose_fixes:
        return None
    known = {group.id: group for group in s.candidates}
    theirs = [(machine, pcid) for machine in s.machines if (pcid := coverage.matches[machine.id].pcid) and pcid.group]
    votes = Counter(pcid.group for _, pcid in theirs)
    if len(votes) == 1 and (group := known.get(theirs[0][1].group or 0)):
        named = " It is called alike, too." if fold(group.name) == fold(s.client.name) else ""
        shown = "; ".join(_evidence(machine, pcid) for machine, pcid in theirs[:SHOWN])
        return group, f"{len(theirs)} of its {len(s.machines)} computers are PCIDs of that group ({shown}).{named}"
    alike = [group for group in s.candidates if fold(group.name) == fold(s.client.name)]
    if not votes and len(alike) == 1:
        return alike[0], "they are called alike, and no other client has that group."
    return None


def _evidence(machine: Machine, pcid: Pcid) -> str:
    user = f", {machine.last_user} was logged in last" if machine.last_user else ""
    return f"{machine.name}, serial number {machine.serial.strip() or 'none'}{user}, is {pcid_name(pcid)}"


def _told(pcid: Pcid) -> str:
    serial = f"serial number {pcid.serial.strip()}" if pcid.serial.strip() else "no serial number"
    return f"{pcid_name(pcid)} of the client's group, with {serial}"
