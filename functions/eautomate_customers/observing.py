"""Every read for a batch of changes: customers, companies, sites and links, each asked for together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from functions.eautomate_customers.mapping import (
    first_free,
    fold,
    identifiers,
    watched_company,
    watched_customer,
    watched_site,
)
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import (
    COMPANY,
    SITE,
    Candidate,
    CustomerSituation,
    LocationSituation,
    company_name,
    customer_name,
    site_name,
)
from shared.sync.change import Change
from shared.sync.flow import Context
from shared.sync.link import Link, Pair, State
from shared.sync.record import Name, Ref
from shared.systems.conditions import any_of, is_in
from shared.systems.connectwise_psa import Psa
from shared.systems.connectwise_psa.models import Company, Site
from shared.systems.eautomate import Eautomate
from shared.systems.eautomate.models import Customer


def customer_ref(customer: Customer) -> Ref:
    """Where a customer's link, issues and history belong: a location's are those of its site."""
    return Ref(SITE if customer.parent_id else COMPANY, "partner", customer.id)


class Observation:
    """One batch's reading, from changes to situations."""

    def __init__(self, context: Context) -> None:
        psa, eautomate = context.systems["connectwise_psa"], context.systems["eautomate"]
        assert isinstance(psa, Psa)
        assert isinstance(eautomate, Eautomate)
        self._psa = psa
        self._eautomate = eautomate
        self._links = context.links
        self._settings: CustomerSettings = context.settings

    def situations(self, changes: Sequence[Change]) -> list[CustomerSituation | LocationSituation]:
        """One situation for each change, in order."""
        customers, orphans = self._customers(changes)
        states = self._links.find({customer_ref(customer) for customer in customers.values()})
        parents = [customer for customer in customers.values() if not customer.parent_id]
        locations = [customer for customer in customers.values() if customer.parent_id]
        made: dict[str, CustomerSituation | LocationSituation] = {}
        if parents:
            made |= self._parents(parents, states)
        if locations:
            made |= self._locations(locations, states)
        return [made[c.id] if (c := customers.get(i)) else orphans[i] for i in range(len(changes))]

    def _customers(
        self, changes: Sequence[Change]
    ) -> tuple[dict[int, Customer], dict[int, CustomerSituation | LocationSituation]]:
        """The customer that each change is about, by the change's place; and a situation for those about none."""
        found: dict[int, Customer] = {}
        ids: dict[int, str] = {}
        strangers: dict[int, Change] = {}
        links = self._links.find({change.ref for change in changes})
        for place, change in enumerate(changes):
            state = links.get(change.ref)
            if change.side == "partner" and change.carried is not None:
                found[place] = Customer.model_validate(change.carried)
            elif change.side == "partner":
                ids[place] = change.id
            elif isinstance(state, Link):
                ids[place] = state.partner_id
            else:
                strangers[place] = change
        read = (
            {customer.id: customer for customer in self._eautomate.customers(sorted(set(ids.values())))} if ids else {}
        )
        found |= {place: read[id_] for place, id_ in ids.items() if id_ in read}
        orphans: dict[int, CustomerSituation | LocationSituation] = {
            place: self._gone(changes[place], links.get(changes[place].ref))
            for place, id_ in ids.items()
            if id_ not in read
        }
        if strangers:
            named, unnamed = self._named_by(strangers, links)
            found |= named
            orphans |= unnamed
        return found, orphans

    def _named_by(
        self, strangers: Mapping[int, Change], links: Mapping[Ref, State]
    ) -> tuple[dict[int, Customer], dict[int, CustomerSituation | LocationSituation]]:
        """The customers whose number an unlinked company carries (EA-13), one look-up for all."""
        companies = {str(c.id): c for c in self._psa.companies(is_in("id", [int(s.id) for s in strangers.values()]))}
        numbers = {fold(n) for c in companies.values() for n in (c.identifier, c.account_number)} - {""}
        customers = {fold(c.number): c for c in self._eautomate.customers_by_number(sorted(numbers))} if numbers else {}
        found: dict[int, Customer] = {}
        orphans: dict[int, CustomerSituation | LocationSituation] = {}
        for place, change in strangers.items():
            company = companies.get(change.id)
            theirs = [fold(company.account_number), fold(company.identifier)] if company else []
            customer = next((customers[n] for n in theirs if n in customers), None)
            if customer is not None:
                found[place] = customer
                continue
            watched = watched_company(company, self._settings) if company else None
            pair = Pair(change.ref, links.get(change.ref), cw=watched)
            name = company_name(company) if company else Name(f"company {change.id}")
            orphans[place] = CustomerSituation(home=change.ref, name=name, pairs=(pair,), settings=self._settings)
        return found, orphans

    def _gone(self, change: Change, state: State | None) -> CustomerSituation:
        """A customer that e-automate does not give back."""
        name = state.partner_name if isinstance(state, Link) else ""
        home = state.ref("partner") if isinstance(state, Link) else change.ref
        pair = Pair(home, state)
        return CustomerSituation(
            home=home, name=Name(name or f"customer {home.id}"), pairs=(pair,), settings=self._settings
        )

    def _parents(self, customers: Sequence[Customer], states: Mapping[Ref, State]) -> dict[str, CustomerSituation]:
        companies = self._companies(customers, states)
        refs = {Ref(COMPANY, "cw", str(company.id)) for company in companies}
        known = self._links.find(refs)
        wanted = {c.id: identifiers(c) for c in customers if not isinstance(states.get(customer_ref(c)), Link)}
        others = self._other_customers(customers, companies, wanted.values())
        taken = {company.identifier for company in companies}
        made: dict[str, CustomerSituation] = {}
        for customer in customers:
            situation = self._parent(customer, states.get(customer_ref(customer)), companies, known, others)
            if not situation.link and not situation.candidates:
                own = fold(customer.number)
                free = first_free(wanted[customer.id], {*taken, *(n for n in others if n != own)})
                taken.add(free)
                situation = CustomerSituation(**{**situation.__dict__, "identifier": free})
            made[customer.id] = situation
        return made

    def _companies(self, customers: Sequence[Customer], states: Mapping[Ref, State]) -> list[Company]:
        """Every company that these customers are linked to, or that their property or number points to: one look-up."""
        ids: set[int] = set()
        numbers: set[str] = set()
        names: set[str] = set()
        for customer in customers:
            state = states.get(customer_ref(customer))
            if isinstance(state, Link):
                ids.add(int(state.cw_id))
                continue
            named = ((customer.properties or {}).get(self._settings.company_property) or "").strip()
            if named.isdigit():
                ids.add(int(named))
            numbers.add(customer.number.strip())
            if self._settings.create_missing:
                names |= set(identifiers(customer))
        return self._psa.companies(
            any_of(
                is_in("id", sorted(ids)),
                is_in("identifier", sorted(numbers | names)),
                is_in("accountNumber", sorted(numbers)),
            )
        )

    def _other_customers(
        self, customers: Sequence[Customer], companies: Sequence[Company], wanted: Iterable[Sequence[str]]
    ) -> dict[str, Customer]:
        """The customers that are called like one of these companies' fields or of the identifiers to be given (EA-23)."""
        own = {fold(customer.number): customer for customer in customers}
        values = {fold(value) for company in companies for value in (company.identifier, company.account_number)}
        values |= {fold(one) for many in wanted for one in many} if self._settings.create_missing else set()
        asked = sorted(values - set(own) - {""})
        return own | ({fold(c.number): c for c in self._eautomate.customers_by_number(asked)} if asked else {})

    def _parent(
        self,
        customer: Customer,
        state: State | None,
        companies: Sequence[Company],
        known: Mapping[Ref, State],
        others: Mapping[str, Customer],
    ) -> CustomerSituation:
        home, own = customer_ref(customer), fold(customer.number)
        properties = customer.properties or {}
        named = (properties.get(self._settings.company_property) or "").strip()

        def other_number(company: Company) -> str:
            values = (fold(company.account_number), fold(company.identifier))
            return next((others[v].number.strip() for v in values if v != own and v in others), "")

        linked = next((c for c in companies if isinstance(state, Link) and str(c.id) == state.cw_id), None)
        candidates: list[Candidate] = []
        if not isinstance(state, Link):
            for company in companies:
                if company.deleted:
                    continue
                if str(company.id) == named or own in (fold(company.identifier), fold(company.account_number)):
                    theirs = known.get(Ref(COMPANY, "cw", str(company.id)))
                    taken = theirs.partner_id if isinstance(theirs, Link) else ""
                    candidates.append(Candidate(company, taken, other_number(company)))
        matched = linked or (candidates[0].company if len(candidates) == 1 else None)
        pairs = [
            Pair(
                home,
                state,
                cw=watched_company(matched, self._settings) if matched else None,
                partner=watched_customer(customer, self._settings),
                cw_name=str(company_name(matched)) if matched else "",
                partner_name=str(customer_name(customer)),
            )
        ]
        for candidate in candidates:
            ref = Ref(COMPANY, "cw", str(candidate.company.id))
            watched = watched_company(candidate.company, self._settings)
            if not isinstance(known.get(ref), Link):
                pairs.append(Pair(ref, known.get(ref), cw=watched, cw_name=str(company_name(candidate.company))))
        opt_out = (properties.get(self._settings.opt_out_property) or "").strip()
        return CustomerSituation(
            home=home,
            name=customer_name(customer),
            pairs=tuple(pairs),
            facts={"customer_type": customer.customer_type, "branch": customer.branch},
            opted_out=f"Its custom property {self._settings.opt_out_property} is {opt_out}."
            if opt_out.casefold() == "no"
            else "",
            settings=self._settings,
            customer=customer,
            company=linked,
            candidates=tuple(candidates),
            foreign_number=other_number(linked) if linked else "",
        )

    def _locations(self, locations: Sequence[Customer], states: Mapping[Ref, State]) -> dict[str, LocationSituation]:
        """One read of sites for each company with locations among these."""
        parents = self._links.find({Ref(COMPANY, "partner", location.parent_id) for location in locations})
        sites: dict[str, Sequence[Site]] = {}
        for state in parents.values():
            if isinstance(state, Link):
                sites[state.cw_id] = self._psa.sites(int(state.cw_id))
        known = self._links.find({Ref(SITE, "cw", str(site.id)) for many in sites.values() for site in many})
        made: dict[str, LocationSituation] = {}
        for location in locations:
            parent = parents.get(Ref(COMPANY, "partner", location.parent_id))
            company_id = parent.cw_id if isinstance(parent, Link) else ""
            made[location.id] = self._location(
                location, states.get(customer_ref(location)), company_id, sites.get(company_id, ()), known
            )
        return made

    def _location(
        self,
        location: Customer,
        state: State | None,
        company_id: str,
        sites: Sequence[Site],
        known: Mapping[Ref, State],
    ) -> LocationSituation:
        linked = next((s for s in sites if isinstance(state, Link) and str(s.id) == state.cw_id), None)
        free = tuple(s for s in sites if not isinstance(known.get(Ref(SITE, "cw", str(s.id))), Link))
        properties = location.properties or {}
        opt_out = (properties.get(self._settings.opt_out_property) or "").strip()
        pair = Pair(
            customer_ref(location),
            state,
            cw=watched_site(linked, self._settings) if linked else None,
            partner=watched_customer(location, self._settings),
            cw_name=str(site_name(linked)) if linked else "",
            partner_name=str(customer_name(location)),
        )
        return LocationSituation(
            home=customer_ref(location),
            name=customer_name(location),
            pairs=(pair,),
            facts={"customer_type": location.customer_type, "branch": location.branch},
            opted_out=f"Its custom property {self._settings.opt_out_property} is {opt_out}."
            if opt_out.casefold() == "no"
            else "",
            settings=self._settings,
            location=location,
            company_id=company_id,
            site=linked,
            unlinked_sites=free,
        )
