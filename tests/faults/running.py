"""Takes a scenario through its two rounds, undisturbed or with misfortunes, and gives the state after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any, TypeVar

from tests.faults.points import Points
from tests.faults.world import Scenario, World

CALM = (1, 1, 1)
"""Minutes by which the clock is turned in an undisturbed round: the scan, its changes, what waited for them."""

RECOVERY = (13, 6, 6, 6, 11)
"""Minutes by which it is turned after a process died: visibility (12), settling (5), the retries after that."""

Hook = Callable[[World, int], None]
"""Called with the number of a round: 0 or 1."""

T = TypeVar("T")


def run(
    scenario: Scenario,
    first: Points,
    second: Points | None = None,
    *,
    before: Hook | None = None,
    after: Hook | None = None,
    recover: bool = False,
) -> list[Any]:
    """Both rounds: first sync, edits and their sync. Returns the state that each ended in.

    Each round has its points; with none for the second those of the first count on. With `recover` a round is given
    the time that a misfortune costs, also where no process died.
    """
    states = []
    with World(scenario) as world:
        for number, points in enumerate((first, second or first)):
            if number:
                scenario.edit(world)
                world.look_for_changes()
            if before:
                before(world, number)
            _round(world, points, recover=recover)
            if after:
                after(world, number)
            states.append(world.end_state())
    return states


def _round(world: World, points: Points, *, recover: bool) -> None:
    before = points.fired
    with points.armed():
        world.turn(*CALM)
    if points.fired != before:
        world.restart()
    if points.fired != before or recover:
        world.turn(*RECOVERY)


@dataclass(frozen=True)
class Undisturbed:
    """What a scenario comes to by itself, round by round.

    `passed` are the calls that its process made, `requests` counts those that reached a `(system, operation)`.
    """

    states: list[Any]
    passed: list[list[str]]
    requests: list[Counter[tuple[str, str]]]


@cache
def undisturbed(scenario: Scenario) -> Undisturbed:
    """Found out once a process, for all tests of a scenario."""
    rounds = Points(), Points()
    counted: list[Counter[tuple[str, str]]] = []

    def count(world: World, _: int) -> None:
        systems = world.simulators.items()
        counted.append(Counter({(name, of): n for name, system in systems for of, n in system.requests.items()}))

    states = run(scenario, *rounds, after=count)
    return Undisturbed(states, [points.passed for points in rounds], [counted[0], counted[1] - counted[0]])


def by_two(first: Iterable[T], second: Iterable[T]) -> list[tuple[T | None, T | None]]:
    """Misfortunes that either round can have, one for each round at a time and every one once: half as many runs.

    What both rounds can have befalls the one that has fewer of its own.
    """
    ones, others = dict.fromkeys(first), dict.fromkeys(second)
    both = [one for one in ones if one in others]
    for one in both:
        del (ones if len(ones) > len(others) else others)[one]
    return list(zip_longest(ones, others))
