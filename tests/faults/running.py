"""Takes a scenario through its two rounds, undisturbed or with one misfortune, and gives its end state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.points import Points
from tests.faults.world import Scenario, World

CALM = 3
"""Minutes in which an undisturbed round is over."""

RECOVERY = 40
"""Minutes in which a process that died is made up for: visibility (12), settling (5), the retries after that."""


def run(scenario: Scenario, points: Points, disturb: Callable[[World], None] | None = None) -> Any:
    """Both rounds: first sync, edits and their sync. Returns the end state."""
    with World(scenario) as world:
        if disturb:
            disturb(world)
        _round(world, points)
        scenario.edit(world)
        world.look_for_changes()
        _round(world, points)
        return world.end_state()


def _round(world: World, points: Points) -> None:
    before = points.fired
    with points.armed():
        world.cloud.wait(minutes=CALM)
    if points.fired != before:
        world.restart()
        world.cloud.wait(minutes=RECOVERY)
