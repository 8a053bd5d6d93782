"""Where the customer flow reads: the links, both systems, and its settings."""

from __future__ import annotations

from functions.eautomate_customers.settings import CustomerSettings
from shared.partners.eautomate_sources import EautomateSources
from shared.sync.errors import RecordRejected
from shared.sync.flow import Context
from shared.systems.connectwise_psa import Site
from shared.systems.eautomate import Customer


class Sources(EautomateSources[CustomerSettings]):
    """What every look and every scan reads from; `rules` is the revision of settings and rules that holds now."""

    def __init__(self, context: Context, rules: str) -> None:
        super().__init__(context)
        self.rules = rules

    def sites(self, company_id: str) -> list[Site] | None:
        """Every site of one company, by id; None where ConnectWise knows no such company."""
        try:
            return self.psa.sites(company_id)
        except RecordRejected as refusal:
            if refusal.code != "NotFound":
                raise
            return None

    def contract_types(self, customer: Customer) -> tuple[str, ...]:
        """The types of the customer's active contracts; not asked for unless a filter does (EA-16)."""
        if "contract_type" not in self.settings.filters:
            return ()
        return self.eautomate.contracts.active_types(customer.id)
