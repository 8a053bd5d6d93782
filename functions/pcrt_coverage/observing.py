"""Every read of the coverage flow: all of Automate's computers for a scan, those of a few clients for a look.

What a scan read of Automate travels with the change, so that the look that follows asks only PCRT. So does which PCIDs
the computers name: to find a serial number PCRT's database must read all PCIDs, while these few are read again by
number. A look without all this asks Automate for the clients, the plan groups, the clients' computers, and whoever else
has their serial number or tag.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from functions.pcrt_coverage.matching import cover, match
from functions.pcrt_coverage.settings import CoverageSettings
from functions.pcrt_coverage.situations import (
    CLIENT,
    CoverageSituation,
    Machine,
    Owner,
    Pcid,
    Pcids,
    client_name,
    client_ref,
    covered,
    facts,
    machine_name,
    number,
    watched,
)
from shared.sync.change import Change
from shared.sync.errors import ConfigurationWrong
from shared.sync.flow import View
from shared.sync.link import Link, Pair, State
from shared.sync.record import Name, Ref, fold
from shared.systems.connectwise_automate import Automate, Client, Computer, GroupComputer
from shared.systems.connectwise_automate.conditions import is_in
from shared.systems.pcrt import Asset, Group, Pcrt, Subscription

Named = Mapping[str, tuple[Name, ...]]


@dataclass(frozen=True)
class Told:
    """What Automate says of one client (`owner` None: it has no such client); see `CoverageSituation`.

    `rivals` is None until they were looked for, and so is `found`: the ids of the PCIDs that its computers name.
    """

    plans: Mapping[str, str]
    owner: Owner | None
    machines: tuple[Machine, ...] = ()
    sharing: tuple[Name, ...] = ()
    rivals: Named | None = None
    found: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Shop:
    """PCRT's side of some clients: their groups, with the subscriptions in force, and their computers' PCIDs."""

    groups: Mapping[int, Group]
    subscriptions: Mapping[int, tuple[Subscription, ...]]
    pcids: Pcids


@dataclass(frozen=True)
class Sources:
    """Reads one connection's two systems, and makes situations of what it read."""

    links: View
    automate: Automate
    pcrt: Pcrt
    settings: CoverageSettings
    zone: ZoneInfo

    # A scan

    def everything(self) -> Iterator[tuple[Told, CoverageSituation]]:
        """Every client of Automate by its id, with its whole set; all is read before the first one is given (PC-09)."""
        plans, owners = self._plans(), self._owners()
        machines = self._all_machines(plans)
        groups = {owner.group_id for owner in owners.values()}
        shop = self._shop(groups, self._all_assets([one for some in machines.values() for one in some]))
        claims = self._claims(owners, machines, shop.pcids)
        by_group = _by_group(owners.values())
        for id_ in sorted(owners, key=int):
            owner, theirs = owners[id_], tuple(machines.get(id_, ()))
            sharing = _others(by_group, owner.group_id, id_)
            told = Told(plans, owner, theirs, sharing, _rivals(id_, theirs, claims))
            s = self._situation(client_ref(id_), None, told, shop)
            yield replace(told, found=tuple(s.pcids.by_id)), s

    def _all_machines(self, plans: Mapping[str, str]) -> dict[str, list[Machine]]:
        """By client, page by page: of each computer only what is needed is kept, since there are thousands."""
        machines: dict[str, tuple[str, Machine]] = {}
        for computers, _ in self.automate.pages(Computer):
            machines |= {one.id: (one.client_id, _machine(one)) for one in computers}
        groups: dict[str, set[str]] = defaultdict(set)
        for members, _ in self.automate.pages(GroupComputer, is_in("GroupId", map(int, plans))):
            for member in members:
                groups[member.computer_id].add(member.group_id)
        found: dict[str, list[Machine]] = defaultdict(list)
        for id_, (client, machine) in machines.items():
            found[client].append(replace(machine, plans=_ordered(groups.get(id_, ()))))
        return found

    def _claims(
        self, owners: Mapping[str, Owner], machines: Mapping[str, Sequence[Machine]], pcids: Pcids
    ) -> dict[int, list[tuple[str, Name, str]]]:
        """By PCID, who is it, if several computers are: the client, the computer's name and id (PC-45)."""
        generic = self.settings.generic_serials
        found: dict[int, list[tuple[str, Name, str]]] = defaultdict(list)
        for client, theirs in machines.items():
            for one in theirs:
                if pcid := match(one, pcids, generic).pcid:
                    found[pcid.id].append((client, machine_name(one, owners.get(client)), one.id))
        return {pcid: claims for pcid, claims in found.items() if len(claims) > 1}

    # Looks

    def situations(self, changes: Sequence[Change]) -> Sequence[CoverageSituation]:
        """One situation for each change, of all that is true now; what a change carries is taken for read."""
        states = self.links.find({change.ref for change in changes})
        homes = {change.ref: _home(change.ref, states.get(change.ref)) for change in changes}
        known = {homes[ref]: state for ref, state in states.items()}
        told = {home: Told({}, None, rivals={}, found=()) for home in homes.values()}
        told |= {homes[change.ref]: self._carried(change.carried) for change in changes if change.carried}
        unread = {homes[change.ref] for change in changes if not change.carried and homes[change.ref].side == "cw"}
        told |= self._asked({home.id: known.get(home) for home in unread})
        groups = {_group_id(one, known.get(home)) for home, one in told.items()}
        shop = self._shop(groups, self._assets(told.values()))
        found = {
            home: self._with_proposals(self._situation(home, known.get(home), self._with_rivals(home, one, shop), shop))
            for home, one in told.items()
        }
        return [found[homes[change.ref]] for change in changes]

    def _asked(self, clients: Mapping[str, State | None]) -> dict[Ref, Told]:
        """What Automate says of these clients now; one that no list has is asked for by its id (promise 7)."""
        if not clients:
            return {}
        plans, owners = self._plans(), self._owners()
        for id_ in clients.keys() - owners.keys():
            if client := self.automate.client(id_):
                owners[id_] = _owner(client)
        machines: dict[str, list[Machine]] = defaultdict(list)
        for one in self.automate.computers_of(sorted(clients.keys() & owners.keys(), key=int)):
            groups = [group.id for group in one.groups if group.id in plans]
            machines[one.client_id].append(replace(_machine(one), plans=_ordered(groups)))
        by_group = _by_group(owners.values())
        found: dict[Ref, Told] = {}
        for id_, state in clients.items():
            told = Told(plans, owners.get(id_), tuple(machines[id_]))
            found[client_ref(id_)] = replace(told, sharing=_others(by_group, _group_id(told, state), id_))
        return found

    def _with_rivals(self, home: Ref, told: Told, shop: Shop) -> Told:
        """Asks Automate for computers of other clients that are the same PCIDs, if nobody did before.

        A serial number with blanks before it is not found so; the next scan finds it.
        """
        if told.rivals is not None:
            return told
        generic = self.settings.generic_serials
        ours = {pcid.id: pcid for one in told.machines if (pcid := match(one, shop.pcids, generic).pcid)}
        serials = {one.serial.strip() for one in ours.values() if fold(one.serial) not in generic}
        asked = (
            ("SerialNumber", sorted(one for one in serials if not ("'" in one and '"' in one))),
            ("AssetTag", sorted(map(str, ours))),
        )
        others = {
            one.id: one
            for field, values in asked
            for one in self.automate.computers(is_in(field, values))
            if one.client_id != home.id
        }
        claims: dict[int, list[tuple[str, Name, str]]] = defaultdict(list)
        for other in others.values():
            machine = _machine(other)
            if (pcid := match(machine, shop.pcids, generic).pcid) and pcid.id in ours:
                name = machine_name(machine, Owner(other.client_id, other.client_name))
                claims[pcid.id].append((other.client_id, name, other.id))
        for one in told.machines:
            if (pcid := match(one, shop.pcids, generic).pcid) and pcid.id in claims:
                claims[pcid.id].append((home.id, machine_name(one, told.owner), one.id))
        return replace(told, rivals=_rivals(home.id, told.machines, claims))

    def _with_proposals(self, s: CoverageSituation) -> CoverageSituation:
        """With what a proposal could be made of, where somebody wants proposals and something is to be proposed."""
        if not s.settings.propose_fixes or s.client is None:
            return s
        matches = cover(s).matches.values()
        if s.group is not None:
            if all(one.pcid for one in matches):
                return s
            return replace(s, spare=tuple(map(_pcid, self.pcrt.assets_of_groups([s.group.id])[s.group.id])))
        alike = [group for group in self.pcrt.all_groups() if fold(group.name) == fold(s.client.name)]
        theirs = self.pcrt.groups({one.pcid.group for one in matches if one.pcid and one.pcid.group})
        groups = {Ref(CLIENT, "partner", group.key): group for group in (*alike, *theirs.values())}
        taken = {ref for ref, state in self.links.find(groups).items() if isinstance(state, Link)}
        return replace(s, candidates=tuple(group for ref, group in sorted(groups.items()) if ref not in taken))

    # What both do

    def _plans(self) -> dict[str, str]:
        """The names of the plan groups by id; ConfigurationWrong where there is none, since all would lose its plan."""
        found = {group.id: group.name for group in self.automate.groups() if self.settings.is_plan(group.name)}
        if not found:
            raise ConfigurationWrong(
                f"Automate has none of the plan groups: {', '.join(self.settings.plan_groups)}",
                where="flows.pcrt_coverage.plan_groups",
                fix="Name the groups that stand for a plan as they are called in Automate.",
            )
        return found

    def _owners(self) -> dict[str, Owner]:
        return {client.id: _owner(client) for client in self.automate.clients()}

    def _shop(self, groups: Iterable[int | None], assets: Iterable[Asset]) -> Shop:
        """PCRT's side of these groups, with these PCIDs."""
        ids = sorted(group for group in groups if group)
        today = self.pcrt.server_time().astimezone(self.zone).date()
        subscriptions = {
            group: tuple(
                one
                for one in some
                if one.active and self.settings.is_bizcare(one.name) and (one.expires is None or one.expires >= today)
            )
            for group, some in self.pcrt.subscriptions_of(ids).items()
        }
        return Shop(self.pcrt.groups(ids), subscriptions, Pcids.of(map(_pcid, assets)))

    def _all_assets(self, machines: Sequence[Machine]) -> Iterator[Asset]:
        """The PCIDs that these computers name, by tag or serial number; all are read, since so many are wanted."""
        serials = {fold(one.serial) for one in machines} - self.settings.generic_serials
        tags = {tag for one in machines if (tag := number(one.tag))}
        return (one for one in self.pcrt.all_assets() if one.id in tags or fold(one.serial) in serials)

    def _assets(self, told: Iterable[Told]) -> Iterator[Asset]:
        """The PCIDs that these clients' computers name; who has a serial number is asked unless it was found before."""
        ids: set[int] = set()
        serials: set[str] = set()
        for one in told:
            ids.update(one.found or (), (tag for machine in one.machines if (tag := number(machine.tag))))
            if one.found is None:
                serials.update(fold(machine.serial) for machine in one.machines)
        yield from self.pcrt.assets_by_id(ids).values()
        for some in self.pcrt.assets_by_serial(serials - self.settings.generic_serials).values():
            yield from some

    def _situation(self, home: Ref, state: State | None, told: Told, shop: Shop) -> CoverageSituation:
        group = shop.groups.get(_group_id(told, state) or 0)
        owner = told.owner
        former = state.cw_name if isinstance(state, Link) else ""
        bare = CoverageSituation(
            home=home,
            name=client_name(owner) if owner else Name(f"client {former or home.id}"),
            facts=facts(owner),
            settings=self.settings,
            client=owner,
            group=group,
            sharing=told.sharing,
            plans=told.plans,
            machines=told.machines,
            rivals=told.rivals or {},
            pcids=shop.pcids.among(told.machines, self.settings.generic_serials),
            subscriptions=shop.subscriptions.get(group.id, ()) if group else (),
        )
        pair = Pair(
            home,
            state,
            cw=covered(bare),
            partner=watched(bare),
            cw_name=owner.name if owner else former,
            partner_name=group.name if group else "",
        )
        return replace(bare, pairs=(pair,))

    # What a change carries

    def carried(self, told: Told) -> dict[str, Any]:
        """What Automate says of a client, in few letters."""
        assert told.owner is not None
        return {
            "plans": dict(told.plans),
            "owner": [told.owner.id, told.owner.name, told.owner.external_id],
            "machines": [[m.id, m.name, m.serial, m.tag, m.last_user, m.plans] for m in told.machines],
            "sharing": _written(told.sharing),
            "rivals": {id_: _written(names) for id_, names in (told.rivals or {}).items()},
            "found": told.found,
        }

    def _carried(self, carried: Mapping[str, Any]) -> Told:
        """The inverse of `carried`."""
        client, name, external_id = carried["owner"]
        owner = Owner(client, name, external_id, self.automate.page(Client, client))
        machines = (
            Machine(id_, called, serial, tag, user, tuple(plans), self.automate.page(Computer, id_))
            for id_, called, serial, tag, user, plans in carried["machines"]
        )
        rivals = {id_: _read(names) for id_, names in carried["rivals"].items()}
        found = tuple(carried["found"])
        return Told(carried["plans"], owner, tuple(machines), _read(carried["sharing"]), rivals, found)


def _home(ref: Ref, state: State | None) -> Ref:
    return state.ref("cw") if isinstance(state, Link) else ref


def _group_id(told: Told, state: State | None) -> int | None:
    """The group that the client's External ID names; of one that is gone, the group it is linked to."""
    if told.owner is not None:
        return told.owner.group_id
    return int(state.partner_id) if isinstance(state, Link) else None


def _by_group(owners: Iterable[Owner]) -> dict[int, list[Owner]]:
    found: dict[int, list[Owner]] = defaultdict(list)
    for owner in owners:
        if owner.group_id:
            found[owner.group_id].append(owner)
    return found


def _others(by_group: Mapping[int, Sequence[Owner]], group: int | None, client: str) -> tuple[Name, ...]:
    """The other clients that name this group (PC-44)."""
    theirs = sorted(by_group.get(group or 0, ()), key=lambda owner: int(owner.id))
    return tuple(client_name(owner) for owner in theirs if owner.id != client)


def _rivals(
    client: str, machines: Iterable[Machine], claims: Mapping[int, Sequence[tuple[str, Name, str]]]
) -> dict[str, tuple[Name, ...]]:
    """By the client's computers, those of other clients that are the same PCID."""
    shared = {id_: some for some in claims.values() for _, _, id_ in some}
    return {
        one.id: rivals
        for one in machines
        if (rivals := tuple(name for whose, name, _ in shared.get(one.id, ()) if whose != client))
    }


def _owner(client: Client) -> Owner:
    return Owner(client.id, client.name, client.external_id, client.url)


def _machine(computer: Computer) -> Machine:
    return Machine(
        computer.id,
        computer.name,
        computer.serial_number,
        computer.asset_tag,
        computer.last_user,
        url=computer.url,
    )


def _pcid(asset: Asset) -> Pcid:
    return Pcid(asset.id, asset.name, asset.group, asset.serial, asset.url)


def _ordered(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids), key=int))


def _written(names: Iterable[Name]) -> list[list[str]]:
    return [[name.text, name.url] for name in names]


def _read(names: Iterable[Sequence[str]]) -> tuple[Name, ...]:
    return tuple(Name(text, url) for text, url in names)
