"""What an MSP can set for service calls; the articles' variables that the settings replace are those of ID965."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from shared.sync.flow import FlowSettings


class ServiceCallSettings(FlowSettings):
    """Settings of `eautomate_service_calls`. `filters` are for tickets."""

    facts = ("board", "type")

    mode: Literal["ticket", "invoice"] = Field(
        "ticket", description="What becomes a call: a ticket in a status, or an invoice in one (ID965: Invoice-Only)."
    )
    ticket_statuses: list[str] = Field(
        default_factory=list,
        description="Only tickets in one of these statuses, by name, on any board (ID965: ticket status); none: no "
        "ticket becomes a call.",
    )
    invoice_statuses: list[str] = Field(
        default_factory=list,
        description="In invoice mode, only invoices in one of these statuses, by name (ID965: invoice status).",
    )
    first_day: date | None = Field(
        None,
        description="What was worked, or invoiced, before this day is left alone; empty: nothing is.",
    )
    call_status: str = Field(
        "",
        description="Status code of a call when it gets its time, e.g. O for OK to Invoice; empty: e-automate's own.",
    )
    call_type: str = Field(
        "", description="Call type of tickets whose type is linked to none (ID965); empty: none is given."
    )
    bill_code: str = Field(
        "", description="Bill code of calls whose work types are linked to none, or to several (ID965); empty: none."
    )
    hold_code: str = Field("", description="Hold code that a call gets with its time; empty: it is on no hold.")
    equipment: str = Field(
        "", description="Number of the equipment that all calls are for; empty: unknown equipment of the customer."
    )
    billing: Literal["connectwise", "bill_code"] = Field(
        "connectwise",
        description="Whether labour lines carry the amounts that ConnectWise bills, or hours only, which e-automate "
        "bills by bill code (ID965). Of a ticket under an agreement they always have hours only: its contract decides.",
    )
    late_time: Literal["new_call", "report", "ignore"] = Field(
        "new_call", description="What becomes of time that was entered when the call had been made already (ID522)."
    )
    products: bool = Field(True, description="Whether products become materials of the call, by their item numbers.")
    product_item: str = Field(
        "", description="In invoice mode: number of an item with the list price 1.00 that carries all products instead."
    )
    expense_item: str = Field(
        "", description="In invoice mode: number of such an item that carries expenses; empty: they are reported."
    )

    @property
    def statuses(self) -> list[str]:
        """The statuses that count in this mode."""
        return self.ticket_statuses if self.mode == "ticket" else self.invoice_statuses

    @model_validator(mode="after")
    def _invoices_have_no_facts(self) -> ServiceCallSettings:
        if self.mode == "invoice" and self.filters:
            raise ValueError("filters are for tickets; in invoice mode there is nothing to filter by")
        return self
