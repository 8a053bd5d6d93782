"""The customer flow: what changed in e-automate and in ConnectWise, and all that a decision about it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from functions.eautomate_customers import observing
from functions.eautomate_customers.mapping import fold, watched_company, watched_customer, watched_site
from functions.eautomate_customers.rules import decide
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import COMPANY, CustomerSituation, LocationSituation
from shared.sync.change import Change
from shared.sync.clock import moment, stamp
from shared.sync.flow import Flow, Page, Sighting
from shared.sync.link import Link, Seen
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.record import Fields, Ref
from shared.systems.connectwise_psa.models import Company, Site
from shared.systems.eautomate.models import Customer

CHUNK = 250
"""Customers read by one request, and looked up in the table at once."""

OVERLAP = timedelta(minutes=2)
"""How far a run reads back before its predecessor's start: ConnectWise stamps lastUpdated in whole seconds, late."""


class EautomateCustomers(Flow[CustomerSituation | LocationSituation]):
    """e-automate masters; companies and sites follow. A scan reads e-automate first, then ConnectWise."""

    name = "eautomate_customers"
    Settings = CustomerSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1

    decide = staticmethod(decide)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """Customers in chunks by id, then companies in pages by id; `page` says which part and after which id."""
        everything = run.mode == "comprehensive"
        if page is None:
            page = {"part": "eautomate", "psa_cursor": stamp(self._psa.server_time() - OVERLAP)}
        if page["part"] == "eautomate":
            return self._scan_customers(None if everything else cursor.get("eautomate"), page)
        return self._scan_companies(None if everything else cursor.get("psa"), page)

    def observe(self, changes: Sequence[Change]) -> Sequence[CustomerSituation | LocationSituation]:
        return observing.Observation(self.context).situations(changes)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        settings = self.context.settings
        if isinstance(record, Company):
            return watched_company(record, settings)
        if isinstance(record, Site):
            return watched_site(record, settings)
        if isinstance(record, Customer):
            return watched_customer(record, settings)
        return None

    def _scan_customers(self, since: str | None, page: dict[str, Any]) -> Page:
        rows, timestamp = self._changed(since)
        after = int(page.get("after", 0))
        # The cursor is the first reading's: what changes while we read on is read again by the next run.
        timestamp = page.get("timestamp", timestamp)
        ids = [row.id for row in rows if int(row.id) > after][:CHUNK]
        customers = self._eautomate.customers(ids) if ids else []
        sightings = [
            Sighting(
                observing.customer_ref(customer),
                watched_customer(customer, self.context.settings),
                customer.model_dump(mode="json"),
            )
            for customer in customers
        ]
        ahead = {**page, "timestamp": timestamp}
        if len(ids) == CHUNK:
            return Page(sightings, next={**ahead, "after": int(ids[-1])})
        return Page(sightings, next={**ahead, "part": "psa", "after": 0})

    def _scan_companies(self, since: str | None, page: dict[str, Any]) -> Page:
        companies, ahead = self._psa.companies_page(
            since=moment(since) if since else None, page_id=page["after"] or None
        )
        sightings = self._worth_a_look(companies, delta=since is not None)
        if ahead is not None:
            return Page(sightings, next={**page, "after": ahead})
        return Page(sightings, cursor={"eautomate": page["timestamp"], "psa": page["psa_cursor"]})

    def _worth_a_look(self, companies: Sequence[Company], *, delta: bool) -> list[Sighting]:
        """Linked companies, and those that carry the number of a customer who has been looked at and is not linked.

        A customer never looked at has been queued by the first part of the scan; the rest of ConnectWise's companies
        are none of ours.
        """
        refs = {Ref(COMPANY, "cw", str(company.id)): company for company in companies}
        known = self.context.links.find(refs)
        strangers = [company for ref, company in refs.items() if not isinstance(known.get(ref), Link)]
        named = self._customers_named(strangers, delta=delta)
        theirs = self.context.links.find({Ref(COMPANY, "partner", id_) for ids in named.values() for id_ in ids})
        sightings: list[Sighting] = []
        for ref, company in refs.items():
            waiting = [theirs.get(Ref(COMPANY, "partner", id_)) for id_ in named.get(company.id, ())]
            if isinstance(known.get(ref), Link) or any(isinstance(state, Seen | Link) for state in waiting):
                sightings.append(Sighting(ref, watched_company(company, self.context.settings)))
        return sightings

    def _customers_named(self, companies: Sequence[Company], *, delta: bool) -> dict[int, list[str]]:
        """The e-automate ids of the customers whose number a company's two fields carry, by company id."""
        numbers = {c.id: {fold(c.identifier), fold(c.account_number)} - {""} for c in companies}
        wanted = set().union(*numbers.values()) if numbers else set()
        if not wanted:
            return {}
        if delta:
            customers = self._eautomate.customers_by_number(sorted(wanted))
            ids = {fold(customer.number): customer.id for customer in customers}
        else:
            rows, _ = self._changed(None)
            ids = {fold(row.number): row.id for row in rows}
        return {id_: [ids[n] for n in theirs if n in ids] for id_, theirs in numbers.items()}

    def _changed(self, since: str | None) -> tuple[Sequence[Any], str]:
        """e-automate's list, asked for once per invocation and cursor: it has no pages."""
        if since not in self._lists:
            rows, timestamp = self._eautomate.changed_customers(since)
            self._lists[since] = sorted(rows, key=lambda row: int(row.id)), timestamp
        return self._lists[since]

    @property
    def _lists(self) -> dict[str | None, tuple[Sequence[Any], str]]:
        return self.__dict__.setdefault("_read_lists", {})

    @property
    def _psa(self) -> Any:
        return self.context.systems["connectwise_psa"]

    @property
    def _eautomate(self) -> Any:
        return self.context.systems["eautomate"]


FLOW = EautomateCustomers
