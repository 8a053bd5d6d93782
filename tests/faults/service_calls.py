"""The service call flow in the fault harness: a new call and one that came from a transfer; then late time, time that
was changed.

Customer and technician are in the table from the start, as the flows that map them would have left them.
"""

from __future__ import annotations

import random
from typing import Any

from shared.partners.eautomate import CALL_TRANSFERS, CUSTOMER, TECHNICIAN
from shared.sync.link import Link
from shared.sync.record import FlowKey
from tests.faults.world import Scenario, World

TICKETS, TIME = "service/tickets", "time/entries"
READY, NEW = "Ready to Invoice", "New"


def _ground(world: World) -> None:
    psa, eautomate = world.sides
    customer = eautomate.add_customer(number="C1", name="Alder Dental")
    technician = eautomate.codes.add_technician("T1", "Jordan", "Reed")
    company = psa.add("company/companies", identifier="ALDER", name="Alder Dental")
    with world.inside():
        for what, cw, partner in ((CUSTOMER, company["id"], customer.id), (TECHNICIAN, _member(world), technician.id)):
            world.store.links.link(FlowKey("demo", what.flow), Link(what.kind, str(cw), str(partner)))


def _seed(world: World) -> None:
    _ground(world)
    _work(world, _ticket(world, "Toner"))
    moved = _work(world, _ticket(world, "Screen"))
    call = world.simulators["eautomate"].calls.add("C1", Description="Screen is dark", HoldCode="CW")
    with world.inside():
        link = Link("call-ticket", str(moved), str(call.id))
        world.store.links.link(FlowKey("demo", CALL_TRANSFERS), link)


def _add(world: World, number: int) -> None:
    _work(world, _ticket(world, f"Ticket {number}"))


def _change(world: World, number: int) -> None:
    """More time comes after the call was made."""
    _work(world, world.simulators["connectwise_psa"].records(TICKETS)[number - 1]["id"], hours=(2,))


def _member(world: World) -> int:
    rows = world.simulators["connectwise_psa"].records("system/members")
    return int(next(row["id"] for row in rows if row["licenseClass"] == "F"))


def _ticket(world: World, summary: str) -> int:
    psa = world.simulators["connectwise_psa"]
    company = psa.records("company/companies")[-1]["id"]
    return int(psa.add(TICKETS, summary=summary, company={"id": company})["id"])


def _work(world: World, ticket: int, *, hours: tuple[int, ...] = (1,), status: str = READY) -> int:
    """Time on a ticket, which is in that status then."""
    psa = world.simulators["connectwise_psa"]
    psa.edit(TICKETS, ticket, status={"name": NEW})
    for each in hours:
        psa.add(
            TIME, chargeToId=ticket, chargeToType="ServiceTicket", member={"id": _member(world)},
            timeStart="2026-10-30T09:00:00Z", timeEnd=f"2026-10-30T{9 + each:02}:00:00Z",
        )  # fmt: skip
    psa.edit(TICKETS, ticket, status={"name": status})
    return ticket


def _edit(world: World) -> None:
    psa = world.simulators["connectwise_psa"]
    toner, screen = (row["id"] for row in psa.records(TICKETS)[:2])
    _work(world, toner, hours=(3, 4))
    for entry in psa.records(TIME):
        if entry["ticket"]["id"] == screen:
            psa.edit(TIME, entry["id"], timeEnd="2026-10-30T11:00:00Z")


def _random_edit(world: World, rng: random.Random) -> None:
    """What is ready stays as it is: what a call is given depends on when that is."""
    psa = world.simulators["connectwise_psa"]
    tickets = psa.records(TICKETS)
    open_ = [row["id"] for row in tickets[2:] if row["status"]["name"] == NEW]
    if open_ and rng.random() < 0.6:
        _work(world, rng.choice(open_), hours=(rng.randrange(1, 9),), status=rng.choice((NEW, READY)))
    else:
        _work(world, _ticket(world, f"Ticket {len(tickets)}"), status=rng.choice((NEW, READY)))


def _state(world: World) -> dict[str, Any]:
    calls = {str(row.id): row.values for row in world.simulators["eautomate"].calls}
    return {
        "calls": sorted(
            (
                values["Description"],
                str(values["HoldCode"].code if values["HoldCode"] else ""),
                [(line["LaborHours"], line["LaborOverride"], line["Remarks"]) for line in values["Labors"] or ()],
            )
            for values in calls.values()
        ),
        "links": sorted(
            (link.cw_name, calls[str(link.agreed.get("call") or link.partner_id)]["Description"])
            for link in world.links
        ),
    }


SCENARIO = Scenario(
    flow="eautomate_service_calls",
    settings={"ticket_statuses": [READY]},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
