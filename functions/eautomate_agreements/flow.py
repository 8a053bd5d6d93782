"""The agreement flow, as the engine knows it: ConnectWise masters; contracts follow, through staged imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.eautomate_agreements.observing import Sources, situations
from functions.eautomate_agreements.preflight import check_agreements
from functions.eautomate_agreements.rights import RIGHTS
from functions.eautomate_agreements.rules import decide
from functions.eautomate_agreements.settings import AgreementSettings
from functions.eautomate_agreements.situations import (
    AGREEMENT,
    INVOICE,
    InvoiceSituation,
    agreement_ref,
    invoice_ref,
    watched,
    watched_agreement,
    watched_import,
)
from shared.partners.eautomate import AGREEMENTS
from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems.conditions import all_of, at_least, called, changed_since, equals
from shared.systems.connectwise_psa import Agreement, Invoice
from shared.systems.connectwise_psa.finance import AGREEMENTS as AGREEMENTS_PATH
from shared.systems.connectwise_psa.finance import INVOICES
from shared.systems.eautomate import ContractImport


class EautomateAgreements(Flow[InvoiceSituation]):
    """CEO Juice's ID964: from ConnectWise to e-automate, with the contract's and the invoice's number written back.

    The home of a plan is the invoice. Agreements tell only that they changed: their first open invoice is looked at.
    """

    name = AGREEMENTS
    Settings = AgreementSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    kinds = (INVOICE, AGREEMENT)
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "connectwise_psa": {"invoice": INVOICE, "agreement": AGREEMENT}
    }

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """The agreement invoices that changed, by id; a comprehensive run reads all from `first_day` on."""
        psa, settings = self._sources.psa, self._sources.settings
        page = page or {"after": 0, "cursor": {"psa": psa.cursor()}}
        wanted = [equals("type", "Agreement")]
        if settings.first_day:
            wanted.append(at_least("date", settings.first_day))
        if run.mode == "delta" and (since := cursor.get("psa")):
            wanted.append(changed_since(moment(since)))
        found, ahead = psa.page(INVOICES, all_of(*wanted), Invoice, page["after"])
        sightings = [Sighting(invoice_ref(one), watched(one, settings)) for one in found]
        if ahead is not None:
            return Page(sightings, next={**page, "after": ahead})
        return Page(sightings, cursor=page["cursor"])

    def observe(self, changes: Sequence[Change]) -> Sequence[InvoiceSituation]:
        return situations(changes, self._sources)

    def find(self, text: str) -> Iterable[Ref]:
        """The invoice of this number, of whatever type; the agreements of this name."""
        psa = self._sources.psa
        invoices = psa.records(INVOICES, called(text, "invoiceNumber"), Invoice)
        agreements = psa.records(AGREEMENTS_PATH, called(text, "name"), Agreement)
        return [*map(invoice_ref, invoices), *(agreement_ref(one.key) for one in agreements)]

    def preflight(self, may: May) -> Iterable[Check]:
        return check_agreements(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        if isinstance(record, Invoice):
            return watched(record, self._sources.settings)
        if isinstance(record, Agreement):
            return watched_agreement(record, self._sources.settings)
        if isinstance(record, ContractImport):
            return watched_import(record)
        return None


FLOW = EautomateAgreements
