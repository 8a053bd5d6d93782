"""The customer flow, as the engine knows it: e-automate masters; companies and sites follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.eautomate_customers.mapping import watched, watched_customer
from functions.eautomate_customers.observing import situations
from functions.eautomate_customers.preflight import check_customers
from functions.eautomate_customers.rights import RIGHTS
from functions.eautomate_customers.rules import decide
from functions.eautomate_customers.scanning import Scanning
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import COMPANY, SITE, LocationSituation, ParentSituation, customer_ref
from functions.eautomate_customers.situations import FLOW as NAME
from functions.eautomate_customers.sources import Sources
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems.conditions import called
from shared.systems.connectwise_psa import Company, Site
from shared.systems.eautomate import Customer


class EautomateCustomers(Flow[ParentSituation | LocationSituation]):
    """CEO Juice's ID747: one way, from e-automate to ConnectWise, with the RecIDs written back."""

    name = NAME
    Settings = CustomerSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    kinds = (COMPANY, SITE)
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {"connectwise_psa": {"company": COMPANY}}

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context, self.rules)
        self._scanning = Scanning(self._sources)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        return self._scanning.page(run, cursor, page)

    def observe(self, changes: Sequence[Change]) -> Sequence[ParentSituation | LocationSituation]:
        return situations(changes, self._sources)

    def find(self, text: str) -> Iterable[Ref]:
        """The customer of this number; the companies of this number or name."""
        customers = self._sources.eautomate.customers_by_number([text])
        companies = self._sources.psa.companies(called(text, "accountNumber", "identifier", "name"))
        return [*map(customer_ref, customers), *(Ref(COMPANY, "cw", company.key) for company in companies)]

    def preflight(self, may: May) -> Iterable[Check]:
        return check_customers(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        if isinstance(record, Company | Site):
            return watched(record, self._sources.settings)
        if isinstance(record, Customer):
            return watched_customer(record, self._sources.settings)
        return None


FLOW = EautomateCustomers
