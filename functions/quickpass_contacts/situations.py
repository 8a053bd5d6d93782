"""What a decision about one customer of Quickpass needs, read and frozen: its accounts, its company's contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.quickpass_contacts.communication import NO_TYPES, Types
from functions.quickpass_contacts.settings import MatchSettings
from shared.sync.flow import Situation
from shared.sync.record import Fields, Name, Ref, digest, fold
from shared.systems.connectwise_psa import Company, Contact
from shared.systems.quickpass import Account, Customer, customer_of

FLOW = "quickpass_contacts"
CUSTOMER, MATCH = "customer-company", "account-contact"


@dataclass(frozen=True, slots=True)
class Person:
    """A ConnectWise contact as matching needs it: `emails` folded, `phones` by the ids of their types.

    `company` is its company's id; `linked_to` the key of the account that it is linked to, if it is.
    """

    id: str
    first_name: str
    last_name: str
    emails: tuple[str, ...] = ()
    phones: tuple[tuple[int, str], ...] = ()
    company: str = ""
    inactive: bool = False
    linked_to: str = ""
    url: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name.strip()} {self.last_name.strip()}".strip()

    @property
    def called(self) -> Name:
        """What people call it: its name, and its first address."""
        address = f" ({self.emails[0]})" if self.emails else ""
        return Name(f"contact {self.full_name}{address}", self.url)


@dataclass(frozen=True, slots=True)
class Namesake:
    """A ConnectWise company of just the customer's name; `linked_to` is the customer that it is linked to, if any."""

    id: str
    name: str
    linked_to: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class MatchSituation(Situation):
    """One Quickpass customer (None: there is none any more) and, once it is linked, who is who.

    `company` is the linked company (None: none, or gone). `namesakes` are the companies of just its name, where it has
    no link; `identifier` is the Company ID that a new company would have. `accounts` are the customer's, by their keys;
    `gone` are linked ones that were asked for and are not there. `contacts` are those of the company, and linked ones
    elsewhere, by id.
    """

    settings: MatchSettings
    customer: Customer | None = None
    company: Company | None = None
    namesakes: tuple[Namesake, ...] = ()
    identifier: str = ""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    contacts: Mapping[str, Person] = field(default_factory=dict)
    types: Types = NO_TYPES

    @property
    def here(self) -> str:
        """The id of the linked company; empty without one."""
        return self.company.key if self.company else ""

    @property
    def is_automatic(self) -> bool:
        """Whether the customer is matched daily."""
        return self.customer is not None and self.settings.is_automatic(self.customer.name, self.customer.id)

    def may_match(self, person: Person) -> bool:
        """Inactive contacts and those of other companies never match."""
        return not person.inactive and person.company == self.here


def customer_ref(guid: str) -> Ref:
    return Ref(CUSTOMER, "partner", guid)


def account_ref(key: str) -> Ref:
    return Ref(MATCH, "partner", key)


def home_of(key: str) -> Ref:
    """The customer of an account, by the account's key; the account's own address where the key names none."""
    guid = customer_of(key)
    return customer_ref(guid) if guid else account_ref(key)


def person_of(contact: Contact, linked_to: str = "") -> Person:
    """A contact as matching needs it."""
    return Person(
        contact.key,
        contact.first_name,
        contact.last_name,
        tuple(dict.fromkeys(fold(one) for one in contact.emails if one.strip())),
        tuple((one.type.id or 0, one.value) for one in contact.items if one.kind == "Phone" and one.type is not None),
        str(contact.company.id) if contact.company is not None and contact.company.id is not None else "",
        contact.inactive,
        linked_to,
        contact.url,
    )


def account_name(account: Account) -> str:
    """What people call an account: its name, and its e-mail address or the name that it signs in with."""
    known = account.email.strip() or account.upn.strip()
    return f"{account.full_name or account.id} ({known})" if known else account.full_name or account.id


# What is mapped: its hash tells whether another look is owed


def watched(customer: Customer, namesakes: Iterable[Namesake]) -> Fields:
    """A customer that has no link: its name, and whose name that is in ConnectWise."""
    return {"name": customer.name, "companies": sorted(one.id for one in namesakes)}


def watched_whole(customer: Customer, accounts: Iterable[Account], contacts: Iterable[Person]) -> Fields:
    """A linked customer: all that its accounts and the company's contacts say."""
    told = sorted([one.key, *map(str, watched_account(one).values())] for one in accounts)
    people = sorted(([one.id, *map(str, watched_contact(one).values())]) for one in contacts)
    return {"name": customer.name, "accounts": digest(told), "contacts": digest(people)}


def watched_account(account: Account) -> dict[str, Any]:
    """All of an account that a decision depends on."""
    return {
        "name": account.full_name,
        "email": fold(account.email),
        "mobile": account.mobile.strip(),
        "psa_contact_id": account.psa_contact_id,
    }


def watched_contact(person: Person) -> dict[str, Any]:
    """All of a contact that a decision depends on."""
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "emails": person.emails,
        "phones": person.phones,
        "company": person.company,
        "inactive": person.inactive,
    }
