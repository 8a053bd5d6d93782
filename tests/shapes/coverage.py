"""A set: the computers of one client, and on which of its plans each is listed. One way, whole lists written.

The home is the client, linked with the group whose id its `external` names. A computer finds its asset by serial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting, Situation
from shared.sync.issue import Issue
from shared.sync.link import Link, Pair
from shared.sync.plan import LINKS, Plan, Step, skip, stop
from shared.sync.ports import Run
from shared.sync.record import Fields, Name, Ref
from shared.sync.shapes import SetSettings
from tests.shapes.systems import Kinds, Record

CLIENT = "client-group"
PER_PAGE = 2
"""Clients that one step of a scan reads."""


class CoverageSettings(SetSettings):
    shrank: ClassVar[str] = "COVERAGE_SHRANK"


@dataclass(frozen=True, kw_only=True)
class ClientSet(Situation):
    client: Record | None
    group: Record | None = None
    computers: Sequence[Record] = ()
    assets: Sequence[Record] = ()
    plans: Sequence[Record] = ()

    def called(self, record: Ref) -> Name:
        """A plan is no pair of its own, so that its name is told here."""
        named = {plan["id"]: plan["name"] for plan in self.plans}
        return Name(f"{named[record.id]} of {self.name}") if record.id in named else super().called(record)


class Coverage(Flow[ClientSet]):
    name = "coverage"
    Settings = CoverageSettings
    systems = ("connectwise_automate", "pcrt")
    sweeps = ((CLIENT, "cw"),)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.cw: Kinds = context.systems["connectwise_automate"]  # type: ignore[assignment]
        self.pcrt: Kinds = context.systems["pcrt"]  # type: ignore[assignment]

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """Whole sets only: a client whose computers a page of the API cuts in two is read to its end."""
        after = page["after"] if page else ""
        clients = {one["id"]: one for one in self.cw.list("client") if one["id"] > after}
        sets = dict(self._sets(after))
        keys = sorted(clients)[:PER_PAGE]
        sightings = [Sighting(Ref(CLIENT, "cw", key), covered(clients[key], sets.get(key, []))) for key in keys]
        more = len(clients) > PER_PAGE
        if more:
            return Page(sightings, next={"after": keys[-1]})
        groups = [Sighting(Ref(CLIENT, "partner", one["id"]), self._listed(one)) for one in self.pcrt.list("group")]
        return Page([*sightings, *groups], cursor={})

    def _sets(self, after: str) -> Iterator[tuple[str, list[Record]]]:
        """Computers come ordered by client, page after page; `groupby` makes whole sets of them."""
        rows = sorted(self.cw.list("computer"), key=lambda one: (one["client"], one["id"]))
        for client, computers in groupby((one for one in rows if one["client"] > after), lambda one: one["client"]):
            yield client, list(computers)

    def _listed(self, group: Record) -> Fields:
        return listed(group, self.pcrt.list("asset", group=group["id"]), self.pcrt.list("plan", group=group["id"]))

    def observe(self, changes: Sequence[Change]) -> Sequence[ClientSet]:
        states = self.context.links.find({change.ref for change in changes})
        return [self._one(change, states.get(change.ref)) for change in changes]

    def _one(self, change: Change, state: Any) -> ClientSet:
        home = state.ref("cw") if isinstance(state, Link) else change.ref
        if home.side == "partner":
            return ClientSet(home=home, pairs=(Pair(home, state),), client=None)
        client = self.cw.get(home.id)
        group_id = state.partner_id if isinstance(state, Link) else str((client or {}).get("external"))
        group = self.pcrt.get(group_id)
        computers = self.cw.list("computer", client=home.id)
        assets, plans = self.pcrt.list("asset", group=group_id), self.pcrt.list("plan", group=group_id)
        called = client["name"] if client else state.cw_name if isinstance(state, Link) else home.id
        return ClientSet(
            home=home,
            name=Name(f"client {called}"),
            pairs=(
                Pair(
                    home,
                    state,
                    cw=covered(client, computers) if client else None,
                    partner=listed(group, assets, plans) if group else None,
                    cw_name=called,
                ),
            ),
            client=client,
            group=group,
            computers=computers,
            assets=assets,
            plans=plans,
        )

    def mapped(self, _step: Step, record: object) -> Fields | None:
        """Of the set, only the list that was written is shown."""
        assert isinstance(record, dict)
        return {record["id"]: record["members"]}

    @staticmethod
    def decide(situation: ClientSet) -> Plan:
        home, name = situation.home, situation.name
        if home.side == "partner":
            return skip(home, "No client names this group.")
        if situation.group is None:
            issue = Issue("NO_GROUP", home, name, f"No group is that of {name}.", "Set its External ID.", "mapping")
            return stop(home, issue, name=name)
        found = {asset["serial"]: asset["id"] for asset in situation.assets}
        issues = [_unmatched(one) for one in situation.computers if one["serial"] not in found]
        steps: list[Step] = []
        if situation.link is None:
            fields = {"cw": home.id, "partner": situation.group["id"]}
            steps.append(Step("link", LINKS, CLIENT, "link", fields=fields, why="Its External ID says so."))
        for plan in situation.plans:
            theirs = (one for one in situation.computers if one["plan"] == plan["name"])
            members = tuple(sorted(found[one["serial"]] for one in theirs if one["serial"] in found))
            if members != plan["members"]:
                fields, before = {"members": members}, {"members": plan["members"]}
                own = Ref("plan", "partner", plan["id"])
                steps.append(Step(plan["id"], "pcrt", "plan", "update", plan["id"], fields, "", before, record=own))
        return Plan(home, f"{len(situation.computers)} computers.", tuple(steps), tuple(issues), name=name)


def covered(client: Record, computers: Sequence[Record]) -> Fields:
    """What is mapped of a client: all of its set."""
    return {"name": client["name"], **{one["id"]: (one["serial"], one["plan"]) for one in computers}}


def listed(group: Record, assets: Sequence[Record], plans: Sequence[Record]) -> Fields:
    """What is mapped of a group: its assets' serials, its plans' members."""
    return {
        "name": group["name"],
        **{asset["id"]: asset["serial"] for asset in assets},
        **{plan["id"]: plan["members"] for plan in plans},
    }


def _unmatched(computer: Record) -> Issue:
    name = Name(f"computer {computer['id']}")
    ref = Ref("computer", "cw", computer["id"])
    return Issue("NO_ASSET", ref, name, f"No asset has the serial of {name}.", "Set the serial.", blocks=False)
