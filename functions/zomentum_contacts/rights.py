"""Which rights the flow of contacts needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import PSA, ZOMENTUM
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.CONTACTS, "inquire",
        "reads contacts, to match Zomentum's and to see what differs",
        reads="company/contacts",
    ),
    Right(PSA, roles.CONTACTS, "add", "creates contacts that are new in Zomentum"),
    Right(
        PSA, roles.CONTACTS, "edit",
        "updates contacts",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads the types of communication items and of contacts",
        reads="company/communicationTypes",
    ),
    Right(
        ZOMENTUM, "Client contacts", "inquire",
        "reads contacts, to match ConnectWise's and to see what differs",
        reads="client/users",
    ),
    Right(ZOMENTUM, "Custom fields", "inquire", "finds the field that carries ConnectWise's id"),
    Right(ZOMENTUM, "Client contacts", "add", "creates contacts that are new in ConnectWise"),
    Right(
        ZOMENTUM, "Client contacts", "edit",
        "updates contacts",
        when="create_only is off", needed=lambda settings: not settings.create_only,
    ),
)  # fmt: skip
