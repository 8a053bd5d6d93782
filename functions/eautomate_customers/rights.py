"""Which rights the customer flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.COMPANIES, "inquire",
        "reads companies and sites, to match customers and to see what differs",
        reads="company/companies",
    ),
    Right(
        PSA, roles.COMPANIES, "add",
        "creates companies and sites",
        when="create_missing is on", needed=lambda settings: settings.create_missing,
    ),
    Right(PSA, roles.COMPANIES, "edit", "updates companies and sites"),
    Right(
        PSA, roles.TABLES, "inquire",
        "looks whether the company status and type of its settings exist",
        reads="company/companies/statuses",
        when="create_missing is on", needed=lambda settings: settings.create_missing,
    ),
    Right(
        PSA, roles.MY_COMPANY, "inquire",
        "looks whether the territories of its settings exist",
        reads="system/locations",
        when="territories are set", needed=lambda settings: bool(settings.territories),
    ),
    Right(
        EAUTOMATE, "Customers", "inquire",
        "reads customers, their locations and custom properties",
        reads="getCustomerList",
    ),
    Right(EAUTOMATE, "Customers", "edit", "writes the RecIDs of company and site into custom properties"),
    Right(
        EAUTOMATE, "Contracts", "inquire",
        "reads the types of customers' contracts",
        reads="getContractList",
        when="filters name a contract_type", needed=lambda settings: "contract_type" in settings.filters,
    ),
)  # fmt: skip
