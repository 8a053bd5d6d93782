"""Opportunities of ConnectWise PSA, with their forecast lines, notes and products, as far as they are read.

Natural keys of what a create without a link makes (promise 2): a forecast line is known by its catalogue item and its
place among the lines, a document by its title, a note by its text, a product by its catalogue item, a component by its
catalogue item within the product.

Assumed, where ConnectWise's contract is silent: a forecast that is posted with one line adds that line to those there
are, and is answered as a whole; a product that is posted for an opportunity gets a line in its forecast, which carries
`linkFlag`; a line's status follows the opportunity's once that is closed; an opportunity's page goes by OpportunityFV.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from shared.systems.connectwise_psa.finance import Amount, Day
from shared.systems.connectwise_psa.models import (
    Flag,
    NameOf,
    Record,
    Reference,
    SetupRow,
    Text,
    WithCustomFields,
)

OPPORTUNITIES = "sales/opportunities"
FORECAST = "sales/opportunities/{parent}/forecast"
NOTES = "sales/opportunities/{parent}/notes"
COMPONENTS = "procurement/products/{parent}/components"
STAGES = "sales/stages"
STATUSES = "sales/opportunities/statuses"
RATINGS = "sales/opportunities/ratings"
LOCATIONS = "system/locations"
DEPARTMENTS = "system/departments"
DOCUMENT_OWNER = "Opportunity"
"""What ConnectWise calls an opportunity where a document says whose it is."""


def _lines(value: object) -> object:
    return () if value is None else value


class Opportunity(WithCustomFields):
    """An opportunity. `stage` and `status` are names."""

    page: ClassVar[str] = "OpportunityFV"
    wire_fields: ClassVar[str] = (
        "id,name,notes,company/id,company/identifier,company/name,contact/id,contact/name,expectedCloseDate,"
        "stage/id,stage/name,status/id,status/name,customFields,_info/lastUpdated"
    )

    name: Text = ""
    description: Text = Field("", alias="notes")
    company: Reference | None = None
    contact: Reference | None = None
    close_date: Day = Field(None, alias="expectedCloseDate")
    stage: NameOf = ""
    status: NameOf = ""


class _OfCatalogue(Record):
    """What is of an item of the catalogue, or of none."""

    catalog_item: Reference | None = Field(None, alias="catalogItem")

    @property
    def item(self) -> str:
        """The catalogue item's id; empty without one."""
        return str(self.catalog_item.id) if self.catalog_item and self.catalog_item.id else ""


class ForecastLine(_OfCatalogue):
    """One line of a forecast: `quantity` of a catalogue item (None: of none), for `revenue` in all.

    `sequence` is its place among the lines. `linked`: it belongs to a product of the opportunity's.
    """

    wire_fields: ClassVar[str] = (
        "id,forecastDescription,quantity,catalogItem/id,catalogItem/identifier,revenue,cost,sequenceNumber,linkFlag"
    )

    description: Text = Field("", alias="forecastDescription")
    quantity: Amount = Decimal(0)
    revenue: Amount = Decimal(0)
    cost: Amount = Decimal(0)
    sequence: Amount = Field(Decimal(0), alias="sequenceNumber")
    linked: Flag = Field(False, alias="linkFlag")


class Forecast(Record):
    """All lines of an opportunity."""

    wire_fields: ClassVar[str] = "id,forecastItems"

    id: int = 0
    lines: Annotated[tuple[ForecastLine, ...], BeforeValidator(_lines)] = Field((), alias="forecastItems")


class OpportunityNote(Record):
    """A note on an opportunity."""

    wire_fields: ClassVar[str] = "id,text"

    text: Text = ""


class OpportunityProduct(_OfCatalogue):
    """A product sold with an opportunity: `quantity` of a catalogue item, at `price` each."""

    wire_fields: ClassVar[str] = "id,catalogItem/id,catalogItem/identifier,quantity,price,cost,opportunity/id"

    quantity: Amount = Decimal(0)
    price: Amount = Decimal(0)
    cost: Amount = Decimal(0)


class ProductComponent(_OfCatalogue):
    """What a bundle is made of: `quantity` of a catalogue item."""

    wire_fields: ClassVar[str] = "id,catalogItem/id,catalogItem/identifier,quantity,price,cost"

    quantity: Amount = Decimal(0)


class OpportunityStatus(SetupRow):
    """The status of opportunities, as a row of its set-up table; an open one is none of `won`, `lost`, `closed`."""

    wire_fields: ClassVar[str] = "id,name,wonFlag,lostFlag,closedFlag,inactiveFlag"

    won: Flag = Field(False, alias="wonFlag")
    lost: Flag = Field(False, alias="lostFlag")
    closed: Flag = Field(False, alias="closedFlag")
    inactive: Flag = Field(False, alias="inactiveFlag")

    @property
    def open(self) -> bool:
        return not (self.won or self.lost or self.closed)
