"""The flow of products in the fault harness: made on either side, found, edited on both.

As with companies, no field is edited by both sides at random.
"""

from __future__ import annotations

import random
from typing import Any

from infra.local.simulators.zomentum.entities import ITEMS
from tests.faults.world import Scenario, World
from tests.flows.zomentum_catalogue import CATALOG, add_item, add_product, ground

OURS, THEIRS = ("SW-24",), ("Backup",)


def _ground(world: World) -> None:
    ground(world.sides[0])


def _seed(world: World) -> None:
    _ground(world)
    psa, zomentum = world.sides
    for name in OURS:
        add_item(psa, name)
    for name in THEIRS:
        add_product(zomentum, name, 5)


def _edit(world: World) -> None:
    """What both have by then is found only now, so that neither round has much more to do than the other."""
    psa, zomentum = world.sides
    add_item(psa, "FW-60", manufacturerPartNumber="F60")
    add_product(zomentum, "fw-60", 10)
    psa.edit(CATALOG, _ours(world, "SW-24"), price=11)
    zomentum.edit(ITEMS, _theirs(world, "Backup"), subcategory="Printers")


def _random_edit(world: World, rng: random.Random) -> None:
    psa, zomentum = world.sides
    match rng.randrange(6):
        case 0:
            add_item(psa, f"ITEM-{rng.randrange(10**6)}")
        case 1:
            add_product(zomentum, f"Product {rng.randrange(10**6)}", 3)
        case 2 | 3:
            psa.edit(CATALOG, _ours(world, rng.choice(OURS)), price=rng.randrange(1, 100))
        case _:
            zomentum.edit(ITEMS, _theirs(world, rng.choice(THEIRS)), description=f"Text {rng.randrange(9)}")


def _ours(world: World, identifier: str) -> int:
    return next(int(row["id"]) for row in world.sides[0].records(CATALOG) if row["identifier"] == identifier)


def _theirs(world: World, name: str) -> str:
    return str(world.sides[1].find(ITEMS, name)["id"])


def _state(world: World) -> dict[str, Any]:
    psa, zomentum = world.sides
    ours = {str(row["id"]): row for row in psa.records(CATALOG)}
    theirs = {row["id"]: row for row in zomentum.records(ITEMS)}
    return {
        "ours": sorted(
            (r["identifier"], r.get("price", 0), r["customerDescription"], r["subcategory"]["name"], r["type"]["name"])
            for r in ours.values()
        ),
        "theirs": sorted(
            (
                r["name"],
                r["pricing"][0]["sell_price"],
                r["description"],
                r["subcategory"],
                r["manufacturer_part_number"],
            )
            for r in theirs.values()
        ),
        "links": sorted((ours[link.cw_id]["identifier"], theirs[link.partner_id]["name"]) for link in world.links),
    }


def _add(world: World, number: int) -> None:
    add_item(world.sides[0], f"ITEM-{number}")


def _change(world: World, number: int) -> None:
    world.sides[0].edit(CATALOG, _ours(world, f"ITEM-{number}"), price=20)


SCENARIO = Scenario(
    flow="zomentum_products",
    settings={},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
