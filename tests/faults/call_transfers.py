"""The call transfer flow in the fault harness: moved, first on hold, of another type, waiting for its customer."""

from __future__ import annotations

import random
from typing import Any

from shared.sync.link import Link
from shared.sync.outcome import wake_waiters
from shared.sync.record import FlowKey
from tests.faults.world import Scenario, World

TICKETS = "service/tickets"
CUSTOMERS = FlowKey("demo", "eautomate_customers")


def _map(world: World, number: str) -> None:
    """Links a customer to a company, as the customer flow does."""
    psa, eautomate = world.sides
    company = psa.add("company/companies", identifier=number, name=f"Company {number}", addressLine1="1 Main St")
    link = Link("customer-company", str(company["id"]), str(eautomate.customers[number].id), rules="1")
    with world.inside():
        world.store.links.link(CUSTOMERS, link)
        wake_waiters(world.store, CUSTOMERS, link, world.cloud.clock.now())


def _ground(world: World) -> None:
    for number in ("C1", "C2"):
        world.simulators["eautomate"].add_customer(number=number, name=f"Customer {number}")
    _map(world, "C1")


def _add(world: World, number: int) -> None:
    world.simulators["eautomate"].calls.add("C1", Description=f"Trouble {number}", CallType="REM")


def _change(world: World, number: int) -> None:
    calls = world.simulators["eautomate"].calls
    calls.edit(list(calls)[number - 1].number, Caller="Ann")


def _seed(world: World) -> None:
    eautomate = world.simulators["eautomate"]
    _ground(world)
    eautomate.calls.add("C1", Description="Server is slow", CallType="REM")
    eautomate.calls.add("C1", Description="No mail", CallType="REM", HoldCode="PARTS")
    eautomate.calls.add("C2", Description="New laptop", CallType="REM")


def _edit(world: World) -> None:
    calls = list(world.simulators["eautomate"].calls)
    world.simulators["eautomate"].calls.edit(calls[0].number, Caller="Ann")
    world.simulators["eautomate"].calls.edit(calls[1].number, HoldCode=None)
    _map(world, "C2")


def _random_edit(world: World, rng: random.Random) -> None:
    """What leads to a ticket is never taken back, so that the end does not depend on what a scan came to see."""
    calls = world.simulators["eautomate"].calls
    known = list(calls)
    match rng.randrange(3):
        case 0:
            calls.add(rng.choice(("C1", "C2")), Description=f"Trouble {len(known)}", CallType=rng.choice(("REM", "SC")))
        case 1:
            calls.edit(rng.choice(known).number, Caller=rng.choice(("Ann", "Luis", "Priya")))
        case _:
            if _code(known[1]) == "PARTS":
                calls.edit(known[1].number, HoldCode=None)


def _code(call: Any) -> str:
    code = call.values["HoldCode"]
    return str(code.code) if code else ""


def _state(world: World) -> dict[str, Any]:
    psa, eautomate = world.sides
    tickets = {str(ticket["id"]): ticket for ticket in psa.records(TICKETS)}
    return {
        "tickets": sorted((t["summary"], t["externalXRef"], t["company"]["identifier"]) for t in tickets.values()),
        "calls": sorted((call.number, _code(call)) for call in eautomate.calls),
        "links": sorted((link.partner_name, tickets[link.cw_id]["summary"]) for link in world.links),
    }


SCENARIO = Scenario(
    flow="eautomate_call_transfers",
    settings={"filters": {"call_type": ["REM"]}},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
