"""What an MSP can set for the flow of products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.partners.zomentum import Bundles, OneToOne, ZomentumSettings
from shared.sync.merge import Owner

STANDARD = ("description", "price", "cost", "type", "category", "manufacturer_part_number", "taxable")
"""The pairs of the standard mapping beside the name (ZM-21); `category` is category and subcategory in one."""

WORDS = ("name", *STANDARD, "product_id", "product_class")
"""Every field that both sides can say of a product."""

Evidence = Literal["manufacturer_part_number", "name"]
EVIDENCE: tuple[Evidence, ...] = ("manufacturer_part_number", "name")
ProductClass = Literal["Agreement", "Bundle", "Inventory", "NonInventory", "Service"]
CLASSES = ("Agreement", "Bundle", "Inventory", "NonInventory", "Service")


class ProductSettings(ZomentumSettings):
    """Settings of `zomentum_products`.

    `filters` knows the fact product_category (ZM-12): ConnectWise's category, or `Category / Subcategory`; of a product
    that is in Zomentum only, what its category there is mapped to.
    """

    facts = ("product_category",)
    excludable = WORDS
    shared_fields: ClassVar[Mapping[str, Owner]] = dict.fromkeys(WORDS, "partner")

    name_maps_to: Literal["product_id", "description"] = Field(
        "product_id",
        description="What a product's name in Zomentum is in ConnectWise (ZM-23): its Product ID, which is the better "
        "choice where products of ConnectWise share a description; or its description.",
    )
    product_id_field: str = Field(
        "",
        description="With name_maps_to = description, Zomentum's field that holds ConnectWise's Product ID (ZM-23): "
        "product_id, or the name of a custom field of products.",
    )
    standard_mapping: bool = Field(
        True,
        description="Keep all pairs of the standard mapping in step (ZM-21): name, description, price, cost, type, "
        "category, manufacturer part number, taxable. Off: the name, and what mapped_fields says.",
    )
    mapped_fields: list[str] = Field(
        default_factory=list,
        description="Without standard_mapping, which of its pairs are kept in step. A new product has all that the "
        "other side demands in any case.",
    )
    types: OneToOne = Field(
        default_factory=dict,
        description="Zomentum's product types, each with ConnectWise's (ZM-22). What is not named is the same on both.",
    )
    categories: OneToOne = Field(
        default_factory=dict,
        description="Zomentum's categories, each with ConnectWise's, both as `Category / Subcategory` (ZM-22). What is "
        "not named is the same on both.",
    )
    default_category: str = Field(
        "",
        description="Where a product without category goes in ConnectWise, which demands one, as `Category / "
        "Subcategory`; empty: such a product waits.",
    )
    class_field: str = Field(
        "", description="Name of Zomentum's custom field that holds the product class; empty: none does."
    )
    classes: OneToOne = Field(
        default_factory=dict,
        description="The values of class_field, each with ConnectWise's product class (ZM-22): Agreement, Bundle, "
        "Inventory, NonInventory or Service. What is not named is the same on both.",
    )
    product_class: ProductClass = Field(
        "NonInventory", description="Class of a product created in ConnectWise that says none."
    )
    bundles: Bundles = Field(
        "single",
        description="What a bundle of Zomentum's is in the catalogue: single, a product like any other (ZM-09); "
        "children, nothing, only its parts are products (ZM-10); bundle, an item of the class Bundle (ZM-11).",
    )
    match_by: list[Evidence] = Field(
        default_factory=lambda: list(EVIDENCE),
        description="What at first contact tells, beside the Product ID, that two products may be the same. Leave out "
        "what products that are not the same share.",
    )
    pricing_name: str = Field("Standard", min_length=1, description="Name of the pricing of a new Zomentum product.")
    billing_period: str = Field(
        "one_time", min_length=1, description="Billing period of that pricing, as Zomentum's API has it."
    )

    @field_validator("mapped_fields")
    @classmethod
    def _pairs_exist(cls, fields: list[str]) -> list[str]:
        if unknown := sorted(set(fields) - set(STANDARD)):
            raise ValueError(
                f"no pairs of the standard mapping: {', '.join(unknown)}; these are: {', '.join(STANDARD)}"
            )
        return fields

    @field_validator("categories")
    @classmethod
    def _categories_have_two_parts(cls, table: dict[str, str]) -> dict[str, str]:
        if wrong := [place for place in table.values() if not _whole(place)]:
            raise ValueError(f"ConnectWise demands Category / Subcategory, and there is {', '.join(wrong)}")
        return table

    @field_validator("default_category")
    @classmethod
    def _default_has_two_parts(cls, place: str) -> str:
        if place and not _whole(place):
            raise ValueError(f"ConnectWise demands Category / Subcategory, and there is {place}")
        return place

    @field_validator("classes")
    @classmethod
    def _classes_exist(cls, table: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(table.values()) - set(CLASSES)):
            raise ValueError(f"ConnectWise has no product class {', '.join(unknown)}; it has {', '.join(CLASSES)}")
        return table

    @model_validator(mode="after")
    def _it_fits_together(self) -> Self:
        faults = []
        if self.name_maps_to == "description" and not self.product_id_field:
            faults.append("name_maps_to = description needs product_id_field, since ConnectWise demands a Product ID")
        if self.name_maps_to == "product_id" and self.product_id_field:
            faults.append("product_id_field is for name_maps_to = description; the name is the Product ID already")
        if self.classes and not self.class_field:
            faults.append("classes needs class_field, which says where Zomentum holds the class")
        if self.standard_mapping and self.mapped_fields:
            faults.append("mapped_fields is for standard_mapping = false, which maps all of them already")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def by_description(self) -> bool:
        """Whether the name is ConnectWise's description, and another field its Product ID."""
        return self.name_maps_to == "description"

    @property
    def custom_product_id(self) -> str:
        """The custom field of Zomentum's that holds the Product ID; empty where none does."""
        return self.product_id_field if self.product_id_field != "product_id" else ""

    @property
    def words(self) -> tuple[str, ...]:
        """The fields that are kept in step."""
        chosen = STANDARD if self.standard_mapping else tuple(word for word in STANDARD if word in self.mapped_fields)
        return (
            "name",
            *chosen,
            *(["product_id"] if self.by_description else ()),
            *(["product_class"] if self.class_field else ()),
        )

    @property
    def owned(self) -> Mapping[str, Any]:
        return {word: owner for word, owner in super().owned.items() if word in self.words}


def _whole(place: str) -> bool:
    first, sign, second = place.partition(" / ")
    return bool(first.strip() and sign and second.strip())
