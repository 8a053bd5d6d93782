"""What an MSP can set for the matching of accounts and contacts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from shared.sync.flow import FlowSettings
from shared.sync.record import fold

EVERYBODY = "*"
KINDS_OF_VALUES = ("email", "mobile")
"""What of an account goes to a contact as a communication item."""


class MatchSettings(FlowSettings):
    """Settings of `quickpass_contacts`. `filters` knows the fact customer: the name of the Quickpass customer."""

    facts = ("customer",)

    at_hour: int | None = Field(
        5, ge=0, le=23, description="Hour of the connection's local day at which customers with auto_match are matched."
    )
    auto_match: list[str] = Field(
        default_factory=list,
        description="Quickpass customers, by name or GUID, that are matched daily; * for all. Others only when "
        "somebody asks (crosswise look) or imports their accounts.",
    )
    accounts_from: Literal["api", "import"] = Field(
        "api",
        description="Where accounts are read: Quickpass's API, whose end users are assumed, or files that were loaded "
        "with crosswise accounts import.",
    )
    communication_types: dict[str, str] = Field(
        default_factory=dict,
        description="ConnectWise's communication types of new values, by email and mobile, as the tenant calls them; "
        "without: Email, and Mobile or Cell.",
    )
    create_without_type: bool = Field(
        False, description="Create a contact also without the value whose communication type is missing."
    )
    write_back: bool = Field(
        False, description="Note the matched contact on the account in Quickpass, where its API allows that (assumed)."
    )
    create_companies: bool = Field(
        False, description="Propose a new ConnectWise company for a customer of whose name there is none."
    )
    company_status: str = Field(
        "Active", min_length=1, description="Status of a company created in ConnectWise, by its name there."
    )
    company_type: str = Field(
        "", description="Type of a company created in ConnectWise, by its name there; empty: ConnectWise's default."
    )
    company_country: str = Field(
        "United States",
        min_length=1,
        description="Country of a company created in ConnectWise, which wants some part of an address.",
    )

    @field_validator("communication_types")
    @classmethod
    def _kinds_are_known(cls, types: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(types) - set(KINDS_OF_VALUES)):
            raise ValueError(f"there is no value {', '.join(unknown)}; there is {', '.join(KINDS_OF_VALUES)}")
        return types

    def is_automatic(self, name: str, guid: str) -> bool:
        """Whether a customer is matched daily."""
        wanted = {fold(one) for one in self.auto_match}
        return bool(wanted & {EVERYBODY, fold(name), fold(guid)})
