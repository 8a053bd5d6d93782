"""What must hold in both systems before taxes can be kept in step: every name in the settings is one of theirs."""

from __future__ import annotations

from collections.abc import Iterator

from functions.zomentum_taxes.observing import Sources
from shared.partners.zomentum import TAXES
from shared.partners.zomentum_checks import once
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.preflight import Check, May, listed
from shared.sync.record import fold
from shared.systems.connectwise_psa import TaxCode, roles
from shared.systems.connectwise_psa.reference import TAX_CODES

CODES = "System > Setup Tables > Tax Codes"
REGIONS = "Zomentum, Settings > Taxes"


def check_taxes(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of taxes; what needs a right that is missing is left out."""
    settings = sources.settings
    if may(PSA, roles.TABLES):
        codes = sources.psa.records(TAX_CODES, None, TaxCode)
        for name in once(list(settings.regions.values())):
            yield listed("TAX_CODE", "tax code", name, [(one.identifier, True) for one in codes], CODES, TAXES)
        for name in once(settings.filters.get("tax_region", ())):
            there = [(one.name, True) for one in codes]
            yield listed("TAX_CODE_NAMED", "tax code described as", name, there, CODES, TAXES)
    if settings.regions and may(ZOMENTUM, "Tax regions"):
        regions = sources.zomentum.tax_regions()
        categories = sources.zomentum.tax_categories()
        for name in once(list(settings.regions)):
            yield listed("TAX_REGION", "tax region", name, [(one.name, True) for one in regions], REGIONS, TAXES)
            ids = {one.key for one in regions if fold(one.name) == fold(name)}
            if ids:
                named = [(one.name, True) for one in categories if one.region in ids]
                yield listed(
                    "TAX_CATEGORY", f"tax category of {name}", settings.taxable, named, f"{REGIONS}, {name}", TAXES,
                    about=fold(name),
                )  # fmt: skip
