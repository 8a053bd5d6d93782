"""Promise 2: cut off before or after any outside call or write, and run again, the end state is the undisturbed one.

What is outside differs only by effects: a process that dies before a call leaves what one leaves that died after the
call before it, and a call that only reads leaves what was there. So a cut after each effect is a cut at every point.

The short form cuts either round once after each sort of effect that follows a certain sort of effect, and once before
anything was done. A run has a cut in each round, and what it comes to is compared after each, so that the second round
starts from where it would have started. It leaves three things to the long form (`make soak`), which cuts on both sides
of every call, one cut a run: the second and later places of a sort in a round (the second record's create after the
first's), reads, and what the second round of somebody who died in the first does without dying again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import pytest

from tests.effort import SOAK
from tests.faults.points import REFUSED, Points, When, sorts
from tests.faults.running import Undisturbed, run, undisturbed
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario

SHARES = 16 if SOAK else 4
"""The points are spread over so many tests, which run side by side."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_undisturbed_the_scenario_comes_to_rest(scenario: Scenario) -> None:
    calm = undisturbed(scenario)
    for state in calm.states:
        assert state["messages"] == {}
        assert state["intents"] == []
        assert state["crashes"] == []
    assert sum(map(len, calm.passed)) > 30


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_a_cut_at_any_point_changes_nothing_in_the_end(scenario: Scenario, share: int) -> None:
    calm = undisturbed(scenario)
    for first, second in cuts(calm)[share::SHARES]:
        assert run(scenario, first, second) == calm.states, (first.fired, second.fired)
        for points in (first, second):
            assert points.fired or not points.deathly, f"no process came to {points.sort}"


def cuts(calm: Undisturbed) -> list[tuple[Points, Points]]:
    """Where to cut either round of a run."""
    if SOAK:
        sides = [[*places(passed)] for passed in calm.passed]
        return [
            *((Points(at, when), Points()) for at, when in sides[0]),
            *((Points(), Points(at, when)) for at, when in sides[1]),
        ]
    both = zip_longest(*map(sorts, calm.passed))
    return [(Points(0, "before"), Points()), *((Points(sort=one), Points(sort=other)) for one, other in both)]


def places(passed: Sequence[str]) -> Iterator[tuple[int, When]]:
    """Both sides of every call of a round; what was refused has no other side."""
    for at, call in enumerate(passed):
        yield at, "before"
        if not call.startswith(REFUSED):
            yield at, "after"
