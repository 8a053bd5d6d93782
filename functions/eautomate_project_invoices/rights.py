"""Which rights the project invoice flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.INVOICING, "inquire",
        "reads invoices, to make calls of those of projects",
        reads="finance/invoices",
    ),
    Right(
        PSA, roles.PROJECTS, "inquire",
        "reads how projects and phases are billed",
        reads="project/projects",
    ),
    Right(
        PSA, roles.PROJECT_TICKETS, "inquire",
        "looks whether a ticket's invoice is a project's",
        reads="project/tickets",
    ),
    Right(
        PSA, roles.TIME, "inquire",
        "reads the time entries of invoices",
        reads="time/entries",
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "looks whether the invoice statuses, project statuses and project types of its settings exist",
        reads="finance/billingStatuses",
        when="statuses, or filters on projects, are set",
        needed=lambda settings: bool(settings.statuses or {"project_status", "project_type"} & {*settings.filters}),
    ),
    Right(
        EAUTOMATE, "Service calls", "inquire",
        "finds calls again",
        reads="getCallList",
    ),
    Right(EAUTOMATE, "Service calls", "add", "makes calls of invoices"),
    Right(
        EAUTOMATE, "Contracts", "inquire",
        "finds a customer's only contract while eautomate_agreements is not in use",
        reads="getContractList",
    ),
    Right(
        EAUTOMATE, "Items", "inquire",
        "looks at the items that carry amounts",
        reads="ExistsItem",
        when="such items are set", needed=lambda settings: bool(settings.items),
    ),
    Right(
        EAUTOMATE, "Call types", "inquire",
        "looks whether the call type of its settings exists",
        reads="getCallTypeList",
        when="call_type is set", needed=lambda settings: bool(settings.call_type),
    ),
    Right(
        EAUTOMATE, "Bill codes", "inquire",
        "looks whether the bill code of its settings exists",
        reads="getBillCodeList",
        when="bill_code is set", needed=lambda settings: bool(settings.bill_code),
    ),
)  # fmt: skip
