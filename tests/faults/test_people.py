"""What people do meanwhile: they approve plans one by one, pause, and retry what crashed. The end state is the same."""

from __future__ import annotations

import pytest

from functions import wiring
from tests.faults.points import Points, is_effect
from tests.faults.running import CALM, undisturbed
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario, World

WINDOW = (11,)
"""Minutes after which a scope that takes turns takes its next one."""

every_flow = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)


@every_flow
def test_a_preview_writes_nothing_outside_and_what_is_approved_ends_the_same(scenario: Scenario) -> None:
    """Plans are approved as they come: what waits for a link is proposed only when that link is there."""
    expected = undisturbed(scenario).states[-1]
    with World(scenario) as world:
        world.people = False
        world.connect(preview=True)
        world.turn(*CALM)
        assert _written(world) == [], "a preview only reads"
        _approve_until_nothing_is_asked(world)
        scenario.edit(world)
        world.look_for_changes()
        world.turn(*CALM)
        before = _written(world)
        world.turn(*CALM)
        assert _written(world) == before
        _approve_until_nothing_is_asked(world)
        assert world.end_state() == expected


@every_flow
def test_what_changed_in_a_pause_is_in_step_after_it(scenario: Scenario) -> None:
    expected = undisturbed(scenario).states[-1]
    with World(scenario) as world:
        world.turn(*CALM)
        world.operator().pause(world.connection, None, "a holiday")
        scenario.edit(world)
        before = _written(world)
        world.look_for_changes()
        world.turn(*CALM)
        assert _written(world) == before, "nothing is written in a pause"
        world.operator().resume(world.connection, None)
        world.turn(*CALM)
        world.turn(*CALM)
        assert world.end_state() == expected


@every_flow
def test_what_crashed_until_it_was_given_up_ends_the_same_once_it_is_retried(scenario: Scenario) -> None:
    """The first write outside kills its process ten times; its message becomes an issue, which a person retries."""
    expected = undisturbed(scenario).states[-1]
    with World(scenario) as world:
        points = Points(deadly=_makes_a_link if scenario.only_links else _writes_outside, times=10)
        for _ in range(12):
            with points.armed():
                world.cloud.clock.turn(minutes=13)
                world.cloud.run_until_quiet()
            world.restart()
        assert points.deaths == 10
        with world.inside():
            crashed = [one for one in world.store.issues.of_connection("demo") if one.issue.code == "CRASHED"]
        takes_turns = wiring.flow_class(scenario.flow).turns is not None
        assert bool(crashed) is not takes_turns, "what nobody could finish is told; a turn is taken again by itself"
        for issue in crashed:
            world.operator().retry(issue)
        world.turn(*CALM)
        world.cloud.clock.turn(minutes=6)
        world.turn(*CALM)
        scenario.edit(world)
        world.look_for_changes()
        world.turn(*CALM)
        assert world.end_state() == expected


def _approve_until_nothing_is_asked(world: World) -> None:
    for _ in range(20):
        asked = [one for one in world.store.proposals.of_flow(world.key) if one.verdict == "open"]
        if not asked:
            return
        world.operator().approve(asked)
        world.turn(*CALM, *WINDOW)
    raise AssertionError("it asks again and again")


def _written(world: World) -> list[tuple[str, str, int]]:
    """How often each operation that writes was asked of each outside system."""
    return [
        (system, operation, number)
        for system, simulator in world.simulators.items()
        for operation, number in sorted(simulator.requests.items())
        if is_effect(operation if " " in operation else f"POST {operation}")
    ]


def _writes_outside(call: str) -> bool:
    return not call.startswith("aws") and is_effect(call)


def _makes_a_link(call: str) -> bool:
    return call == "aws TransactWriteItems"
