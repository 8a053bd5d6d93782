"""The customer flow in the fault harness: created, matched, ambiguous, refused, opted out, located, edited."""

from __future__ import annotations

import random
from typing import Any

from tests.faults.world import Scenario, World


def _ground(world: World) -> None:
    world.simulators["connectwise_psa"].define_custom_field("company/companies/*/sites", "EA Location")


def _add(world: World, number: int) -> None:
    eautomate = world.simulators["eautomate"]
    eautomate.add_customer(number=f"3{number:03}", name=f"Customer {number}", City="Tampa", State="FL")


def _change(world: World, number: int) -> None:
    world.simulators["eautomate"].edit_customer(f"3{number:03}", City="Ocala")


def _seed(world: World) -> None:
    psa, eautomate = world.sides
    _ground(world)
    eautomate.add_customer(number="1001", name="Alder Dental", City="Tampa", State="FL")
    eautomate.add_customer(number="1001-1", name="Alder Dental North", City="Tampa", State="FL", parent="1001")
    eautomate.add_customer(number="1002", name="Birch Bakery", City="Ocala", State="FL")
    eautomate.add_customer(number="1003", name="Cedar Clinic", City="Miami", State="FL")
    eautomate.add_customer(number="1004", name="Dogwood Design", City="Naples", State="FL")
    eautomate.add_customer(number="1005", name="Elm Electric", City="Destin", State="FL", configured=False)
    psa.add("company/companies", identifier="BIRCH", name="Birch Bakery Inc", accountNumber="1002")
    psa.add("company/companies", identifier="CEDAR1", name="Cedar Clinic", accountNumber="1003")
    psa.add("company/companies", identifier="1003", name="Cedar Clinic East")
    eautomate.set_property("1004", "ZCJ_SyncToCW", "No")


def _edit(world: World) -> None:
    psa, eautomate = world.sides
    eautomate.edit_customer("1001", City="Sarasota")
    eautomate.edit_customer("1002", Phone1="352-555-0144")
    eautomate.set_property("1004", "ZCJ_SyncToCW", "Yes")
    east = next(c for c in psa.records("company/companies") if c["identifier"] == "1003")
    psa.edit("company/companies", east["id"], identifier="CEDAREAST")


def _random_edit(world: World, rng: random.Random) -> None:
    psa, eautomate = world.sides
    numbers = [row.number for row in eautomate.customers]
    town = rng.choice(("Tampa", "Ocala", "Miami", "Naples", "Destin", "Largo", "Venice"))
    match rng.randrange(6):
        case 0:
            number = f"2{len(numbers):03}"
            eautomate.add_customer(number=number, name=f"Customer {number}", City=town, State="FL")
        case 1:
            parent = rng.choice([number for number in numbers if "-" not in number])
            eautomate.add_customer(number=f"{parent}-{len(numbers)}", name=f"Branch {len(numbers)}", parent=parent)
        case 2:
            # Only companies that were there at first: which others there are depends on how far the sync has come.
            psa.edit("company/companies", rng.choice(psa.records("company/companies")[:3])["id"], city=town)
        case _:
            change = rng.choice(({"City": town}, {"Phone1": f"813-555-01{rng.randrange(100):02}"}))
            eautomate.edit_customer(rng.choice(numbers), **change)


def _state(world: World) -> dict[str, Any]:
    psa, eautomate = world.sides
    companies = {c["id"]: c for c in psa.records("company/companies")}
    called = {id_: f"{c['name']}/{c.get('accountNumber')}" for id_, c in companies.items()}
    sites = {s["id"]: s for s in psa.records("company/companies/*/sites")}
    return {
        "companies": sorted(
            (called[c["id"]], c["identifier"], c.get("city"), c.get("state"), c.get("phoneNumber"))
            for c in companies.values()
        ),
        "sites": sorted((called[s["company"]["id"]], s["name"], s.get("city")) for s in sites.values()),
        "properties": sorted(
            (row.number, name, _named(name, int(value), called, sites))
            for row in eautomate.customers
            for name, value in row.properties.items()
            if name.startswith("ZCJ_CW") and value
        ),
        "links": sorted(
            (link.kind, link.partner_name, _named(link.kind, int(link.cw_id), called, sites)) for link in world.links
        ),
    }


def _named(kind: str, id_: int, companies: dict[int, str], sites: dict[int, Any]) -> str:
    """A company or site by its natural key."""
    return str(sites[id_]["name"]) if "site" in kind.lower() else companies[id_]


SCENARIO = Scenario(
    flow="eautomate_customers",
    settings={"create_missing": True},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
