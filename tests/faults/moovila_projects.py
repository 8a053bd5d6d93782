"""The flow of projects in the fault harness: a tree that both sides change, move in and delete from.

No field of a record is edited by both sides at random: who comes last would be told by the order of things, which cuts
change. Deletions are few enough to need nobody's word.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from tests.faults.world import Scenario, World
from tests.flows.moovila import PHASES, SETTINGS, TICKETS, TIME, Office


def office_of(world: World) -> Office:
    return Office(world.simulators["connectwise_psa"], world.simulators["moovila"])


def ground(world: World) -> None:
    with world.inside():
        office = Office.opened(world.simulators["connectwise_psa"], world.simulators["moovila"], world.store.links)
    phase = office.phase(office.project(), "Rollout")
    office.ticket(phase, "Pull cables")


def _seed(world: World) -> None:
    ground(world)
    office = office_of(world)
    first = _ticket(office, "Pull cables")
    phase = office.psa.records(PHASES.format(office.current()[0]["id"]))[0]["id"]
    office.ticket(phase, "Test them", predecessorType="Ticket", predecessorId=first)
    office.worked(first)


def _edit(world: World) -> None:
    """Both sides add, change and move; one deletes, which only a comparison of everything finds."""
    office, moovila = office_of(world), world.simulators["moovila"]
    office.edit(TICKETS, _ticket(office, "Pull cables"), summary="Pull all cables", status={"name": "In Progress"})
    task = moovila.find("tasks", "Test them")
    fields = {"projectId": task["projectId"], "phaseId": moovila.add("phases", projectId=task["projectId"], name="End")}
    moovila.edit("tasks", task["id"], phaseId=fields["phaseId"], dueDate="2026-12-01")
    new = moovila.add("tasks", name="Train users", dependencies=[task["id"]], **fields)
    moovila.add("notes", taskId=new, text="In the large room.")
    office.psa.delete(TIME, office.psa.records(TIME)[-1]["id"])
    world.look_for_changes(everything=True)


def _add(world: World, number: int) -> None:
    office = office_of(world)
    phase = office.psa.records(PHASES.format(office.current()[0]["id"]))[0]["id"]
    office.ticket(phase, f"Ticket {number}")


def _change(world: World, number: int) -> None:
    office = office_of(world)
    office.edit(TICKETS, _ticket(office, f"Ticket {number}"), budgetHours=number + 1)


def _random_edit(world: World, rng: random.Random) -> None:
    """On what is there from the first sync on, so that the same is done whatever else has come through by then."""
    office, moovila = office_of(world), world.simulators["moovila"]
    name = rng.choice(("Pull cables", "Test them"))
    ticket, task = _ticket(office, name), moovila.find("tasks", name)
    match rng.randrange(7):
        case 0:
            phase = next(row["phase"]["id"] for row in office.psa.records(TICKETS) if row["id"] == ticket)
            office.ticket(phase, f"Job {rng.randrange(10**6)}")
        case 1:
            fields = {"projectId": task["projectId"], "phaseId": task["phaseId"]}
            moovila.add("tasks", name=f"Task {rng.randrange(10**6)}", **fields)
        case 2:
            due = date(2026, 11, 9) + timedelta(days=rng.randrange(20))
            moovila.edit("tasks", task["id"], dueDate=f"{due}")
        case 3:
            office.worked(ticket, timeStart=f"2026-11-{rng.randrange(3, 28):02}T08:00:00Z")
        case 4:
            office.note(ticket, f"Note {rng.randrange(10**6)}")
        case 5:
            start = f"2026-11-{rng.randrange(3, 28):02}T12:00:00Z"
            moovila.add("time-entries", taskId=task["id"], userId=office.users["tom.okafor"], startAt=start, hours=1)
        case _:
            office.edit(TICKETS, ticket, budgetHours=rng.randrange(1, 40))


def _ticket(office: Office, summary: str) -> int:
    return next(int(row["id"]) for row in office.psa.records(TICKETS) if row["summary"] == summary)


def _state(world: World) -> Any:
    office = office_of(world)
    with world.inside():
        links = list(world.store.links.all_links(world.key))
        issues = sorted((one.issue.code, one.issue.name.text) for one in world.store.issues.of_connection("demo"))
    return {
        "ours": [office.ours(row["id"]) for row in office.current()],
        "theirs": [office.theirs(row["id"]) for row in world.simulators["moovila"].records("projects")],
        "statuses": sorted(
            (row["summary"], row["status"]["name"]) for row in office.psa.records(TICKETS) if row["summary"] != "Old"
        ),
        "time": len(office.psa.records(TIME)),
        "links": sorted(link.kind for link in links),
        "issues": issues,
    }


SCENARIO = Scenario(
    flow="moovila_projects",
    settings={**SETTINGS, "deletion_percent": 50},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=ground,
    add=_add,
    change=_change,
)
