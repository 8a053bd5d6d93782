"""What an MSP can set for the flow of opportunities; a document that does not hold is refused, each fault named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.partners.zomentum import Bundles, OneToOne, ZomentumSettings
from shared.sync.merge import Owner

FIELDS = ("name", "description", "company", "contact", "close_date", "stage", "status")
"""What both systems say of an opportunity."""

MapBy = Literal["stage", "status", "stage_and_status", "status_field"]
WON, LOST = "Won", "Lost"
"""How `stages` and `statuses` name what is won or lost in Zomentum, whatever its stage there is called."""


class OpportunitySettings(ZomentumSettings):
    """Settings of `zomentum_opportunities`.

    `stages` and `statuses` have Zomentum's stages, with ConnectWise's stage or status behind each; of two of
    ConnectWise's names none can be chosen twice (ZM-15, ZM-16). `Won` and `Lost` stand for what is won or lost.
    `filters` knows the facts pipeline and stage (ZM-12), which are Zomentum's; of an opportunity that is in ConnectWise
    only, those that it would get there.
    """

    facts = ("pipeline", "stage")
    excludable = FIELDS
    shared_fields: ClassVar[Mapping[str, Owner]] = dict.fromkeys(FIELDS, "partner")

    map_by: MapBy = Field(
        "stage_and_status",
        description="Which mappings are used (ZM-35): stage, status, stage_and_status (on the way into Zomentum the "
        "stage wins, ZM-20), or status_field: stages, and a custom field of Zomentum's that holds ConnectWise's status "
        "(ZM-17).",
    )
    stages: OneToOne = Field(
        default_factory=dict, description="By Zomentum's stage, ConnectWise's. What is not named has default_stage."
    )
    statuses: OneToOne = Field(
        default_factory=dict,
        description="By Zomentum's stage, ConnectWise's status. What is not named has default_status.",
    )
    default_stage: str = Field(
        "", description="ConnectWise's stage of what is not mapped (ZM-18); empty: ConnectWise's own default."
    )
    default_status: str = Field(
        "Open", min_length=1, description="ConnectWise's status of what is not mapped, an open one (ZM-18, ZM-33)."
    )
    cw_status_field: str = Field(
        "CW Status",
        min_length=1,
        description="Zomentum's custom field that holds ConnectWise's status, if map_by is status_field (ZM-17).",
    )
    pipeline: str = Field(
        "", description="Zomentum's pipeline for what is new in ConnectWise; empty: Zomentum's default one."
    )
    zomentum_stage: str = Field(
        "",
        description="Zomentum's stage of what is new in ConnectWise and not mapped; empty: the first of the pipeline.",
    )
    sales_rep: str = Field(
        "", description="Identifier of the member who is sales rep of what is made in ConnectWise, which wants one."
    )
    location: str = Field("", description="Location of what is made in ConnectWise (ZM-13); empty: its default.")
    department: str = Field(
        "", description="Business unit (department) of what is made in ConnectWise (ZM-13); empty: its default."
    )
    rating: str = Field("", description="Rating of what is made in ConnectWise (ZM-13); empty: none.")
    close_after_days: int = Field(
        30,
        ge=0,
        description="Days from its creation to the expected close of what has none in Zomentum: ConnectWise wants one.",
    )
    bundles: Bundles = Field(
        "single",
        description="A bundle in a won document becomes one line (single, ZM-09), a line for each of its children "
        "(children, ZM-10), or a bundle product with components (bundle, ZM-11).",
    )

    @property
    def uses_stages(self) -> bool:
        return self.map_by != "status"

    @property
    def uses_statuses(self) -> bool:
        return self.map_by in ("status", "stage_and_status")

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        """ZM-35: a mapping that nobody would read is a mistake of whoever wrote it."""
        unused = {"stages": self.stages and not self.uses_stages, "statuses": self.statuses and not self.uses_statuses}
        if names := [name for name, given in unused.items() if given]:
            raise ValueError(f"{' and '.join(names)} cannot be used while map_by is {self.map_by}")
        return self
