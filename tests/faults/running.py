"""Takes a scenario through its two rounds, undisturbed or with one misfortune, and gives its end state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.points import Points
from tests.faults.world import Scenario, World

CALM = (1, 1, 1)
"""Minutes by which the clock is turned in an undisturbed round: the scan, its changes, what waited for them."""

RECOVERY = (13, 6, 6, 6, 11)
"""Minutes by which it is turned after a process died: visibility (12), settling (5), the retries after that."""


def run(
    scenario: Scenario,
    points: Points,
    disturb: Callable[[World], None] | None = None,
    *,
    recover: bool = False,
    at_the_end: Callable[[World], None] | None = None,
) -> Any:
    """Both rounds: first sync, edits and their sync. Returns the end state.

    With `recover` each round is given the time that a misfortune costs, also where no process died.
    """
    with World(scenario) as world:
        if disturb:
            disturb(world)
        _round(world, points, recover=recover)
        scenario.edit(world)
        world.look_for_changes()
        _round(world, points, recover=recover)
        if at_the_end:
            at_the_end(world)
        return world.end_state()


def _round(world: World, points: Points, *, recover: bool) -> None:
    before = points.fired
    with points.armed():
        _turn(world, CALM)
    if points.fired != before:
        world.restart()
    if points.fired != before or recover:
        _turn(world, RECOVERY)


def _turn(world: World, steps: Sequence[int]) -> None:
    """Turns the clock by leaps, and lets everything that is due by then happen, instead of every minute's tick."""
    for minutes in steps:
        world.cloud.clock.turn(minutes=minutes)
        world.cloud.run_until_quiet()
