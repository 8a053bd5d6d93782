"""The flow of Moovila's reference data in the fault harness: made, matched, renamed, and put right."""

from __future__ import annotations

import random
from typing import Any

from tests.faults.world import Scenario, World

COMPANIES = "company/companies"
NAMES = ("Alder", "Birch")


def _company(world: World, name: str) -> None:
    world.sides[0].add(COMPANIES, identifier=name.upper(), name=name)


def _seed(world: World) -> None:
    _, moovila = world.sides
    for name in NAMES:
        _company(world, name)
    moovila.add("customers", name="birch")
    psa, _ = world.sides
    psa.add("system/members", identifier="ana", firstName="Ana", lastName="Reyes", officeEmail=_mail("ana.reyes"))


def _edit(world: World) -> None:
    psa, moovila = world.sides
    psa.edit(COMPANIES, _ours(world, "Alder"), name="Alder North")
    psa.edit("system/members", _member(world), inactiveFlag=True)
    moovila.edit("customers", moovila.find("customers", "Birch")["id"], name="Beech")
    world.look_for_changes(everything=True)


def _random_edit(world: World, rng: random.Random) -> None:
    psa, moovila = world.sides
    match rng.randrange(4):
        case 0:
            _company(world, f"Cedar {rng.randrange(10**6)}")
        case 1:
            psa.edit("system/members", _member(world), inactiveFlag=rng.random() < 0.5)
        case 2:
            row = rng.choice(moovila.records("work-types"))
            moovila.edit("work-types", row["id"], active=True)
        case _:
            ours = next(row["id"] for row in psa.records(COMPANIES) if row["identifier"] == "BIRCH")
            psa.edit(COMPANIES, ours, name=f"Birch {rng.randrange(10**6)}")


def _mail(name: str) -> str:
    return f"{name}@msp.example.com"


def _ours(world: World, name: str) -> int:
    return next(int(row["id"]) for row in world.sides[0].records(COMPANIES) if row["name"] == name)


def _member(world: World) -> int:
    rows = world.sides[0].records("system/members")
    return next(int(row["id"]) for row in rows if row["identifier"] == "ana")


def _state(world: World) -> dict[str, Any]:
    _, moovila = world.sides
    paths = ("customers", "customer-statuses", "note-categories", "work-types", "users")
    with world.inside():
        links = sorted(link.kind for link in world.store.links.all_links(world.key))
    return {
        **{path: sorted((row["name"], row["active"]) for row in moovila.records(path)) for path in paths},
        "links": links,
    }


def _add(world: World, number: int) -> None:
    _company(world, f"Company {number}")


def _change(world: World, number: int) -> None:
    world.sides[0].edit(COMPANIES, _ours(world, f"Company {number}"), name=f"Company {number} North")


SCENARIO = Scenario(
    flow="moovila_reference_data",
    settings={"kinds": ["work-type", "company-customer"], "sync_user_status": True},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    add=_add,
    change=_change,
)
