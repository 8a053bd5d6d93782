"""Which rights the sales order flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.ORDERS, "inquire",
        "reads sales orders",
        reads="sales/orders",
    ),
    Right(
        PSA, roles.ORDERS, "edit",
        "writes number and status of the e-automate order into a custom field",
        when="state_field is set", needed=lambda settings: bool(settings.state_field),
    ),
    Right(
        PSA, roles.PRODUCTS, "inquire",
        "reads what is sold with an order",
        reads="procurement/products",
    ),
    Right(
        PSA, roles.CATALOG, "inquire",
        "reads the product type of what e-automate has no item of",
        reads="procurement/catalog",
    ),
    Right(
        PSA, roles.ATTACHMENTS, "inquire",
        "lists an order's documents in the remarks of the e-automate order",
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "looks whether the order statuses and product types of its settings exist",
        reads="sales/orders/statuses",
    ),
    Right(
        EAUTOMATE, "Sales orders", "inquire",
        "finds its orders again, and sees in which state they are",
        reads="getSalesOrderList",
    ),
    Right(EAUTOMATE, "Sales orders", "add", "creates orders"),
    Right(
        EAUTOMATE, "Items", "inquire",
        "looks which items there are, and how orders from outside are to use them",
        reads="itemUsageForSalesSetting",
    ),
    Right(
        EAUTOMATE, "Items", "add",
        "creates missing items from their templates",
        when="create_items is on", needed=lambda settings: settings.create_items,
    ),
    Right(
        EAUTOMATE, "On-hold codes", "inquire",
        "looks whether the on-hold codes of its settings exist",
        reads="getOnHoldCodeList",
        when="on-hold codes are set", needed=lambda settings: bool(settings.on_hold_codes),
    ),
)  # fmt: skip
