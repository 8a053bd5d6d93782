"""What one record costs a flow: the same day with no record, with one and with two, told apart by difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from functions.wiring import flow_class
from tests.bench.meter import Cost, Meter, less
from tests.faults.running import CALM
from tests.faults.world import Scenario, World

DAY = (60,) * 24
"""Minutes by which it is turned in a day: what is looked at again by the hour is so in time."""

QUARTER = (*CALM, 15 - sum(CALM))
"""Minutes by which the clock is turned until the next scan of a flow with a cadence of 15 minutes."""


@dataclass(frozen=True)
class Costs:
    """What a flow costs.

    `nothing` and `everything` are of a delta and of a comprehensive run that find nothing to do, whatever records there
    are; `unchanged` and `compared` what each record in step adds to them. `changed` and `new` are one record by itself,
    in the run that finds it and the next one, which sees what was written; `changed_too` and `new_too` each further one
    that comes with it. `waiting` is what each record in step adds to a day without any run: where the other side
    finishes later, a flow goes on looking. `metrics` are the names under which it told CloudWatch what it did.
    """

    flow: str
    systems: tuple[str, ...]
    metrics: frozenset[str]
    nothing: Cost
    unchanged: Cost
    changed: Cost
    changed_too: Cost
    new: Cost
    new_too: Cost
    everything: Cost
    compared: Cost
    waiting: Cost


def costs_of(scenario: Scenario) -> Costs:
    """Measures one flow, by its scenario of the fault harness."""
    none, one, two = (_days(scenario, records) for records in range(3))
    return Costs(
        flow=scenario.flow,
        systems=flow_class(scenario.flow).systems,
        metrics=one.metrics,
        nothing=less(less(one.quiet, one.idle), less(two.quiet, one.quiet)),
        unchanged=less(two.quiet, one.quiet),
        changed=less(one.changed, none.changed),
        changed_too=less(two.changed, one.changed),
        new=less(one.new, none.new),
        new_too=less(two.new, one.new),
        everything=less(less(one.compared, one.idle), less(two.compared, one.compared)),
        compared=less(two.compared, one.compared),
        waiting=less(two.waiting, one.waiting),
    )


@dataclass(frozen=True)
class _Days:
    """What each part cost: nothing due, records added, changed, nothing changed, everything compared, no run at all."""

    idle: Cost
    new: Cost
    changed: Cost
    quiet: Cost
    compared: Cost
    waiting: Cost
    metrics: frozenset[str]


def _days(scenario: Scenario, records: int) -> _Days:
    """The days of so many records; their first sync is over when `changed` begins."""
    with World(scenario, empty=True) as world:
        world.turn(*QUARTER)
        metrics: set[str] = set()
        measured = partial(_measured, world, metrics)
        idle = measured(lambda: world.turn(*QUARTER))
        for number in range(records):
            scenario.add(world, number + 1)
        new = measured(lambda: _rounds(world, 2))
        _rounds(world, 1)
        for number in range(records):
            scenario.change(world, number + 1)
        changed = measured(lambda: _rounds(world, 2))
        if not records:  # nothing but the first record's own cost is told apart by it
            return _Days(idle, new, changed, {}, {}, {}, frozenset())
        _rounds(world, 1)
        quiet = measured(lambda: _rounds(world, 1))
        world.look_for_changes(everything=True)
        compared = measured(lambda: world.turn(*QUARTER))
        with world.inside():
            world.store.flows.set_due(world.key, world.cloud.clock.now() + timedelta(days=2))
        waiting = measured(lambda: world.turn(*DAY))
        with world.inside():
            if told := [one.issue.message for one in world.store.issues.of_connection("demo")]:
                raise ValueError(f"{scenario.flow}: what a record costs is measured where nobody need help: {told}")
        return _Days(idle, new, changed, quiet, compared, waiting, frozenset(metrics))


def _measured(world: World, metrics: set[str], do: Callable[[], None]) -> Cost:
    meter = Meter(world, metrics=metrics)
    with meter.counting():
        do()
    return meter.counts


def _rounds(world: World, number: int) -> None:
    for _ in range(number):
        world.look_for_changes()
        world.turn(*QUARTER)
