"""What people plan, do, move and delete in ConnectWise and in Moovila, by the words that both systems have for it.

Each kind of record says where its mapped fields stand in either side's rows, so that a walk can compare the two without
asking what it tests. All is in one project. Whatever depends on another is younger than that, so that nothing ends up
in a circle, and starts come before due dates: what a system refuses for good, nobody carries there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from random import Random
from typing import Any

from functions.moovila_projects.situations import (
    NOTE,
    PHASE,
    PROJECT,
    PROJECT_NOTE,
    SCHEDULE,
    TICKET,
    TIME,
    UNLINKED,
)
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref, Side
from tests.flows import moovila as office
from tests.flows.moovila import ADDRESS, PEOPLE, SETTINGS, Office
from tests.flows.rig import Rig

Row = Mapping[str, Any]
Said = dict[str, str]
FLOW = FlowKey("demo", "moovila_projects")
CATEGORIES: Mapping[str, Mapping[str, list[str]]] = {
    PROJECT: SETTINGS["project_statuses"]["*"],
    TICKET: SETTINGS["task_statuses"]["*"],
}


@dataclass(frozen=True)
class Place:
    """Where a mapped field stands in ConnectWise's and in Moovila's rows, and as `what` it is to be read.

    One that people change there has `new` values: by ConnectWise's and Moovila's word for each.
    """

    cw: str
    partner: str
    what: str = "text"
    edited: bool = True


@dataclass(frozen=True)
class Kind:
    """A kind of record: what the adapters call it, and its lists (`*` for every ticket)."""

    cw: str
    partner: str
    ours: str
    theirs: str
    places: Mapping[str, Place]


DAY, MOMENT, HOURS, STATUS, PERSON, NEED, TEAM = "day", "moment", "hours", "status", "person", "need", "team"
KINDS: Mapping[str, Kind] = {
    PROJECT: Kind(
        "project", "project", office.PROJECTS, "projects",
        {
            "name": Place("name", "name"),
            "status": Place("status", "status", STATUS),
            "start": Place("estimatedStart", "startDate", DAY),
            "due": Place("estimatedEnd", "dueDate", DAY),
            "person": Place("manager", "managerId", PERSON),
            "team": Place("", "memberIds", TEAM),
        },
    ),
    PHASE: Kind(
        "phase", "phase", office.PHASES, "phases",
        {
            "name": Place("description", "name"),
            "parent": Place("parentPhase", "parentId", PHASE),
            "due": Place("deadlineDate", "dueDate", DAY),
        },
    ),
    TICKET: Kind(
        "project_ticket", "task", office.TICKETS, "tasks",
        {
            "name": Place("summary", "name"),
            "status": Place("status", "status", STATUS),
            "phase": Place("phase", "phaseId", PHASE),
            "start": Place("estimatedStartDate", "startDate", DAY),
            "due": Place("requiredDate", "dueDate", DAY),
            "hours": Place("budgetHours", "plannedHours", HOURS),
            "person": Place("owner", "assignees", PERSON),
            "dependencies": Place("predecessorId", "dependencies", NEED),
        },
    ),
    PROJECT_NOTE: Kind(
        "project_note", "note", office.PROJECT_NOTES, "notes", {"text": Place("text", "text")},
    ),
    NOTE: Kind("project_ticket_note", "note", office.NOTES.format("*"), "notes", {"text": Place("text", "text")}),
    TIME: Kind(
        "time_entry", "time_entry", office.TIME, "time-entries",
        {
            "worked": Place("timeStart", "startAt", MOMENT),
            "hours": Place("actualHours", "hours", HOURS),
            "text": Place("notes", "notes"),
            "person": Place("member", "userId", PERSON, edited=False),
        },
    ),
    SCHEDULE: Kind(
        "schedule_entry", "scheduled_event", office.SCHEDULE, "scheduled-events",
        {
            "start": Place("dateStart", "startDate", MOMENT),
            "due": Place("dateEnd", "dueDate", DAY),
            "hours": Place("hours", "quantity", HOURS),
            "text": Place("name", "description"),
            "person": Place("member", "resource", PERSON, edited=False),
        },
    ),
}  # fmt: skip


class Team:
    """Who works on one project in both systems, and what they see there."""

    def __init__(self, rig: Rig, chance: Random) -> None:
        self.rig, self.chance = rig, chance
        self.office = Office.opened(rig.psa, rig.moovila, rig.store.links)
        manager = {"id": self.office.members["ana.reyes"]}
        self.project = self.office.project("Job 0", manager=manager, billingMethod="ActualRates")
        self.count = itertools.count(1)

    # What is there

    def rows(self, kind: str, side: Side) -> dict[str, Row]:
        """The records of a kind on a side, by id."""
        if side == "partner":
            rows = self.rig.moovila.records(KINDS[kind].theirs)
            return {row["id"]: row for row in rows if KINDS[kind].theirs != "notes" or _of(row) == kind}
        rows = self.rig.psa.records(KINDS[kind].ours.format(self.project))
        if kind == PROJECT:
            rows = [row for row in rows if row["id"] == self.project]
        elif kind in (TICKET, TIME):
            rows = [row for row in rows if row["project"]["id"] == self.project]
        return {str(row["id"]): row for row in rows}

    def links(self, kind: str) -> list[Link]:
        return [link for link in self.rig.store.links.all_links(FLOW) if link.kind == kind]

    def link(self, ref: Ref) -> Link | None:
        found = self.rig.store.links.find(FLOW, [ref]).get(ref)
        return found if isinstance(found, Link) else None

    def said(self, kind: str, side: Side, row: Row) -> Said:
        """Its mapped fields as a side says them, as texts; other records by ConnectWise's ids."""
        return {name: self._said(kind, side, row, place) for name, place in KINDS[kind].places.items()}

    def _said(self, kind: str, side: Side, row: Row, place: Place) -> str:
        value = row.get(place.cw if side == "cw" else place.partner)
        if place.what == TEAM:
            ids = [one["member"]["id"] for one in self.members()] if side == "cw" else value or []
            return ",".join(sorted(self.address(side, id_) for id_ in ids))
        if isinstance(value, list):
            value = value[0] if value else ""
        if isinstance(value, Mapping):
            value = value["name"] if place.what == STATUS else value["id"]
        match place.what:
            case "status":
                if side == "partner":
                    return str(value)
                return next(category for category, some in CATEGORIES[kind].items() if value in some)
            case "person":
                return self.address(side, value)
            case "day":
                return str(value or "")[:10]
            case "moment":
                clock = row.get("startTime") if (kind, side) == (SCHEDULE, "partner") else ""
                return plain(_moment(str(value or ""), clock or ""))
            case "need" | "phase-phase":
                above = TICKET if place.what == NEED else PHASE
                return self.word(Ref(above, side, str(value))) if value and self.is_there(above, side, value) else ""
        return plain(value.strip() if isinstance(value, str) else value)

    def address(self, side: Side, id_: object) -> str:
        """By what both sides know somebody; empty for nobody."""
        people: Mapping[str, object] = self.office.members if side == "cw" else self.office.users
        return next((ADDRESS.format(word) for word, own in people.items() if own == id_), "")

    def members(self) -> list[dict[str, Any]]:
        """The team of the project, as ConnectWise has it."""
        return self.rig.psa.records(office.TEAM.format(self.project))

    def is_there(self, kind: str, side: Side, id_: object) -> bool:
        """On what is gone nothing depends, though ConnectWise may still name it."""
        return str(id_) in self.rows(kind, side)

    def word(self, ref: Ref) -> str:
        """By what both sides know a record."""
        link = None if ref.side == "cw" else self.link(ref)
        return link.cw_id if link else ref.id if ref.side == "cw" else f"{UNLINKED}{ref.id}"

    # What they do

    def write(self, kind: str, side: Side, id_: str, **fields: Any) -> None:
        """Changes a record as a person does."""
        if side == "partner":
            self.rig.moovila.edit(KINDS[kind].theirs, id_, **fields)
            return
        self.rig.psa.edit(self._path(kind, id_), int(id_), **fields)

    def _path(self, kind: str, id_: str) -> str:
        """ConnectWise's list; whoever writes on a ticket, touches it: notes are read of tickets that were."""
        if kind != NOTE:
            return KINDS[kind].ours.format(self.project)
        ticket = self.rows(NOTE, "cw")[id_]["ticketId"]
        self._touch(ticket)
        return office.NOTES.format(ticket)

    def _touch(self, ticket: int) -> None:
        self.rig.psa.edit(office.TICKETS, ticket, contactEmailAddress=f"{next(self.count)}@alder.example")

    def edit(self, kind: str, side: Side, id_: str, name: str) -> None:
        """Changes one field of a record."""
        row = self.rows(kind, side)[id_]
        place = KINDS[kind].places[name]
        if place.what == TEAM:
            self.put_together(side, id_)
        elif (kind, name, side) == (SCHEDULE, "start", "partner"):
            day = self.day(name)
            self.write(kind, side, id_, startDate=day, startTime=f"{self.chance.randrange(8, 17):02}:00")
        elif (kind, side) == (TIME, "cw") and name in ("worked", "hours"):
            start = self.moment(name) if name == "worked" else row["timeStart"]
            hours = row["actualHours"] if name == "worked" else self.chance.randrange(1, 6)
            until = datetime.fromisoformat(start).replace(minute=0)
            self.write(
                kind, side, id_, timeStart=start, timeEnd=f"{until:%Y-%m-%dT}{until.hour + int(hours):02}:00:00Z"
            )
        else:
            value = self.value(kind, side, row, name, place)
            more = {"predecessorType": "Ticket" if value else None} if (place.what, side) == (NEED, "cw") else {}
            self.write(kind, side, id_, **{place.cw if side == "cw" else place.partner: value}, **more)

    def put_together(self, side: Side, id_: str) -> None:
        """Somebody comes into the team, or leaves it."""
        word = self.chance.choice(sorted(PEOPLE))
        if side == "partner":
            known, user = self.rows(PROJECT, side)[id_]["memberIds"], self.office.users[word]
            self.write(PROJECT, side, id_, memberIds=sorted({*known} ^ {user}))
            return
        member, path = self.office.members[word], office.TEAM.format(self.project)
        there = [one["id"] for one in self.members() if one["member"]["id"] == member]
        for one in there:
            self.rig.psa.delete(path, one)
        if not there:
            self.rig.psa.add(path, member={"id": member}, projectRole={"id": 1})

    def value(self, kind: str, side: Side, row: Row, name: str, place: Place) -> Any:
        ours, chance = side == "cw", self.chance
        match place.what:
            case "hours":
                return chance.randrange(1, 9)
            case "day":
                return f"{self.day(name)}T00:00:00Z" if ours else self.day(name)
            case "moment":
                return self.moment(name)
            case "status":
                category = chance.choice(sorted(set(CATEGORIES[kind]) - {"Completed", "Cancelled"}))
                return {"name": chance.choice(CATEGORIES[kind][category])} if ours else category
            case "person":
                word = chance.choice(sorted(PEOPLE))
                if ours:
                    return {"id": self.office.members[word]}
                return self.office.users[word] if kind == PROJECT else [self.office.users[word]]
            case "need":
                older = self.older(TICKET, side, row)
                id_ = chance.choice(older) if older and chance.random() < 0.8 else None
                return (int(id_) if id_ else None) if ours else ([id_] if id_ else [])
            case "phase-phase":
                older = self.older(PHASE, side, row) if kind == PHASE else sorted(self.rows(PHASE, side))
                id_ = chance.choice(older) if older and (kind == TICKET or chance.random() < 0.6) else None
                return ({"id": int(id_)} if id_ else None) if ours else (id_ or "")
        return f"Job {_age(row, kind)} v{next(self.count)}"

    def day(self, name: str) -> str:
        return f"2026-11-{self.chance.randrange(2, 14) if name == 'start' else self.chance.randrange(15, 29):02}"

    def moment(self, name: str) -> str:
        return f"{self.day('start' if name != 'due' else name)}T{self.chance.randrange(8, 14):02}:00:00Z"

    def older(self, kind: str, side: Side, row: Row) -> list[str]:
        return sorted(id_ for id_, one in self.rows(kind, side).items() if _age(one, kind) < _age(row, kind))

    def make(self, side: Side) -> None:
        """Somebody adds a phase; or a ticket, on which he works, and of which he writes; or more to one."""
        phases, tickets = sorted(self.rows(PHASE, side)), sorted(self.rows(TICKET, side))
        does: list[Callable[[], object]] = [lambda: self.add_phase(side, phases)]
        does += [lambda: self.add_ticket(side, self.chance.choice(phases))] * 2 if phases else []
        does += [lambda: self.add_to(side, self.chance.choice(tickets))] * 3 if tickets else []
        self.chance.choice(does)()

    def name(self) -> str:
        return f"Job {next(self.count)}"

    def add_phase(self, side: Side, phases: list[str]) -> None:
        above = self.chance.choice(phases) if phases and self.chance.random() < 0.4 else None
        if side == "cw":
            self.office.phase(self.project, self.name(), int(above) if above else None)
        elif there := self.rows(PROJECT, side):
            more = {"parentId": above} if above else {}
            self.rig.moovila.add("phases", projectId=next(iter(there)), name=self.name(), **more)

    def add_ticket(self, side: Side, phase: str) -> None:
        if side == "cw":
            self.office.ticket(int(phase), self.name())
        else:
            project = next(iter(self.rows(PROJECT, side)))
            self.rig.moovila.add("tasks", projectId=project, phaseId=phase, name=self.name())

    def add_to(self, side: Side, ticket: str) -> None:
        what, number = self.chance.choice((NOTE, TIME, SCHEDULE, PROJECT_NOTE)), next(self.count)
        word, moovila = self.chance.choice(sorted(PEOPLE)), self.rig.moovila
        if side == "cw":
            self._touch(int(ticket))
            {
                NOTE: lambda: self.office.note(int(ticket), f"Note {number}"),
                TIME: lambda: self.office.worked(int(ticket), word, notes=f"Work {number}"),
                SCHEDULE: lambda: self.office.scheduled(
                    int(ticket), word, name=f"Plan {number}", dateEnd="2026-11-15T16:00:00Z"
                ),
                PROJECT_NOTE: lambda: self.rig.psa.add(
                    office.PROJECT_NOTES.format(self.project), text=f"Note {number}"
                ),
            }[what]()
            return
        user = self.office.users[word]
        {
            NOTE: lambda: moovila.add("notes", taskId=ticket, text=f"Note {number}"),
            TIME: lambda: moovila.add(
                "time-entries", taskId=ticket, userId=user, startAt=self.moment("worked"), hours=2, notes=f"{number}"
            ),
            SCHEDULE: lambda: moovila.add(
                "scheduled-events", taskId=ticket, resource=user, resourceType="user", startDate=self.day("start"),
                startTime="09:00", dueDate=self.day("due"), quantity=3, description=f"Plan {number}",
            ),
            PROJECT_NOTE: lambda: moovila.add(
                "notes", projectId=next(iter(self.rows(PROJECT, side))), text=f"Note {number}"
            ),
        }[what]()  # fmt: skip

    def delete(self, kind: str, side: Side, id_: str) -> None:
        """Deletes a record with all that is in it, as Moovila does by itself."""
        if side == "partner":
            self.rig.moovila.delete(KINDS[kind].theirs, id_)
            return
        if kind == PHASE:
            for inner, name in ((PHASE, "parentPhase"), (TICKET, "phase")):
                for other, row in self.rows(inner, side).items():
                    if row.get(name) and str(row[name]["id"]) == id_:
                        self.delete(inner, side, other)
        if kind == TICKET:
            for inner, name in ((TIME, "chargeToId"), (SCHEDULE, "objectId"), (NOTE, "ticketId")):
                for other, row in self.rows(inner, side).items():
                    if str(row.get(name)) == id_:
                        self.delete(inner, side, other)
        self.rig.psa.delete(self._path(kind, id_), int(id_))


def plain(value: Any) -> str:
    """A value as a text that is the same for either side, and for what the table keeps."""
    if isinstance(value, tuple):
        return ",".join(map(plain, value))
    if isinstance(value, int | float | Decimal):
        return f"{Decimal(str(value)).normalize():f}" if value else ""
    if isinstance(value, datetime):
        local = value.astimezone(UTC)
        return f"{local:%Y-%m-%d}" if local.time() == time() else f"{local:%Y-%m-%dT%H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _moment(said: str, clock: str) -> datetime | str:
    if not said:
        return ""
    moment = datetime.fromisoformat(f"{said}T{clock or '00:00'}" if len(said) == len("2026-11-02") else said)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of(row: Row) -> str:
    return NOTE if row.get("taskId") else PROJECT_NOTE


def _age(row: Row, kind: str) -> int:
    """The number of a job, which stays with it whatever it is called."""
    name = row.get("summary") or row.get("name") or row.get("description") or ""
    return int(name.split()[1]) if kind in (PROJECT, PHASE, TICKET) and name.startswith("Job ") else 0
