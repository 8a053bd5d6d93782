"""The issues that only taxes have; all others are those of every Zomentum flow."""

from __future__ import annotations

from functions.zomentum_taxes.situations import Rate, TaxSituation, shown
from shared.sync.issue import Issue
from shared.sync.record import Name, Ref


def not_percent(s: TaxSituation) -> Issue:
    return s.issue(
        "TAX_IS_NO_RATE",
        f"{s.name} is an amount of money on one of its levels, and Zomentum knows percentages only.",
        "Give the tax code percentages only in ConnectWise; or leave it out with the filter tax_region, and enter the "
        "tax in Zomentum by hand.",
        category="mapping",
    )


def region_missing(s: TaxSituation) -> Issue:
    return s.issue(
        "TAX_REGION_MISSING",
        f"{s.name} is mapped by hand to the tax region {s.wanted}, which Zomentum does not have.",
        "Add a region of that name in Zomentum, or correct regions in the settings of zomentum_taxes.",
        category="mapping",
    )


def category_missing(s: TaxSituation, rate: Rate) -> Issue:
    return s.issue(
        "TAX_CATEGORY_MISSING",
        f"The tax region {s.wanted}, which is mapped by hand to {s.name}, has no category {rate.called}.",
        "Add a category of that name to the region in Zomentum, or correct taxable in the settings of zomentum_taxes.",
        category="mapping",
    )


def region_taken(s: TaxSituation) -> Issue:
    """ZM-36: two tax codes are never made one region."""
    return s.issue(
        "NAME_TAKEN",
        f"{s.name} cannot have the tax region {s.wanted}: {s.taken}",
        "Describe one of the two otherwise in ConnectWise; or map the tax code by hand to another region, with regions "
        "in the settings of zomentum_taxes.",
    )


def drift(s: TaxSituation, what: str, of: tuple[Ref, Name]) -> Issue:
    return s.issue(
        "DRIFT",
        f"The {what} of {of[1]} was changed in Zomentum, whose taxes come from ConnectWise.",
        "Change it in ConnectWise, which masters it; or set drift to restore, and it is put back.",
        blocks=False,
        of=of,
    )


def rate_name(s: TaxSituation, rate: Rate) -> Name:
    """What people call one of a code's two rates."""
    return Name(f"tax category {rate.called} ({shown(rate.percent)}) of {s.name}")
