"""What must hold in both systems before products can be kept in step: every name in the settings, and the id fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from functions.zomentum_products.observing import Sources
from shared.partners.zomentum import PRODUCTS
from shared.partners.zomentum_checks import once, sync_field
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.preflight import Check, May, custom_field, listed
from shared.sync.record import fold
from shared.systems.connectwise_psa import Product, ProductSubcategory, ProductType, roles
from shared.systems.connectwise_psa.sales import CATALOG, PRODUCT_CATEGORIES, PRODUCT_SUBCATEGORIES, PRODUCT_TYPES
from shared.systems.zomentum import Item

TYPES = "System > Setup Tables > Product Type"
CATEGORIES = "System > Setup Tables > Product Category"
THEIRS = "Zomentum, Products"
FIELDS = "Zomentum, Settings > Custom Fields, product"


def check_products(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of products; what needs a right that is missing is left out."""
    if may(PSA, roles.TABLES):
        yield from _tables(sources)
    if may(PSA, roles.CATALOG):
        seen = sources.psa.sample(CATALOG, Product)
        field = sources.settings.cw_id_field
        yield custom_field("product", field, seen[0].captions if seen else None, PRODUCTS)
    yield from _custom_fields(sources)
    yield sync_field(sources.zomentum, Item, "product")
    if may(ZOMENTUM, "Products"):
        yield from _theirs(sources)


def _tables(sources: Sources) -> Iterator[Check]:
    """Names of ConnectWise's types, categories and subcategories."""
    psa, settings = sources.psa, sources.settings
    if settings.types:
        types = [row.entry for row in psa.records(PRODUCT_TYPES, None, ProductType)]
        for name in once(list(settings.types.values())):
            yield listed("PRODUCT_TYPE", "product type", name, types, TYPES, PRODUCTS)
    wanted = settings.filters.get("product_category", ())
    places = once([*settings.categories.values(), settings.default_category, *(one for one in wanted if " / " in one)])
    if places:
        rows = psa.records(PRODUCT_SUBCATEGORIES, None, ProductSubcategory)
        there = [(f"{row.category} / {row.name}", not row.inactive) for row in rows]
        for name in places:
            yield listed("PRODUCT_CATEGORY", "product category", name, there, CATEGORIES, PRODUCTS)
    alone = once([one for one in wanted if " / " not in one])
    if alone:
        rows_alone = [row.entry for row in psa.records(PRODUCT_CATEGORIES, None, ProductType)]
        for name in alone:
            yield listed("PRODUCT_CATEGORY", "product category", name, rows_alone, CATEGORIES, PRODUCTS)


def _custom_fields(sources: Sources) -> Iterator[Check]:
    """Zomentum's fields that hold Product ID and class."""
    for name, field in sources.customs.items():
        yield Check(
            "PRODUCT_FIELD",
            f"Custom field {name} of Zomentum's products",
            field is not None,
            "it is there" if field else "there is none of that name",
            f"a text field of the name {name}",
            FIELDS,
            f"Add a text field {name} there, or name another one in the settings of {PRODUCTS}.",
            fold(name),
        )


def _theirs(sources: Sources) -> Iterator[Check]:
    """Zomentum lists neither types nor categories: that a name is one of them shows on its products only."""
    settings = sources.settings
    if not (settings.types or settings.categories):
        return
    items = sources.zomentum.items()
    types = [(one, True) for one in once([one.type for one in items])]
    for name in settings.types:
        yield _seen(listed("ZOMENTUM_TYPE", "product type of Zomentum's", name, types, THEIRS, PRODUCTS))
    places = [" / ".join(part for part in (one.category.strip(), one.subcategory.strip()) if part) for one in items]
    categories = [(one, True) for one in once(places)]
    for name in settings.categories:
        yield _seen(listed("ZOMENTUM_CATEGORY", "product category of Zomentum's", name, categories, THEIRS, PRODUCTS))


def _seen(check: Check) -> Check:
    """A name that no product has is no fault: such products may be yet to come."""
    if check.passed:
        return check
    fix = f"Nothing, if products of it are to come; else correct the name in the settings of {PRODUCTS}."
    return replace(check, passed=None, found=f"on Zomentum's products {check.found}", fix=fix)
