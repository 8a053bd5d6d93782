"""The issues that only products have; all others are those of every Zomentum flow."""

from __future__ import annotations

from functions.zomentum_products.situations import ProductSituation
from shared.partners.zomentum_records import SYSTEMS, Candidate
from shared.sync.issue import Issue
from shared.sync.names import title
from shared.sync.record import Side

TABLES = {
    "type": ("product type", "types"),
    "category": ("category and subcategory", "categories"),
    "product_class": ("product class", "classes"),
}
"""What a word names, and the table of the settings that maps it."""


def not_mapped(s: ProductSituation, word: str, value: str, *, blocks: bool) -> Issue:
    """ZM-22: what a product is in Zomentum has no counterpart in ConnectWise."""
    what, table = TABLES[word]
    rest = "" if blocks else " All else is kept in step."
    told = (
        f"{s.name} has the {what} {value or '(none)'} in Zomentum, and ConnectWise has no active one that it is mapped "
        f"to.{rest}",
        f"Map it in the settings of zomentum_products ({table}), or add it in ConnectWise under System > Setup Tables; "
        "what waits follows by itself.",
    )
    if word == "type":
        return s.issue("PRODUCT_TYPE_NOT_MAPPED", *told, category="mapping", blocks=blocks)
    if word == "category":
        return s.issue("PRODUCT_CATEGORY_NOT_MAPPED", *told, category="mapping", blocks=blocks)
    return s.issue("PRODUCT_CLASS_NOT_MAPPED", *told, category="mapping", blocks=blocks)


def no_product_id(s: ProductSituation) -> Issue:
    """ZM-23: ConnectWise demands one."""
    return s.issue(
        "PRODUCT_ID_MISSING",
        f"{s.name} has no Product ID in Zomentum ({s.settings.product_id_field}), and ConnectWise demands one.",
        "Give it a Product ID in Zomentum; it follows by itself.",
        category="mapping",
    )


def bundle_unknown(s: ProductSituation) -> Issue:
    """ZM-11: what a bundle holds is not approximated."""
    return s.issue(
        "BUNDLE_UNKNOWN",
        f"{s.name} is a bundle in ConnectWise, whose catalogue does not tell what it holds, so that it is not made in "
        "Zomentum.",
        "Make the bundle in Zomentum with the same Product ID, and it is linked by itself; or cancel it here.",
    )


def word_taken(s: ProductSituation, side: Side, holder: Candidate) -> Issue:
    """ZM-36: a name or Product ID of another product is not taken from it, and no second one is made."""
    return s.issue(
        "NAME_TAKEN",
        f"{s.name} cannot be called in {title(SYSTEMS[side])} as it is on the other side: {holder} has that name or "
        "Product ID there. All else is kept in step.",
        f"Give one of them another name or Product ID; it is tried again by itself. {s.advice}",
        about=(holder.name,),
    )
