"""Tickets of ConnectWise PSA, service and project alike, and what is charged to them: time, products, notes, invoices.

Hours and amounts are Decimal, moments UTC. Service and project tickets are two lists over one space of ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BeforeValidator, Field

from shared.systems.connectwise_psa.finance import Amount, Invoice
from shared.systems.connectwise_psa.models import (
    CodeOf,
    Flag,
    Link,
    NameOf,
    Record,
    Reference,
    SetupRow,
    Text,
    Updated,
    WithCustomFields,
)

SERVICE_TICKETS = "service/tickets"
PROJECT_TICKETS = "project/tickets"
TIME_ENTRIES = "time/entries"
PRODUCTS = "procurement/products"
INVOICES = "finance/invoices"
SERVICE_NOTES = "service/tickets/{ticket}/notes"
PROJECT_NOTES = "project/tickets/{ticket}/notes"
BOARD_STATUSES = "service/boards/{board}/statuses"

PROJECT = "ProjectTicket"
"""The `record_type` and `charged_to` of project tickets."""


def _entered(info: object) -> object:
    """When a record was entered, from its `_info`."""
    said = info.get("dateEntered") if isinstance(info, Mapping) else info
    return "".join(said.split()) or None if isinstance(said, str) else said


Entered = Annotated[AwareDatetime | None, BeforeValidator(_entered)]


class Ticket(WithCustomFields):
    """A ticket. `hours` is what ConnectWise adds its time entries up to; `merged_into` the ticket that took it in.

    `external_ref` is where other systems leave their own number.
    """

    wire_fields: ClassVar[str] = (
        "id,summary,recordType,board/id,board/name,status/id,status/name,company/id,company/identifier,company/name,"
        "agreement/id,agreement/name,type/id,type/name,contactName,contactPhoneNumber,poNumber,externalXRef,owner/id,"
        "owner/identifier,closedFlag,actualHours,mergedParentTicket/id,customFields,_info/lastUpdated,"
        "_info/dateEntered"
    )

    summary: Text = ""
    record_type: Text = Field("", alias="recordType")
    board: Reference | None = None
    status: Reference | None = None
    company: Reference | None = None
    agreement: Reference | None = None
    type: Reference | None = None
    contact: Text = Field("", alias="contactName")
    contact_phone: Text = Field("", alias="contactPhoneNumber")
    po_number: Text = Field("", alias="poNumber")
    external_ref: Text = Field("", alias="externalXRef")
    owner: Reference | None = None
    closed: Flag = Field(False, alias="closedFlag")
    hours: Amount = Field(Decimal(0), alias="actualHours")
    merged_into: Reference | None = Field(None, alias="mergedParentTicket")
    project: Reference | None = None
    phase: Reference | None = None
    entered: Entered = None

    @property
    def of_project(self) -> bool:
        return self.record_type.startswith("Project")

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        said = row.get("recordType") or ("ServiceTicket" if path.startswith(SERVICE_TICKETS) else PROJECT)
        return {"url": link("ServiceFV", row.get("id", 0)), "recordType": said, "entered": row.get("_info")}


class TicketContact(Record):
    """Who a service ticket is about, and no more of it."""

    wire_fields: ClassVar[str] = "id,summary,contact/id,contact/name"

    summary: Text = ""
    contact: Reference | None = None

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        del path
        return {"url": link("ServiceFV", row.get("id", 0))}


class ProjectTicket(Ticket):
    """A ticket of a project's phase, whose list has some fields fewer and names project and phase."""

    wire_fields: ClassVar[str] = (
        "id,summary,board/id,board/name,status/id,status/name,company/id,company/identifier,company/name,"
        "agreement/id,agreement/name,type/id,type/name,contactName,contactPhoneNumber,owner/id,owner/identifier,"
        "closedFlag,actualHours,project/id,project/name,phase/id,phase/name,customFields,_info/lastUpdated,"
        "_info/dateEntered"
    )


class TimeEntry(Record):
    """Time that somebody worked. It is charged to a ticket if `charged_to` is one of the two kinds of tickets.

    `how` is Billable, DoNotBill, NoCharge or NoDefault; `hours` were worked, `billed_hours` go on the invoice at `rate`
    each; `said_amount` is what ConnectWise says that its invoice bills for it, None from a server that does not say
    (before 2025).
    """

    wire_fields: ClassVar[str] = (
        "id,chargeToId,chargeToType,company/id,ticket/id,project/id,phase/id,member/id,member/identifier,member/name,"
        "workType/id,workType/name,workRole/name,agreement/id,timeStart,timeEnd,actualHours,invoiceHours,hourlyRate,"
        "extendedInvoiceAmount,billableOption,status,notes,invoice/id,invoice/identifier,_info/lastUpdated"
    )

    charged_id: int | None = Field(None, alias="chargeToId")
    charged_to: Text = Field("", alias="chargeToType")
    company: Reference | None = None
    ticket: Reference | None = None
    project: Reference | None = None
    phase: Reference | None = None
    member: Reference | None = None
    work_type: Reference | None = Field(None, alias="workType")
    work_role: NameOf = Field("", alias="workRole")
    agreement: Reference | None = None
    start: AwareDatetime | None = Field(None, alias="timeStart")
    end: AwareDatetime | None = Field(None, alias="timeEnd")
    hours: Amount = Field(Decimal(0), alias="actualHours")
    billed_hours: Amount = Field(Decimal(0), alias="invoiceHours")
    rate: Amount = Field(Decimal(0), alias="hourlyRate")
    said_amount: Decimal | None = Field(None, alias="extendedInvoiceAmount")
    how: Text = Field("", alias="billableOption")
    status: Text = ""
    notes: Text = ""
    invoice: Reference | None = None
    updated: Updated = Field(None, alias="_info")

    @property
    def free(self) -> bool:
        """Whether ConnectWise bills nothing for it."""
        return self.how in ("DoNotBill", "NoCharge")

    @property
    def amount(self) -> Decimal:
        """What it bills: as ConnectWise says of what is invoiced, else hours times rate; nothing where it is free."""
        if self.free:
            return Decimal(0)
        if self.invoice is None or self.said_amount is None:
            return self.billed_hours * self.rate
        return self.said_amount

    @property
    def ticket_id(self) -> str:
        """The ticket that it is charged to; empty where it is charged to something else."""
        return str(self.charged_id) if self.charged_id and self.charged_to.endswith("Ticket") else ""


class TicketProduct(Record):
    """A product on a ticket, project, order or invoice. `item` is the catalogue's identifier, `price` is for one.

    `how` is Billable, DoNotBill or NoCharge; `left` is what is left of the quantity after cancelling.
    """

    wire_fields: ClassVar[str] = (
        "id,catalogItem/id,catalogItem/identifier,description,quantity,quantityCancelled,price,extPrice,"
        "billableOption,cancelledFlag,ticket/id,project/id,phase/id,salesOrder/id,invoice/id,productClass,"
        "serialNumbers,_info/lastUpdated"
    )

    item: CodeOf = Field("", alias="catalogItem")
    description: Text = ""
    quantity: Amount = Decimal(0)
    cancelled_quantity: Amount = Field(Decimal(0), alias="quantityCancelled")
    price: Amount = Decimal(0)
    amount: Amount = Field(Decimal(0), alias="extPrice")
    how: Text = Field("", alias="billableOption")
    cancelled: Flag = Field(False, alias="cancelledFlag")
    ticket: Reference | None = None
    project: Reference | None = None
    phase: Reference | None = None
    order: Reference | None = Field(None, alias="salesOrder")
    invoice: Reference | None = None
    product_class: Text = Field("", alias="productClass")
    updated: Updated = Field(None, alias="_info")

    @property
    def left(self) -> Decimal:
        return Decimal(0) if self.cancelled else self.quantity - self.cancelled_quantity


class TicketNote(Record):
    """A note of a ticket: description, internal analysis or resolution."""

    wire_fields: ClassVar[str] = "id,text,detailDescriptionFlag,internalAnalysisFlag,resolutionFlag"

    text: Text = ""
    description: Flag = Field(False, alias="detailDescriptionFlag")
    internal: Flag = Field(False, alias="internalAnalysisFlag")
    resolution: Flag = Field(False, alias="resolutionFlag")


class BoardStatus(SetupRow):
    """A status that tickets of one board can have."""

    wire_fields: ClassVar[str] = "id,name,inactive,closedStatus,timeEntryNotAllowed"

    inactive: Flag = False
    closed: Flag = Field(False, alias="closedStatus")


class WorkInvoice(Invoice):
    """An invoice with what it is for: `applied_to` is Ticket, Project, ProjectPhase, Agreement, SalesOrder or All."""

    wire_fields: ClassVar[str] = (
        f"{Invoice.wire_fields},applyToType,applyToId,ticket/id,project/id,project/name,phase/id,phase/name,"
        "salesOrder/id,customerPO,serviceAdjustmentAmount,downpaymentApplied,subtotal"
    )

    applied_to: Text = Field("", alias="applyToType")
    applied_id: int | None = Field(None, alias="applyToId")
    ticket: Reference | None = None
    project: Reference | None = None
    phase: Reference | None = None
    order: Reference | None = Field(None, alias="salesOrder")
    po_number: Text = Field("", alias="customerPO")
    adjustment: Amount = Field(Decimal(0), alias="serviceAdjustmentAmount")
    down_payment: Amount = Field(Decimal(0), alias="downpaymentApplied")
    subtotal: Amount = Decimal(0)
