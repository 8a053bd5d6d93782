"""What an MSP can set for the flow of Moovila's reference data."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from shared.sync.flow import FlowSettings

KindName = Literal["company-status", "note-category", "work-type", "company-customer"]
KINDS: tuple[KindName, ...] = get_args(KindName)
"""What is pulled, in this order: customers name their status."""

USERS = "member-user"


class ReferenceSettings(FlowSettings):
    """Settings of `moovila_reference_data`.

    `filters` knows the facts status and type of a company. Of several types, one that is admitted speaks for it.
    """

    facts = ("status", "type")
    excludable = ("name", "status", "active")

    every_minutes: int = Field(240, ge=1, le=1440, description="How often to pull reference data (MV-22).")
    kinds: list[KindName] = Field(list(KINDS), min_length=1, description="What is pulled (MV-22).")
    sync_user_status: bool = Field(
        False,
        description="Whether Moovila's users follow ConnectWise's members in being active or not, both ways (MV-24). "
        "Otherwise they are never touched.",
    )

    @field_validator("kinds")
    @classmethod
    def _in_their_order(cls, kinds: list[KindName]) -> list[KindName]:
        return [kind for kind in KINDS if kind in kinds]

    @property
    def pulled(self) -> list[str]:
        """Every kind that is kept in step."""
        return [*self.kinds, *([USERS] if self.sync_user_status else [])]
