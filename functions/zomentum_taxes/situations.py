"""What a decision about a tax code needs, read and frozen: its region there, and the region's two categories."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from functions.zomentum_taxes.settings import TaxSettings
from shared.sync.flow import Situation
from shared.sync.link import Pair
from shared.sync.record import SIDES, Name, Ref, Side
from shared.systems.connectwise_psa import SalesTax
from shared.systems.zomentum import TaxCategory, TaxRegion

KIND, RATE = "code-region", "code-category"
TAXABLE, NON_TAXABLE = "taxable", "non-taxable"
SORTS = (TAXABLE, NON_TAXABLE)
"""What a category is to a tax code: its rate, or none."""


@dataclass(frozen=True)
class Rate:
    """One of a tax code's two rates, in percent: its pair, and the category that is linked to it or can be.

    `called` is what a category is called that is made for it. `category` None: there is none, or it is `gone`.
    """

    sort: str
    pair: Pair
    called: str
    percent: Decimal
    category: TaxCategory | None = None

    @property
    def gone(self) -> bool:
        return self.pair.link is not None and self.category is None

    @property
    def ref(self) -> Ref:
        return self.pair.home


@dataclass(frozen=True, kw_only=True)
class TaxSituation(Situation):
    """A tax code, and the region that is linked to it or has the name that is wanted.

    `wanted` is what its region is called: as the code is described, or as the settings map it (`by_hand`). `taken` says
    why that name is not the code's, if it is not. `ended`: the code cannot be used any more. `rules` is the revision of
    settings and rules.
    """

    settings: TaxSettings
    rules: str
    code: SalesTax | None = None
    region: TaxRegion | None = None
    wanted: str = ""
    by_hand: bool = False
    taken: str = ""
    ended: bool = False
    rates: tuple[Rate, ...] = ()

    @property
    def gone(self) -> tuple[Side, ...]:
        """The sides on which what is linked is not there any more."""
        there = {"cw": self.code, "partner": self.region}
        return tuple(side for side in SIDES if self.link is not None and there[side] is None)


def watched(code: SalesTax) -> dict[str, Any]:
    """All of a tax code that a decision depends on."""
    return {
        "name": code.name.strip(),
        "identifier": code.identifier,
        "percent": code.percent,
        "cancelled": code.cancelled,
    }


def watched_region(region: TaxRegion) -> dict[str, Any]:
    return {"name": region.name.strip()}


def watched_category(category: TaxCategory) -> dict[str, Any]:
    """What is ours of a category: its name may be changed."""
    return {"rate": category.rate}


def part(code: str, sort: str) -> Ref:
    """The address of one of a code's two rates."""
    return Ref(RATE, "cw", f"{code}/{sort}")


def code_name(code: SalesTax) -> Name:
    """What people call a tax code; it has no page that can be linked to."""
    return Name(f"tax code {code.identifier} ({code.name.strip()})")


def shown(percent: Decimal) -> str:
    """A rate as people write it."""
    return f"{percent.normalize():f} %"
