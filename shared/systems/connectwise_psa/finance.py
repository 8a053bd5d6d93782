"""Agreements, what they add to bill, and invoices of ConnectWise PSA. Amounts are Decimal, in the tenant's currency.

An invoice says its totals, not its lines. Of an agreement invoice the lines are the agreement's additions as they are
now and its base amount (assumed: ConnectWise publishes no list of the lines of an agreement invoice).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from shared.systems.connectwise_psa.models import (
    CodeOf,
    Flag,
    NameOf,
    Record,
    Reference,
    SetupRow,
    Text,
    WithCustomFields,
)

INVOICES = "finance/invoices"
AGREEMENTS = "finance/agreements"
ADDITIONS = "finance/agreements/{agreement}/additions"
BILLING_CYCLES = "finance/billingCycles"
BILLING_STATUSES = "finance/billingStatuses"
AGREEMENT_TYPES = "finance/agreements/types"


def _amount(value: object) -> object:
    return 0 if value is None else value


def _blank(value: object) -> object:
    return {} if value is None else value


def _day(value: object) -> object:
    """A moment at midnight, which is how ConnectWise writes a day, as that day."""
    return (value[:10] or None) if isinstance(value, str) else value


Amount = Annotated[Decimal, BeforeValidator(_amount)]
Day = Annotated[date | None, BeforeValidator(_day)]


class BillingStatus(SetupRow):
    """The status of an invoice, as a row of its set-up table."""

    wire_fields: ClassVar[str] = "id,name,closedFlag,inactiveFlag"

    closed: Flag = Field(False, alias="closedFlag")
    inactive: Flag = Field(False, alias="inactiveFlag")


class InvoiceStatus(Reference):
    """The status of an invoice, as the invoice names it."""

    closed: Flag = Field(False, alias="isClosed")


class BillingCycle(Record):
    """How often an agreement bills; `every` is ConnectWise's own word for it, e.g. Monthly."""

    wire_fields: ClassVar[str] = "id,name,billingOptions"

    name: Text = ""
    every: Text = Field("", alias="billingOptions")


class Agreement(WithCustomFields):
    """An agreement. `bill_amount` is what it bills each cycle beside its additions.

    `period` says which cycle an invoice bills: Current (that of its date) or Future (the next). `invoicing` says where
    cycles begin: CalendarYear, or ContractYear (with the agreement's own dates).
    """

    page: ClassVar[str] = "AgreementFV"
    wire_fields: ClassVar[str] = (
        "id,name,type/id,type/name,company/id,company/name,billingCycle/id,billingCycle/name,billAmount,periodType,"
        "invoicingCycle,startDate,billStartDate,cancelledFlag,agreementStatus,customFields,_info/lastUpdated"
    )

    name: Text = ""
    type: NameOf = ""
    company: Reference | None = None
    billing_cycle: Reference | None = Field(None, alias="billingCycle")
    bill_amount: Amount = Field(Decimal(0), alias="billAmount")
    period: Text = Field("", alias="periodType")
    invoicing: Text = Field("", alias="invoicingCycle")
    start: Day = Field(None, alias="startDate")
    bill_start: Day = Field(None, alias="billStartDate")
    cancelled: Flag = Field(False, alias="cancelledFlag")
    status: Text = Field("", alias="agreementStatus")


class Addition(Record):
    """What an agreement bills beside its base amount: `billed` of a product at `price` each, `amount` in all.

    `product` is the product's identifier. `how` is Billable, NoCharge (on the invoice, for nothing) or DoNotBill (not
    on the invoice). It is in force from `effective` up to, but not on, `ended`.
    """

    wire_fields: ClassVar[str] = (
        "id,product/id,product/identifier,billedQuantity,unitPrice,extPrice,billCustomer,effectiveDate,cancelledDate,"
        "description"
    )

    product: CodeOf = ""
    billed: Amount = Field(Decimal(0), alias="billedQuantity")
    price: Amount = Field(Decimal(0), alias="unitPrice")
    amount: Amount = Field(Decimal(0), alias="extPrice")
    how: Text = Field("", alias="billCustomer")
    effective: Day = Field(None, alias="effectiveDate")
    ended: Day = Field(None, alias="cancelledDate")
    description: Text = ""


class Invoice(WithCustomFields):
    """An invoice. `type` is e.g. Agreement or Standard; `total` holds `tax`.

    `agreement_amount`, `products`, `time` and `expenses` are what it bills of each, before tax.
    """

    page: ClassVar[str] = "InvoiceFV"
    wire_fields: ClassVar[str] = (
        "id,invoiceNumber,type,status/id,status/name,status/isClosed,company/id,company/identifier,company/name,"
        "billToCompany/id,billToCompany/identifier,billToCompany/name,agreement/id,agreement/name,date,"
        "agreementAmount,productTotal,serviceTotal,expenseTotal,salesTax,total,customFields,_info/lastUpdated"
    )

    number: Text = Field("", alias="invoiceNumber")
    type: Text = ""
    status: Annotated[InvoiceStatus, BeforeValidator(_blank)] = InvoiceStatus()
    company: Reference | None = None
    bill_to: Reference | None = Field(None, alias="billToCompany")
    agreement: Reference | None = None
    date: Day = None
    agreement_amount: Amount = Field(Decimal(0), alias="agreementAmount")
    products: Amount = Field(Decimal(0), alias="productTotal")
    time: Amount = Field(Decimal(0), alias="serviceTotal")
    expenses: Amount = Field(Decimal(0), alias="expenseTotal")
    tax: Amount = Field(Decimal(0), alias="salesTax")
    total: Amount = Decimal(0)

    @property
    def before_tax(self) -> Decimal:
        return self.total - self.tax
