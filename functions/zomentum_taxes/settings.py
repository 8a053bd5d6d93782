"""What an MSP can set for the flow of taxes."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from shared.partners.zomentum import MODE, OneToOne
from shared.sync.record import fold
from shared.sync.shapes import NewOnlySettings


class TaxSettings(NewOnlySettings):
    """Settings of `zomentum_taxes`. `filters` knows the fact tax_region (ZM-12): the description of a tax code."""

    facts = ("tax_region",)
    excludable = ("name", "rate")

    create_only: bool = Field(False, description=MODE.format(ways=""))
    create_missing: bool = Field(
        True,
        description="Make a region with both its categories for each tax code that Zomentum lacks (ZM-25); off: only "
        "what `regions` maps is kept in step.",
    )
    regions: OneToOne = Field(
        default_factory=dict,
        description="Regions of Zomentum's that are mapped by hand (ZM-27), by name, each with the tax code of "
        "ConnectWise (its identifier) whose rate its taxable category has. Nothing is made in them.",
    )
    taxable: str = Field(
        "Taxable", min_length=1, description="Name of the category of a region that has the tax code's rate (ZM-26)."
    )
    non_taxable: str = Field(
        "Non-Taxable", min_length=1, description="Name of the category of a region that has 0 percent (ZM-26)."
    )

    @model_validator(mode="after")
    def _two_categories(self) -> Self:
        if fold(self.taxable) == fold(self.non_taxable):
            raise ValueError("taxable and non_taxable name one category; there must be two")
        return self

    def by_hand(self, identifier: str) -> str:
        """The region that is mapped by hand to a tax code; empty where none is."""
        return next((region for region, code in self.regions.items() if fold(code) == fold(identifier)), "")
