"""What an MSP can set for the flow of contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from shared.partners.zomentum import ZomentumSettings
from shared.sync.merge import Owner

PLAIN = ("first_name", "last_name", "title", "email", "phone")
"""What both systems say of a contact in the same words."""

FIELDS = (*PLAIN, "company")


class ContactSettings(ZomentumSettings):
    """Settings of `zomentum_contacts`.

    `filters` knows the fact contact_type (ZM-12): ConnectWise's types of a contact; of one that is in Zomentum
    only, the type there. Of several types, one that is admitted speaks for the contact.
    """

    facts = ("contact_type",)
    excludable = FIELDS
    shared_fields: ClassVar[Mapping[str, Owner]] = dict.fromkeys(FIELDS, "partner")

    contact_type: str = Field(
        "", description="Type of a contact created in ConnectWise, by its name there; empty: none."
    )
    zomentum_contact_type: str = Field(
        "Client", min_length=1, description="Type of a contact created in Zomentum, which wants one."
    )
