"""What an MSP can set for the agreement flow; the article variables that each setting replaces are named."""

from __future__ import annotations

from datetime import date
from string import Formatter
from typing import Literal

from pydantic import Field, field_validator

from shared.sync.flow import FlowSettings

PLACES = ("agreement_type", "agreement_name")
"""What patterns may name, in braces."""


class AgreementSettings(FlowSettings):
    """Settings of `eautomate_agreements`; invoices are picked by `statuses` and `agreement_types`, not by `filters`."""

    statuses: list[str] = Field(
        default_factory=list,
        description="Only invoices of these ConnectWise statuses are taken (variable 10 of ID964); none: those of any "
        "status that is not closed.",
    )
    agreement_types: list[str] = Field(
        default_factory=list,
        description="Only invoices of agreements of these types are taken (variable 2 of ID964); none: of all types.",
    )
    first_day: date | None = Field(
        None,
        description="Invoices of an earlier date are left alone, e.g. 2026-11-01: what was billed before Crosswise.",
    )
    number_in: Literal["po", "remarks"] = Field(
        "po", description="Where the contract keeps the ConnectWise invoice number (a variable of ID964)."
    )
    template_pattern: str = Field(
        "**CW {agreement_type}",
        min_length=1,
        description="Number of the template contract for a new contract; {agreement_type} and {agreement_name} are "
        "filled in, and it must then be the same to the character (ID964).",
    )
    default_template: str = Field(
        "", description="Number of the template contract where there is no other, with a warning (ID964); empty: none."
    )
    base_item_pattern: str = Field(
        "**CWBase {agreement_type}",
        min_length=1,
        description="Number of the item for the agreement's own amount; additions are billed as the item whose number "
        "is the product's (ID964).",
    )
    time_item: str = Field(
        "", description="Number of the item for time on an agreement invoice; empty: such an invoice is not taken."
    )
    expense_item: str = Field(
        "", description="Number of the item for expenses on an agreement invoice; empty: such an invoice is not taken."
    )
    terminated_statuses: list[str] = Field(
        default=["T"], description="Codes of the contract statuses that end a contract for good."
    )
    overdue_minutes: int = Field(
        60, ge=1, le=10_080, description="After how many minutes an import that is still staged is an issue."
    )
    check_hours: int = Field(
        6, ge=1, le=168, description="How often an imported invoice is looked at until its contract is billed."
    )
    contract_number_field: str = Field(
        "", description="Caption of the agreement custom field that gets the contract's number; empty: none (ID964)."
    )
    invoice_number_field: str = Field(
        "",
        description="Caption of the invoice custom field that gets e-automate's invoice number; empty: none (ID964).",
    )
    paid_field: str = Field(
        "",
        description="Caption of the invoice custom field that says Yes, or is ticked, once e-automate's invoice is "
        "paid; empty: none (ID964).",
    )

    @field_validator("template_pattern", "base_item_pattern")
    @classmethod
    def _places_are_known(cls, pattern: str) -> str:
        named = {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
        if unknown := sorted(named - set(PLACES)):
            raise ValueError(f"there is no {{{unknown[0]}}}; it may name {{agreement_type}} and {{agreement_name}}")
        return pattern
