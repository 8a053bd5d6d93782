"""What is in the simulated Zomentum at first: the set-up that every tenant has, and what an MSP has sold so far."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from infra.local.simulators.zomentum.entities import (
    CATEGORIES,
    COMPANIES,
    FIELDS,
    OWN,
    PIPELINES,
    REGIONS,
    USERS,
)

if TYPE_CHECKING:
    from infra.local.simulators.zomentum.server import ZomentumSimulator

SYNC_FIELD = "Crosswise ID"
STAGES = ("Prospect", "Qualified", "Proposal", "Negotiation", "Won", "Lost")
RENEWAL_STAGES = ("Up for Renewal", "Quoted", "Renewed", "Lapsed")
TAXES = (("Texas", "8.25"), ("Florida", "6"), ("Ontario", "13"))
SERVICES, HARDWARE = ("Services", "Managed Services"), ("Computers", "Workstations")
CATALOG = (
    ("Managed Workstation", "service", "MSP-WKS", 45, 18, SERVICES),
    ("Managed Server", "service", "MSP-SRV", 120, 52, SERVICES),
    ("Endpoint Backup", "service", "MSP-BKP", 9, 3, SERVICES),
    ("Email Security", "service", "MSP-EML", 4, 1, SERVICES),
    ("24-Port Switch", "hardware", "SW-24", 480, 350, HARDWARE),
    ("Firewall 60F", "hardware", "FW-60F", 940, 690, HARDWARE),
    ("Laptop 14", "hardware", "LT-14", 1290, 1010, HARDWARE),
    ("Onboarding", "service", "SVC-ONB", 1500, 0, SERVICES),
)
_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Ines", "Jack")
_LAST = ("Abbott", "Burke", "Castro", "Dunn", "Ellis", "Fox", "Grant", "Hale", "Irwin", "Jones")
_NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper")
_TRADES = ("Dental", "Bakery", "Legal", "Logistics", "Clinic", "Foundry", "Media", "Realty")
_CITIES = (("Austin", "TX", "73301"), ("Miami", "FL", "33101"), ("Toronto", "ON", "M5H 2N2"))


def set_up(tenant: ZomentumSimulator) -> None:
    """Pipelines with their stages, tax regions and categories, users, and the custom field that carries our ids."""
    store = tenant.store
    store.add(OWN, {"name": "Demo MSP"})
    for name, stages, default in (("Sales", STAGES, True), ("Renewals", RENEWAL_STAGES, False)):
        rows = [{"id": tenant.new_id(), "name": stage, "sort_order": place} for place, stage in enumerate(stages)]
        store.add(PIPELINES, {"name": name, "is_default": default, "stages": rows})
    for region, rate in TAXES:
        region_id = store.add(REGIONS, {"name": region})
        store.add(CATEGORIES, {"name": "Taxable", "tax_region_id": region_id, "rate": float(rate)})
        store.add(CATEGORIES, {"name": "Non-Taxable", "tax_region_id": region_id, "rate": 0})
    for first, last in (("Sam", "Seller"), ("Ann", "Admin")):
        store.add(USERS, {"name": {"first": first, "last": last}, "email": f"{first.lower()}@msp.example.com"})
    for entity in ("client_company", "client_user", "opportunity", "item"):
        store.add(FIELDS, {"name": SYNC_FIELD, "field_type": "text", "entity_type": entity})


def settle(tenant: ZomentumSimulator, companies: int, opportunities: int, rng: random.Random) -> None:
    """Companies with one to three contacts each, the catalogue, opportunities; of three one is won, with its quote."""
    for number in range(companies):
        name = f"{_NAMES[number % len(_NAMES)]} {_TRADES[number // len(_NAMES) % len(_TRADES)]}"
        name = f"{name} {number}" if number >= len(_NAMES) * len(_TRADES) else name
        city, state, code = rng.choice(_CITIES)
        domain = f"{name.lower().replace(' ', '-')}.example.com"
        company = tenant.add_company(
            name,
            phone=f"+1 512 555 {rng.randrange(10_000):04}",
            website=f"https://www.{domain}",
            address={"address_line_1": f"{rng.randrange(1, 999)} Main St", "address_line_2": "", "city": city,
                     "state": state, "zip_code": code, "country": "Canada" if state == "ON" else "United States"},
        )  # fmt: skip
        for place in range(rng.randint(1, 3)):
            first, last = rng.choice(_FIRST), rng.choice(_LAST)
            tenant.add_contact(company, first, last, email=f"{first}.{last}{place}@{domain}".lower())
    items = [
        tenant.add_item(
            name, price=price, cost=cost, type=type_, product_id=code, manufacturer_part_number=code,
            category=place[0], subcategory=place[1], is_taxable=place == HARDWARE,
        )
        for name, type_, code, price, cost, place in (CATALOG if companies else ())
    ]  # fmt: skip
    known = list(tenant.store.lists[COMPANIES])
    for number in range(opportunities if known else 0):
        company = rng.choice(known)
        what = rng.choice(("Refresh", "Onboarding", "Security"))
        opportunity = tenant.add_opportunity(
            company,
            f"{tenant.record(COMPANIES, company)['name']}: {what} {number}",
            expected_revenue=rng.randrange(1_000, 40_000),
            stage=rng.choice(STAGES[:4]),
        )
        if number % 3 == 0:
            lines = [tenant.line(item, rng.randint(1, 12)) for item in rng.sample(items, rng.randint(1, 4))]
            tenant.add_document(opportunity, f"Quote {number}", lines)
            tenant.win(opportunity)
