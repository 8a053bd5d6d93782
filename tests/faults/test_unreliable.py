"""Systems that throttle, fail, cut connections and lose answers; messages that come twice and in any order."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.effort import SOAK
from tests.faults.points import Points, is_effect
from tests.faults.running import run
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario, World

EDITS = int(os.environ.get("CROSSWISE_SOAK_EDITS", "30"))
"""Random edits of a walk; the long form has 1,000."""

PER_TURN = 10
"""Edits between two scans."""

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "status", "status": 429, "retry_after": 30},
    "500": {"kind": "status", "status": 500},
    "closed": {"kind": "cut"},
    "lost": {"kind": "lost_answer"},
}


@cache
def undisturbed(scenario: Scenario) -> tuple[Any, dict[str, dict[str, int]]]:
    """The end state, and how many requests of each operation each system got on the way."""
    requests: dict[str, dict[str, int]] = {}
    state = run(scenario, Points(), at_the_end=lambda world: requests.update(_requests(world)))
    return state, requests


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_one_fault_at_any_request_changes_nothing_in_the_end(scenario: Scenario, fault: str) -> None:
    """The short form: one fault at each operation, in turn, and lost answers to each that writes."""
    expected, requests = undisturbed(scenario)
    for system, operation, at in hits(requests, fault):
        disturb = _orders(system, operation, at, FAULTS[fault])
        assert run(scenario, Points(), disturb, recover=True) == expected, (system, operation, at)


def hits(requests: dict[str, dict[str, int]], fault: str) -> list[tuple[str, str, int]]:
    """Which requests get this fault: the system, its operation, and how many of that go well before."""
    operations = [(system, name, number) for system, of in requests.items() for name, number in sorted(of.items())]
    if SOAK:
        return [(system, name, at) for system, name, number in operations for at in range(number)]
    kinds = [kind for kind in FAULTS if kind != "lost"]
    return [
        (system, name, 0)
        for place, (system, name, _) in enumerate(operations)
        if (is_effect(name if " " in name else f"POST {name}") if fault == "lost" else kinds[place % 3] == fault)
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_messages_that_come_twice_and_in_any_order_change_nothing(scenario: Scenario) -> None:
    expected, _ = undisturbed(scenario)

    def twice_and_shuffled(world: World) -> None:
        world.cloud.trouble.deliver_twice()
        world.cloud.trouble.shuffle = random.Random(7)

    assert run(scenario, Points(), twice_and_shuffled) == expected


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
    world.cloud.clock.turn(minutes=minutes)
    world.cloud.run_until_quiet()


def _orders(system: str, operation: str, at: int, fault: dict[str, Any]) -> Callable[[World], None]:
    def order(world: World) -> None:
        world.simulators[system].faults.order(**fault, operation=f"^{re.escape(operation)}$", after=at)

    return order


def _requests(world: World) -> dict[str, dict[str, int]]:
    return {name: dict(simulator.requests) for name, simulator in world.simulators.items()}
