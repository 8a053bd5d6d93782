"""People edit, add, move, delete and archive on both sides at random while calls fail: in the end both say the same.

Edits of one field by both sides are part of it: whose value stands is the owner's. What asks a person is approved.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from functions.moovila_projects.situations import PROJECT
from infra.local.cloud.stack import Stack
from infra.local.simulators.moovila.errors import Refusal
from infra.local.simulators.psa.errors import Refusal as Refused
from shared.sync.clock import RandomIds
from shared.sync.operating import Operator
from shared.sync.record import Ref
from tests.effort import SOAK
from tests.flows.moovila import NOTES, PHASES, SCHEDULE, SETTINGS, TICKETS, TIME, Office
from tests.flows.rig import Rig, rigged

EDITS = 400 if SOAK else 30
PER_SCAN = 10
TICKETS_OF_A_LARGE_ONE = 500


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("moovila_projects", stack, **SETTINGS, deletion_percent=100, deletion_limit=1000) as rig:
        yield rig


@dataclass
class People:
    """They work on one project in both systems."""

    office: Office
    chance: random.Random
    project: int
    made: int = 0

    def act(self) -> None:
        """One thing that somebody does; what a system refuses (a phase with tickets in it) he leaves."""
        does: list[Callable[[], object]] = [
            self.edit, self.edit_there, self.add, self.add_there, self.move, self.move_there, self.delete,
            self.delete_there,
        ]  # fmt: skip
        try:
            self.chance.choice(does)()
        except (Refusal, Refused):
            return

    def name(self) -> str:
        self.made += 1
        return f"Job {self.made}"

    def tickets(self) -> list[int]:
        rows = self.office.psa.records(TICKETS)
        return [row["id"] for row in rows if row["project"]["id"] == self.project]

    def phases(self) -> list[int]:
        return [row["id"] for row in self.office.psa.records(PHASES.format(self.project))]

    def tasks(self) -> list[str]:
        return [row["id"] for row in self.office.moovila.records("tasks")]

    def edit(self) -> None:
        if tickets := self.tickets():
            day = f"2026-11-{self.chance.randrange(3, 28):02}T00:00:00Z"
            fields = {"summary": self.name(), "budgetHours": self.chance.randrange(1, 9), "requiredDate": day}
            name = self.chance.choice(sorted(fields))
            self.office.edit(TICKETS, self.chance.choice(tickets), **{name: fields[name]})

    def edit_there(self) -> None:
        if tasks := self.tasks():
            fields = {"name": self.name(), "plannedHours": self.chance.randrange(1, 9), "dueDate": "2026-11-29"}
            name = self.chance.choice(sorted(fields))
            self.office.moovila.edit("tasks", self.chance.choice(tasks), **{name: fields[name]})

    def add(self) -> None:
        if self.chance.random() < 0.3:
            self.office.phase(self.project, self.name(), self.chance.choice([None, *self.phases()]))
        elif phases := self.phases():
            ticket = self.office.ticket(self.chance.choice(phases), self.name())
            self.office.worked(ticket)
            self.office.note(ticket, f"Of {ticket}")

    def add_there(self) -> None:
        moovila = self.office.moovila
        rows = moovila.records("phases")
        project = moovila.records("projects")[0]["id"]
        if self.chance.random() < 0.3:
            above = {"parentId": self.chance.choice(rows)["id"]} if rows else {}
            moovila.add("phases", projectId=project, name=self.name(), **above)
        elif rows:
            phase = self.chance.choice(rows)["id"]
            task = moovila.add("tasks", projectId=project, phaseId=phase, name=self.name())
            moovila.add("notes", taskId=task, text=f"Of {task}")

    def move(self) -> None:
        if (tickets := self.tickets()) and (phases := self.phases()):
            self.office.edit(TICKETS, self.chance.choice(tickets), phase={"id": self.chance.choice(phases)})

    def move_there(self) -> None:
        if (tasks := self.tasks()) and (phases := self.office.moovila.records("phases")):
            self.office.moovila.edit("tasks", self.chance.choice(tasks), phaseId=self.chance.choice(phases)["id"])

    def delete(self) -> None:
        psa, path = self.office.psa, self.chance.choice((TIME, SCHEDULE, TICKETS))
        ours = {TICKETS: self.tickets()}.get(path)
        rows = ours if ours is not None else [row["id"] for row in psa.records(path)][1:]
        if not rows:
            return
        record = self.chance.choice(rows)
        for below in (TIME, NOTES.format(record)) if path == TICKETS else ():
            for row in psa.records(below):
                if below != TIME or row["chargeToId"] == record:
                    psa.delete(below, row["id"])
        psa.delete(path, record)

    def delete_there(self) -> None:
        path = self.chance.choice(("tasks", "notes", "time-entries"))
        if rows := self.office.moovila.records(path):
            self.office.moovila.delete(path, self.chance.choice(rows)["id"])


def rest(rig: Rig, office: Office, project: int) -> None:
    """Until nothing is left to do; what waits for a person is approved."""
    operator = Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim")
    root = Ref(PROJECT, "cw", str(project))
    if not rig.store.turns.find(rig.key, [root])[root].enabled:
        operator.enable(rig.key, root)
    for _ in range(6):
        rig.tick(minutes=11)
        rig.sync("comprehensive")
        rig.tick(hours=25)
        if asked := [one for one in rig.store.proposals.of_flow(rig.key) if one.verdict == "open"]:
            operator.approve(asked)


@pytest.mark.parametrize("seed", range(20 if SOAK else 2))
def test_whatever_people_do_both_sides_say_the_same_in_the_end(rig: Rig, seed: int) -> None:
    office, chance = Office.opened(rig.psa, rig.moovila, rig.store.links), random.Random(seed)
    project = office.project()
    phase = office.phase(project, "Rollout")
    for number in range(3):
        office.ticket(phase, f"Ticket {number}")
    rig.sync()
    people = People(office, chance, project)
    for simulator in rig.simulators.values():
        kinds = ("status", "cut", "lost_answer")
        simulator.faults.order_random(0.05, kinds, random.Random(seed), status=500)
    for number in range(EDITS):
        people.act()
        if number % PER_SCAN == PER_SCAN - 1:
            archived = chance.random() < 0.5
            office.moovila.archive(office.moovila.records("projects")[0]["id"], archived=archived)
            rig.sync(chance.choice(("delta", "comprehensive")))
            office.moovila.archive(office.moovila.records("projects")[0]["id"], archived=False)
            rig.tick(minutes=11)
    for simulator in rig.simulators.values():
        simulator.faults.clear()
    rest(rig, office, project)
    assert [code for code in rig.codes() if code != "DELETED_BUT_USED"] == []
    if not rig.codes():
        assert office.theirs() == office.ours(project)


@pytest.mark.skipif(not SOAK, reason="a project of 500 tickets is for the long form")
@pytest.mark.parametrize("after", [1, 100, 700, 1400])
def test_a_large_project_survives_being_cut_off_at_any_step(rig: Rig, after: int) -> None:
    """Its worker has no time left after so many writes, over and over."""
    office = Office.opened(rig.psa, rig.moovila, rig.store.links)
    project = office.project()
    phase = office.phase(project, "Rollout")
    for number in range(TICKETS_OF_A_LARGE_ONE):
        office.ticket(phase, f"Ticket {number}")
    rig.moovila.faults.order("cut", after=after)
    rig.sync()
    rest(rig, office, project)
    assert office.theirs() == office.ours(project)
    assert rig.codes() == []
