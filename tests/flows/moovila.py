"""An MSP whose projects are planned in Moovila and worked on in ConnectWise: where tests of the Moovila flows begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.moovila import MoovilaSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.partners.moovila import CUSTOMER
from shared.sync.link import Link
from shared.sync.ports import Links
from shared.sync.record import FlowKey

PROJECTS, PHASES, TICKETS = "project/projects", "project/projects/{}/phases", "project/tickets"
TIME, SCHEDULE, NOTES, PROJECT_NOTES = (
    "time/entries",
    "schedule/entries",
    "project/tickets/{}/notes",
    "project/projects/{}/notes",
)
TEAM = "project/projects/{}/teamMembers"
ID_FIELD = "Moovila ID"
ADDRESS = "{}@msp.example.com"
PEOPLE = {"ana.reyes": "Ana Reyes", "tom.okafor": "Tom Okafor"}
"""Members that Moovila has as users; its third user, Lena Fischer, is nobody in ConnectWise."""

SETTINGS: dict[str, Any] = {
    "task_statuses": {
        "*": {
            "Not Started": ["New"],
            "In Progress": ["In Progress", "Waiting on Customer"],
            "Complete": ["Completed", "Closed", "Ready to Invoice"],
        }
    },
    "project_statuses": {
        "*": {
            "In Planning": ["Open"],
            "In Progress": ["In Progress"],
            "Completed": ["Completed"],
            "Cancelled": ["Cancelled"],
        }
    },
    "default_work_type": "Regular",
    "board": "Projects",
    "spread_minutes": 0,
}


def prepare(psa: PsaSimulator) -> None:
    """As the guide asks of a tenant before the first sync.

    There is one closed project, whose records show which custom fields there are.
    """
    for path in (PROJECTS, TICKETS, TIME):
        psa.define_custom_field(path, ID_FIELD)
    members = {
        word: int(
            psa.add(
                "system/members", identifier=word[:15], firstName=name.split()[0], lastName=name.split()[1],
                officeEmail=ADDRESS.format(word), primaryEmail=ADDRESS.format(word), licenseClass="F",
            )["id"]
        )
        for word, name in PEOPLE.items()
    }  # fmt: skip
    company = psa.add("company/companies", identifier="OLD", name="Old")["id"]
    project = psa.add(
        PROJECTS, name="Long ago", company={"id": company}, board={"name": "Projects"}, status={"name": "Completed"},
        estimatedStart="2020-01-01T00:00:00Z", estimatedEnd="2020-02-01T00:00:00Z", closedFlag=True,
    )["id"]  # fmt: skip
    phase = psa.add(PHASES.format(project), description="Old")["id"]
    ticket = psa.add(TICKETS, summary="Old", phase={"id": phase}, project={"id": project})["id"]
    psa.add(
        TIME, chargeToId=ticket, chargeToType="ProjectTicket", member={"id": members["ana.reyes"]},
        timeStart="2020-01-02T09:00:00Z", timeEnd="2020-01-02T10:00:00Z",
    )  # fmt: skip


class Office:
    """Both systems and short ways to fill them: one customer, `Alder`, whose company and customer are linked."""

    def __init__(self, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
        self.psa, self.moovila = psa, moovila
        known = {row["identifier"]: int(row["id"]) for row in psa.records("system/members")}
        self.members = {word: known[word] for word in PEOPLE}
        self.users = {row["email"].partition("@")[0]: row["id"] for row in moovila.records("users")}
        self.company = next(int(row["id"]) for row in psa.records("company/companies") if row["name"] == "Alder")
        self.customer = moovila.find("customers", "Alder")["id"]

    @classmethod
    def opened(cls, psa: PsaSimulator, moovila: MoovilaSimulator, links: Links) -> Office:
        """In two systems that have nothing yet."""
        prepare(psa)
        company = int(psa.add("company/companies", identifier="ALDER", name="Alder")["id"])
        link = Link(CUSTOMER.kind, str(company), moovila.add("customers", name="Alder"), rules="1")
        links.link(FlowKey("demo", CUSTOMER.flow), link)
        return cls(psa, moovila)

    # ConnectWise

    def project(self, name: str = "Office move", **fields: Any) -> int:
        given = {
            "company": {"id": self.company}, "board": {"name": "Projects"}, "status": {"name": "Open"},
            "estimatedStart": "2026-11-02T00:00:00Z", "estimatedEnd": "2026-12-18T00:00:00Z", **fields,
        }  # fmt: skip
        return int(self.psa.add(PROJECTS, name=name, **given)["id"])

    def phase(self, project: int, name: str, parent: int | None = None) -> int:
        above = {"parentPhase": {"id": parent}} if parent else {}
        return int(self.psa.add(PHASES.format(project), description=name, **above)["id"])

    def ticket(self, phase: int, summary: str, **fields: Any) -> int:
        return int(self.psa.add(TICKETS, summary=summary, phase={"id": phase}, **fields)["id"])

    def worked(self, ticket: int, who: str = "ana.reyes", hours: int = 2, **fields: Any) -> int:
        given = {"timeStart": "2026-11-03T09:00:00Z", "timeEnd": f"2026-11-03T{9 + hours:02}:00:00Z", **fields}
        return int(
            self.psa.add(
                TIME, chargeToId=ticket, chargeToType="ProjectTicket", member={"id": self.members[who]},
                actualHours=hours, **given,
            )["id"]
        )  # fmt: skip

    def scheduled(self, ticket: int, who: str = "ana.reyes", **fields: Any) -> int:
        given = {"dateStart": "2026-11-05T14:00:00Z", "dateEnd": "2026-11-05T16:00:00Z", "hours": 2, **fields}
        given = {name: value for name, value in given.items() if value is not None}
        return int(
            self.psa.add(
                SCHEDULE, objectId=ticket, type={"identifier": "P"}, member={"id": self.members[who]}, **given
            )["id"]
        )  # fmt: skip

    def note(self, ticket: int, text: str) -> int:
        return int(self.psa.add(NOTES.format(ticket), text=text, internalAnalysisFlag=True)["id"])

    def edit(self, path: str, record: int, **fields: Any) -> None:
        self.psa.edit(path, record, **fields)

    # Both, as a person compares them

    def ours(self, project: int | None = None) -> dict[str, Any]:
        """The ConnectWise project as one nested value of names and mapped fields; ids nowhere."""
        row = self._row(PROJECTS, project) if project else self.current()[0]
        phases = {one["id"]: one for one in self.psa.records(PHASES.format(row["id"]))}
        tickets = [one for one in self.psa.records(TICKETS) if one["project"]["id"] == row["id"]]
        ids = {one["id"]: one["summary"] for one in tickets}
        return {
            "project": (row["name"], _day(row["estimatedStart"]), _day(row["estimatedEnd"])),
            "phases": sorted(
                (one["description"], phases.get((one.get("parentPhase") or {}).get("id"), {}).get("description", ""))
                for one in phases.values()
            ),
            "tickets": sorted(
                (
                    one["summary"], phases[one["phase"]["id"]]["description"], _day(one.get("estimatedStartDate")),
                    _day(one.get("requiredDate")), float(one.get("budgetHours") or 0),
                    self._member(one.get("owner")), ids.get(one.get("predecessorId"), ""),
                )
                for one in tickets
            ),
            "notes": sorted(
                (one["summary"], note["text"]) for one in tickets for note in self.psa.records(NOTES.format(one["id"]))
            ),
            "project notes": sorted(one["text"] for one in self.psa.records(PROJECT_NOTES.format(row["id"]))),
            "time": sorted(
                (
                    ids[one["chargeToId"]], self._member(one["member"]), _moment(one["timeStart"]),
                    float(one["actualHours"]),
                )
                for one in self.psa.records(TIME) if one["chargeToId"] in ids
            ),
            "schedule": sorted(
                (
                    ids[one["objectId"]], self._member(one["member"]), _day(one.get("dateStart")),
                    float(one.get("hours") or 0),
                )
                for one in self.psa.records(SCHEDULE) if one["objectId"] in ids
            ),
        }  # fmt: skip

    def theirs(self, project: str | None = None) -> dict[str, Any]:
        """The Moovila project likewise."""
        row = self.moovila.record("projects", project) if project else self.moovila.records("projects")[0]
        wanted = {"projectId": row["id"]}
        phases = {one["id"]: one for one in self.moovila.records("phases", **wanted)}
        tasks = {one["id"]: one for one in self.moovila.records("tasks", **wanted)}
        notes = self.moovila.records("notes", **wanted)
        return {
            "project": (row["name"], row.get("startDate"), row.get("dueDate")),
            "phases": sorted(
                (one["name"], phases.get(one.get("parentId") or "", {}).get("name", "")) for one in phases.values()
            ),
            "tickets": sorted(
                (
                    one["name"], phases.get(one.get("phaseId") or "", {}).get("name", ""), one.get("startDate"),
                    one.get("dueDate"), float(one.get("plannedHours") or 0),
                    self._user(next(iter(one.get("assignees") or []), "")),
                    next((tasks[each]["name"] for each in one.get("dependencies") or []), ""),
                )
                for one in tasks.values()
            ),
            "notes": sorted((tasks[one["taskId"]]["name"], one["text"]) for one in notes if one.get("taskId")),
            "project notes": sorted(one["text"] for one in notes if not one.get("taskId")),
            "time": sorted(
                (tasks[one["taskId"]]["name"], self._user(one["userId"]), _moment(one["startAt"]), float(one["hours"]))
                for one in self.moovila.records("time-entries", **wanted)
            ),
            "schedule": sorted(
                (
                    tasks[one["taskId"]]["name"], self._user(one["resource"]), one.get("startDate"),
                    float(one.get("quantity") or 0),
                )
                for one in self.moovila.records("scheduled-events", **wanted)
            ),
        }  # fmt: skip

    def current(self) -> list[Mapping[str, Any]]:
        """The ConnectWise projects of today."""
        return [one for one in self.psa.records(PROJECTS) if one["name"] != "Long ago"]

    def _row(self, path: str, record: int) -> Mapping[str, Any]:
        return next(one for one in self.psa.records(path) if one["id"] == record)

    def _member(self, reference: Mapping[str, Any] | None) -> str:
        return next((word for word, id_ in self.members.items() if reference and id_ == reference["id"]), "")

    def _user(self, id_: str) -> str:
        return next((word for word, own in self.users.items() if own == id_), "")


def _day(said: str | None) -> str | None:
    return said[:10] if said else None


def _moment(said: str) -> str:
    return said[:16]
