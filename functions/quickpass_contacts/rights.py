"""Which rights the matching needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import PSA, QUICKPASS
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.COMPANIES, "inquire",
        "finds the company of each customer",
        reads="company/companies",
    ),
    Right(
        PSA, roles.COMPANIES, "add",
        "creates companies for customers that have none, once somebody approves",
        when="create_companies is on", needed=lambda settings: settings.create_companies,
    ),
    Right(
        PSA, roles.CONTACTS, "inquire",
        "reads contacts, to match accounts with them",
        reads="company/contacts",
    ),
    Right(PSA, roles.CONTACTS, "add", "creates contacts for accounts, once somebody ticks them"),
    Right(PSA, roles.CONTACTS, "edit", "adds a mobile number that came later, once somebody approves"),
    Right(
        PSA, roles.TICKETS, "inquire",
        "finds the contact of a ticket, for crosswise resolve",
        reads="service/tickets",
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads the types of communication items",
        reads="company/communicationTypes",
    ),
    Right(
        QUICKPASS, "Customer", "inquire",
        "reads customers and, where the API has them, their end users",
        reads="customers",
    ),
    Right(
        QUICKPASS, "End users", "edit",
        "notes the matched contact on an account",
        when="write_back is on", needed=lambda settings: settings.write_back,
    ),
)  # fmt: skip
