"""Which rights the flow of products needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import PSA, ZOMENTUM
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.CATALOG, "inquire",
        "searches the catalogue for Zomentum's products, and sees what differs",
        reads="procurement/catalog",
    ),
    Right(PSA, roles.CATALOG, "add", "creates products that are new in Zomentum"),
    Right(
        PSA, roles.CATALOG, "edit",
        "updates products",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads product types, categories and subcategories",
        reads="procurement/types",
    ),
    Right(
        ZOMENTUM, "Products", "inquire",
        "reads products, to match ConnectWise's and to see what differs",
        reads="items",
    ),
    Right(ZOMENTUM, "Custom fields", "inquire", "finds the fields that carry ConnectWise's id, Product ID and class"),
    Right(ZOMENTUM, "Products", "add", "creates products that are new in ConnectWise"),
    Right(
        ZOMENTUM, "Products", "edit",
        "updates products",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
)  # fmt: skip
