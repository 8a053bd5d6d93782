"""The flow of taxes in the fault harness: regions with their categories are made, found, renamed; rates follow."""

from __future__ import annotations

import random
from typing import Any

from infra.local.simulators.zomentum.entities import CATEGORIES, REGIONS
from tests.faults.world import Scenario, World

CODES = "finance/taxCodes"


def _ground(world: World) -> None:
    psa, zomentum = world.sides
    for simulator, paths in ((psa, (CODES,)), (zomentum, (CATEGORIES, REGIONS))):
        for path in paths:
            for row in simulator.records(path):
                simulator.delete(path, row["id"])


def _code(world: World, identifier: str, rate: float = 0.06) -> None:
    world.sides[0].add(
        CODES, identifier=identifier, description=f"Region {identifier}", levelOneRate=rate, invoiceCaption="Tax",
        effectiveDate="2020-01-01T00:00:00Z",
    )  # fmt: skip


def _edit_code(world: World, identifier: str, **fields: Any) -> None:
    psa, _ = world.sides
    psa.edit(CODES, next(row["id"] for row in psa.records(CODES) if row["identifier"] == identifier), **fields)


def _seed(world: World) -> None:
    _ground(world)
    _code(world, "TX", 0.0825)
    _code(world, "FL")


def _edit(world: World) -> None:
    """One more is there already, under the name of its region; it comes only now, so that both rounds are as long."""
    _edit_code(world, "TX", levelOneRate=0.09)
    _edit_code(world, "FL", description="Florida")
    _code(world, "GA", 0.04)
    zomentum = world.sides[1]
    region = zomentum.add(REGIONS, name="region ga")
    for name, rate in (("Taxable", 1), ("Non-Taxable", 0)):
        zomentum.add(CATEGORIES, name=name, tax_region_id=region, rate=rate)


def _random_edit(world: World, rng: random.Random) -> None:
    if rng.randrange(3):
        _edit_code(world, rng.choice(("TX", "FL")), levelOneRate=rng.randrange(1, 20) / 100)
    else:
        _code(world, f"N{rng.randrange(10**6)}")


def _state(world: World) -> dict[str, Any]:
    psa, zomentum = world.sides
    codes = {str(row["id"]): row["identifier"] for row in psa.records(CODES)}
    regions = {row["id"]: row["name"] for row in zomentum.records(REGIONS)}
    rates = {row["id"]: row for row in zomentum.records(CATEGORIES)}
    named = {**regions, **{id_: f"{regions[row['tax_region_id']]} {row['name']}" for id_, row in rates.items()}}
    return {
        "regions": sorted(regions.values()),
        "rates": sorted((named[id_], row["rate"]) for id_, row in rates.items()),
        "links": sorted(
            (codes[link.cw_id.partition("/")[0]], link.cw_id.partition("/")[2], named[link.partner_id])
            for link in world.links
        ),
    }


def _add(world: World, number: int) -> None:
    _code(world, f"C{number}")


def _change(world: World, number: int) -> None:
    _edit_code(world, f"C{number}", levelOneRate=0.07)


SCENARIO = Scenario(
    flow="zomentum_taxes",
    settings={},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
