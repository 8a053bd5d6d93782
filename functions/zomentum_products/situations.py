"""What a decision about a product needs, read and frozen; and how both sides' words for it are brought together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from functions.zomentum_products.settings import ProductSettings
from shared.partners.zomentum import PRODUCT, back, there
from shared.partners.zomentum_records import Candidate, RecordSituation
from shared.sync.record import Fields, Name, Side, fold
from shared.systems.connectwise_psa import LIMITS, Product
from shared.systems.zomentum import CustomField, Item

KIND = PRODUCT.kind
AnyProduct = Product | Item

Customs = Mapping[str, CustomField | None]
"""The custom fields of Zomentum's products that the settings name."""


@dataclass(frozen=True)
class Setup:
    """ConnectWise's set-up tables, by folded names: types and `category / subcategory`, each with its id."""

    types: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProductSituation(RecordSituation[Product, Item]):
    """A product on one side or both.

    `setup` has ConnectWise's types and categories where a decision may have to name one. `customs` are the custom
    fields of Zomentum's that the settings name. `holders` are the products that hold, on a side, the name or Product ID
    which this one is to get there.
    """

    kind: ClassVar[str] = KIND
    noun: ClassVar[str] = "product"
    written_as: ClassVar[str] = "item"
    advice: ClassVar[str] = (
        "Where products of ConnectWise share a description, map names to Product IDs (name_maps_to = product_id), "
        "which are unique."
    )

    settings: ProductSettings
    setup: Setup = Setup()
    customs: Customs = field(default_factory=dict)
    holders: Mapping[Side, Candidate] = field(default_factory=dict)

    @property
    def limits(self) -> Mapping[str, int]:
        known = LIMITS["item"]
        return {
            "name": known["description" if self.settings.by_description else "identifier"],
            "product_id": known["identifier"],
            "description": known["customer_description"],
            "manufacturer_part_number": known["manufacturer_part_number"],
        }

    def handed(self, side: Side, fields: Fields, *, new: bool) -> Mapping[str, Fields]:
        """ZM-23: where names and Product IDs stand; types and categories by what each side calls them."""
        return self._to_connectwise(fields, new=new) if side == "cw" else self._to_zomentum(fields)

    def _to_connectwise(self, fields: Fields, *, new: bool) -> dict[str, Fields]:
        handed: dict[str, Fields] = {}
        if "name" in fields:
            name = fields["name"]
            handed["name"] = {"description" if self.settings.by_description else "identifier": name}
            if new and not self.settings.by_description:
                # The whole name is the Product ID; the catalogue's line is there to be read.
                handed["name"] = {**handed["name"], "description": name[: LIMITS["item"]["description"]]}
            if new and not fields.get("description"):
                handed["name"] = {**handed["name"], "customer_description": name}
        if "description" in fields:
            text = fields["description"]
            handed["description"] = {"customer_description": text} if text or not new else {}
        if "product_id" in fields:
            handed["product_id"] = {"identifier": fields["product_id"]}
        if "type" in fields:
            handed["type"] = {"type": self.setup.types[fold(fields["type"])]}
        if "category" in fields:
            handed["category"] = {"subcategory": self.setup.places[fold(fields["category"])]}
        return handed

    def _to_zomentum(self, fields: Fields) -> dict[str, Fields]:
        settings = self.settings
        handed: dict[str, Fields] = {}
        if "type" in fields:
            handed["type"] = {"type": back(settings.types, fields["type"])}
        if "category" in fields:
            category, _, subcategory = back(settings.categories, fields["category"]).partition(" / ")
            handed["category"] = {"category": category.strip(), "subcategory": subcategory.strip()}
        if "product_id" in fields and settings.custom_product_id:
            handed["product_id"] = {"custom_fields": {settings.custom_product_id: fields["product_id"]}}
        if "product_class" in fields:
            value = back(settings.classes, fields["product_class"])
            handed["product_class"] = {"custom_fields": {settings.class_field: value}}
        return handed


def said_by(product: AnyProduct, settings: ProductSettings, customs: Customs) -> dict[str, Any]:
    """The fields that both sides have, by one word, as people read them: types and categories in ConnectWise's."""
    if isinstance(product, Product):
        return {
            "name": (product.description if settings.by_description else product.identifier).strip(),
            "description": _lines(product.customer_description),
            "price": product.price,
            "cost": product.cost,
            "type": product.type.strip(),
            "category": _place(product.category, product.subcategory),
            "manufacturer_part_number": product.manufacturer_part_number.strip(),
            "taxable": product.taxable,
            "product_id": product.identifier.strip(),
            "product_class": product.product_class,
        }
    return {
        "name": product.name.strip(),
        "description": _lines(product.description),
        "price": product.price,
        "cost": product.cost,
        "type": there(settings.types, product.type),
        "category": there(settings.categories, _place(product.category, product.subcategory)),
        "manufacturer_part_number": product.manufacturer_part_number.strip(),
        "taxable": product.taxable,
        "product_id": product_id(product, settings, customs),
        "product_class": there(settings.classes, product.custom(customs.get(settings.class_field))),
    }


def watched(product: AnyProduct, settings: ProductSettings, customs: Customs) -> dict[str, Any]:
    """All of a product that a decision depends on; names of types, categories and classes without regard to case."""
    said = said_by(product, settings, customs)
    told = {word: fold(said[word]) if word in NAMED else said[word] for word in settings.words}
    if isinstance(product, Product):
        return {**told, "inactive": product.inactive, "class": product.product_class, **facts(product, settings)}
    return {**told, "bundle": product.bundle, **facts(product, settings)}


NAMED = ("type", "category", "product_class")
"""Words that name a row of a set-up table."""


def product_id(product: AnyProduct, settings: ProductSettings, customs: Customs) -> str:
    """What is mapped to ConnectWise's Product ID; empty where a product of Zomentum's has none."""
    if isinstance(product, Product):
        return product.identifier.strip()
    if not settings.by_description:
        return product.name.strip()
    if settings.custom_product_id:
        return product.custom(customs.get(settings.custom_product_id)).strip()
    return product.product_id.strip()


def facts(product: AnyProduct | None, settings: ProductSettings) -> dict[str, str]:
    """One value for each fact that a filter asks for."""
    if product is None or not settings.filters:
        return {}
    place = said_by(product, settings, {})["category"]
    category = place.partition(" / ")[0]
    admitted = {fold(one) for one in settings.filters.get("product_category", ())}
    return {"product_category": next((one for one in (place, category) if fold(one) in admitted), category)}


def product_name(product: AnyProduct) -> Name:
    """What people call a product, with its page."""
    if isinstance(product, Product):
        return Name(f"product {product.identifier.strip()}", product.url)
    return Name(f"product {product.name.strip()}", product.url)


def _place(category: str, subcategory: str) -> str:
    return " / ".join(part.strip() for part in (category, subcategory) if part.strip())


def _lines(text: str) -> str:
    """A text whose lines end as they do everywhere."""
    return "\n".join(text.strip().splitlines())
