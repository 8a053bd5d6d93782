"""The catalogues of both systems: where tests of the products' flow begin."""

from __future__ import annotations

from typing import Any

from tests.flows.zomentum import ID_FIELD

CATALOG = "procurement/catalog"


def ground(psa: Any) -> None:
    """The custom field that carries Zomentum's ids, and an item to see it on, which is long out of use."""
    psa.define_custom_field(CATALOG, ID_FIELD)
    add_item(psa, "OLD", inactiveFlag=True)


def add_item(psa: Any, identifier: str, description: str = "", **fields: Any) -> Any:
    given = {"subcategory": {"name": "Workstations"}, "type": {"name": "Hardware"}, "customerDescription": "Text",
             "price": 10, "cost": 4}  # fmt: skip
    return psa.add(CATALOG, identifier=identifier, description=description or identifier, **{**given, **fields})


def add_product(zomentum: Any, name: str, price: float = 10, **fields: Any) -> str:
    given = {"type": "Hardware", "category": "Computers", "subcategory": "Workstations", "description": "Text"}
    return str(zomentum.add_item(name, price=price, cost=4, **{**given, **fields}))
