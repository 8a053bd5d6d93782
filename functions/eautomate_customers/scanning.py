"""What changed since the last run: customers in chunks, then contracts if a filter asks for them, then companies.

A page says in which part the run is and behind which id it reads on; `cursor` in it becomes the next run's cursor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.eautomate_customers.locations import NO_SITE
from functions.eautomate_customers.mapping import carried, watched, watched_customer
from functions.eautomate_customers.matching import match_site
from functions.eautomate_customers.sites import parents_of
from functions.eautomate_customers.situations import COMPANY, SITE, Candidate, customer_ref
from functions.eautomate_customers.sources import Sources
from shared.sync.clock import moment
from shared.sync.flow import Page, Sighting
from shared.sync.link import Link, Seen, State
from shared.sync.ports import Run
from shared.sync.record import Ref, fold
from shared.systems.conditions import changed_since
from shared.systems.connectwise_psa import Company, Site
from shared.systems.eautomate import Customer, CustomerRow

CHUNK = 250
"""Customers read by one request, and looked up in the table at once."""

CONTRACTS = 50
"""Contracts looked at in one step: each is a request of its own."""


FOLLOWED = 20_000
"""Linked companies whose absence a comprehensive run notices; more do not fit into the message that hands it over."""

GONE: Mapping[str, bool] = {"gone": True}
"""What is seen of a linked record that is not there any more: it hashes as no record does."""


class Scanning:
    """Reads one connection's sources page by page."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lists: dict[str | None, tuple[Sequence[CustomerRow], str]] = {}
        self._sites_of: dict[str, Sequence[Site]] = {}

    def page(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """The page at this place; None is the beginning. A comprehensive run reads everything."""
        page = page or self._beginning()
        since = {} if run.mode == "comprehensive" else cursor
        match page["part"]:
            case "customers":
                return self._customers(page, since.get("eautomate"), everything=run.mode == "comprehensive")
            case "contracts":
                return self._contracts(page, cursor.get("contracts"))
            case _:
                return self._companies(page, since.get("psa"))

    def _beginning(self) -> dict[str, Any]:
        """The next run reads from here, by each system's own clock."""
        cursor = {"psa": self._sources.psa.cursor()}
        if self._filters_contracts:
            cursor["contracts"] = self._sources.eautomate.current_timestamp()
        return {"part": "customers", "after": 0, "cursor": cursor}

    @property
    def _filters_contracts(self) -> bool:
        return "contract_type" in self._sources.settings.filters

    # Customers

    def _customers(self, page: dict[str, Any], since: str | None, *, everything: bool) -> Page:
        rows, timestamp = self._listed(since)
        # The cursor is the first reading's: what changes while we read on is read again by the next run.
        page = {**page, "cursor": {"eautomate": timestamp, **page["cursor"]}}
        ids = [row.id for row in rows if int(row.id) > page["after"]][:CHUNK]
        customers = self._sources.eautomate.customers(ids) if ids else []
        sightings = [
            Sighting(
                customer_ref(customer),
                watched_customer(customer, self._sources.settings),
                customer.model_dump(mode="json"),
            )
            for customer in customers
        ]
        if everything:
            sightings += self._sites([customer for customer in customers if customer.parent_id])
            page["linked"] = (page.get("linked", []) + self._linked(customers))[:FOLLOWED]
        if len(ids) == CHUNK:
            return Page(sightings, next={**page, "after": int(ids[-1])})
        return Page(
            sightings, next={**page, "part": "contracts" if self._filters_contracts else "companies", "after": 0}
        )

    def _listed(self, since: str | None) -> tuple[Sequence[CustomerRow], str]:
        """e-automate's list has no pages, so it is asked for once while this process reads through it."""
        if since not in self._lists:
            rows, timestamp = self._sources.eautomate.changed_customers(since)
            self._lists[since] = sorted(rows, key=lambda row: int(row.id)), timestamp
        return self._lists[since]

    def _linked(self, customers: Iterable[Customer]) -> list[int]:
        """The companies that these customers are linked to, but for those that are known to be gone."""
        states = self._sources.links.find({customer_ref(customer) for customer in customers if not customer.parent_id})
        return [int(state.cw_id) for state in states.values() if isinstance(state, Link) and state.cw_hash]

    # Sites, which ConnectWise lists only company by company, so that a comprehensive run alone looks at them

    def _sites(self, locations: Sequence[Customer]) -> Iterator[Sighting]:
        parents = parents_of(locations, self._sources) if locations else {}
        states = self._sources.links.find({customer_ref(location) for location in locations})
        worth = [location for location in locations if _may_have_changed(states.get(customer_ref(location)))]
        for company_id in sorted({parents[location.id].company_id for location in worth} - {""}):
            if company_id not in self._sites_of:  # its locations may lie pages apart
                self._sites_of[company_id] = self._sources.sites(company_id) or []
            for location in worth:
                if parents[location.id].company_id == company_id:
                    yield from self._of_location(location, states[customer_ref(location)], self._sites_of[company_id])

    def _of_location(self, location: Customer, state: State, sites: Sequence[Site]) -> Iterator[Sighting]:
        """The linked site as it is now; or the location, if a site has come that matches it."""
        settings = self._sources.settings
        if isinstance(state, Link):
            site = next((site for site in sites if site.key == state.cw_id), None)
            if site is not None:
                yield Sighting(state.ref("cw"), watched(site, settings))
            elif state.cw_hash:
                yield Sighting(state.ref("cw"), GONE)
            return
        known = self._sources.links.find({Ref(SITE, "cw", site.key) for site in sites})
        free = [Candidate(s) for s in sites if not isinstance(known.get(Ref(SITE, "cw", s.key)), Link)]
        found = match_site(location, free, settings).found
        if found:
            yield Sighting(customer_ref(location), {"sites": [candidate.record.id for candidate in found]})

    # Contracts

    def _contracts(self, page: dict[str, Any], since: str | None) -> Page:
        """The customers whose contracts changed; a customer's own TimeStamp does not tell (EA-16).

        Without a cursor the filter is new, and everybody is looked at for that.
        """
        ids, _ = self._sources.eautomate.contracts.changed(since) if since else ([], "")
        left = sorted(int(id_) for id_ in ids if int(id_) > page["after"])
        sightings = self._by_contract([str(id_) for id_ in left[:CONTRACTS]])
        if len(left) > CONTRACTS:
            return Page(sightings, next={**page, "after": left[CONTRACTS - 1]})
        return Page(sightings, next={**page, "part": "companies", "after": 0})

    def _by_contract(self, ids: Sequence[str]) -> list[Sighting]:
        contracts = [found for id_ in ids if (found := self._sources.eautomate.contracts.contract(id_))]
        theirs: dict[str, list[list[object]]] = {}
        for contract in contracts:
            theirs.setdefault(contract.customer_id, []).append([contract.id, contract.type, contract.active])
        customers = self._sources.eautomate.customers(sorted(theirs)) if theirs else []
        return [Sighting(customer_ref(customer), {"contracts": theirs[customer.id]}) for customer in customers]

    # Companies

    def _companies(self, page: dict[str, Any], since: str | None) -> Page:
        condition = changed_since(moment(since)) if since else None
        found, ahead = self._sources.psa.page("company/companies", condition, Company, page["after"])
        sightings = self._worth_a_look(found)
        unseen = sorted(set(page.get("linked", [])) - {company.id for company in found})
        if ahead is not None:
            return Page(sightings, next={**page, "after": ahead, "linked": unseen})
        # A list that lacks a company proves nothing: the look that follows asks for that very company.
        sightings += [Sighting(Ref(COMPANY, "cw", str(id_)), GONE) for id_ in unseen]
        return Page(sightings, cursor=page["cursor"])

    def _worth_a_look(self, companies: Iterable[Company]) -> list[Sighting]:
        """Companies that are linked, that were somebody's candidate, or that carry a number of a customer of ours.

        A customer never looked at has been queued by the first part of the run; the rest of ConnectWise's companies
        are none of ours, and cost nothing.
        """
        refs = {Ref(COMPANY, "cw", company.key): company for company in companies}
        known = self._sources.links.find(refs)
        strangers = [company for ref, company in refs.items() if not _is_ours(known.get(ref))]
        named = self._named(strangers)
        theirs = self._sources.links.find({ref for many in named.values() for ref in many})
        return [
            Sighting(ref, watched(company, self._sources.settings))
            for ref, company in refs.items()
            if _is_ours(known.get(ref))
            or any(isinstance(theirs.get(one), Link | Seen) for one in named.get(company.id, ()))
        ]

    def _named(self, companies: Sequence[Company]) -> dict[int, list[Ref]]:
        """By company, the customers whose numbers it carries (EA-13)."""
        numbers = {number for company in companies for number in carried(company)}
        if len(numbers) <= CHUNK:
            rows: Iterable[Customer | CustomerRow] = self._sources.eautomate.customers_by_number(sorted(numbers))
        else:
            rows, _ = self._listed(None)
        ids = {fold(row.number): row.id for row in rows}
        return {
            company.id: [Ref(COMPANY, "partner", ids[fold(n)]) for n in carried(company) if fold(n) in ids]
            for company in companies
        }


def _may_have_changed(state: State | None) -> bool:
    """Linked to a site, or left alone for want of one."""
    return isinstance(state, Link) or (isinstance(state, Seen) and state.reason.startswith(NO_SITE))


def _is_ours(state: State | None) -> bool:
    """A company that is linked, or was a customer's candidate."""
    return isinstance(state, Link) or (
        isinstance(state, Seen) and state.scope is not None and state.scope.side == "partner"
    )
