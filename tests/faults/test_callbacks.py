"""A change that ConnectWise tells of: the process dies receiving it, or working on it, and the record is in step.

ConnectWise posts what it is to tell, signed, to the HTTP API; nothing is polled. A crash is answered with a 5xx, which
ConnectWise does not repeat: what died before it was queued is found by the next poll, all else needs none.

The receiver has one effect, the message. The short form cuts before it, after it, and after each sort of effect of the
worker that gets it; the long form cuts on both sides of every call, those that only read included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.effort import SOAK
from tests.faults import customers
from tests.faults.points import Points, sorts
from tests.faults.running import CALM, RECOVERY
from tests.faults.world import World

COMPANIES = "company/companies"
QUEUED = "aws SendMessageBatch"


def _seed(world: World) -> None:
    psa, eautomate = world.sides
    psa.define_custom_field("company/companies/*/sites", "EA Location")
    eautomate.add_customer(number="1001", name="Alder Dental", City="Tampa", State="FL")
    eautomate.add_customer(number="1001-1", name="Alder Dental North", City="Ocala", State="FL", parent="1001")
    psa.add(COMPANIES, identifier="ALDER", name="Alder Dental")


def _give_number(world: World) -> None:
    """A member enters the customer's number on the company's screen."""
    psa = world.simulators["connectwise_psa"]
    (company,) = (one for one in psa.records(COMPANIES) if one["identifier"] == "ALDER")
    psa.edit(COMPANIES, company["id"], accountNumber="1001")


SCENARIO = replace(customers.SCENARIO, settings={}, seed=_seed, edit=_give_number)


@dataclass(frozen=True)
class Told:
    """What came of it: the calls that were made for it, the states before and after the next poll."""

    passed: list[str]
    state: Any
    polled: Any
    answers: list[int | None]


def told(points: Points) -> Told:
    """The number is entered, ConnectWise tells, the process dies where `points` says and is started again."""
    with World(SCENARIO, http=0) as world:
        _turn(world, CALM)
        registered = world.cloud.invoke("callback_registration", {"connection": "demo"}).answer["connections"]["demo"]
        assert "company" in registered["created"], registered
        with points.armed():
            SCENARIO.edit(world)
            _turn(world, (0,))
        if points.fired:
            world.restart()
        _turn(world, RECOVERY)
        state = world.end_state()
        answers = [delivery.status for delivery in world.simulators["connectwise_psa"].callbacks.done]
        world.look_for_changes()
        _turn(world, CALM)
        return Told(points.passed, state, world.end_state(), answers)


def _turn(world: World, steps: tuple[int, ...]) -> None:
    """As `running` does; what ConnectWise is to tell by then is told first, also of what was written meanwhile."""
    callbacks = world.simulators["connectwise_psa"].callbacks
    for minutes in steps:
        world.cloud.clock.turn(minutes=minutes)
        assert callbacks.settled()
        while world.cloud.run_until_quiet():
            assert callbacks.settled()


@cache
def undisturbed() -> Told:
    return told(Points())


def test_undisturbed_the_company_is_linked_without_a_poll() -> None:
    calm = undisturbed()
    assert calm.state == calm.polled
    assert ("customer-company", "customer 1001 Alder Dental", "Alder Dental/1001") in calm.state["state"]["links"]
    assert "callbackkey" in calm.passed[0]
    assert calm.passed[1] == QUEUED
    assert calm.answers == [200] * len(calm.answers)


def cuts() -> list[dict[str, Any]]:
    """Where to cut: by the calls of an undisturbed run."""
    passed = undisturbed().passed
    if SOAK:
        return [{"at": at, "when": when} for at in range(len(passed)) for when in ("before", "after")]
    return [{"at": 0}, *({"sort": sort} for sort in sorts(passed))]


def test_a_cut_at_any_point_of_receiving_and_working_changes_nothing_in_the_end() -> None:
    calm = undisturbed()
    lost = 0
    for cut in cuts():
        points = Points(**cut)
        found = told(points)
        assert points.fired, cut
        assert found.polled == calm.polled, points.fired
        if QUEUED in points.passed and "before call 1:" not in points.fired:
            assert found.state == calm.state, f"{points.fired}: what is queued needs no poll"
        else:
            lost += 1
            assert 500 in found.answers
    assert lost, "the receiver died before it had queued anything"
