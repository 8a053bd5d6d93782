"""What the Zomentum flows have in common: whose links they build on, and what an MSP can set for each of them.

They are started together (ADR-0014). Either side may make and change records; Zomentum owns the sales process, so that
its value stands where both changed a field, unless the settings say otherwise (ZM-04). The two modes are a policy:
`create_only` carries over new records only (ZM-05, ZM-06), without it every change is (ZM-07).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.sync.needed import Needed
from shared.sync.record import fold
from shared.sync.shapes import TwoWaySettings

COMPANIES = "zomentum_companies"
CONTACTS = "zomentum_contacts"
OPPORTUNITIES = "zomentum_opportunities"
PRODUCTS = "zomentum_products"
TAXES = "zomentum_taxes"

OPPORTUNITY = "opportunity-opportunity"
"""The kind of pair of an opportunity, on which no other flow builds."""

COMPANY = Needed(
    COMPANIES,
    "company-company",
    "COMPANY_NOT_MAPPED",
    "company",
    "Settle what keeps the company from being linked to its company in the other system, or link the two. What waits "
    "for it follows by itself.",
)
"""A ConnectWise company and its Zomentum company."""

CONTACT = Needed(
    CONTACTS,
    "contact-contact",
    "CONTACT_NOT_MAPPED",
    "contact",
    "Settle what keeps the contact from being linked to its contact in the other system, or link the two. What waits "
    "for it follows by itself.",
)
"""A ConnectWise contact and its Zomentum contact."""

PRODUCT = Needed(
    PRODUCTS,
    "item-item",
    "PRODUCT_NOT_MAPPED",
    "product",
    "Settle what keeps the product from being linked to its product in the other system, or link the two. What waits "
    "for it follows by itself.",
)
"""A catalogue item of ConnectWise and a product of Zomentum."""


Bundles = Literal["single", "children", "bundle"]
"""What becomes of a bundle: one product (ZM-09), its children only (ZM-10), a bundle of ConnectWise's (ZM-11)."""

MODE = (
    "Zomentum's first mode (ZM-05, ZM-06): new records only, {ways}and no later change of either side. Otherwise real "
    "time (ZM-07): every change."
)
"""What `create_only` means, for its description."""


def _one_to_one(table: dict[str, str]) -> dict[str, str]:
    for names in (list(table), list(table.values())):
        known: set[str] = set()
        for name in names:
            if not name.strip():
                raise ValueError("a name is empty")
            if fold(name) in known:
                raise ValueError(f"{name} is mapped twice; each can be chosen once")
            known.add(fold(name))
    return table


OneToOne = Annotated[dict[str, str], AfterValidator(_one_to_one)]
"""A table of names, Zomentum's with ConnectWise's behind it, of which each can be chosen once (ZM-15, ZM-16, ZM-22)."""


def there(table: Mapping[str, str], name: str) -> str:
    """What a table says for a name, letter case and outer blanks aside; the name itself where it says nothing."""
    return next((other for one, other in table.items() if fold(one) == fold(name)), name.strip())


def back(table: Mapping[str, str], name: str) -> str:
    """The same from the other side."""
    return there({other: one for one, other in table.items()}, name)


class ZomentumSettings(TwoWaySettings):
    """Settings that every Zomentum flow has."""

    create_only: bool = Field(False, description=MODE.format(ways="both ways, "))
    drift: Literal["restore", "report"] = Field(
        "restore",
        description="A field whose owner is cw_only or partner_only was changed by the other side alone: put it back, "
        "or report it (ZM-04).",
    )
    cw_id_field: str = Field(
        "Zomentum ID",
        min_length=1,
        description="Caption of the ConnectWise custom field that carries Zomentum's id of a record that is created "
        "there; without it a create whose answer was lost could not be found again.",
    )
