"""The business of products: which are the same, which are made, and what each side is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from functions.zomentum_products import issues
from functions.zomentum_products.settings import CLASSES
from functions.zomentum_products.situations import NAMED, AnyProduct, ProductSituation, said_by
from shared.partners.zomentum_records import created, doubtful, joined, linked, too_long, value_too_long
from shared.sync.issue import Issue
from shared.sync.plan import Plan, skip, stop
from shared.sync.record import SIDES, Fields, Side, fold
from shared.systems.connectwise_psa import Product
from shared.systems.zomentum import Item

IDENTITY = ("name", "product_id")
"""Words of which one side or the other takes no second product."""


def decide(situation: ProductSituation) -> Plan:
    """The plan for one product: keep linked ones in step, else match, else create, else say why not."""
    s = situation
    if s.link is not None:
        return _settled(s, linked(s, s.link, lambda side, fields: _said(s, side, fields)))
    product = s.own
    if product is None:
        return skip(s.home, "There is no such product any more.", name=s.name)
    if isinstance(product, Product) and product.inactive:
        return skip(s.home, "The product is inactive.", name=s.name)
    if s.settings.bundles == "children" and _is_bundle(product):
        return skip(s.home, "Only the parts of bundles are products, not the bundles (bundles).", name=s.name)
    if s.match.found is not None:
        return _settled(s, joined(s, lambda side, fields: _said(s, side, fields)))
    if s.match.doubts:
        return doubtful(s)
    return _made_in_zomentum(s, product) if isinstance(product, Product) else _made_in_connectwise(s, product)


def _made_in_zomentum(s: ProductSituation, product: Product) -> Plan:
    """ZM-21; Zomentum demands a name, a type, a description and a pricing."""
    settings = s.settings
    if settings.bundles == "bundle" and _is_bundle(product):
        return stop(s.home, issues.bundle_unknown(s), name=s.name)
    said = _words(s, product)
    said["description"] = said.get("description") or product.description.strip() or said["name"]
    said.setdefault("type", product.type)
    pricing = {"name": settings.pricing_name, "billing_period": settings.billing_period, "sell_price": 0,
               "setup_price": 0}  # fmt: skip
    return created(s, {"pricing": (pricing,), **said})


def _made_in_connectwise(s: ProductSituation, product: Item) -> Plan:
    """ConnectWise demands a Product ID, a description, a type and a category; it is asked for each of them before."""
    settings = s.settings
    whole = said_by(product, settings, s.customs)
    said = {**_words(s, product), "type": whole["type"], "category": whole["category"] or settings.default_category}
    if settings.by_description and not said.get("product_id"):
        return stop(s.home, issues.no_product_id(s), name=s.name)
    needed = {name: limit for name, limit in too_long(s, said).items() if name in IDENTITY}
    if needed:
        return stop(s.home, value_too_long(s, needed, needed=True), name=s.name)
    said["product_class"] = said.get("product_class") or settings.product_class
    if settings.bundles == "bundle" and product.bundle:
        said["product_class"] = "Bundle"
    unknown = _unmapped(s, said)
    if unknown:
        told = (issues.not_mapped(s, word, value, blocks=True) for word, value in unknown.items())
        return stop(s.home, *told, name=s.name)
    if "description" in too_long(s, said):
        # What is left out is told; the catalogue's text is the name, then.
        plan = created(s, {name: value for name, value in said.items() if name != "description"})
        return replace(plan, issues=(*plan.issues, value_too_long(s, {"description": s.limits["description"]})))
    return created(s, said)


def _words(s: ProductSituation, product: AnyProduct) -> dict[str, object]:
    """The fields that are kept in step, those that say something."""
    said = said_by(product, s.settings, s.customs)
    return {word: said[word] for word in s.settings.words if said[word] not in ("", None)}


def _said(s: ProductSituation, side: Side, fields: Fields) -> Fields:
    """Fields as a side takes them, names as people read them; what cannot be written there is left out."""
    other = s.partner if side == "cw" else s.cw
    assert other is not None
    whole = said_by(other, s.settings, s.customs)
    told = {word: whole[word] if word in NAMED else value for word, value in fields.items()}
    if side in s.holders:
        told = {word: value for word, value in told.items() if word not in IDENTITY}
    if side == "partner":
        return {word: value for word, value in told.items() if value is not None}
    kept = {word: value for word, value in told.items() if word not in _unmapped(s, told)}
    # ConnectWise keeps what it demands, and has amounts; a part number can be taken away.
    emptied = {"manufacturer_part_number": None} if kept.get("manufacturer_part_number") == "" else {}
    return {**{word: value for word, value in kept.items() if value not in ("", None)}, **emptied}


def _unmapped(s: ProductSituation, said: Mapping[str, object]) -> dict[str, str]:
    """Types, categories and classes that ConnectWise does not have, by their word."""
    known = {"type": s.setup.types, "category": s.setup.places, "product_class": dict.fromkeys(map(fold, CLASSES))}
    return {word: str(said[word]) for word in NAMED if word in said and fold(str(said[word])) not in known[word]}


def _settled(s: ProductSituation, plan: Plan) -> Plan:
    """The plan with what keeps the two from saying the same, if anything does; in the first mode nothing must."""
    if s.settings.create_only or s.pair.cw is None or s.pair.partner is None:
        return plan
    return replace(plan, issues=(*plan.issues, *_stays(s)))


def _stays(s: ProductSituation) -> list[Issue]:
    held = [side for side in SIDES if side in s.holders and _would_tell(s, side, IDENTITY)]
    told = [issues.word_taken(s, side, s.holders[side]) for side in held]
    if s.partner is not None:
        said = said_by(s.partner, s.settings, s.customs)
        differing = {word: said[word] for word in NAMED if said[word] and _would_tell(s, "cw", (word,))}
        told += [issues.not_mapped(s, word, value, blocks=False) for word, value in _unmapped(s, differing).items()]
    return told


def _would_tell(s: ProductSituation, side: Side, words: tuple[str, ...]) -> bool:
    """Whether the two differ in one of these words, and that side is not the one that owns it alone."""
    cw, partner = s.pair.cw or {}, s.pair.partner or {}
    owners = s.settings.owned
    return any(
        word in owners and cw.get(word) != partner.get(word) and owners[word] != f"{side}_only"
        for word in words
        if word not in s.settings.exclude_fields
    )


def _is_bundle(product: AnyProduct) -> bool:
    return product.product_class == "Bundle" if isinstance(product, Product) else product.bundle
