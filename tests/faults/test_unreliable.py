"""Systems that throttle, fail, cut connections and lose answers; messages that come twice and in any order."""

from __future__ import annotations

import os
import random
import re
from typing import Any

import pytest

from tests.effort import SOAK
from tests.faults.points import Points, is_effect
from tests.faults.running import Undisturbed, by_two, run, undisturbed
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario, World

EDITS = int(os.environ.get("CROSSWISE_SOAK_EDITS", "20"))
"""Random edits of a walk; the long form has 1,000."""

PER_TURN = 10
"""Edits between two scans."""

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "status", "status": 429, "retry_after": 30},
    "500": {"kind": "status", "status": 500},
    "closed": {"kind": "cut"},
    "lost": {"kind": "lost_answer"},
}


Hit = tuple[str, str, int]
"""The system and the operation of the request that a fault hits, and how many of that go well before in the round."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_one_fault_at_any_request_changes_nothing_in_the_end(scenario: Scenario, fault: str) -> None:
    """The short form: each operation is hit once, by one sort of fault in turn, and each that writes by a lost answer.

    A run has a fault in either round. The long form hits every request by each sort of fault, one a run.
    """
    calm = undisturbed(scenario)
    for hit in hits(calm, fault):

        def order(world: World, number: int, hit: tuple[Hit | None, Hit | None] = hit) -> None:
            if of := hit[number]:
                system, operation, at = of
                orders = world.simulators[system].faults
                orders.order(**FAULTS[fault], operation=f"^{re.escape(operation)}$", after=at)

        def was_hit(world: World, _: int, hit: tuple[Hit | None, Hit | None] = hit) -> None:
            assert [one for system in world.simulators.values() for one in system.faults.pending()] == [], hit

        assert run(scenario, Points(), before=order, after=was_hit, recover=True) == calm.states, hit


def hits(calm: Undisturbed, fault: str) -> list[tuple[Hit | None, Hit | None]]:
    """Which requests of either round get this fault."""
    first, second = calm.requests
    if SOAK:
        every = [
            [(*of, at) for of, number in sorted(counted.items()) for at in range(number)] for counted in (first, second)
        ]
        return [*((one, None) for one in every[0]), *((None, one) for one in every[1])]
    kinds = [kind for kind in FAULTS if kind != "lost"]
    chosen = [
        of
        for place, of in enumerate(sorted(first | second))
        if (_writes(of[1]) if fault == "lost" else kinds[place % len(kinds)] == fault)
    ]
    return by_two(*([(*of, 0) for of in chosen if counted[of]] for counted in (first, second)))


def _writes(operation: str) -> bool:
    return is_effect(operation if " " in operation else f"POST {operation}")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_messages_that_come_twice_and_in_any_order_change_nothing(scenario: Scenario) -> None:
    def twice_and_shuffled(world: World, _: int) -> None:
        world.cloud.trouble.deliver_twice()
        world.cloud.trouble.shuffle = random.Random(7)

    assert run(scenario, Points(), before=twice_and_shuffled) == undisturbed(scenario).states


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_a_walk_with_faults_on_every_third_call_ends_as_one_without(scenario: Scenario) -> None:
    assert _walk(scenario, probability=0.3) == _walk(scenario, probability=0.0)


def _walk(scenario: Scenario, *, probability: float) -> Any:
    """Random edits on both sides, a scan after every few; then the faults stop and one comprehensive scan runs."""
    edits = random.Random(11)
    with World(scenario) as world:
        _turn(world, 2)
        for number, simulator in enumerate(world.simulators.values()):
            kinds = ("status", "cut", "lost_answer")
            simulator.faults.order_random(probability, kinds, random.Random(number), status=500)
        for number in range(EDITS):
            scenario.random_edit(world, edits)
            if number % PER_TURN == PER_TURN - 1:
                world.look_for_changes()
                _turn(world, 2)
        for simulator in world.simulators.values():
            simulator.faults.clear()
        for minutes in (15, 60, 60 * 24, 60 * 25):
            _turn(world, minutes)
        world.look_for_changes(everything=True)
        for minutes in (1, 15, 60, 60 * 25):
            _turn(world, minutes)
        return world.end_state()


def _turn(world: World, minutes: int) -> None:
    world.turn(minutes)
