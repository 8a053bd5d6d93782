"""What a flow can be told whose scope is a set or takes turns, or whose records both sides may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from shared.sync.flow import FlowSettings
from shared.sync.merge import Owner


class SetSettings(FlowSettings):
    """Settings of a flow that keeps lists of members. `shrank` is the code of its issue for one that shrinks a lot."""

    shrank: ClassVar[str] = "SET_SHRANK"

    shrink_limit: int = Field(
        20, ge=0, le=100, description="Percent of a list's members that may go at once; of more, a person is asked."
    )
    shrink_floor: int = Field(3, ge=1, description="Fewer members than this may always go.")


class TurnSettings(FlowSettings):
    """Settings of a flow whose scopes take turns (ADR-0015)."""

    spread_minutes: int = Field(
        60, ge=0, le=1440, description="Over how many minutes the syncs are spread that a comprehensive scan asks for."
    )
    auto_disable_days: int = Field(
        90, ge=0, description="Days after which what is completed or cancelled is taken out of the sync; 0: never."
    )


class NewOnlySettings(FlowSettings):
    """Settings of a flow that can be told to carry over new records only."""

    create_only: bool = Field(
        False, description="Carry over new records only: no later change of a field, and no deletion."
    )


class TwoWaySettings(NewOnlySettings):
    """Settings of a flow whose records both sides may change.

    `shared_fields` are those fields, by our names, with the side whose value stands where both changed one.
    """

    shared_fields: ClassVar[Mapping[str, Owner]] = {}

    owners: dict[str, Owner] = Field(
        default_factory=dict,
        description="By field, whose value stands where both sides changed it: cw or partner; cw_only or partner_only, "
        "if a change by the other side alone is to be put back as well.",
    )
    deletion_limit: int = Field(
        25, ge=0, description="Records that may be deleted at once; of more, a person is asked."
    )
    deletion_percent: int = Field(
        10, ge=0, le=100, description="The same in percent of the linked records of a scope; the smaller one holds."
    )

    @field_validator("owners")
    @classmethod
    def _owned_fields_exist(cls, owners: dict[str, Owner]) -> dict[str, Owner]:
        if unknown := sorted(set(owners) - set(cls.shared_fields)):
            known = ", ".join(cls.shared_fields) or "none"
            raise ValueError(f"no shared fields: {', '.join(unknown)}; these are: {known}")
        return owners

    @property
    def owned(self) -> Mapping[str, Owner]:
        """Every shared field with its owner, for `merge`."""
        return {**self.shared_fields, **self.owners}
