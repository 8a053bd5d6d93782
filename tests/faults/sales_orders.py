"""The sales order flow in the fault harness: inserted with a new item and without, waiting, picked up later, closed.

The customer's mapping is in the table from the start, as the customer flow would have left it.
"""

from __future__ import annotations

import random
from typing import Any

from shared.partners.eautomate import CUSTOMERS
from shared.sync.link import Link
from shared.sync.record import FlowKey
from tests.faults.world import Scenario, World

ORDERS = "sales/orders"
READY = "Ready to Order"


def _ground(world: World) -> None:
    psa, eautomate = world.sides
    customer = eautomate.add_customer(number="C1", name="Alder Dental")
    for number in ("ERR", "T-HW", "SW-24"):
        eautomate.items.add(number, number, SalesCode="HW", InventoryCode="HW-INV")
    psa.define_custom_field(ORDERS, "EA Order")
    company = psa.add("company/companies", identifier="ALDER", name="Alder Dental")
    for item in ("SW-24", "NEW-1"):
        psa.add(
            "procurement/catalog", identifier=item, description=item, customerDescription=item, price=10.0,
            subcategory={"name": "Workstations"}, type={"name": "Hardware"},
        )  # fmt: skip
    with world.inside():
        link = Link("customer-company", str(company["id"]), str(customer.id))
        world.store.links.link(FlowKey("demo", CUSTOMERS), link)


def _seed(world: World) -> None:
    _ground(world)
    _order(world, "SW-24")
    _order(world, "NEW-1")
    _order(world, "SW-24", status="New")


def _add(world: World, _number: int) -> None:
    _order(world, "SW-24")


def _change(world: World, number: int) -> None:
    psa, eautomate = world.sides
    eautomate.sales_orders.invoice(f"CW{psa.records(ORDERS)[number - 1]['id']}")


def _order(world: World, item: str, *, status: str = READY) -> None:
    psa = world.simulators["connectwise_psa"]
    (company,) = psa.records("company/companies")
    (product,) = (one for one in psa.records("procurement/catalog") if one["identifier"] == item)
    order = psa.add(ORDERS, company={"id": company["id"]}, salesRep={"identifier": "Admin1"}, status={"name": status})
    psa.add(
        "procurement/products", catalogItem={"id": product["id"]}, salesOrder={"id": order["id"]}, quantity=2,
        billableOption="Billable",
    )  # fmt: skip


def _edit(world: World) -> None:
    psa, eautomate = world.sides
    first, _, last = psa.records(ORDERS)
    eautomate.sales_orders.invoice(f"CW{first['id']}")
    psa.edit(ORDERS, last["id"], status={"name": READY})


def _random_edit(world: World, rng: random.Random) -> None:
    """Orders that are ready stay as they are: what is carried of one depends on when it is."""
    psa = world.simulators["connectwise_psa"]
    if rng.random() < 0.5:
        _order(world, rng.choice(("SW-24", "NEW-1")), status=rng.choice((READY, "New")))
    else:
        psa.edit(ORDERS, rng.choice(psa.records(ORDERS))["id"], status={"name": READY})


def _state(world: World) -> dict[str, Any]:
    psa, eautomate = world.sides
    return {
        "orders": sorted(
            (row.number, row.values["Status"].code, [line["Item"].code for line in row.values["Details"]])
            for row in eautomate.sales_orders
        ),
        "items": sorted(row.number for row in eautomate.items),
        "states": [(order["id"], order["customFields"][0]["value"]) for order in psa.records(ORDERS)],
        "links": sorted((link.cw_id, link.partner_name) for link in world.links),
    }


SCENARIO = Scenario(
    flow="eautomate_sales_orders",
    settings={
        "statuses": [READY],
        "error_item": "ERR",
        "templates": {"Hardware": "T-HW"},
        "create_items": True,
        "state_field": "EA Order",
    },
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
