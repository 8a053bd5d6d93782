"""The flow of taxes, as the engine knows it: ConnectWise's tax codes are read, Zomentum's are compared with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.zomentum_taxes.observing import Sources
from functions.zomentum_taxes.preflight import check_taxes
from functions.zomentum_taxes.rights import RIGHTS
from functions.zomentum_taxes.rules import decide
from functions.zomentum_taxes.settings import TaxSettings
from functions.zomentum_taxes.situations import (
    KIND,
    RATE,
    TaxSituation,
    watched,
    watched_category,
    watched_region,
)
from shared.partners.zomentum import TAXES
from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.link import Link
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref, fold
from shared.systems.conditions import called, changed_since
from shared.systems.connectwise_psa import SalesTax
from shared.systems.connectwise_psa.reference import TAX_CODES
from shared.systems.zomentum import TaxCategory, TaxRegion


class ZomentumTaxes(Flow[TaxSituation]):
    """Tax codes of ConnectWise as regions of Zomentum, each with two categories; ConnectWise masters them."""

    name = TAXES
    Settings = TaxSettings
    systems = (PSA, ZOMENTUM)
    starts = ZOMENTUM
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"), (RATE, "partner"))
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context, self.rules)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """One page: a dealer has some dozens of tax codes. Zomentum's side is compared in comprehensive runs only."""
        del page
        psa, comprehensive = self._sources.psa, run.mode == "comprehensive"
        began = psa.cursor()
        since = None if comprehensive else cursor.get(PSA)
        codes = psa.records(TAX_CODES, changed_since(moment(since)) if since else None, SalesTax)
        sightings = [Sighting(Ref(KIND, "cw", one.key), watched(one)) for one in codes]
        return Page([*sightings, *(self._theirs() if comprehensive else ())], cursor={PSA: began})

    def _theirs(self) -> Iterator[Sighting]:
        """Every region, and the categories that are linked; a look at a code has both."""
        zomentum = self._sources.zomentum
        for region in zomentum.tax_regions():
            yield Sighting(Ref(KIND, "partner", region.key), watched_region(region))
        categories = {Ref(RATE, "partner", one.key): one for one in zomentum.tax_categories()}
        for ref, state in self._sources.links.find(categories).items():
            if isinstance(state, Link):
                yield Sighting(ref, watched_category(categories[ref]), scope=state.scope)

    def observe(self, changes: Sequence[Change]) -> Sequence[TaxSituation]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The tax codes that people call so, and the regions of this name."""
        for code in self._sources.psa.records(TAX_CODES, called(text, "identifier", "description"), SalesTax):
            yield Ref(KIND, "cw", code.key)
        for region in self._sources.zomentum.tax_regions():
            if fold(region.name) == fold(text):
                yield Ref(KIND, "partner", region.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_taxes(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        if isinstance(record, TaxRegion):
            return watched_region(record)
        return watched_category(record) if isinstance(record, TaxCategory) else None


FLOW = ZomentumTaxes
