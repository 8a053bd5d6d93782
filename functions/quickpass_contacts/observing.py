"""Every read of the matching: a customer's accounts, its company's contacts, and what the table knows of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from functions.quickpass_contacts.communication import NO_TYPES, Types, types_of
from functions.quickpass_contacts.settings import MatchSettings
from functions.quickpass_contacts.situations import (
    CUSTOMER,
    MATCH,
    MatchSituation,
    Namesake,
    Person,
    account_name,
    account_ref,
    customer_ref,
    home_of,
    person_of,
    watched,
    watched_account,
    watched_contact,
    watched_whole,
)
from shared.sync.change import Change
from shared.sync.flow import Context
from shared.sync.link import Link, Pair, State
from shared.sync.record import Name, Ref
from shared.systems.conditions import changed_since, is_in
from shared.systems.connectwise_psa import CommunicationType, Company, Contact, Psa
from shared.systems.connectwise_psa.contacts import COMMUNICATION_TYPES
from shared.systems.connectwise_psa.identifiers import choices
from shared.systems.quickpass import Account, Customer, Quickpass, customer_of


class Sources:
    """Where the matching reads: for many customers at once, where the API allows it."""

    def __init__(self, context: Context) -> None:
        self.links = context.links
        self.psa = context.system(Psa)
        self.quickpass = context.system(Quickpass)
        self.settings: MatchSettings = context.settings
        self._imported = context.imported

    # What scans read

    def customers(self) -> list[Customer]:
        """Every customer, by GUID."""
        return sorted(self.quickpass.customers(), key=lambda one: one.id)

    def companies_of(self, customers: Iterable[Customer]) -> dict[str, str]:
        """The linked company of each customer that has one, by GUID."""
        states = self.links.find(customer_ref(one.id) for one in customers)
        return {ref.id: state.cw_id for ref, state in states.items() if isinstance(state, Link)}

    def changed_companies(self, since: datetime) -> set[str]:
        """The companies of all contacts that changed since."""
        found = self.psa.contacts(changed_since(since))
        return {str(one.company.id) for one in found if one.company is not None and one.company.id is not None}

    def accounts(self, customer: str, since: datetime | None = None) -> list[Account]:
        """The accounts of a customer, by key: of the API, or as they were loaded (of which none tells when)."""
        if self.settings.accounts_from == "api":
            return sorted(self.quickpass.accounts(customer, since), key=lambda one: one.key)
        rows = () if since else self._imported(customer)
        return [Account.model_validate({**row.fields, "id": row.id, "customer": customer}) for row in rows]

    def account(self, key: str) -> Account | None:
        """One account; None where it is not there."""
        if self.settings.accounts_from == "api":
            return self.quickpass.account(key)
        return next((one for one in self.accounts(customer_of(key)) if one.key == key), None)

    def people(self, companies: Iterable[str]) -> dict[str, list[Contact]]:
        """The contacts of these companies, by the id of each, the inactive ones too."""
        found: dict[str, list[Contact]] = {one: [] for one in companies}
        if found:
            for contact in self.psa.contacts(is_in("company/id", sorted(map(int, found)))):
                if contact.company is not None and contact.company.id is not None:
                    found[str(contact.company.id)].append(contact)
        return found

    def companies(self, ids: Iterable[str]) -> dict[str, Company]:
        """These companies, by id. What the list lacks is asked for by its id; only a 404 says that it is gone."""
        wanted = sorted(set(ids), key=int)
        if not wanted:
            return {}
        found = {one.key: one for one in self.psa.companies(is_in("id", map(int, wanted)))}
        for id_ in wanted:
            if id_ not in found and (company := self.psa.company(id_)) is not None:
                found[id_] = company
        return {id_: one for id_, one in found.items() if not one.deleted}

    def namesakes(self, customers: Sequence[Customer]) -> dict[str, tuple[Namesake, ...]]:
        """By customer, the companies of exactly its name."""
        names = sorted({one.name.strip() for one in customers if one.name.strip()})
        if not names:
            return {}
        companies = [one for one in self.psa.companies(is_in("name", names)) if not one.deleted]
        refs = {Ref(CUSTOMER, "cw", one.key): one for one in companies}
        states = self.links.find(refs)
        by_name: dict[str, list[Namesake]] = defaultdict(list)
        for ref, one in refs.items():
            state = states.get(ref)
            taken = state.partner_id if isinstance(state, Link) else ""
            by_name[one.name.strip()].append(Namesake(one.key, one.name, taken, one.url))
        return {one.id: tuple(by_name.get(one.name.strip(), ())) for one in customers}

    # Looks

    def situations(self, changes: Sequence[Change]) -> list[MatchSituation]:
        """One situation for each change, in order; one for all of a customer."""
        refs = dict.fromkeys(change.ref for change in changes)
        states = self.links.find(refs)
        homes = {ref: self.home(ref, states.get(ref)) for ref in refs}
        wanted = dict.fromkeys(homes.values())
        customers = {one.id: one for one in self.customers()} if wanted else {}
        known = self.links.find(wanted)
        linked = {
            home: state.cw_id for home in wanted if isinstance(state := known.get(home), Link) and home.id in customers
        }
        companies = self.companies(linked.values())
        people = self.people(companies)
        types = self._types() if companies else NO_TYPES
        made: dict[Ref, MatchSituation] = {}
        for home in wanted:
            customer, state = customers.get(home.id), known.get(home)
            company = companies.get(linked.get(home, ""))
            if customer is None or company is None or not isinstance(state, Link):
                made[home] = self._alone(home, state, customer)
            else:
                made[home] = self._whole(home, state, customer, company, people[company.key], types)
        return [made[homes[change.ref]] for change in changes]

    def _types(self) -> Types:
        rows = self.psa.records(COMMUNICATION_TYPES, None, CommunicationType)
        return types_of(rows, self.settings.communication_types)

    def home(self, ref: Ref, state: State | None) -> Ref:
        """The customer that a record belongs to; the record itself where nobody can tell."""
        if isinstance(state, Link):
            return customer_ref(state.partner_id) if ref.kind == CUSTOMER else home_of(state.partner_id)
        if ref.side == "partner":
            return ref if ref.kind == CUSTOMER else home_of(ref.id)
        if ref.kind == MATCH and (contact := self.psa.contact(ref.id)) and contact.company and contact.company.id:
            at = Ref(CUSTOMER, "cw", str(contact.company.id))
            company = self.links.find([at]).get(at)
            return customer_ref(company.partner_id) if isinstance(company, Link) else ref
        return ref

    def _alone(self, home: Ref, state: State | None, customer: Customer | None) -> MatchSituation:
        """A customer without a company: unlinked, or one of both is gone. Its accounts are not read."""
        known = (state.partner_name if isinstance(state, Link) else "") or home.id
        named = customer.name if customer else known
        namesakes: tuple[Namesake, ...] = ()
        identifier = ""
        if customer is not None and not isinstance(state, Link):
            namesakes = self.namesakes([customer])[customer.id] if customer.name.strip() else ()
            identifier = self._identifier(customer) if self.settings.create_companies and not namesakes else ""
        fields = watched(customer, namesakes) if customer else None
        return MatchSituation(
            home=home,
            name=Name(f"customer {named}"),
            pairs=(Pair(home, state, partner=fields, partner_name=named),),
            facts={"customer": customer.name} if customer else {},
            settings=self.settings,
            customer=customer,
            namesakes=namesakes,
            identifier=identifier,
        )

    def _identifier(self, customer: Customer) -> str:
        """A Company ID for a customer that no company has yet; empty where all that come to mind are taken."""
        some = choices(customer.name, customer.id.split("-", 1)[0])
        taken = {one.identifier.upper() for one in self.psa.companies(is_in("identifier", some))}
        return next((one for one in some if one not in taken), "")

    def _whole(
        self, home: Ref, state: Link, customer: Customer, company: Company, here: Sequence[Contact], types: Types
    ) -> MatchSituation:
        """A linked customer with all its accounts, and the company's contacts."""
        accounts = {one.key: one for one in self.accounts(customer.id)}
        contacts = {one.key: one for one in here}
        states = self.links.find([*map(account_ref, accounts), *(Ref(MATCH, "cw", key) for key in contacts)])
        linked = {ref.id: one for ref, one in states.items() if ref.side == "cw" and isinstance(one, Link)}
        lacking = {one.partner_id: one for one in linked.values() if customer_of(one.partner_id) == customer.id}
        gone = self._missing(accounts, [key for key in lacking if key not in accounts])
        ours = {ref.id: one for ref, one in states.items() if ref.side == "partner"} | dict(lacking)
        self._add_linked_elsewhere(contacts, ours.values())
        people = {
            key: person_of(one, linked[key].partner_id if key in linked else _holder(key, ours))
            for key, one in contacts.items()
        }
        whole = watched_whole(customer, accounts.values(), map(person_of, here))
        pair = Pair(home, state, {"name": company.name}, whole, company.name, customer.name)
        keys = sorted(accounts.keys() | gone)
        return MatchSituation(
            home=home,
            name=Name(f"customer {customer.name}", company.url),
            pairs=(pair, *(_pair(key, ours.get(key), accounts.get(key), people) for key in keys)),
            facts={"customer": customer.name},
            settings=self.settings,
            customer=customer,
            company=company,
            accounts=accounts,
            gone=frozenset(gone),
            contacts=people,
            types=types,
        )

    def _missing(self, accounts: dict[str, Account], keys: Sequence[str]) -> set[str]:
        """Which of these linked accounts, which the list lacks, are gone: only a 404 says so, else they are added."""
        gone: set[str] = set()
        for key in keys:
            if (found := self.account(key)) is None:
                gone.add(key)
            else:
                accounts[key] = found
        return gone

    def _add_linked_elsewhere(self, contacts: dict[str, Contact], states: Iterable[State]) -> None:
        """Adds the linked contacts that are not at the company any more; only a 404 says that one is gone."""
        ids = [one.cw_id for one in states if isinstance(one, Link) and one.cw_id not in contacts]
        if not ids:
            return
        contacts |= {one.key: one for one in self.psa.contacts(is_in("id", map(int, ids)))}
        for id_ in ids:
            if id_ not in contacts and (found := self.psa.contact(id_)) is not None:
                contacts[id_] = found


def _holder(contact: str, states: Mapping[str, State]) -> str:
    """The account that a contact is linked to, of those known."""
    return next((key for key, one in states.items() if isinstance(one, Link) and one.cw_id == contact), "")


def _pair(key: str, state: State | None, account: Account | None, people: Mapping[str, Person]) -> Pair:
    person = people.get(state.cw_id) if isinstance(state, Link) else None
    return Pair(
        account_ref(key),
        state,
        cw=watched_contact(person) if person else None,
        partner=watched_account(account) if account else None,
        cw_name=person.called.text if person else "",
        partner_name=account_name(account) if account else "",
    )
