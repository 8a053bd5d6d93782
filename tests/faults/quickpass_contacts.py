"""The matching in the fault harness: a company and accounts linked, a contact created, a mobile number that came later.

Somebody approves all that is proposed. What is matched stays so, whatever its address becomes: nothing here is edited
in a way that would come out otherwise if it were seen later.
"""

from __future__ import annotations

import random
from typing import Any

from functions.quickpass_contacts.situations import CUSTOMER, MATCH
from shared.sync.link import Link
from shared.systems.quickpass import account_key
from tests.faults.world import Scenario, World
from tests.flows.quickpass import COMPANIES, CONTACTS, EMAIL

ALDER, BIRCH = "Alder Dental", "Birch Bakery"


def _ground(world: World) -> None:
    """A customer whose company is matched."""
    psa, quickpass = world.sides
    company = psa.add(COMPANIES, identifier="ALDER", name=ALDER, addressLine1="1 Main St")["id"]
    _link(world, Link(CUSTOMER, str(company), quickpass.add_customer(ALDER), cw_name=ALDER, partner_name=ALDER))


def _link(world: World, link: Link) -> None:
    with world.inside():
        world.store.links.link(world.key, link)


def _account(world: World, first: str, customer: str = ALDER, **fields: Any) -> str:
    _, quickpass = world.sides
    guid = quickpass.find(customer)
    return account_key(guid, quickpass.add_account(guid, first, "Stone", _address(first), **fields))


def _contact(world: World, first: str, customer: str = ALDER) -> str:
    psa, _ = world.sides
    company = next(row["id"] for row in psa.records(COMPANIES) if row["name"] == customer)
    items = [{"type": EMAIL, "value": _address(first)}]
    made = psa.add(CONTACTS, firstName=first, lastName="Stone", company={"id": company}, communicationItems=items)
    return str(made["id"])


def _address(first: str) -> str:
    return f"{first.lower()}@example.com"


def _seed(world: World) -> None:
    psa, quickpass = world.sides
    _ground(world)
    _link(world, Link(MATCH, _contact(world, "Ada"), _account(world, "Ada"), cw_name="Ada", partner_name="Ada"))
    _account(world, "Ben")
    _contact(world, "Ben")
    _account(world, "Cleo", mobile="1")
    quickpass.add_customer(BIRCH)
    psa.add(COMPANIES, identifier="BIRCH", name=BIRCH, addressLine1="1 Main St")
    _account(world, "Dan", BIRCH)
    _contact(world, "Dan", BIRCH)


def _edit(world: World) -> None:
    _, quickpass = world.sides
    guid = quickpass.find(ALDER)
    quickpass.edit(guid, quickpass.account(guid, "Ben")["id"], mobile="2")
    quickpass.edit(guid, quickpass.account(guid, "Ada")["id"], psaContactId="99999")
    _account(world, "Eva")


def _random_edit(world: World, rng: random.Random) -> None:
    _, quickpass = world.sides
    customer = rng.choice((ALDER, BIRCH))
    first = f"Kim{rng.randrange(10**6)}"
    match rng.randrange(4):
        case 0:
            _account(world, first, customer)
        case 1:
            _contact(world, first, customer)
            _account(world, first, customer)
        case _:
            guid = quickpass.find(customer)
            row = rng.choice(quickpass.accounts(guid))
            quickpass.edit(guid, row["id"], mobile=f"+1 {sum(row['firstName'].encode())}")


def _state(world: World) -> dict[str, Any]:
    psa, quickpass = world.sides
    contacts = {str(row["id"]): row for row in psa.records(CONTACTS)}
    accounts = {
        account_key(one["customerAgentId"], row["id"]): row
        for one in quickpass.customers()
        for row in quickpass.accounts(one["customerAgentId"])
    }
    names = {row["id"]: row["name"] for row in psa.records(COMPANIES)}
    return {
        "contacts": sorted(
            (
                row["firstName"],
                names[row["company"]["id"]],
                [(item["type"]["name"], item["value"]) for item in row["communicationItems"]],
            )
            for row in contacts.values()
        ),
        "noted": sorted(
            (row["firstName"], contacts[row["psaContactId"]]["firstName"] if row["psaContactId"] else "")
            for row in accounts.values()
        ),
        "links": sorted(
            (accounts[link.partner_id]["firstName"], contacts[link.cw_id]["firstName"])
            if link.kind == MATCH
            else (link.partner_name, names[int(link.cw_id)])
            for link in world.store.links.all_links(world.key)
        ),
        "issues": sorted((one.issue.code, one.issue.name.text) for one in world.store.issues.of_connection("demo")),
        "asked": [one.name.text for one in world.store.proposals.of_flow(world.key)],
    }


def _add(world: World, number: int) -> None:
    """An account that has a contact already."""
    _contact(world, f"Kim{number}")
    _account(world, f"Kim{number}")


def _change(world: World, number: int) -> None:
    """It gets a mobile number."""
    _, quickpass = world.sides
    guid = quickpass.find(ALDER)
    quickpass.edit(guid, quickpass.account(guid, f"Kim{number}")["id"], mobile=str(number))


SCENARIO = Scenario(
    flow="quickpass_contacts",
    settings={"auto_match": ["*"], "write_back": True, "at_hour": None},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    add=_add,
    change=_change,
    ground=_ground,
    approved=True,
)
