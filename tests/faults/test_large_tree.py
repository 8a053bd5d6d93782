"""Promise 2 of a large scope: its process dies again and again on the way, at any step, and nothing is lost or doubled.

What comes of a death after each sort of step is seen on few records (`test_cuts`). Here it is the number that matters:
what one message does not finish is gone on with by the next, and each must find what those who died had done.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from functions.moovila_projects.situations import PROJECT
from shared.sync.record import Ref
from shared.sync.turns import Turn
from tests.effort import SOAK
from tests.faults.moovila_projects import SCENARIO, ground, office_of
from tests.faults.points import Points, is_effect
from tests.faults.running import RECOVERY
from tests.faults.world import World
from tests.flows.moovila import PHASES, TICKETS

TICKETS_OF_IT = 500 if SOAK else 12
STEPS = 30 if SOAK else 12
"""Effects from one death to the next, on the average."""

PASSES = 500
"""In so many it must have come to rest."""


@dataclass
class Fate:
    """Whether the process dies before a call: at random, `STEPS` effects after its last death on the average."""

    chance: random.Random
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.chance.randrange(2 * STEPS)

    def strikes(self, call: str) -> bool:
        if not is_effect(call):
            return False
        self.left -= 1
        if self.left < 0:
            self.left = self.chance.randrange(2 * STEPS)
            return True
        return False


def _seed(world: World) -> None:
    ground(world)
    office = office_of(world)
    phase = office.psa.records(PHASES.format(office.current()[0]["id"]))[0]["id"]
    for number in range(1, TICKETS_OF_IT):
        ticket = office.ticket(phase, f"Ticket {number}")
        if number % 10 == 1:
            office.worked(ticket)
            office.note(ticket, f"Of {number}")


def _edit(world: World) -> None:
    """Every fifth ticket is called otherwise in Moovila, every other fifth gets hours in ConnectWise."""
    office = office_of(world)
    for task in office.moovila.records("tasks"):
        number = int(task["name"].rpartition(" ")[2]) if task["name"].startswith("Ticket") else 0
        if number % 5 == 1:
            office.moovila.edit("tasks", task["id"], name=f"Job {number}")
    for ticket in office.psa.records(TICKETS):
        if ticket["summary"].startswith("Ticket") and int(ticket["summary"].rpartition(" ")[2]) % 5 == 2:
            office.edit(TICKETS, ticket["id"], budgetHours=7)
    world.look_for_changes(everything=True)


def _dies_until_it_is_done(world: World, fate: Fate) -> int:
    """How often it died before the turn of its project came to its end."""
    points = Points(deadly=fate.strikes, times=10**6)
    for _ in range(PASSES):
        # Whose worker dies again and again is waited with, in the end for a day.
        leap = 13 if world.cloud.waiting() else 25 * 60
        with points.armed():
            world.turn(leap)
        world.restart()
        if _is_idle(world) and not world.cloud.waiting():
            world.turn(*RECOVERY)
            return points.deaths
    raise AssertionError(f"after {points.deaths} deaths it is not done")


def _is_idle(world: World) -> bool:
    (project,) = (Ref(PROJECT, "cw", str(row["id"])) for row in office_of(world).current())
    with world.inside():
        turns: dict[Ref, Turn] = world.store.turns.find(world.key, [project])
    return project in turns and turns[project].status == "Idle"


@pytest.mark.parametrize("seed", range(3 if SOAK else 1))
def test_a_project_survives_any_number_of_deaths_at_any_step(seed: int) -> None:
    fate = Fate(random.Random(seed))
    with World(replace(SCENARIO, seed=_seed)) as world:
        office = office_of(world)
        deaths = _dies_until_it_is_done(world, fate)
        assert deaths >= TICKETS_OF_IT // 10
        _assert_in_step(world)
        _edit(world)
        assert _dies_until_it_is_done(world, fate)
        _assert_in_step(world)
        names = Counter(row["name"] for row in office.moovila.records("tasks"))
        assert sum(name.startswith("Job") for name in names) == len(range(1, TICKETS_OF_IT, 5))


def _assert_in_step(world: World) -> None:
    office = office_of(world)
    (project,) = (row["id"] for row in office.current())
    assert office.theirs() == office.ours(project)
    tasks = [row["name"] for row in office.moovila.records("tasks")]
    assert len(tasks) == len(set(tasks)) == TICKETS_OF_IT, "each is there, once"
    end = world.end_state()
    assert (end["messages"], end["intents"], end["crashes"], end["issues"]) == ({}, [], [], [])
    with world.inside():
        links = world.links
        for ids in ([one.cw_id for one in links if one.kind == "ticket"], [one.partner_id for one in links]):
            assert len(ids) == len(set(ids))
