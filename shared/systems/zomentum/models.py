"""Zomentum's records as we read them: our names, only the fields used, nulls and absent values alike.

Documented by public sources are the paths, `id`, names, the references between records and what a create requires; the
names of all other fields are **assumed**, and stand here and nowhere else (for writes: in `steps`). Ids are texts that
mean nothing. Where a field has another name, its value is empty or None here: nothing else breaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AliasPath, BeforeValidator, Field

from shared.sync.record import fold
from shared.systems.values import Day, Flag, Id, Model, Moment, Money, Opened, Several, Text, Texts

SYNC_FIELD = "Crosswise ID"
"""The custom field, of companies, contacts, opportunities, items, that carries the id of the record it was made for."""


class CustomValue(Model):
    """The values of one custom field, by the field's id."""

    id: Id
    values: Texts = ()


class Record(Opened):
    """What every record has. `url` opens it in Zomentum, for people; what a `page` is called is assumed.

    `created_at` and `updated_at` are UTC, None where Zomentum does not tell them.
    """

    path: ClassVar[str]
    """Of its list, below the API's root."""

    entity: ClassVar[str] = ""
    """What Zomentum calls the sort of record, where it has to be named: for custom fields (documented), in webhooks."""

    included: ClassVar[str] = ""
    """The `included_child_entities` that are asked for."""

    id: Id
    created_at: Moment = None
    updated_at: Moment = None

    @property
    def key(self) -> str:
        """The id as links and steps name the record."""
        return self.id


class WithCustomFields(Record):
    """A record that has custom fields."""

    custom_fields: Annotated[tuple[CustomValue, ...], Several] = ()
    sync_id: str = ""
    """What the custom field `SYNC_FIELD` holds. The adapter fills it in, which alone knows that field's id."""

    def custom(self, field: CustomField | None) -> str:
        """The first value of a custom field; empty where it has none."""
        wanted = field.id if field else None
        return next((one.values[0] for one in self.custom_fields if one.id == wanted and one.values), "")


def _psa_id(value: object) -> object:
    """The PSA's id in `sync_data`: an object, or a list of several, one for each system that is joined."""
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    for entry in entries:
        if isinstance(entry, Mapping):
            for name in ("psa_id", "sync_id", "entity_id"):
                if entry.get(name):
                    return str(entry[name])
    return ""


PsaId = Annotated[str, BeforeValidator(_psa_id)]
"""The id by which Zomentum's own integration knows a record in ConnectWise; empty where there is none. We never write
it: that `client_details:sync_data` shows it is documented, its content is assumed."""


class Company(WithCustomFields):
    """A client company; Zomentum does not take two of one name (ZM-24, ZM-36)."""

    path: ClassVar[str] = "client/companies"
    page: ClassVar[str] = "client/companies/{id}"
    entity: ClassVar[str] = "client_company"
    included: ClassVar[str] = "client_details:sync_data"

    name: Text = ""
    phone: Text = ""
    website: Text = ""
    address_line1: Text = Field("", validation_alias=AliasPath("address", "address_line_1"))
    address_line2: Text = Field("", validation_alias=AliasPath("address", "address_line_2"))
    city: Text = Field("", validation_alias=AliasPath("address", "city"))
    state: Text = Field("", validation_alias=AliasPath("address", "state"))
    zip: Text = Field("", validation_alias=AliasPath("address", "zip_code"))
    country: Text = Field("", validation_alias=AliasPath("address", "country"))
    psa_id: PsaId = Field("", validation_alias=AliasPath("client_details", "sync_data"))


class Contact(WithCustomFields):
    """A contact of one client company."""

    path: ClassVar[str] = "client/users"
    page: ClassVar[str] = "client/contacts/{id}"
    entity: ClassVar[str] = "client_user"
    included: ClassVar[str] = "client_details:sync_data"

    first_name: Text = Field("", validation_alias=AliasPath("name", "first"))
    last_name: Text = Field("", validation_alias=AliasPath("name", "last"))
    company: Text = Field("", validation_alias="client_company_id")
    contact_type: Text = ""
    email: Text = ""
    phone: Text = ""
    title: Text = ""
    psa_id: PsaId = Field("", validation_alias=AliasPath("client_details", "sync_data"))

    @property
    def name(self) -> str:
        """Both names, as people say them."""
        return f"{self.first_name} {self.last_name}".strip()


class Opportunity(WithCustomFields):
    """An opportunity. `status` is `open`, `won` or `lost` (assumed), `expected_revenue` in the tenant's currency."""

    path: ClassVar[str] = "opportunities"
    page: ClassVar[str] = "opportunities/{id}"
    entity: ClassVar[str] = "opportunity"
    included: ClassVar[str] = "client_details:sync_data"

    name: Text = ""
    description: Text = ""
    company: Text = Field("", validation_alias="client_company_id")
    contacts: Texts = Field((), validation_alias="linked_client_user_ids")
    pipeline: Text = Field("", validation_alias="opportunity_pipeline_id")
    stage: Text = Field("", validation_alias="opportunity_pipeline_stage_id")
    status: Text = ""
    expected_revenue: Money = None
    close_date: Day = None
    company_psa_id: PsaId = Field("", validation_alias=AliasPath("client_details", "sync_data"))

    @property
    def won(self) -> bool:
        return self.status.casefold() == "won"

    @property
    def lost(self) -> bool:
        return self.status.casefold() == "lost"


class Pricing(Model):
    """One way in which an item is sold; prices are of one unit, in the tenant's currency. `cost_price` is assumed."""

    name: Text = ""
    billing_period: Text = ""
    sell_price: Money = None
    setup_price: Money = None
    cost_price: Money = None


class Child(Model):
    """What a bundle holds: so many of an item. Assumed."""

    item: Id = Field(validation_alias="item_id")
    quantity: Decimal = Decimal(1)


class Item(WithCustomFields):
    """A product; a bundle if it has `children`. Zomentum does not take two of one name (ZM-24, ZM-36)."""

    path: ClassVar[str] = "items"
    page: ClassVar[str] = "products/{id}"
    entity: ClassVar[str] = "item"

    name: Text = ""
    type: Text = ""
    description: Text = ""
    product_id: Text = ""
    manufacturer_part_number: Text = ""
    category: Text = ""
    subcategory: Text = ""
    taxable: Flag = Field(False, validation_alias="is_taxable")
    pricing: Annotated[tuple[Pricing, ...], Several] = ()
    children: Annotated[tuple[Child, ...], Several] = Field((), validation_alias="bundle_items")

    @property
    def bundle(self) -> bool:
        return bool(self.children)

    @property
    def price(self) -> Decimal | None:
        """That of the first pricing."""
        return self.pricing[0].sell_price if self.pricing else None

    @property
    def cost(self) -> Decimal | None:
        """That of the first pricing."""
        return self.pricing[0].cost_price if self.pricing else None


class Revision(Model):
    """One version of a document; `number` counts up."""

    id: Id
    number: int = Field(0, validation_alias="revision_number")
    status: Text = ""


class Document(WithCustomFields):
    """A quote or proposal of an opportunity. `status` is `draft`, `sent`, `won` or `lost` (assumed)."""

    path: ClassVar[str] = "documents"
    page: ClassVar[str] = "documents/{id}"
    entity: ClassVar[str] = "document"
    included: ClassVar[str] = "revisions:all"

    name: Text = ""
    status: Text = ""
    opportunity: Text = Field("", validation_alias="opportunity_id")
    company: Text = Field("", validation_alias="client_company_id")
    revisions: Annotated[tuple[Revision, ...], Several] = ()

    @property
    def won(self) -> bool:
        return self.status.casefold() == "won"

    @property
    def revision(self) -> Revision | None:
        """The newest one, whose lines count."""
        return max(self.revisions, key=lambda one: one.number, default=None)


class Line(Model):
    """A line item of a document's revision, from a CSV whose headings are assumed. Prices are of one unit.

    `position` counts the lines from 1, in their order.
    """

    position: int
    item: Text = ""
    name: Text = ""
    description: Text = ""
    product_id: Text = ""
    manufacturer_part_number: Text = ""
    billing_period: Text = ""
    quantity: Decimal = Decimal(1)
    sell_price: Money = None
    cost_price: Money = None
    bundle: Text = ""
    """The item of the bundle to which the line belongs; empty where it stands alone."""


class Stage(Model):
    """One stage of a pipeline."""

    id: Id
    name: Text = ""


class Pipeline(Record):
    """A pipeline with its stages, in their order."""

    path: ClassVar[str] = "pipelines"

    name: Text = ""
    default: Flag = Field(False, validation_alias="is_default")
    stages: Annotated[tuple[Stage, ...], Several] = ()


class TaxRegion(Record):
    """A tax region."""

    path: ClassVar[str] = "tax/regions"
    entity: ClassVar[str] = "tax_region"

    name: Text = ""


class TaxCategory(Record):
    """A tax category of one region, with its rate in percent (ZM-26: Taxable, and Non-Taxable with 0)."""

    path: ClassVar[str] = "tax/categories"
    entity: ClassVar[str] = "tax_category"

    name: Text = ""
    region: Text = Field("", validation_alias="tax_region_id")
    rate: Money = None


class User(Record):
    """One of the MSP's own people, who may own records."""

    path: ClassVar[str] = "users"

    first_name: Text = Field("", validation_alias=AliasPath("name", "first"))
    last_name: Text = Field("", validation_alias=AliasPath("name", "last"))
    email: Text = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CustomField(Record):
    """A custom field as it is defined, for records of one `entity_type` (the `entity` of our models)."""

    path: ClassVar[str] = "custom/fields"

    name: Text = ""
    type: Text = Field("", validation_alias="field_type")
    entity_type: Text = ""


def named(name: str, fields: Iterable[CustomField]) -> CustomField | None:
    """The custom field of this name, letter case aside, if it is defined."""
    return next((one for one in fields if fold(one.name) == fold(name)), None)
