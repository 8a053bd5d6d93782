"""What an MSP can set for the flow of companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from shared.partners.zomentum import ZomentumSettings
from shared.sync.merge import Owner

FIELDS = ("name", "phone", "website", "address_line1", "address_line2", "city", "state", "zip", "country")
"""What both systems say of a company."""


class CompanySettings(ZomentumSettings):
    """Settings of `zomentum_companies`.

    `filters` knows the facts company_status and company_type (ZM-12), which are ConnectWise's: a company that is in
    Zomentum only has neither, and is admitted. Of several types, one that is admitted speaks for the company.
    """

    facts = ("company_status", "company_type")
    excludable = FIELDS
    shared_fields: ClassVar[Mapping[str, Owner]] = dict.fromkeys(FIELDS, "partner")

    company_status: str = Field(
        "Active", min_length=1, description="Status of a company created in ConnectWise, by its name there."
    )
    company_type: str = Field(
        "", description="Type of a company created in ConnectWise, by its name there; empty: ConnectWise's default."
    )
