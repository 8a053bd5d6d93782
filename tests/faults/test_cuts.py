"""Promise 2: cut off before or after any outside call or write, and run again, the end state is the undisturbed one."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.faults.points import Points, When
from tests.faults.running import run
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario

SHARES = 16
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
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_a_cut_at_any_point_changes_nothing_in_the_end(scenario: Scenario, when: When, share: int) -> None:
    expected, passed = undisturbed(scenario)
    for at in range(share, len(passed), SHARES):
        points = Points(at, when)
        assert run(scenario, points) == expected, points.fired
        assert points.fired
