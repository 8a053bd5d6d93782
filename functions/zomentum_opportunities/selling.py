"""The steps by which a won opportunity's lines, documents and notes come into ConnectWise; pure.

Each is planned from what is missing there, so that a plan that was cut short shrinks, and nothing is made twice: a line
is known by product and place, a document by what its title ends with, a note by the document's address in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from functions.zomentum_opportunities import issues
from functions.zomentum_opportunities.quotes import (
    Quote,
    Wanted,
    arranged,
    cents,
    replaced,
    replaced_bundles,
    unmapped,
    wanted,
)
from functions.zomentum_opportunities.situations import OpportunitySituation
from shared.sync.issue import Issue
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.plan import Created, Step
from shared.systems.connectwise_psa.opportunities import ForecastLine, OpportunityProduct
from shared.systems.zomentum import Document

BILLABLE = "Billable"
TYPES = {"Agreement": "Agreement", "Service": "Service"}
"""Types of forecast lines by the class of their product; any other class, and no product, is a Product."""

Opportunity = str | Created


def selling(s: OpportunitySituation, opportunity: Opportunity, status: str) -> tuple[tuple[Step, ...], list[Issue]]:
    """What is to be written of what was sold, and what is in the way. `status` is ConnectWise's of the opportunity."""
    quote = s.quote
    if quote is None:
        return (), []
    steps = [*_lines(s, quote, opportunity, status), *_documents(s, quote, opportunity), *_notes(quote, opportunity)]
    told = [issues.products_not_mapped(s, lines)] if (lines := unmapped(quote, s.settings.bundles)) else []
    if quote.unsupported:
        told.append(issues.no_components(s, quote.unsupported))
    return tuple(steps), told


# Lines


def _lines(s: OpportunitySituation, quote: Quote, opportunity: Opportunity, status: str) -> Iterator[Step]:
    """ZM-09 to ZM-11: new lines, changed ones, and those that a new revision leaves out.

    Where only new records are carried over (ZM-06), a document's lines are written until it is attached, and no more.
    """
    lines = wanted(quote, s.settings.bundles)
    done = _carried(s, quote)
    there = arranged(lines, quote.forecast)
    if not done:
        yield from _replaced(s, quote, opportunity, lines, there.extra)
    for line, known in there.there:
        if line.document not in done and not line.children:
            yield from _changed(line, known, opportunity)
    for line in there.missing:
        if line.document not in done and not line.children:
            yield _new(line, quote, opportunity, status)
    if not quote.unsupported:
        for line in lines:
            if line.document not in done and line.children:
                yield from _bundle(line, quote, opportunity)


def _carried(s: OpportunitySituation, quote: Quote) -> set[str]:
    """The documents that are attached, in any revision, of which nothing more is carried in Zomentum's first mode."""
    if not s.settings.create_only:
        return set()
    titles = [one.title for one in quote.uploads]
    return {sold.document.id for sold in quote.sold if any(_tag(sold.document) in title for title in titles)}


def _new(line: Wanted, quote: Quote, opportunity: Opportunity, status: str) -> Step:
    fields: dict[str, Any] = {
        "opportunity": opportunity,
        "item": line.item or None,
        "description": line.description,
        "type": TYPES.get(quote.classes.get(line.item, ""), "Product"),
        "status": status,
        "position": line.position,
        "quantity": line.quantity,
        "revenue": line.revenue,
        "cost": line.cost,
    }
    told = {name: value for name, value in fields.items() if value is not None}
    return Step(f"line-{line.position}", PSA, "forecast_item", "create", fields=told, why="The won document has it.")


def _changed(line: Wanted, known: ForecastLine, opportunity: Opportunity) -> Iterator[Step]:
    fields = {"quantity": line.quantity, "revenue": line.revenue, "cost": line.cost}
    now = {"quantity": known.quantity, "revenue": known.revenue, "cost": known.cost}
    differ = {name: value for name, value in fields.items() if value is not None and value != now[name]}
    if differ:
        where = {"opportunity": opportunity}
        yield Step(
            f"change-{known.key}", PSA, "forecast_item", "update", known.key, {**where, **differ},
            "The won document says otherwise.", {**where, **{name: now[name] for name in differ}},
        )  # fmt: skip


def _replaced(
    s: OpportunitySituation,
    quote: Quote,
    opportunity: Opportunity,
    lines: Iterable[Wanted],
    extra: Iterable[ForecastLine],
) -> Iterator[Step]:
    """A new revision replaces its lines, it never adds to them."""
    if s.settings.create_only:
        return
    why = "The won document no longer has it."
    for line in replaced(quote, extra):
        was = {"opportunity": opportunity, "description": line.description, "revenue": line.revenue}
        yield Step(f"drop-{line.key}", PSA, "forecast_item", "delete", line.key, why=why, before=was)
    for product in replaced_bundles(quote, lines):
        was = {"quantity": product.quantity, "price": product.price}
        yield Step(f"drop-bundle-{product.key}", PSA, "product", "delete", product.key, why=why, before=was)


# Bundles


def _bundle(line: Wanted, quote: Quote, opportunity: Opportunity) -> Iterator[Step]:
    """ZM-11: a product of the opportunity's, whose line comes by itself, and its children as components."""
    known = next((one for one in quote.bundles if one.item == line.item), None)
    step = f"bundle-{line.position}"
    if known is None:
        fields = {
            "opportunity": opportunity, "item": line.item, "billable": BILLABLE,
            "quantity": line.quantity, "price": cents(line.price),
        }  # fmt: skip
        yield Step(step, PSA, "product", "create", fields=fields, why="The won document has this bundle.")
        there: list[str] = []
    else:
        yield from _bundle_changed(line, known)
        there = [one.item for one in quote.components.get(known.key, ())]
    product: Opportunity = known.key if known else Created(step)
    for child in line.children:
        if child.item in there:
            there.remove(child.item)
        elif child.item:
            fields = {"product": product, "item": child.item, "quantity": child.quantity}
            part = f"{step}-part-{child.position}"
            yield Step(part, PSA, "product_component", "create", fields=fields, why="It is part of the bundle.")


def _bundle_changed(line: Wanted, known: OpportunityProduct) -> Iterator[Step]:
    fields = {"quantity": line.quantity, "price": cents(line.price)}
    now = {"quantity": known.quantity, "price": known.price}
    differ = {name: value for name, value in fields.items() if value != now[name]}
    if differ:
        was = {name: now[name] for name in differ}
        why = "The won document says otherwise."
        yield Step(f"change-bundle-{known.key}", PSA, "product", "update", known.key, differ, why, was)


# Documents and notes


def _documents(s: OpportunitySituation, quote: Quote, opportunity: Opportunity) -> Iterator[Step]:
    """ZM-30: each won document once; a new revision is another document."""
    done = _carried(s, quote)
    for sold in quote.sold:
        document = sold.document
        if document.id in done or any(one.title.endswith(_ending(document)) for one in quote.uploads):
            continue
        title = f"{_name(document)} {_ending(document)}"
        fields = {"opportunity": opportunity, "title": title, "file": {ZOMENTUM: document.id}}
        why = "The opportunity was won."
        yield Step(f"document-{document.id}", PSA, "document", "attach", fields=fields, why=why)


def _notes(quote: Quote, opportunity: Opportunity) -> Iterator[Step]:
    """ZM-30: a note with the address of each won document, once, whatever people write beside it."""
    for sold in quote.sold:
        document = sold.document
        if any(document.url in one.text for one in quote.notes):
            continue
        text = f"{_name(document)} was won in Zomentum: {document.url}"
        fields = {"opportunity": opportunity, "text": text}
        yield Step(
            f"note-{document.id}", PSA, "opportunity_note", "note", fields=fields, why="The opportunity was won."
        )


def _tag(document: Document) -> str:
    """By what any revision of an attached document is known, also where two have one name, or it was renamed."""
    return f"(Zomentum {document.id[-8:]}, "


def _ending(document: Document) -> str:
    """By what just this revision is known."""
    return f"{_tag(document)}revision {document.revision.number if document.revision else 0})"


def _name(document: Document) -> str:
    return " ".join(document.name.split()) or f"Document {document.id}"
