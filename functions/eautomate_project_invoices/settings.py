"""What an MSP can set for project invoices; the articles' variables that the settings replace are those of ID522."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator

from shared.sync.flow import FlowSettings


class ProjectInvoiceSettings(FlowSettings):
    """Settings of `eautomate_project_invoices`.

    An item named here is a part whose list price is 1.00 in e-automate: a call takes a part without a price, so the
    amount goes into its quantity.
    """

    facts = ("project_type", "project_status", "billing_method")

    statuses: list[str] = Field(
        default_factory=list,
        description="Only invoices of these ConnectWise statuses are taken (a variable of ID522); none: those of any "
        "status that is not closed.",
    )
    first_day: date | None = Field(
        None,
        description="Invoices of an earlier date are left alone, e.g. 2026-11-01: what was billed before this.",
    )
    fee_item: str = Field(
        "", description="Number of the non-inventory item that carries a fixed fee; its list price is 1.00 (ID522)."
    )
    expense_item: str = Field(
        "", description="Number of such an item that carries an invoice's expenses; empty: they are reported (ID522)."
    )
    product_item: str = Field(
        "", description="Number of such an item that carries an invoice's products; empty: they are reported (ID522)."
    )
    call_type: str = Field("", description="Call type of the calls; empty: none is given (ID522).")
    bill_code: str = Field("", description="Bill code of the calls; empty: none is given (ID522).")
    call_status: str = Field(
        "", description="Status code that a new call gets, e.g. O for OK to Invoice; empty: e-automate's own (ID522)."
    )

    @property
    def items(self) -> tuple[str, ...]:
        """The numbers of the items in use, each once."""
        return tuple(dict.fromkeys(one for one in (self.fee_item, self.expense_item, self.product_item) if one))

    @field_validator("fee_item", "expense_item", "product_item", "call_type", "bill_code", "call_status")
    @classmethod
    def _trimmed(cls, code: str) -> str:
        return code.strip()
