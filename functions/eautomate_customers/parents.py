"""What is read for parent customers: the companies that they are linked to or may be, and whose number each carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from functions.eautomate_customers.facts import facts, opted_out
from functions.eautomate_customers.identifiers import Free, choices
from functions.eautomate_customers.mapping import carried, carries, text, watched, watched_customer
from functions.eautomate_customers.matching import match_company
from functions.eautomate_customers.situations import (
    COMPANY,
    Candidate,
    ParentSituation,
    company_name,
    customer_name,
    customer_ref,
    other_link,
    record_name,
    with_intent,
)
from functions.eautomate_customers.sources import Sources
from shared.sync.link import Link, Pair, State
from shared.sync.record import Ref, fold
from shared.systems.conditions import any_of, is_in
from shared.systems.connectwise_psa import Company
from shared.systems.eautomate import Customer

DIGITS = 9
"""No RecID has more; what else people type into the custom property is not asked for."""


class Parents:
    """The reads for one batch of parents: one look-up of companies, one of customers by number."""

    def __init__(
        self, sources: Sources, customers: Sequence[Customer], in_hand: Sequence[Company], states: Mapping[Ref, State]
    ) -> None:
        """`in_hand` are companies that were read on the way, `states` what the table knows of the customers."""
        self._sources = sources
        self._settings = sources.settings
        self._customers = customers
        self._states = states
        unlinked = [customer for customer in customers if self._link(customer) is None]
        to_create = [c for c in unlinked if self._settings.create_missing and c.active]
        self._companies = self._look_up(unlinked, to_create, in_hand)
        self._known = sources.links.find({Ref(COMPANY, "cw", company.key) for company in self._companies.values()})
        self._numbers = self._numbers_among(to_create)
        self._free = Free((company.identifier for company in self._companies.values()), self._numbers)

    def situations(self) -> dict[str, ParentSituation]:
        """Each customer's situation, by its e-automate ID."""
        return {customer.id: self._situation(customer) for customer in self._customers}

    def _link(self, customer: Customer) -> Link | None:
        state = self._states.get(customer_ref(customer))
        return state if isinstance(state, Link) else None

    def _look_up(
        self, unlinked: Sequence[Customer], to_create: Sequence[Customer], in_hand: Sequence[Company]
    ) -> dict[str, Company]:
        """Every company that these customers are linked to, or that their property or number points to, by RecID."""
        links = [link for customer in self._customers if (link := self._link(customer))]
        named = [(c.properties or {}).get(self._settings.company_property, "").strip() for c in unlinked]
        ids = {int(link.cw_id) for link in links}
        ids |= {int(id_) for id_ in named if id_.isdecimal() and len(id_) <= DIGITS}
        numbers = {customer.number.strip() for customer in unlinked} - {""}
        found = self._sources.psa.companies(
            any_of(
                is_in("id", sorted(ids)),
                is_in("identifier", sorted(numbers | {one for customer in to_create for one in choices(customer)})),
                # ConnectWise compares text without regard to case, but not without the blanks that people type.
                is_in("accountNumber", sorted(one for n in numbers for one in (n, f" {n}", f"{n} "))),
            )
        )
        return {company.key: company for company in (*in_hand, *found)}

    def _numbers_among(self, to_create: Sequence[Customer]) -> dict[str, str]:
        """The customer numbers, by folded number, that equal a field of these companies or a Company ID to be given."""
        own = {fold(customer.number): customer.number.strip() for customer in self._customers}
        values = {value for company in self._companies.values() for value in carried(company)}
        values |= {one for customer in to_create for one in choices(customer)}
        asked = sorted(value for value in values if fold(value) not in own)
        others = self._sources.eautomate.customers_by_number(asked) if asked else []
        return own | {fold(customer.number): customer.number.strip() for customer in others}

    def _situation(self, customer: Customer) -> ParentSituation:
        home, link = customer_ref(customer), self._link(customer)
        linked = self._companies.get(link.cw_id) if link else None
        candidates = () if link else self._candidates(customer)
        matched = linked or match_company(customer, candidates, self._settings).record
        may_create = self._settings.create_missing and customer.active and not link and not candidates
        identifier = self._free.for_(customer) if may_create else ""
        pair = Pair(
            home,
            self._states.get(home),
            cw=watched(matched, self._settings) if matched else None,
            partner=watched_customer(customer, self._settings),
            cw_name=_called(customer, matched, identifier),
            partner_name=str(customer_name(customer)),
        )
        return ParentSituation(
            home=home,
            name=customer_name(customer),
            pairs=(pair, *with_intent(customer, self._states), *map(self._seen, candidates)),
            facts=facts(customer, self._sources.contract_types(customer), self._settings),
            opted_out=opted_out(customer, self._settings),
            settings=self._settings,
            rules=self._sources.rules,
            customer=customer,
            record=linked,
            about=(record_name(linked),) if linked else (),
            candidates=candidates,
            linked_as=other_link(customer, self._states),
            identifier=identifier,
            foreign_number=self._other_number(linked, customer) if linked else "",
        )

    def _candidates(self, customer: Customer) -> tuple[Candidate[Company], ...]:
        """The companies that its property names or that carry its number, deleted ones aside."""
        named = (customer.properties or {}).get(self._settings.company_property, "").strip()
        return tuple(
            Candidate(company, self._linked_to(company), self._other_number(company, customer))
            for company in self._companies.values()
            if not company.deleted and (company.key == named or carries(company, customer.number))
        )

    def _linked_to(self, company: Company) -> str:
        """The customer that a company is linked to, as people call it."""
        state = self._known.get(Ref(COMPANY, "cw", company.key))
        if not isinstance(state, Link):
            return ""
        return state.partner_name or f"the customer with the ID {state.partner_id}"

    def _other_number(self, company: Company, customer: Customer) -> str:
        """Another customer's number that a company carries (EA-23)."""
        others = (fold(value) for value in carried(company) if fold(value) != fold(customer.number))
        return next((self._numbers[value] for value in others if value in self._numbers), "")

    def _seen(self, candidate: Candidate[Company]) -> Pair:
        """A candidate as a record of its own, remembered so that a change of it brings the customer back."""
        ref = Ref(COMPANY, "cw", candidate.record.key)
        company = candidate.record
        return Pair(ref, self._known.get(ref), cw=watched(company, self._settings), cw_name=str(record_name(company)))


def _called(customer: Customer, company: Company | None, identifier: str) -> str:
    """What people will call the company that the customer is linked to, also before it is there."""
    if company is not None:
        return str(record_name(company))
    return company_name(text(customer.name), identifier).text if identifier else ""
