"""The flow of companies, as the engine knows it: both sides make them, change them, and are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from functions.zomentum_companies.observing import Sources
from functions.zomentum_companies.preflight import check_companies
from functions.zomentum_companies.rights import RIGHTS
from functions.zomentum_companies.rules import decide
from functions.zomentum_companies.settings import CompanySettings
from functions.zomentum_companies.situations import KIND, CompanySituation
from shared.partners.zomentum import COMPANIES
from shared.partners.zomentum_flow import RecordFlow
from shared.sync.change import Change
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.preflight import Check, May
from shared.sync.record import Ref
from shared.systems import zomentum
from shared.systems.conditions import called


class ZomentumCompanies(RecordFlow[CompanySituation, Sources]):
    """Client companies of Zomentum and companies of ConnectWise, in both directions."""

    name = COMPANIES
    Settings = CompanySettings
    systems = (PSA, ZOMENTUM)
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"company": KIND},
        ZOMENTUM: {zomentum.Company.entity: KIND},
    }
    rights = RIGHTS

    reads = Sources
    decide = staticmethod(decide)

    def observe(self, changes: Sequence[Change]) -> Sequence[CompanySituation]:
        return self.sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The companies of this name, on either side, and ConnectWise's of this Company ID."""
        for company in self.sources.psa.companies(called(text, "identifier", "name")):
            yield Ref(KIND, "cw", company.key)
        for other in self.sources.zomentum.companies(zomentum.equals("name", text)):
            yield Ref(KIND, "partner", other.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_companies(self.sources, may)


FLOW = ZomentumCompanies
