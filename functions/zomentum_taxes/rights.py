"""Which rights the flow of taxes needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import PSA, ZOMENTUM
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.TABLES, "inquire",
        "reads tax codes, which master Zomentum's",
        reads="finance/taxCodes",
    ),
    Right(
        ZOMENTUM, "Tax regions", "inquire",
        "reads tax regions, to find those of ConnectWise's tax codes",
        reads="tax/regions",
    ),
    Right(
        ZOMENTUM, "Tax categories", "inquire",
        "reads tax categories and their rates",
        reads="tax/categories",
    ),
    Right(
        ZOMENTUM, "Tax regions", "add",
        "creates regions of tax codes that Zomentum lacks",
        when="create_missing is on", needed=lambda settings: settings.create_missing,
    ),
    Right(
        ZOMENTUM, "Tax categories", "add",
        "creates the taxable and the non-taxable category of a region",
        when="create_missing is on", needed=lambda settings: settings.create_missing,
    ),
    Right(
        ZOMENTUM, "Tax regions", "edit",
        "renames a region whose tax code is described otherwise",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
    Right(
        ZOMENTUM, "Tax categories", "edit",
        "brings rates in step",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
)  # fmt: skip
