"""The flow of companies, as the engine knows it: both sides make them, change them, and are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.zomentum_companies.observing import Sources
from functions.zomentum_companies.preflight import check_companies
from functions.zomentum_companies.rights import RIGHTS
from functions.zomentum_companies.rules import decide
from functions.zomentum_companies.settings import CompanySettings
from functions.zomentum_companies.situations import KIND, CompanySituation, said_by, watched
from shared.partners.zomentum import COMPANIES
from shared.partners.zomentum_scanning import BothSides
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems import zomentum
from shared.systems.conditions import called
from shared.systems.connectwise_psa import Company


class ZomentumCompanies(Flow[CompanySituation]):
    """Client companies of Zomentum and companies of ConnectWise, in both directions."""

    name = COMPANIES
    Settings = CompanySettings
    systems = (PSA, ZOMENTUM)
    starts = ZOMENTUM
    two_way = True
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"company": KIND},
        ZOMENTUM: {zomentum.Company.entity: KIND},
    }
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        sides = BothSides(self._sources.psa, self._sources.zomentum, "company/companies", Company, zomentum.Company)
        companies = sides.page(run, cursor, page)
        return companies.as_page(
            Sighting(Ref(KIND, side, one.key), self._sources.fields(one)) for side, one in companies.records
        )

    def observe(self, changes: Sequence[Change]) -> Sequence[CompanySituation]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The companies of this name, on either side, and ConnectWise's of this Company ID."""
        for company in self._sources.psa.companies(called(text, "identifier", "name")):
            yield Ref(KIND, "cw", company.key)
        for other in self._sources.zomentum.companies(zomentum.equals("name", text)):
            yield Ref(KIND, "partner", other.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_companies(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        if isinstance(record, Company):
            return watched(record, self._sources.settings)
        return said_by(record) if isinstance(record, zomentum.Company) else None


FLOW = ZomentumCompanies
