"""What a decision about one client's coverage needs, read and frozen: its computers, and PCRT's side of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.pcrt_coverage.settings import CoverageSettings
from shared.sync.flow import Situation
from shared.sync.record import Fields, Name, Ref, digest, fold
from shared.systems.pcrt import Group, Subscription

FLOW = "pcrt_coverage"
CLIENT = "client-group"


@dataclass(frozen=True, slots=True)
class Machine:
    """A computer in Automate: `plans` are the ids of the plan groups that it is in; all else as it stands there."""

    id: str
    name: str
    serial: str = ""
    tag: str = ""
    last_user: str = ""
    plans: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A client in Automate; `external_id` as it stands there."""

    id: str
    name: str
    external_id: str = ""
    url: str = ""

    @property
    def group_id(self) -> int | None:
        """The PCRT group that the External ID names (PC-06); None where it is no number of a group (PC-44)."""
        return number(self.external_id) or None


@dataclass(frozen=True, slots=True)
class Pcid:
    """A computer in PCRT; `group` is None where it is in none."""

    id: int
    name: str
    group: int | None = None
    serial: str = ""
    url: str = ""


@dataclass(frozen=True)
class Pcids:
    """The PCIDs that computers may be, by number and by serial number (folded)."""

    by_id: Mapping[int, Pcid] = field(default_factory=dict)
    by_serial: Mapping[str, tuple[Pcid, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, pcids: Iterable[Pcid]) -> Pcids:
        by_id = {one.id: one for one in pcids}
        by_serial: dict[str, list[Pcid]] = defaultdict(list)
        for one in sorted(by_id.values(), key=lambda one: one.id):
            by_serial[fold(one.serial)].append(one)
        return cls(by_id, {serial: tuple(some) for serial, some in by_serial.items()})

    def among(self, machines: Iterable[Machine], generic: frozenset[str]) -> Pcids:
        """Those that these computers name, by tag or by a serial number that is not generic."""
        wanted: dict[int, Pcid] = {}
        for machine in machines:
            tagged = self.by_id.get(number(machine.tag) or 0)
            serial = fold(machine.serial)
            alike = () if serial in generic else self.by_serial.get(serial, ())
            wanted |= {one.id: one for one in (*((tagged,) if tagged else ()), *alike)}
        return Pcids.of(wanted.values())


@dataclass(frozen=True, kw_only=True)
class CoverageSituation(Situation):
    """One client of Automate (None: Automate has it no more), and what PCRT has for it.

    `group` is the PCRT group that its External ID names (of a client that is gone: the one it is linked to), `sharing`
    are the other clients that name the same one. `plans` are the names of the plan groups by id. `rivals` are, by the
    id of a computer, those of other clients that are the same PCID. `pcids` are those that its computers name,
    `subscriptions` the group's that are for a plan and in force today.

    For proposals only: `candidates` are groups that no client has, by name or because PCIDs of its computers are in
    them; `spare` are the group's PCIDs.
    """

    settings: CoverageSettings
    client: Owner | None
    group: Group | None = None
    sharing: tuple[Name, ...] = ()
    plans: Mapping[str, str] = field(default_factory=dict)
    machines: tuple[Machine, ...] = ()
    rivals: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    pcids: Pcids = Pcids()
    subscriptions: tuple[Subscription, ...] = ()
    candidates: tuple[Group, ...] = ()
    spare: tuple[Pcid, ...] = ()

    @property
    def is_alone(self) -> bool:
        """Whether the group is this client's and nobody else's (PC-44)."""
        return self.group is not None and not self.sharing

    def plan_of(self, subscription: Subscription) -> str:
        """The id of the plan group that a subscription is tied to (PC-19); empty where that is none (PC-39)."""
        plan = str(subscription.cwa_group or "")
        return plan if plan in self.plans else ""

    def called(self, record: Ref) -> Name:
        """A subscription is no pair of its own, so that its name is told here."""
        named = {str(one.id): one for one in self.subscriptions}
        if record.kind == SUBSCRIPTION and record.id in named:
            name = subscription_name(named[record.id])
            return Name(f"{name} of {self.name}", name.url)
        return super().called(record)


COMPUTER, GROUP, SUBSCRIPTION = "computer", "group", "subscription"
"""Kinds of records that have issues or are written, but are no pairs of their own."""


def number(text: str) -> int | None:
    """The number that somebody entered; None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def facts(client: Owner | None) -> dict[str, str]:
    """What filters can ask of a client."""
    return {"client": client.name} if client else {}


def client_ref(client: str) -> Ref:
    return Ref(CLIENT, "cw", client)


# Names, for people


def client_name(client: Owner) -> Name:
    return Name(f"client {client.name}", client.url)


def machine_name(machine: Machine, owner: Owner | None) -> Name:
    return Name(f"computer {machine.name} of {owner.name}" if owner else f"computer {machine.name}", machine.url)


def pcid_name(pcid: Pcid) -> Name:
    return Name(f"PCID {pcid.id} ({pcid.name})", pcid.url)


def group_name(group: Group) -> Name:
    return Name(f"group {group.id} {group.name}", group.url)


def subscription_name(subscription: Subscription) -> Name:
    return Name(f"subscription {subscription.id} {subscription.name}", subscription.url)


# What is mapped: its hash tells whether another look is owed


def covered(s: CoverageSituation) -> Fields | None:
    """Automate's side of the set; of a client without a group of its own PCRT's side too, which has no link then."""
    if s.client is None:
        return None
    fields: dict[str, Any] = {
        "name": s.client.name,
        "external id": s.client.external_id,
        "sharing": [name.text for name in s.sharing],
        **{f"computer {one.id}": [one.name, one.serial, one.tag, *one.plans] for one in s.machines},
        **{f"rivals {id_}": [name.text for name in names] for id_, names in s.rivals.items()},
    }
    if not s.is_alone:
        fields["pcrt"] = digest([str(s.group.id) if s.group else "", _pcids(s)])
    return fields


def watched(s: CoverageSituation) -> Fields | None:
    """PCRT's side of the set: members and ties of the subscriptions, groups and serial numbers of the PCIDs."""
    if s.group is None:
        return None
    fields: dict[str, Any] = {"group": s.group.name, **_pcids(s)}
    for one in s.subscriptions:
        fields[member_field(one.id)] = one.members
        fields[f"tie {one.id}"] = [one.name, one.cwa_group_text, s.plans.get(s.plan_of(one), ""), *one.unread]
    return fields


def member_field(subscription: int | str) -> str:
    """The name of a subscription's members among the mapped fields."""
    return f"members {subscription}"


def _pcids(s: CoverageSituation) -> dict[str, Any]:
    return {f"pcid {one.id}": [one.name, one.group, one.serial] for one in s.pcids.by_id.values()}
