"""Plausible American businesses for the simulated e-automate, the same ones for the same seed."""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from infra.local.simulators.eautomate.customers import Customers

_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("seed.toml").read_text("utf-8"))


def add_customers(customers: Customers, rng: random.Random, how_many: int, location_share: float) -> None:
    """Add `how_many` customers, numbered on from those there are; `location_share` (0 to 1) of them are locations
    of customers added before. Some fields are blank, some customers inactive, and some without any custom
    property configuration, as in a database that people keep."""
    parents: list[tuple[str, str]] = []
    locations: Counter[str] = Counter()
    for number in range(len(customers) + 1, len(customers) + how_many + 1):
        place = _place(rng)
        if parents and rng.random() < location_share:
            parent, parent_name = rng.choice(parents)
            locations[parent] += 1
            customers.add(
                f"{parent}-{locations[parent]:02}",
                f"{parent_name} - {rng.choice(_WORDS['sites'])}",
                parent=parent,
                **place,
            )
            continue
        name = f"{rng.choice(_WORDS['first'])} {rng.choice(_WORDS['trade'])}{rng.choice(_WORDS['form'])}"
        code = f"{rng.choice(('C', 'C', 'AB', ''))}{10000 + number}"
        customers.add(code, name, configured=rng.random() < 0.95, **place, **_business(rng, name))
        parents.append((code, name))


def _place(rng: random.Random) -> dict[str, Any]:
    city, state, county, first_zip, area = rng.choice(_WORDS["cities"])
    suite = rng.choice(_WORDS["suite"]).format(rng.randrange(100, 900))
    street = f"{rng.choice(_WORDS['street'])} {rng.choice(_WORDS['street_form'])}"
    zip_code = f"{first_zip + rng.randrange(12):05}"
    return {
        "Address": f"{rng.randrange(10, 9900)} {street}{suite}",
        "City": city,
        "State": state,
        "County": county,
        "Zip": rng.choice((zip_code, f"{zip_code}-{rng.randrange(1000, 9999)}")),
        "Country": rng.choice(("USA", "US", None)),
        "Phone1": _phone(rng, area),
        "Fax": _phone(rng, area) if rng.random() < 0.3 else None,
    }


def _business(rng: random.Random, name: str) -> dict[str, Any]:
    domain = "".join(letter for letter in name.casefold() if letter.isascii() and letter.isalpha())
    person = rng.choice(_WORDS["people"])
    return {
        "Attn": person if rng.random() < 0.6 else None,
        "Email": f"office@{domain}.example" if rng.random() < 0.7 else None,
        "WebSite": rng.choice((None, f"www.{domain}.example", f"https://{domain}.example/")),
        "Active": rng.random() < 0.96,
        "CustomerTypeCode": rng.choice(("MSP", "MSP", "COPY")),
        "TerritoryCode": rng.choice(("NORTH", "SOUTH", "EAST", "WEST", None)),
        "SalesRep": rng.choice(("MORGAN", "ELLIS", "HOUSE")),
        "TermCode": rng.choice(("NET30", "NET30", "NET10", "COD")),
        "TaxCode": rng.choice(("STATE", "CITY", "EXEMPT")),
        "BranchNumber": rng.choice(("1", "1", "2")),
        "OnHoldCode": "CREDIT" if rng.random() < 0.03 else None,
    }


def _phone(rng: random.Random, area: str) -> str:
    """A number of the range that is kept for fiction, written in one of the usual ways."""
    line = f"01{rng.randrange(100):02}"
    return rng.choice((f"({area}) 555-{line}", f"{area}-555-{line}", f"{area}.555.{line}", f"{area}555{line}"))
