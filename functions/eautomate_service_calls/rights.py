"""Which rights the service call flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.TICKETS, "inquire",
        "reads the tickets that become calls",
        reads="service/tickets",
        when="mode is ticket", needed=lambda settings: settings.mode == "ticket",
    ),
    Right(
        PSA, roles.PROJECT_TICKETS, "inquire",
        "reads tickets of projects, to bill them or to tell which flow does",
        reads="project/tickets",
        when="mode is ticket", needed=lambda settings: settings.mode == "ticket",
    ),
    Right(
        PSA, roles.INVOICING, "inquire",
        "reads the invoices that become calls",
        reads="finance/invoices",
        when="mode is invoice", needed=lambda settings: settings.mode == "invoice",
    ),
    Right(
        PSA, roles.TIME, "inquire",
        "reads the time that is billed",
        reads="time/entries",
    ),
    Right(
        PSA, roles.PRODUCTS, "inquire",
        "reads the products that become materials",
        reads="procurement/products",
        when="products is on", needed=lambda settings: settings.products,
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "looks whether the statuses of its settings exist",
        reads="service/boards",
    ),
    Right(
        EAUTOMATE, "Service calls", "inquire",
        "finds calls again, and those that exist already",
        reads="getCallList",
    ),
    Right(EAUTOMATE, "Service calls", "add", "makes calls of tickets or invoices"),
    Right(EAUTOMATE, "Service calls", "edit", "puts time into calls that exist already"),
    Right(
        EAUTOMATE, "Contracts", "inquire",
        "finds a customer's only contract while eautomate_agreements is not in use",
        reads="getContractList",
    ),
    Right(
        EAUTOMATE, "Items", "inquire",
        "looks at the items that products become",
        reads="ExistsItem",
        when="products is on, or items are set",
        needed=lambda settings: bool(settings.products or settings.product_item or settings.expense_item),
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
    Right(
        EAUTOMATE, "Hold codes", "inquire",
        "looks whether the hold code of its settings exists",
        reads="getHoldCodeList",
        when="hold_code is set", needed=lambda settings: bool(settings.hold_code),
    ),
    Right(
        EAUTOMATE, "Equipment", "inquire",
        "looks whether the equipment of its settings exists",
        reads="getEquipment",
        when="equipment is set", needed=lambda settings: bool(settings.equipment),
    ),
)  # fmt: skip
