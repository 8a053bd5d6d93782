"""The flow of contacts in the fault harness: made on either side, matched, waiting, edited, moved.

Their companies are in the table from the start, as the flow that maps them would have left them; one comes later. As
with companies, no field is edited by both sides at random.
"""

from __future__ import annotations

import random
from typing import Any

from shared.partners.zomentum import COMPANY
from shared.sync.link import Link
from shared.sync.record import FlowKey
from tests.faults.world import Scenario, World
from tests.flows.zomentum import COMPANIES, CONTACTS, DIRECT, EMAIL, THEIR_COMPANIES, THEIR_CONTACTS, prepare

NAMES = ("Acme", "Birch")
OURS, THEIRS = ("Ada",), ("Dora",)


def _ground(world: World) -> None:
    psa, _ = world.sides
    prepare(psa)
    for name in NAMES:
        _map(world, name, psa.add(COMPANIES, identifier=name.upper(), name=name, city="Tampa")["id"])


def _map(world: World, name: str, company: int) -> None:
    """The company's counterpart, and their link."""
    link = Link(COMPANY.kind, str(company), world.sides[1].add_company(name), cw_name=f"company {name}")
    with world.inside():
        world.store.links.link(FlowKey("demo", COMPANY.flow), link)


def _contact(world: World, first: str, company: str = "Acme", *, email: str | None = None, phone: str = "1") -> None:
    psa, _ = world.sides
    address = f"{first.lower()}@{company.lower()}.example" if email is None else email
    items = [{"type": DIRECT, "value": phone}, *([{"type": EMAIL, "value": address}] if address else [])]
    at = next(row["id"] for row in psa.records(COMPANIES) if row["name"] == company)
    psa.add(CONTACTS, firstName=first, lastName="Stone", company={"id": at}, communicationItems=items)


def _there(world: World, first: str, company: str = "Acme", **fields: Any) -> None:
    _, zomentum = world.sides
    email = fields.pop("email", f"{first.lower()}@{company.lower()}.example")
    zomentum.add_contact(zomentum.find(THEIR_COMPANIES, company)["id"], first, "Stone", email, **fields)


def _seed(world: World) -> None:
    _ground(world)
    psa, _ = world.sides
    for name in OURS:
        _contact(world, name)
    for name in THEIRS:
        _there(world, name, title="Buyer")
    _contact(world, "Cy")
    _there(world, "Cy", title="CTO")
    psa.add(COMPANIES, identifier="CEDAR", name="Cedar", city="Tampa")
    _contact(world, "Gus", "Cedar")


def _edit(world: World) -> None:
    psa, zomentum = world.sides
    items = [{"type": EMAIL, "value": "ada@new.example"}, {"type": DIRECT, "value": "2"}]
    psa.edit(CONTACTS, _ours(world, "Ada"), communicationItems=items)
    birch = zomentum.find(THEIR_COMPANIES, "Birch")["id"]
    zomentum.edit(THEIR_CONTACTS, _theirs(world, "Dora"), client_company_id=birch, email="dora@birch.example")
    zomentum.edit(THEIR_CONTACTS, _theirs(world, "Cy"), phone="")
    _map(world, "Cedar", next(row["id"] for row in psa.records(COMPANIES) if row["name"] == "Cedar"))
    psa.edit(CONTACTS, _ours(world, "Gus"), title="CEO")


def _random_edit(world: World, rng: random.Random) -> None:
    psa, zomentum = world.sides
    match rng.randrange(6):
        case 0:
            _contact(world, f"Kim{rng.randrange(10**6)}", rng.choice(NAMES))
        case 1:
            _there(world, f"Lee{rng.randrange(10**6)}", rng.choice(NAMES))
        case 2 | 3:
            name = rng.choice(OURS)
            items = [{"type": DIRECT, "value": str(rng.randrange(100))}]
            items.append({"type": EMAIL, "value": f"{name.lower()}@acme.example"})
            psa.edit(CONTACTS, _ours(world, name), communicationItems=items)
        case _:
            title = rng.choice(("CTO", "CEO", "Buyer", ""))
            zomentum.edit(THEIR_CONTACTS, _theirs(world, rng.choice(THEIRS)), title=title)


def _ours(world: World, first: str) -> int:
    return next(int(row["id"]) for row in world.sides[0].records(CONTACTS) if row["firstName"] == first)


def _theirs(world: World, first: str) -> str:
    return str(world.sides[1].find(THEIR_CONTACTS, f"{first} Stone")["id"])


def _state(world: World) -> dict[str, Any]:
    psa, zomentum = world.sides
    companies = {row["id"]: row["name"] for row in zomentum.records(THEIR_COMPANIES)}
    ours = {str(row["id"]): row for row in psa.records(CONTACTS)}
    theirs = {row["id"]: row for row in zomentum.records(THEIR_CONTACTS)}
    return {
        "ours": sorted(
            (
                row["firstName"],
                row.get("title") or "",
                (row.get("company") or {}).get("name"),
                sorted((item["communicationType"], item["value"]) for item in row.get("communicationItems", [])),
            )
            for row in ours.values()
        ),
        "theirs": sorted(
            (
                row["name"]["first"],
                row.get("title") or "",
                companies[row["client_company_id"]],
                row.get("email") or "",
                row.get("phone") or "",
            )
            for row in theirs.values()
        ),
        "links": sorted(
            (ours[link.cw_id]["firstName"], theirs[link.partner_id]["name"]["first"]) for link in world.links
        ),
    }


def _add(world: World, number: int) -> None:
    _contact(world, f"Kim{number}")


def _change(world: World, number: int) -> None:
    world.sides[0].edit(CONTACTS, _ours(world, f"Kim{number}"), title="CTO")


SCENARIO = Scenario(
    flow="zomentum_contacts",
    settings={},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
