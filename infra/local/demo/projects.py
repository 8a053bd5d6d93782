"""A project office with Moovila: projects in step, edits of both sides in one project, what stops and what asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import Known, check
from infra.local.demo.sizes import Sizes
from infra.local.demo.telling import Told, in_vain, steps
from infra.local.demo.tenant import PERSON, Tenant
from infra.local.simulators.moovila import MoovilaSimulator
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref
from shared.sync.turn_list import Row, turn_list

OFFICE = "office"
PROJECTS, REFERENCE = "moovila_projects", "moovila_reference_data"
KEY = FlowKey(OFFICE, PROJECTS)
ZONE = "America/Chicago"
HOUR = 9
TICKETS, TIME = "project/tickets", "time/entries"
WINDOW = 11
"""Minutes after which the next sync of a project is eligible again, and a little more."""

CONFIG: Mapping[str, object] = {
    "connection": [
        {
            "id": OFFICE,
            "name": "Demo Project Office",
            "time_zone": ZONE,
            "mail": {"recipients": ["project-office@example.com"], "hours": [HOUR]},
            "systems": {"moovila": {"simulated": True}},
            "flows": {
                REFERENCE: {},
                PROJECTS: {
                    "spread_minutes": 0,
                    "default_work_type": "Regular",
                    "board": "Projects",
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
                },
            },
        }
    ]
}


class Office(Tenant):
    """Both systems of the project office, and its people."""

    connection = OFFICE

    @property
    def moovila(self) -> MoovilaSimulator:
        return self.simulator("moovila", MoovilaSimulator)

    def furnish(self) -> None:
        """Moovila knows every member who works on a project, by the address that ConnectWise has."""
        for row in self.psa.records("system/members"):
            self.moovila.add("users", name=f"{row['firstName']} {row['lastName']}", email=row["officeEmail"])

    def rows(self) -> list[Row]:
        """`crosswise projects`, with those that are disabled."""
        return turn_list(self.connected.store(), KEY)

    def row(self, project: int) -> Row:
        return next(one for one in self.rows() if one.record.id == str(project))

    def tickets(self, project: int) -> list[dict[str, Any]]:
        return [row for row in self.psa.records(TICKETS) if row["project"]["id"] == project]

    def task(self, ticket: int) -> dict[str, Any] | None:
        """The task of a ticket in Moovila."""
        return next((row for row in self.moovila.records("tasks") if row["externalId"] == str(ticket)), None)

    def tasks(self, project: int) -> set[str]:
        """The names of a project's tasks in Moovila."""
        return {row["name"] for row in self.moovila.records("tasks", projectId=self.there(project))}

    def apart(self, project: int) -> bool:
        """Whether the two sides name different tickets."""
        return {row["summary"] for row in self.tickets(project)} != self.tasks(project)

    def there(self, project: int) -> str:
        """The id of a project in Moovila."""
        link = self.connected.store().links.find(KEY, [ref := _project(project)])[ref]
        assert isinstance(link, Link)
        return link.partner_id


def _project(id_: int) -> Ref:
    return Ref("project-project", "cw", str(id_))


def play(console: Console, sizes: Sizes, *, today: date | None = None) -> list[str]:
    """The office's day, printed; what did not come out as it must."""
    zone = ZoneInfo(ZONE)
    morning = datetime.combine(today or datetime.now(zone).date(), time_of_day(HOUR), zone)
    with Cloud(clock=LocalClock(morning, still=True), http=0) as cloud:
        sized = {"moovila": {"projects": sizes.plans, "tasks": 0}, "connectwise_psa": {"companies": sizes.plans}}
        office = Office(connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sized)))
        office.furnish()
        cloud.invoke("CallbackRegistration", {"connection": OFFICE})
        ours = [int(row["id"]) for row in office.psa.records("project/projects")]
        tickets = len(office.psa.records(TICKETS))
        console.print(f"\nA project office: ConnectWise has {len(ours)} projects with {tickets} tickets, Moovila none.")
        with console.status("Projects ..."):
            started = cloud.invoke("Preflight", {"connection": OFFICE, "start": PERSON}).answer
            found = started["connections"][OFFICE]
            office.wait(minutes=20)
            failed = [f"{one['code']}: {one['found']}" for one in found["checks"] if one["passed"] is False]
            wrong = [] if found["started"] else [f"it was not started: {failed}"]
            wrong += [f"project {one} is not in step" for one in ours if office.apart(one)]
            console.print(_list(office.rows()))
            told = list(_day(office, ours[0]))
            console.print(steps(told, "A day of one project", "what came of it"))
        wrong += in_vain(told, "the project")
        wrong += [f"project {one} is apart in the end" for one in ours if office.apart(one)]
        issues = [one for one in office.connected.store().issues.of_connection(OFFICE) if one.flow == KEY]
        wrong += [f"{one.issue.code} is open: {one.issue.message}" for one in issues]
    return [*wrong, *office.errors]


def _day(office: Office, project: int) -> Iterator[Told]:
    """One project through a day; nobody but its people touches it."""
    psa, moovila = office.psa, office.moovila
    first, second, third = (int(row["id"]) for row in office.tickets(project)[:3])
    yield from _edits(office, project, first, second)
    psa.edit(TICKETS, first, budgetHours=12)
    office.wait(minutes=0)
    psa.edit(TICKETS, first, budgetHours=14)
    office.wait(minutes=0)
    waiting = office.row(project).status
    office.wait(2 * WINDOW)
    task = office.task(first)
    told = f"{waiting} until the ten minutes are over, then {office.row(project).status} with both" if task else ""
    yield Told("two changes within ten minutes", told if task and task["plannedHours"] == 14 else "")
    moovila.archive(office.there(project))
    office.wait(WINDOW)
    psa.edit(TICKETS, second, summary="Ordered while it was archived")
    office.wait(WINDOW)
    yield Told("it is archived in Moovila", office.row(project).why)
    moovila.archive(office.there(project), archived=False)
    office.operator(PROJECTS).enable(KEY, _project(project))
    office.wait(WINDOW)
    found = office.task(second)
    yield Told("it is brought back, and Kim enables it", found["name"] if found else "")
    yield from _deleted(office, project, third)


def _edits(office: Office, project: int, first: int, second: int) -> Iterator[Told]:
    psa, moovila = office.psa, office.moovila
    task = office.task(first)
    assert task is not None
    due = f"{date.fromisoformat(task['dueDate'][:10]) + timedelta(days=4)}"
    moovila.edit("tasks", task["id"], dueDate=due)
    office.wait(WINDOW)
    row = next(row for row in office.tickets(project) if row["id"] == first)
    yield Told(
        "a planner moves a task's due date in Moovila",
        f"the ticket is required by {row['requiredDate'][:10]}" if row["requiredDate"][:10] == due else "",
    )
    member = next(row for row in psa.records("system/members") if row["licenseClass"] == "F")
    psa.add(
        TIME, chargeToId=second, chargeToType="ProjectTicket", member={"id": member["id"]}, actualHours=2,
        timeStart="2026-11-03T09:00:00Z", timeEnd="2026-11-03T11:00:00Z",
    )  # fmt: skip
    psa.edit(TICKETS, second, status={"name": "Completed"})
    office.wait(WINDOW)
    done = office.task(second)
    hours = [row["hours"] for row in moovila.records("time-entries", taskId=done["id"])] if done else []
    yield Told(
        "a technician closes a ticket in ConnectWise, with two hours",
        f"the task is {done['status']}, with time of {', '.join(f'{one:g}' for one in hours)} h"
        if done and hours
        else "",
    )
    psa.edit(TICKETS, first, summary="Order the hardware")
    moovila.edit("tasks", task["id"], name="Order hardware, twice")
    office.wait(WINDOW)
    now = office.task(first)
    lost = [str(dict(one.before)) for one in office.connected.store().journal.of_flow(KEY, _long_ago()) if one.conflict]
    yield Told(
        "both sides rename it before either hears of the other",
        f"{now['name']}; given up, and kept in the history: {'; '.join(lost)}" if now and lost else "",
    )
    moovila.add("tasks", projectId=task["projectId"], phaseId=task["phaseId"], name="Label the cables")
    office.wait(WINDOW)
    made = [row["summary"] for row in office.tickets(project) if row["summary"] == "Label the cables"]
    yield Told("a task is added in Moovila", f"{len(made)} ticket of that name, in its phase" if len(made) == 1 else "")


def _deleted(office: Office, project: int, ticket: int) -> Iterator[Told]:
    """Only a comparison of everything finds what was deleted, and asks a person about so large a part of a project."""
    _delete(office, ticket)
    office.wait(minutes=5 * 60)
    yield Told("a ticket is deleted in ConnectWise", "" if office.task(ticket) else "its task is deleted, after a 404")
    lost = {str(row["summary"]): int(row["id"]) for row in office.tickets(project)[-3:]}
    for one in lost.values():
        _delete(office, one)
    office.wait(minutes=5 * 60)
    store = office.connected.store()
    asked = [one for one in store.issues.of_connection(OFFICE) if one.issue.code == "TOO_MANY_DELETIONS"]
    kept = lost.keys() <= office.tasks(project)
    office.operator(PROJECTS).approve([one for one in store.proposals.of_flow(KEY) if one.verdict == "open"])
    office.wait(minutes=30)
    gone = not lost.keys() & office.tasks(project)
    yield Told(
        "three more are, half of the project",
        "nothing is deleted, and Kim is asked; she approves, and their tasks are" if asked and kept and gone else "",
    )


def _delete(office: Office, ticket: int) -> None:
    """Deletes a ticket, with the time and the schedule that keep ConnectWise from it."""
    for path in (TIME, "schedule/entries"):
        for row in office.psa.records(path):
            if ticket in (row.get("chargeToId"), row.get("objectId")):
                office.psa.delete(path, row["id"])
    office.psa.delete(TICKETS, ticket)


def _long_ago() -> datetime:
    return datetime(2020, 1, 1, tzinfo=ZoneInfo(ZONE))


def _list(rows: Sequence[Row]) -> Table:
    table = Table(title="crosswise projects", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("customer", "in Moovila", "ConnectWise ID", "sync", "status", "last sync completed"):
        table.add_column(heading)
    for row in rows:
        at = f"{row.last_completed.astimezone(ZoneInfo(ZONE)):%H:%M} ({row.last_mode})" if row.last_completed else ""
        table.add_row(row.customer, row.partner_name, row.record.id, row.sync, row.status, at)
    return table
