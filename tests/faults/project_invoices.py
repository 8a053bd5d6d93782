"""The project invoice flow in the fault harness: a fixed fee, time at actual rates, a down payment, later time.

Customer and technician are in the table from the start, as the flows that map them would have left them.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from shared.partners.eautomate import CUSTOMER, TECHNICIAN
from shared.sync.link import Link
from shared.sync.record import FlowKey
from tests.faults.world import Scenario, World

INVOICES, PROJECTS, TIME = "finance/invoices", "project/projects", "time/entries"
READY = "Ready"


def _ground(world: World) -> None:
    psa, eautomate = world.sides
    customer = eautomate.add_customer(number="C1", name="Alder Dental")
    technician = eautomate.codes.add_technician("T1", "Jordan", "Reed")
    eautomate.items.add("FEE", "Project fee", ItemType=2, MSRP=Decimal(1), InventoryCode="SVC-EXP")
    company = psa.add("company/companies", identifier="ALDER", name="Alder Dental")
    for method in ("FixedFee", "ActualRates"):
        psa.add(
            PROJECTS, name=method, company={"id": company["id"]}, board={"name": "Projects"}, billingMethod=method,
            estimatedStart="2026-10-01T00:00:00Z", estimatedEnd="2026-12-01T00:00:00Z",
        )  # fmt: skip
    with world.inside():
        for what, cw, partner in ((CUSTOMER, company["id"], customer.id), (TECHNICIAN, _member(world), technician.id)):
            world.store.links.link(FlowKey("demo", what.flow), Link(what.kind, str(cw), str(partner)))


def _seed(world: World) -> None:
    _ground(world)
    _bill(world, "FixedFee", 1250.5)
    _bill(world, "FixedFee", 300, kind="DownPayment")
    _bill(world, "ActualRates", 110)


def _add(world: World, number: int) -> None:
    _bill(world, "FixedFee", 100 * number)


def _change(world: World, number: int) -> None:
    """Its PO number comes; what would be billed otherwise is a person's business, and no plain change."""
    psa = world.simulators["connectwise_psa"]
    psa.edit(INVOICES, psa.records(INVOICES)[number - 1]["id"], customerPO=f"PO {number}")


def _member(world: World) -> int:
    psa = world.simulators["connectwise_psa"]
    return int(next(row["id"] for row in psa.records("system/members") if row["licenseClass"] == "F"))


def _bill(world: World, project: str, amount: float, *, kind: str = "Standard", status: str = READY) -> None:
    """An invoice of the project of this name; at actual rates with an hour of time, whose rate is 110.00."""
    psa = world.simulators["connectwise_psa"]
    (found,) = (row for row in psa.records(PROJECTS) if row["name"] == project)
    invoice = psa.add(
        INVOICES, type=kind, company={"id": found["company"]["id"]}, status={"name": status}, applyToType="Project",
        applyToId=found["id"], serviceTotal=amount,
    )  # fmt: skip
    if project == "ActualRates":
        psa.add(
            TIME, company={"id": found["company"]["id"]}, member={"id": _member(world)}, invoice={"id": invoice["id"]},
            timeStart="2026-10-05T14:00:00Z", timeEnd="2026-10-05T15:00:00Z",
        )  # fmt: skip


def _edit(world: World) -> None:
    psa = world.simulators["connectwise_psa"]
    _bill(world, "ActualRates", 110)
    psa.edit(PROJECTS, psa.records(PROJECTS)[0]["id"], status={"name": "Completed"})


def _random_edit(world: World, rng: random.Random) -> None:
    """What is ready stays as it is: what a call is given depends on when that is."""
    psa = world.simulators["connectwise_psa"]
    match rng.randrange(3):
        case 0:
            _bill(world, "FixedFee", rng.randrange(100, 10_000) / 4, status=rng.choice((READY, "New")))
        case 1:
            _bill(world, "ActualRates", 110, status=rng.choice((READY, "New")))
        case _:
            psa.edit(INVOICES, rng.choice(psa.records(INVOICES))["id"], status={"name": READY})


def _state(world: World) -> dict[str, Any]:
    calls = {str(row.id): row for row in world.simulators["eautomate"].calls}
    return {
        "calls": sorted(
            (
                row.values["Description"],
                row.values["CustomerNumber"].code,
                [(line["LaborHours"], line["LaborOverride"], line["Remarks"]) for line in row.values["Labors"] or ()],
                [(part["Item"].code, part["Quantity"]) for part in row.values["MaterialsUsed"] or ()],
            )
            for row in calls.values()
        ),
        "links": sorted((link.cw_name, calls[link.partner_id].values["Description"]) for link in world.links),
    }


SCENARIO = Scenario(
    flow="eautomate_project_invoices",
    settings={"statuses": [READY], "fee_item": "FEE"},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
