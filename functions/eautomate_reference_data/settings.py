"""What an MSP can set for the reference data flow: which kinds are linked, and pairs by hand."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.sync.flow import FlowSettings
from shared.sync.record import fold

KindName = Literal[
    "member-technician",
    "member-sales-rep",
    "work-type-bill-code",
    "service-type-call-type",
    "territory-territory",
    "terms-terms",
    "tax-code-tax-code",
]
KINDS: tuple[KindName, ...] = get_args(KindName)
"""Every kind of pair, the first word the one that ConnectWise calls it by."""

BY_HAND = "by hand; it wins over whatever matches by itself."


class ReferenceSettings(FlowSettings):
    """Settings of `eautomate_reference_data`.

    Each map says what belongs together, for one kind: what ConnectWise calls it, what e-automate calls it. Letter case
    and outer blanks do not count.
    """

    every_minutes: int = Field(60, ge=1, le=1440, description="How often to compare the lists of both sides.")
    kinds: list[KindName] = Field(list(KINDS), min_length=1, description="Which kinds are linked.")
    technicians: dict[str, str] = Field(
        default_factory=dict, description=f"Technician number by member identifier or full name, {BY_HAND}"
    )
    sales_reps: dict[str, str] = Field(
        default_factory=dict, description=f"Sales rep number by member identifier or full name, {BY_HAND}"
    )
    bill_codes: dict[str, str] = Field(default_factory=dict, description=f"Bill code by work type, {BY_HAND}")
    call_types: dict[str, str] = Field(
        default_factory=dict, description=f"Call type by service type, as Type or as Board/Type, {BY_HAND}"
    )
    territories: dict[str, str] = Field(
        default_factory=dict, description=f"e-automate territory by ConnectWise territory, {BY_HAND}"
    )
    terms: dict[str, str] = Field(
        default_factory=dict, description=f"e-automate term by ConnectWise billing terms, {BY_HAND}"
    )
    tax_codes: dict[str, str] = Field(
        default_factory=dict, description=f"e-automate tax code by ConnectWise tax code or its description, {BY_HAND}"
    )

    @field_validator("kinds")
    @classmethod
    def _each_once(cls, kinds: list[KindName]) -> list[KindName]:
        return list(dict.fromkeys(kinds))

    @field_validator("technicians", "sales_reps")
    @classmethod
    def _nobody_is_two(cls, pairs: dict[str, str]) -> dict[str, str]:
        numbers = [fold(number) for number in pairs.values()]
        if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
            raise ValueError(f"{', '.join(twice)} is given to two members; a person is linked once")
        return pairs
