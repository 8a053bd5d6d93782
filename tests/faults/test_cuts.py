"""Promise 2: cut off before or after any outside call or write, and run again, the end state is the undisturbed one.

What is outside differs only by effects: a process that dies before a call leaves what one leaves that died after the
call before it, and a call that only reads leaves what was there. So a cut after each effect is a cut at every point.
The short form cuts once after each sort of effect that follows a certain sort of effect; the long form cuts on both
sides of every call, reads included.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from tests.effort import SOAK
from tests.faults.points import Points, When, is_effect
from tests.faults.running import run
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario

SHARES = 16 if SOAK else 4
"""The points are spread over so many tests, which run side by side."""


@cache
def undisturbed(scenario: Scenario) -> tuple[Any, tuple[str, ...]]:
    points = Points()
    state = run(scenario, points)
    return state, tuple(points.passed)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_undisturbed_the_scenario_comes_to_rest(scenario: Scenario) -> None:
    state, passed = undisturbed(scenario)
    assert state["messages"] == {}
    assert state["intents"] == []
    assert state["crashes"] == []
    assert len(passed) > 30


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_a_cut_at_any_point_changes_nothing_in_the_end(scenario: Scenario, share: int) -> None:
    expected, passed = undisturbed(scenario)
    for at, when in cuts(passed)[share::SHARES]:
        points = Points(at, when)
        assert run(scenario, points) == expected, points.fired
        assert points.fired


def cuts(passed: tuple[str, ...]) -> list[tuple[int, When]]:
    """Where to cut a run that passed these calls."""
    if SOAK:
        return [(at, when) for at in range(len(passed)) for when in ("before", "after")]
    chosen: dict[tuple[str, str], int] = {}
    before = ""
    for at, call in enumerate(passed):
        if is_effect(call):
            name = re.sub(r"\d+", "#", call)
            chosen.setdefault((before, name), at)
            before = name
    return [(0, "before"), *((at, "after") for at in chosen.values())]
