"""Which rights the agreement flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.INVOICING, "inquire",
        "reads agreement invoices",
        reads="finance/invoices",
    ),
    Right(
        PSA, roles.INVOICING, "edit",
        "writes e-automate's invoice number, and that it is paid, into custom fields",
        when="invoice_number_field or paid_field is set",
        needed=lambda settings: bool(settings.invoice_number_field or settings.paid_field),
    ),
    Right(
        PSA, roles.AGREEMENTS, "inquire",
        "reads agreements, their types and additions",
        reads="finance/agreements",
    ),
    Right(
        PSA, roles.AGREEMENTS, "edit",
        "writes the contract's number into a custom field",
        when="contract_number_field is set", needed=lambda settings: bool(settings.contract_number_field),
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads billing cycles, and looks whether the billing statuses of its settings exist",
        reads="finance/billingCycles",
    ),
    Right(
        EAUTOMATE, "Contracts", "inquire",
        "reads which contracts and templates there are, and in which state",
        reads="getContractList",
    ),
    Right(
        EAUTOMATE, "Customers", "inquire",
        "reads the numbers of the customers that are billed",
        reads="getCustomerDataList",
    ),
)  # fmt: skip
