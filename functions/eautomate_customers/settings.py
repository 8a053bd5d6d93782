"""What an MSP can set for the customer flow; the article variables that each setting replaces are named."""

from __future__ import annotations

from pydantic import Field

from shared.sync.flow import FlowSettings


class CustomerSettings(FlowSettings):
    """Settings of `eautomate_customers`.

    `filters` knows the facts customer_type, contract_type and branch (EA-16; the variables of ID747); a customer with
    any active contract of a type asked for is admitted. `exclude_fields` knows custom fields by what they hold, not by
    their caption (EA-18).
    """

    facts = ("customer_type", "contract_type", "branch")
    excludable = (
        "name", "address_line1", "address_line2", "city", "state", "zip", "phone", "fax", "website",
        "account_number", "sales_rep", "on_hold_code",
    )  # fmt: skip

    create_missing: bool = Field(False, description="Create a company or site where none matches (ID747: insert).")
    company_status: str = Field(
        "Active", min_length=1, description="Status of a created company, by its name in ConnectWise."
    )
    company_type: str = Field("", description="Type of a created company, by its name in ConnectWise; empty: default.")
    territories: dict[str, str] = Field(
        default_factory=dict,
        description="ConnectWise territory by e-automate territory code; used when a company is created only.",
    )
    sales_rep_field: str = Field(
        "", description="Caption of the company custom field that gets the sales rep; empty: none."
    )
    on_hold_field: str = Field(
        "", description="Caption of the company custom field that gets the on-hold code; empty: none."
    )
    location_number_field: str = Field(
        "EA Location",
        min_length=1,
        description="Caption of the site custom field that carries the location's number.",
    )
    company_property: str = Field(
        "ZCJ_CW_CompanyID", min_length=1, description="Customer custom property that gets the company's RecID."
    )
    site_property: str = Field(
        "ZCJ_CW_SiteAddressRecID",
        min_length=1,
        description="Customer custom property of a location that gets the site's RecID.",
    )
    opt_out_property: str = Field(
        "ZCJ_SyncToCW",
        min_length=1,
        description="Customer custom property whose value No keeps the customer out.",
    )
