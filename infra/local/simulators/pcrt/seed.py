"""What is in PCRT at first: the groups and PCIDs of a fleet, subscriptions for its plans, and what is wrong there.

Every list of Additional Members is as the defect of old leaves it: each PCID of a group on each of its BizCare plans
(PC-11). The same fleet gives the same PCRT.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from infra.local.simulators.automate.fleet import FIRST_PCID, PLANS, Fleet, FleetClient, FleetComputer
from infra.local.simulators.pcrt.store import Row, Store

SERIAL_FIELD = 104
PLAN_GROUPS: Mapping[str, int] = {name: place + 2 for place, name in enumerate(PLANS)}
"""The ids of the plan groups in the simulated Automate."""

MAKES = ("Dell OptiPlex 7010", "HP EliteDesk 800", "Lenovo ThinkPad T14", "Custom build")
OTHER_SUBSCRIPTION = "Cloud Backup 1 TB"
BROKEN = 'a:2:{i:2;s:14:"Windows 11 Pro'
"""A pcextra that was cut off."""


class Trouble(StrEnum):
    """What is wrong with a group's subscriptions or with a PCID; the rules in brackets say what comes of it."""

    NO_SUBSCRIPTION = "the group has no BizCare subscription (PC-36)"
    NONE_LINKED = "no BizCare subscription of the group has a CWA Group (PC-36, PC-39)"
    TOO_FEW = "a plan of the client's computers has no subscription (PC-37)"
    WRONG_CWA_GROUP = "a subscription names a plan of none of the computers (PC-38)"
    UNKNOWN_CWA_GROUP = "a subscription's CWA Group is no plan group (PC-39)"
    WRONG_GROUP = "the PCID is in another group (PC-29)"
    NO_GROUP = "the PCID is in no group (PC-32)"
    TWO_PCIDS = "two PCIDs have the serial number (PC-21c, PC-22)"
    NO_SERIAL = "the PCID has no serial number (PC-24)"
    UNREADABLE = "what PCRT keeps of the PCID is cut off"


GROUP_TROUBLES = tuple(Trouble)[:5]
PC_TROUBLES = tuple(Trouble)[5:]
GROUP_EVERY = 9
PC_EVERY = 30
"""One sound client of so many, one sound computer of so many has a trouble on PCRT's side, each kind in turn."""


@dataclass
class Seeded:
    """Who has which trouble: clients by their ids in Automate, computers by theirs."""

    clients: dict[int, Trouble] = field(default_factory=dict)
    computers: dict[int, Trouble] = field(default_factory=dict)

    def having(self, trouble: Trouble) -> list[int]:
        """The ids of the clients, or computers, with this trouble."""
        found = self.clients if trouble in GROUP_TROUBLES else self.computers
        return [id_ for id_, theirs in found.items() if theirs is trouble]


def settle(store: Store, fleet: Fleet, today: date, *, troubles: bool) -> Seeded:
    """Fills empty tables to fit a fleet."""
    seeded = _troubles(fleet) if troubles else Seeded()
    store.insert("pc_group", [_group(client) for client in fleet.clients])
    store.insert("pc_owner", _pcs(fleet, seeded))
    store.insert("servicecontracts", _subscriptions(fleet, seeded, today))
    return seeded


def _troubles(fleet: Fleet) -> Seeded:
    seeded = Seeded()
    sound = [client for client in fleet.clients[1:] if client.trouble is None]
    for turn, client in enumerate(sound[::GROUP_EVERY]):
        seeded.clients[client.id] = GROUP_TROUBLES[turn % len(GROUP_TROUBLES)]
    fine = {client.id for client in sound} - set(seeded.clients)
    machines = [one for one in fleet.computers if one.client_id in fine and one.trouble is None and one.pcid]
    for turn, computer in enumerate(machines[::PC_EVERY]):
        seeded.computers[computer.id] = PC_TROUBLES[turn % len(PC_TROUBLES)]
    return seeded


def _group(client: FleetClient) -> Row:
    return {"pcgroupid": client.group_id, "pcgroupname": client.group_name, "grpcompany": client.group_name}


def _pcs(fleet: Fleet, seeded: Seeded) -> list[Row]:
    groups = {client.id: client.group_id for client in fleet.clients}
    others = list(groups.values())
    used = [one.old_pcid or one.pcid or 0 for one in fleet.computers]
    spare = max([FIRST_PCID, *used]) + len(fleet.computers) + 1
    rows = []
    for place, computer in enumerate(fleet.computers):
        group, trouble = groups[computer.client_id], seeded.computers.get(computer.id)
        if computer.pcid is not None:
            rows.append(pc(computer.pcid, computer.pc_name, _at(group, trouble, others), _serial(computer, trouble)))
            rows[-1]["pcmake"] = MAKES[place % len(MAKES)]
            if trouble is Trouble.UNREADABLE:
                rows[-1]["pcextra"] = BROKEN
        if computer.old_pcid is not None:
            rows.append(pc(computer.old_pcid, f"{computer.pc_name} (old)", group, ""))
        if trouble is Trouble.TWO_PCIDS:
            rows.append(pc(spare + place, f"{computer.pc_name} (twice)", group, computer.pc_serial))
    return rows


def pc(pcid: int, name: str, group: int, serial: str) -> Row:
    """A PCID as PCRT keeps it."""
    kept: dict[int, str] = {2: "Windows 11 Pro", 100: "16 GB"}
    if serial:
        kept[SERIAL_FIELD] = serial
    return {"pcid": pcid, "pcname": name, "pcgroupid": group, "pcextra": serialized(kept), "pcmake": ""}


def serialized(texts: Mapping[int, str]) -> str:
    """An array of texts as PHP writes it: lengths in bytes."""
    entries = "".join(f'i:{key};s:{len(text.encode())}:"{text}";' for key, text in texts.items())
    return f"a:{len(texts)}:{{{entries}}}"


def _at(group: int, trouble: Trouble | None, groups: list[int]) -> int:
    if trouble is Trouble.NO_GROUP:
        return 0
    return groups[groups.index(group) - 1] if trouble is Trouble.WRONG_GROUP else group


def _serial(computer: FleetComputer, trouble: Trouble | None) -> str:
    return "" if trouble is Trouble.NO_SERIAL else computer.pc_serial


def _subscriptions(fleet: Fleet, seeded: Seeded, today: date) -> list[Row]:
    plans: dict[int, set[str]] = defaultdict(set)
    pcids: dict[int, list[int]] = defaultdict(list)
    for computer in fleet.computers:
        if not computer.retired:
            plans[computer.client_id].update(computer.plans)
        if computer.pcid is not None:
            pcids[computer.client_id].append(computer.pcid)
    rows = []
    for client in fleet.clients:
        used = [plan for plan in PLANS if plan in plans[client.id]]
        for plan, cwa_group in _sold(used, seeded.clients.get(client.id)):
            listed = ",".join(map(str, sorted(pcids[client.id])))
            rows.append(subscription(plan, client.group_id, cwa_group, listed, today + timedelta(days=365)))
        if client.id % 4 == 0:
            rows.append(subscription(OTHER_SUBSCRIPTION, client.group_id, "", "", today + timedelta(days=365)))
    return [{"scid": place + 1, **row} for place, row in enumerate(rows)]


def subscription(name: str, group: int, cwa_group: str, members: str, expires: date) -> Row:
    """A subscription as PCRT keeps it."""
    return {
        "scname": name,
        "groupid": group,
        "scactive": 1,
        "scstartdate": f"{expires - timedelta(days=365)}",
        "scexpdate": f"{expires}",
        "cwagroup": cwa_group,
        "additionalmembers": members,
    }


def _sold(plans: list[str], trouble: Trouble | None) -> list[tuple[str, str]]:
    """What was sold to a client whose computers are on these plans: names and CWA Groups."""
    sold = [(plan, str(PLAN_GROUPS[plan])) for plan in plans]
    match trouble:
        case Trouble.NO_SUBSCRIPTION:
            return []
        case Trouble.NONE_LINKED:
            return [(plan, "") for plan, _ in sold]
        case Trouble.TOO_FEW:
            return sold[1:]
        case Trouble.WRONG_CWA_GROUP if sold:
            unused = next(plan for plan in reversed(PLANS) if plan not in plans)
            return [(sold[0][0], str(PLAN_GROUPS[unused])), *sold[1:]]
        case Trouble.UNKNOWN_CWA_GROUP if sold:
            return [*sold, (sold[0][0], "999")]
    return sold
