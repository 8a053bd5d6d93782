"""Invents the computers of a repair shop's clients, and what is wrong with some of them: the same for the same seed.

A fleet knows both what Automate says and what is true: the group (by its PCRT Group ID) that a client should name, the
PCID and the serial number that a computer has in PCRT. Whoever plays PCRT builds its groups and PCIDs from the same
fleet, and so knows beforehand what a run must find. The first client is healthy: ten computers, eight of them on
BizCare Plus and two on BizCare Premium.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

_WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("fleet.toml").read_text("utf-8"))

PLANS: tuple[str, ...] = tuple(_WORDS["plans"])
OTHER_GROUPS: tuple[str, ...] = tuple(_WORDS["other_groups"])
GENERIC_SERIALS: tuple[str, ...] = tuple(_WORDS["generic_serials"])
FIRST_GROUP_ID = 301
FIRST_PCID = 1000
FIRST_COMPUTER = 101
NO_GROUP_ID = 99001
"""A Group ID that no group of the fleet has."""

NO_PCID = 990001
"""A PCID that no computer of the fleet has."""


class Trouble(StrEnum):
    """What is wrong with a client or a computer; the rules in brackets say what comes of it."""

    NO_EXTERNAL_ID = "the External ID is empty (PC-20, PC-44)"
    EXTERNAL_ID_IS_TEXT = "the External ID is no number (PC-44)"
    EXTERNAL_ID_IS_ZERO = "the External ID is 0 (PC-44)"
    EXTERNAL_ID_OF_NO_GROUP = "the External ID is that of no group (PC-44)"
    EXTERNAL_ID_SHARED = "the External ID is that of another client too (PC-29, PC-44)"
    CLIENT_NAME_DIFFERS = "the client is called otherwise than its group (no issue)"
    SERIAL_MISSING = "the serial number is empty (PC-21b, PC-27)"
    SERIAL_GENERIC = "the serial number is one that many machines have (PC-21b, PC-27)"
    SERIAL_UNKNOWN = "no PCID has the serial number (PC-21a)"
    SERIAL_SHARED = "another computer has the same serial number (PC-45)"
    SERIAL_UNTIDY = "the serial number is written in other letters and with blanks (no issue)"
    TAG_OVERRIDES = "the serial number is generic, and the asset tag says the right PCID (no issue)"
    TAG_NEEDLESS = "asset tag and serial number point to different PCIDs (PC-43)"
    TAG_OF_NO_PCID = "the asset tag is a number that is no PCID (PC-33)"
    TAG_IS_TEXT = "the asset tag is no number (PC-33, PC-43)"
    TAG_BLANK = "the asset tag is a blank (no issue, PC-43)"
    NO_PLAN = "the computer is in no plan group (PC-34, PC-46)"
    SEVERAL_PLANS = "the computer is in two plan groups (SEVERAL_CWA_GROUPS)"
    RETIRED = "the computer was retired (it leaves its plan)"
    COMPUTER_NAME_DIFFERS = "the computer is called otherwise than its PCID (no issue)"


CLIENT_TROUBLES = tuple(Trouble)[:6]
COMPUTER_TROUBLES = tuple(Trouble)[6:]
CLIENT_EVERY = 7
COMPUTER_EVERY = 20
"""One client of so many, one computer of so many has a trouble, each kind in turn."""


@dataclass(frozen=True)
class FleetClient:
    """A client: `name` and `external_id` as Automate has them, `group_id` and `group_name` as PCRT should."""

    id: int
    name: str
    external_id: str
    group_id: int
    group_name: str
    trouble: Trouble | None = None


@dataclass(frozen=True)
class FleetComputer:
    """A computer: what Automate says of it, and what PCRT has.

    `pcid` is its PCID and `pc_name` and `pc_serial` what PCRT has there; `pcid` is None where it has none.
    `old_pcid` is the PCID, without a serial number, of the machine before it, to which its asset tag still points.
    """

    id: int
    client_id: int
    name: str
    serial: str
    asset_tag: str
    last_user: str
    plans: tuple[str, ...]
    server: bool
    pcid: int | None
    pc_name: str
    pc_serial: str
    old_pcid: int | None = None
    trouble: Trouble | None = None

    @property
    def retired(self) -> bool:
        return self.trouble is Trouble.RETIRED


@dataclass(frozen=True)
class Fleet:
    """Clients and computers, by their ids in Automate."""

    clients: tuple[FleetClient, ...]
    computers: tuple[FleetComputer, ...]

    def having(self, trouble: Trouble) -> list[int]:
        """The ids of the clients, or computers, with this trouble."""
        owners = [client.id for client in self.clients if client.trouble is trouble]
        return owners or [computer.id for computer in self.computers if computer.trouble is trouble]


def fleet(seed: int = 7, clients: int = 50, computers: int = 2000, *, troubles: bool = True) -> Fleet:
    """A fleet of this size; without `troubles` all is as it should be. ValueError for computers without a client."""
    if computers and not clients:
        raise ValueError("computers need clients")
    rng = random.Random(seed)
    owners = _clients(rng, clients)
    machines = _computers(rng, owners, computers)
    if troubles:
        owners = _troubled_clients(owners)
        machines = _troubled_computers(machines)
    return Fleet(tuple(owners), tuple(machines))


def _clients(rng: random.Random, count: int) -> list[FleetClient]:
    found: dict[str, FleetClient] = {}
    while len(found) < count:
        place = len(found)
        name = f"{rng.choice(_WORDS['first'])} {rng.choice(_WORDS['trade'])}"
        if name in found and place < len(_WORDS["first"]) * len(_WORDS["trade"]) // 2:
            continue
        name = name if name not in found else f"{name} {place + 1}"
        group = FIRST_GROUP_ID + place
        found[name] = FleetClient(place + 1, name, str(group), group, name)
    return list(found.values())


def _computers(rng: random.Random, clients: list[FleetClient], count: int) -> list[FleetComputer]:
    if not count:
        return []
    example = min(10, count)
    weights = [rng.choice((1, 1, 2, 3, 5, 8)) for _ in clients[1:]]
    others = (
        sorted(rng.choices(clients[1:], weights, k=count - example), key=lambda client: client.id) if weights else []
    )
    owners = [clients[0]] * (example if others else count) + others
    main = {client.id: rng.choices(PLANS, (3, 5, 4, 1, 1, 1))[0] for client in clients}
    serials: set[str] = set()
    found = []
    for place, owner in enumerate(owners):
        if owner is clients[0]:
            plan = PLANS[1] if place % 10 < 8 else PLANS[2]
        else:
            plan = main[owner.id] if rng.random() < 0.85 else rng.choice(PLANS[:3])
        server = rng.random() < 0.08
        short = "".join(word[0] for word in owner.name.split()[:3]).upper()
        name = f"{short}-{'SRV' if server else rng.choice(('WS', 'LT'))}-{place + 1:04}"
        serial = _serial(rng, serials)
        user = rng.choice(_WORDS["users"])
        found.append(
            FleetComputer(
                id=FIRST_COMPUTER + place,
                client_id=owner.id,
                name=name,
                serial=serial,
                asset_tag="",
                last_user=f"{short}\\{user}" if rng.random() < 0.8 else user,
                plans=(plan,),
                server=server,
                pcid=FIRST_PCID + place,
                pc_name=name,
                pc_serial=serial,
            )
        )
    return found


def _serial(rng: random.Random, known: set[str]) -> str:
    """One as vendors give them: seven or ten signs, none that could be mistaken for another."""
    while True:
        serial = "".join(rng.choices("0123456789BCDFGHJKLMNPQRSTVWXYZ", k=rng.choice((7, 7, 10))))
        if serial not in known and not serial.isdigit():
            known.add(serial)
            return serial


def _troubled_clients(clients: list[FleetClient]) -> list[FleetClient]:
    found = list(clients)
    for turn, place in enumerate(range(3, len(clients), CLIENT_EVERY)):
        trouble = CLIENT_TROUBLES[turn % len(CLIENT_TROUBLES)]
        found[place] = _CLIENT[trouble](replace(found[place], trouble=trouble), clients[place - 1])
    return found


def _troubled_computers(computers: list[FleetComputer]) -> list[FleetComputer]:
    found = list(computers)
    for turn, place in enumerate(range(15, len(computers), COMPUTER_EVERY)):
        trouble = COMPUTER_TROUBLES[turn % len(COMPUTER_TROUBLES)]
        changed = replace(found[place], trouble=trouble)
        found[place] = _COMPUTER[trouble](changed, found[place - 1], len(computers) + FIRST_PCID + place)
    return found


_CLIENT: Mapping[Trouble, Callable[[FleetClient, FleetClient], FleetClient]] = {
    Trouble.NO_EXTERNAL_ID: lambda own, _: replace(own, external_id=""),
    Trouble.EXTERNAL_ID_IS_TEXT: lambda own, _: replace(own, external_id="ask Dana"),
    Trouble.EXTERNAL_ID_IS_ZERO: lambda own, _: replace(own, external_id="0"),
    Trouble.EXTERNAL_ID_OF_NO_GROUP: lambda own, _: replace(own, external_id=str(NO_GROUP_ID)),
    Trouble.EXTERNAL_ID_SHARED: lambda own, other: replace(own, external_id=other.external_id),
    Trouble.CLIENT_NAME_DIFFERS: lambda own, _: replace(own, name=f"{own.name.upper()}, LLC"),
}
_COMPUTER: Mapping[Trouble, Callable[[FleetComputer, FleetComputer, int], FleetComputer]] = {
    Trouble.SERIAL_MISSING: lambda own, _, __: replace(own, serial="", pc_serial=""),
    Trouble.SERIAL_GENERIC: lambda own, _, __: replace(own, serial=_generic(own), pc_serial=_generic(own)),
    Trouble.SERIAL_UNKNOWN: lambda own, _, __: replace(own, pcid=None),
    Trouble.SERIAL_SHARED: lambda own, other, __: replace(own, serial=other.serial),
    Trouble.SERIAL_UNTIDY: lambda own, _, __: replace(own, serial=f" {own.serial.lower()} "),
    Trouble.TAG_OVERRIDES: lambda own, _, __: replace(own, serial=_generic(own), asset_tag=str(own.pcid)),
    Trouble.TAG_NEEDLESS: lambda own, _, old: replace(own, asset_tag=str(old), old_pcid=old),
    Trouble.TAG_OF_NO_PCID: lambda own, _, __: replace(own, asset_tag=str(NO_PCID)),
    Trouble.TAG_IS_TEXT: lambda own, _, __: replace(own, asset_tag="front desk"),
    Trouble.TAG_BLANK: lambda own, _, __: replace(own, asset_tag=" "),
    Trouble.NO_PLAN: lambda own, _, __: replace(own, plans=()),
    Trouble.SEVERAL_PLANS: lambda own, _, __: replace(own, plans=PLANS[1:3]),
    Trouble.RETIRED: lambda own, _, __: own,
    Trouble.COMPUTER_NAME_DIFFERS: lambda own, _, __: replace(own, pc_name=f"Laptop of {own.last_user}"),
}


def _generic(computer: FleetComputer) -> str:
    return GENERIC_SERIALS[computer.id % len(GENERIC_SERIALS)]
