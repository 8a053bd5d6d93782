"""The flow of companies in the fault harness: made on either side, matched, edited on both.

No field is edited by both sides at random: who wins where two edits meet depends on when they met, which the walk of
tests/flows/test_zomentum_walk.py is about.
"""

from __future__ import annotations

import random
from typing import Any

from tests.faults.world import Scenario, World
from tests.flows.zomentum import COMPANIES, THEIR_COMPANIES, prepare

OURS, THEIRS = ("Alder Dental",), ("Dogwood Design",)


def _ground(world: World) -> None:
    prepare(world.sides[0])


def _company(world: World, name: str, **fields: Any) -> None:
    psa, _ = world.sides
    psa.add(COMPANIES, name=name, **{"identifier": f"X{name.upper()}", "city": "Tampa", **fields})


def _there(world: World, name: str, **fields: Any) -> None:
    world.sides[1].add_company(name, **{"address": {"city": "Ocala"}, **fields})


def _seed(world: World) -> None:
    _ground(world)
    for name in OURS:
        _company(world, name)
    for name in THEIRS:
        _there(world, name)
    _company(world, "Cedar Clinic", website="https://cedar.example/")
    _there(world, "Cedar Clinic", website="cedar.example", phone="352-555-0100")


def _edit(world: World) -> None:
    psa, zomentum = world.sides
    psa.edit(COMPANIES, _ours(world, "Alder Dental"), phoneNumber="813-555-0100")
    zomentum.edit(THEIR_COMPANIES, _theirs(world, "Dogwood Design"), address={"city": "Naples"})
    zomentum.edit(THEIR_COMPANIES, _theirs(world, "Cedar Clinic"), name="Cedar Group")
    psa.edit(COMPANIES, _ours(world, "Cedar Clinic"), zip="34470")


def _random_edit(world: World, rng: random.Random) -> None:
    psa, zomentum = world.sides
    town = rng.choice(("Tampa", "Ocala", "Miami", "Naples", "Destin", "Largo", "Venice"))
    match rng.randrange(6):
        case 0:
            _company(world, f"Company {rng.randrange(10**6)}")
        case 1:
            _there(world, f"Client {rng.randrange(10**6)}")
        case 2 | 3:
            phone = f"813-555-01{rng.randrange(100):02}"
            psa.edit(COMPANIES, _ours(world, rng.choice(OURS)), phoneNumber=phone)
        case _:
            zomentum.edit(THEIR_COMPANIES, _theirs(world, rng.choice(THEIRS)), address={"city": town})


def _ours(world: World, name: str) -> int:
    return next(int(row["id"]) for row in world.sides[0].records(COMPANIES) if row["name"] == name)


def _theirs(world: World, name: str) -> str:
    return str(world.sides[1].find(THEIR_COMPANIES, name)["id"])


def _state(world: World) -> dict[str, Any]:
    psa, zomentum = world.sides
    ours = {str(row["id"]): row for row in psa.records(COMPANIES)}
    theirs = {row["id"]: row for row in zomentum.records(THEIR_COMPANIES)}
    return {
        "ours": sorted(
            (r["name"], r.get("city"), r.get("phoneNumber"), r.get("zip"), r["identifier"]) for r in ours.values()
        ),
        "theirs": sorted((r["name"], r["address"].get("city"), r.get("phone")) for r in theirs.values()),
        "links": sorted((ours[link.cw_id]["name"], theirs[link.partner_id]["name"]) for link in world.links),
    }


def _add(world: World, number: int) -> None:
    _company(world, f"Company {number}")


def _change(world: World, number: int) -> None:
    world.sides[0].edit(COMPANIES, _ours(world, f"Company {number}"), city="Ocala")


SCENARIO = Scenario(
    flow="zomentum_companies",
    settings={},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
