"""The agreement flow in the fault harness: two invoices become contracts, one is billed and one is changed.

The customer is in the table from the start, as the flow that maps it would have left it. Every agreement has one
invoice: of several, it would depend on the time which goes first.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

from shared.partners.eautomate import CUSTOMER
from shared.sync.link import Link
from shared.sync.record import FlowKey
from tests.faults.world import Scenario, World

INVOICES, AGREEMENTS = "finance/invoices", "finance/agreements"
GOLD = "Managed Services Gold"
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def _ground(world: World) -> None:
    psa, eautomate = world.sides
    psa.define_custom_field(AGREEMENTS, "EA Contract")
    psa.define_custom_field(INVOICES, "EA Invoice")
    customer = eautomate.add_customer(number="C1", name="Alder Dental")
    eautomate.items.add(f"**CWBase {GOLD}", "Base", SalesCode="SVC", InventoryCode="SVC-EXP", ItemType=2)
    eautomate.contracts.add_template(f"**CW {GOLD}", "C1")
    company = psa.add("company/companies", identifier="ALDER", name="Alder Dental")
    psa.add("company/contacts", firstName="Ann", company={"id": company["id"]})
    with world.inside():
        link = Link(CUSTOMER.kind, str(company["id"]), str(customer.id))
        world.store.links.link(FlowKey("demo", CUSTOMER.flow), link)


def _seed(world: World) -> None:
    _ground(world)
    _bill(world, "First", 500)
    _bill(world, "Second", 250.5)


def _add(world: World, number: int) -> None:
    _bill(world, f"Agreement {number}", 100)


def _change(world: World, number: int) -> None:
    psa = world.simulators["connectwise_psa"]
    psa.edit(INVOICES, psa.records(INVOICES)[number - 1]["id"], agreementAmount=275)


def _bill(world: World, name: str, amount: float) -> None:
    """A new agreement of this name, and its invoice for November."""
    psa = world.simulators["connectwise_psa"]
    (company,), (contact,) = psa.records("company/companies"), psa.records("company/contacts")
    agreement = psa.add(
        AGREEMENTS, name=name, type={"name": GOLD}, company={"id": company["id"]}, contact={"id": contact["id"]},
        billingCycle={"name": "Monthly"},
    )  # fmt: skip
    psa.add(
        INVOICES, type="Agreement", company={"id": company["id"]}, applyToType="Agreement", applyToId=agreement["id"],
        agreementAmount=amount, date="2026-11-01T00:00:00Z",
    )  # fmt: skip


def _edit(world: World) -> None:
    psa, eautomate = world.sides
    first, second = psa.records(INVOICES)
    (contract,) = eautomate.contracts.of_agreement(str(first["agreement"]["id"]))
    eautomate.contracts.bill(contract.number, *NOVEMBER)
    psa.edit(INVOICES, first["id"], status={"name": "Ready"})
    psa.edit(INVOICES, second["id"], agreementAmount=275)


def _random_edit(world: World, rng: random.Random) -> None:
    psa = world.simulators["connectwise_psa"]
    invoices = psa.records(INVOICES)
    match rng.randrange(4):
        case 0:
            _bill(world, f"Agreement {len(invoices)}", rng.randrange(100, 10_000) / 4)
        case 1:
            psa.edit(INVOICES, rng.choice(invoices)["id"], status={"name": rng.choice(("New", "Ready"))})
        case _:
            psa.edit(INVOICES, rng.choice(invoices)["id"], agreementAmount=rng.randrange(100, 10_000) / 4)


def _state(world: World) -> dict[str, Any]:
    psa, eautomate = world.sides
    called = {str(row["id"]): row["name"] for row in psa.records(AGREEMENTS)}
    billed = {str(row["id"]): called[str(row["agreement"]["id"])] for row in psa.records(INVOICES)}
    terms = {row.number: eautomate.contracts.terms[row.id] for row in eautomate.contracts}
    made = {number: called[one.source_agreement] for number, one in terms.items() if one.source_agreement}
    contracts = {str(row.id): made[row.number] for row in eautomate.contracts if row.number in made}
    imports = eautomate.contract_imports.by_id.values()
    first = Counter(billed[one.request.sourceInvoice] for one in imports if one.request.contractNumber is None)
    return {
        "contracts": sorted(
            (made[number], one.po_number, one.total) for number, one in terms.items() if number in made
        ),
        "imports for a new contract": sorted(first.items()),
        "links": sorted(
            (link.kind, called[link.cw_id], contracts[link.partner_id])
            if link.kind == "agreement-contract"
            else (link.kind, billed[link.cw_id], "")
            for link in world.links
        ),
        "pushed": sorted(
            (row["name"], [made.get(field["value"]) for field in row["customFields"]])
            for row in psa.records(AGREEMENTS)
        ),
        "billed": sorted(
            (billed[str(row["id"])], row["customFields"][0]["value"])
            for row in psa.records(INVOICES)
            if row["customFields"][0]["value"]
        ),
    }


SCENARIO = Scenario(
    flow="eautomate_agreements",
    settings={"contract_number_field": "EA Contract", "invoice_number_field": "EA Invoice"},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
