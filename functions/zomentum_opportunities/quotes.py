"""What a won opportunity sold: the lines of its won documents, next to what ConnectWise has of them already; pure.

A line is known by its product and its place among the lines of that product (ADR-0001): it is found again wherever an
earlier try left off. A new revision replaces the lines of the one before: what nobody wants any more, and a line of the
opportunity's documents says just so, was written by us, and goes. Whatever else stands there was entered by people, and
stays.

Assumed: a bundle in a document is a line of its own, before or behind its children, which name it; quantities of
children count as they stand; a price is that of one unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from shared.partners.zomentum import Bundles
from shared.sync.needed import Found
from shared.sync.record import fold
from shared.systems.connectwise_psa import Document
from shared.systems.connectwise_psa.opportunities import (
    ForecastLine,
    OpportunityNote,
    OpportunityProduct,
    ProductComponent,
)
from shared.systems.zomentum import Document as TheirDocument
from shared.systems.zomentum import Line

CENT = Decimal("0.01")
DESCRIPTION = 50
"""Characters that a forecast line's description can have."""


@dataclass(frozen=True)
class Sold:
    """A won document and the lines of its newest revision."""

    document: TheirDocument
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Quote:
    """What was sold, and what ConnectWise's opportunity has of it (nothing, while it is not there).

    `products` are by Zomentum's ids; `classes` are the product classes of catalogue items, by ConnectWise's. `older`
    are the lines that earlier revisions had, or documents that were not won; read where ConnectWise has lines that
    nobody wants. `components` are by product; `unsupported` says why they cannot be read, if they cannot.
    """

    sold: tuple[Sold, ...] = ()
    products: Mapping[str, Found] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    older: tuple[Line, ...] = ()
    forecast: tuple[ForecastLine, ...] = ()
    uploads: tuple[Document, ...] = ()
    notes: tuple[OpportunityNote, ...] = ()
    bundles: tuple[OpportunityProduct, ...] = ()
    components: Mapping[str, tuple[ProductComponent, ...]] = field(default_factory=dict)
    unsupported: str = ""


@dataclass(frozen=True)
class Wanted:
    """A forecast line that there is to be; `document` is that of which it comes.

    `item` is the catalogue item's id (empty: of none), `position` the place among all lines, from 1. Amounts are of all
    its units, in the tenant's currency. A bundle has its `children`; it is a product, and its line comes by itself.
    """

    document: str
    item: str
    description: str
    position: int
    quantity: Decimal
    revenue: Decimal
    cost: Decimal | None
    children: tuple[Wanted, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.item, self.description)

    @property
    def price(self) -> Decimal:
        """Of one unit."""
        return self.revenue / self.quantity if self.quantity else self.revenue


def key_of(item: str, description: str) -> str:
    """By what a line is known: its product; a line of none by its description."""
    return item or f"#{fold(description)}"


def unmapped(quote: Quote, mode: Bundles) -> tuple[Line, ...]:
    """The lines whose product ConnectWise has not got, as far as is known; each product once."""
    lines = [line for sold in quote.sold for line in _in_mode(sold.lines, mode)]
    lines += [line for sold in quote.sold for line in sold.lines if mode == "bundle" and line.bundle]
    missing = {line.item: line for line in lines if line.item and not _linked(quote, line)}
    return tuple(missing.values())


def wanted(quote: Quote, mode: Bundles) -> tuple[Wanted, ...]:
    """The lines that there are to be, of all won documents, as far as their products are known."""
    found: list[Wanted] = []
    for sold in quote.sold:
        for line in _in_mode(sold.lines, mode):
            if line.item and not _linked(quote, line):
                continue
            one = _wanted(line, sold.document.id, len(found) + 1, quote)
            if mode == "bundle" and (
                own := [child for child in sold.lines if child.bundle and child.bundle == line.item]
            ):
                known = [child for child in own if not child.item or _linked(quote, child)]
                if len(known) < len(own):
                    continue
                children = tuple(_wanted(child, sold.document.id, at, quote) for at, child in enumerate(known, 1))
                one = replace(one, children=children)
            found.append(one)
    return tuple(found)


def _in_mode(lines: Sequence[Line], mode: Bundles) -> list[Line]:
    """The lines that become lines of their own (ZM-09 to ZM-11)."""
    bundles = {line.bundle for line in lines if line.bundle}
    if mode == "children":
        return [line for line in lines if not line.item or line.item not in bundles]
    return [line for line in lines if not line.bundle] + _headless(lines, bundles)


def _headless(lines: Sequence[Line], bundles: set[str]) -> list[Line]:
    """Bundles of which the document names only the children: one each, at what its children come to."""
    found = []
    for bundle in sorted(bundles - {line.item for line in lines}):
        own = [line for line in lines if line.bundle == bundle]
        price = sum((line.quantity * (line.sell_price or 0) for line in own), Decimal(0))
        cost = sum((line.quantity * (line.cost_price or 0) for line in own), Decimal(0))
        found.append(Line(position=own[0].position, item=bundle, name="Bundle", sell_price=price, cost_price=cost))
    return found


def _wanted(line: Line, document: str, position: int, quote: Quote) -> Wanted:
    cost = None if line.cost_price is None else cents(line.quantity * line.cost_price)
    return Wanted(
        document,
        quote.products[line.item].cw_id if line.item else "",
        " ".join((line.name or line.description).split())[:DESCRIPTION],
        position,
        line.quantity,
        cents(line.quantity * (line.sell_price or Decimal(0))),
        cost,
    )


def cents(amount: Decimal) -> Decimal:
    """An amount in whole cents, half a cent up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Arranged:
    """Wanted lines with those that are there already, wanted ones that are not, and lines that nobody wants."""

    there: tuple[tuple[Wanted, ForecastLine], ...]
    missing: tuple[Wanted, ...]
    extra: tuple[ForecastLine, ...]


def arranged(lines: Sequence[Wanted], forecast: Iterable[ForecastLine]) -> Arranged:
    """Line by line of each product: first those at the very place, then the others in their order."""
    left = sorted(forecast, key=lambda one: (one.sequence, one.id))
    found: dict[int, ForecastLine] = {}
    for exactly in (True, False):
        for place, line in enumerate(lines):
            fits = (
                one
                for one in left
                if key_of(one.item, one.description) == line.key
                and one.linked == bool(line.children)
                and (not exactly or one.sequence == line.position)
            )
            if place not in found and (match := next(fits, None)) is not None:
                found[place] = match
                left.remove(match)
    there = tuple((lines[place], match) for place, match in sorted(found.items()))
    return Arranged(there, tuple(line for place, line in enumerate(lines) if place not in found), tuple(left))


def replaced(quote: Quote, extra: Iterable[ForecastLine]) -> tuple[ForecastLine, ...]:
    """Of the lines that nobody wants, those that we wrote: a line of the documents says just the same."""
    ours = {(one.key, one.quantity, one.revenue) for one in _known(quote)}
    unlinked = (one for one in extra if not one.linked)
    return tuple(one for one in unlinked if (key_of(one.item, one.description), one.quantity, one.revenue) in ours)


def replaced_bundles(quote: Quote, lines: Iterable[Wanted]) -> tuple[OpportunityProduct, ...]:
    """Of the products that nobody wants, those that we made of a bundle: a line of the documents says just the same."""
    needed = {line.item for line in lines if line.children}
    ours = {(one.item, one.quantity, one.revenue) for one in _known(quote) if one.item}
    return tuple(
        one
        for one in quote.bundles
        if one.item not in needed and (one.item, one.quantity, cents(one.quantity * one.price)) in ours
    )


def _known(quote: Quote) -> list[Wanted]:
    """Every line of the documents, of this and of older revisions, as we may have written it, whatever the mode."""
    lines = [*quote.older, *(line for sold in quote.sold for line in sold.lines)]
    of_known = [line for line in lines if not line.item or _linked(quote, line)]
    return [_wanted(line, "", 0, quote) for line in of_known]


def _linked(quote: Quote, line: Line) -> bool:
    found = quote.products.get(line.item)
    return found is not None and found.link is not None
