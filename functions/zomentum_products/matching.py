"""Which product of the other side is the same, at first contact: by Product ID, part number, then name; pure.

A Product ID that both have decides. Where it differs, nothing else makes two products one without a person's word: many
products share a manufacturer part number, or a description (ZM-24). So no product is joined by guess, and none is made
where one may be there already, which ConnectWise would call `-Copy0` (ZM-36).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.zomentum_products.settings import Evidence, ProductSettings
from functions.zomentum_products.situations import AnyProduct, product_name
from shared.partners.zomentum_records import Candidate, Match
from shared.sync.record import fold
from shared.systems.connectwise_psa import Product

BY_ID = "Both have this Product ID."
BY_PART = "Both have this manufacturer part number, and nobody else has."
BY_NAME = "Both have this name, and nobody else has."


@dataclass(frozen=True)
class Other:
    """A product that is there, with its Product ID (may be empty). `linked_to` names what it is linked to, if it is."""

    product: AnyProduct
    id: str
    linked_to: str = ""

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.product.key, product_name(self.product), self.linked_to)

    @property
    def part(self) -> str:
        return fold(self.product.manufacturer_part_number)

    @property
    def name(self) -> str:
        """What it is called where people choose it: in ConnectWise the line in the catalogue."""
        product = self.product
        return fold(product.description if isinstance(product, Product) else product.name)


def match(home: Other, others: Sequence[Other], namesakes: Sequence[Other], settings: ProductSettings) -> Match:
    """Whom of the `others` the home is; `namesakes` are products of its own side that may be just as well."""
    if same := [one for one in others if home.id and fold(one.id) == fold(home.id)]:
        return _by_id(home, same, namesakes)
    if twins := [one for one in namesakes if home.id and fold(one.id) == fold(home.id)]:
        why = "They have one Product ID, and ConnectWise would make the second one a copy."
        return Match(doubts=tuple(one.candidate for one in twins), taken=True, why=why)
    for evidence, how, what in (
        ("manufacturer_part_number", BY_PART, "manufacturer part number"),
        ("name", BY_NAME, "name"),
    ):
        if evidence not in settings.match_by:
            continue
        alike = _alike(evidence)
        if found := _near(home, [one for one in others if alike(home, one)], namesakes, alike, how, what):
            return found
    taken = [one for one in others if not isinstance(one.product, Product) and one.name == home.name]
    if settings.by_description and taken:
        why = "Zomentum takes no second product of one name."
        return Match(doubts=tuple(one.candidate for one in taken), taken=True, why=why)
    return Match()


def _by_id(home: Other, same: Sequence[Other], namesakes: Sequence[Other]) -> Match:
    doubts = tuple(one.candidate for one in same)
    free = [one for one in same if not one.linked_to]
    if not free:
        return Match(doubts=doubts, taken=True, why="No two products of one Product ID are joined by guess.")
    rivals = [one for one in namesakes if not one.linked_to and fold(one.id) == fold(home.id)]
    if len(free) > 1 or rivals:
        return Match(doubts=tuple(one.candidate for one in free), why="More than one product has this Product ID.")
    (found,) = free
    if isinstance(found.product, Product) and found.product.inactive:
        return Match(doubts=doubts, why="It has this Product ID, but is inactive in ConnectWise: make it active.")
    return Match(found.candidate, BY_ID)


def _near(
    home: Other,
    alike: Sequence[Other],
    namesakes: Sequence[Other],
    compare: Callable[[Other, Other], bool],
    how: str,
    what: str,
) -> Match | None:
    """What has something in common with the home but not a Product ID; None where nothing speaks for it."""
    free = [
        one for one in alike if not one.linked_to and not (isinstance(one.product, Product) and one.product.inactive)
    ]
    if not free:
        return None
    sure = [one for one in free if not (one.id and home.id)]
    rivals = [one for one in namesakes if not one.linked_to and compare(home, one)]
    if len(free) == 1 and sure and not rivals:
        return Match(free[0].candidate, how)
    why = f"They have one {what}, but " + ("more than one product has it." if sure else "not the same Product ID.")
    return Match(doubts=tuple(one.candidate for one in free), why=why)


def _alike(evidence: Evidence) -> Callable[[Other, Other], bool]:
    """Names count only where not both have a part number, which tells more."""
    if evidence == "manufacturer_part_number":
        return lambda one, other: bool(one.part) and one.part == other.part
    return lambda one, other: bool(one.name) and one.name == other.name and not (one.part and other.part)
