"""Which rights the flow of companies needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import PSA, ZOMENTUM
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.COMPANIES, "inquire",
        "reads companies, to match Zomentum's and to see what differs",
        reads="company/companies",
    ),
    Right(PSA, roles.COMPANIES, "add", "creates companies that are new in Zomentum"),
    Right(
        PSA, roles.COMPANIES, "edit",
        "updates companies",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "looks whether the company status and types of its settings exist",
        reads="company/companies/statuses",
    ),
    Right(
        ZOMENTUM, "Client companies", "inquire",
        "reads companies, to match ConnectWise's and to see what differs",
        reads="client/companies",
    ),
    Right(ZOMENTUM, "Custom fields", "inquire", "finds the field that carries ConnectWise's id"),
    Right(ZOMENTUM, "Client companies", "add", "creates companies that are new in ConnectWise"),
    Right(
        ZOMENTUM, "Client companies", "edit",
        "updates companies",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
)  # fmt: skip
