"""What a decision about a customer or a location needs, read and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from functions.eautomate_customers.mapping import Kind
from functions.eautomate_customers.settings import CustomerSettings
from shared.sync.flow import Situation
from shared.sync.link import Intent, Link, Pair, State
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import Company, Site
from shared.systems.eautomate import Customer

FLOW = "eautomate_customers"
COMPANY = "customer-company"
SITE = "location-site"

R = TypeVar("R", bound=Company | Site)


@dataclass(frozen=True)
class Candidate(Generic[R]):
    """A company or site that may be the customer's.

    `linked_to` names the customer that it is linked to already, empty if none; `other_number` is another customer's
    number that one of a company's two fields carries.
    """

    record: R
    linked_to: str = ""
    other_number: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerSituation(Situation, Generic[R]):
    """A customer (None: e-automate does not give it back), and the record that it is linked to or may be.

    `linked_as` is a link of the other kind: the customer was a location when it was linked, or the other way round.
    `rules` is the revision of settings and rules that holds now.
    """

    kind: ClassVar[Kind]
    pair_kind: ClassVar[str]

    settings: CustomerSettings
    rules: str = ""
    customer: Customer | None = None
    record: R | None = None
    candidates: tuple[Candidate[R], ...] = ()
    linked_as: Link | None = None

    @property
    def property_name(self) -> str:
        """The custom property that shows the link in e-automate (EA-14, EA-21, EA-22)."""
        return self.settings.company_property if self.kind == "company" else self.settings.site_property


@dataclass(frozen=True, kw_only=True)
class ParentSituation(CustomerSituation[Company]):
    """A parent customer and its company.

    `identifier` is a Company ID that is free for a create, `foreign_number` another customer's number that the linked
    company carries.
    """

    kind: ClassVar[Kind] = "company"
    pair_kind: ClassVar[str] = COMPANY

    identifier: str = ""
    foreign_number: str = ""


@dataclass(frozen=True)
class Parent:
    """The customer that a location belongs to, at the top of however many.

    `company_id` is empty while it is not linked; `reason` says why, if it was looked at. `company_gone`: ConnectWise
    has no such company any more.
    """

    id: str
    number: str
    company_id: str = ""
    reason: str = ""
    company_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class LocationSituation(CustomerSituation[Site]):
    """A location, its parent, and as candidates all sites of the parent's company."""

    kind: ClassVar[Kind] = "site"
    pair_kind: ClassVar[str] = SITE

    parent: Parent


def customer_ref(customer: Customer) -> Ref:
    """Where a customer's link, issues and history belong: a location's are those of its site."""
    return Ref(SITE if customer.parent_id else COMPANY, "partner", customer.id)


def other_ref(customer: Customer) -> Ref:
    """Where they would belong, were the customer a location, or were it none."""
    return Ref(COMPANY if customer.parent_id else SITE, "partner", customer.id)


def other_link(customer: Customer, states: Mapping[Ref, State]) -> Link | None:
    """A link from when the customer was a location, or was none."""
    state = states.get(other_ref(customer))
    return state if isinstance(state, Link) else None


def with_intent(customer: Customer, states: Mapping[Ref, State]) -> tuple[Pair, ...]:
    """An intent from then, as a pair of its own, so that the engine brings it to its end."""
    state = states.get(other_ref(customer))
    return (Pair(other_ref(customer), state),) if isinstance(state, Intent) else ()


def customer_name(customer: Customer) -> Name:
    return Name(f"customer {customer.number.strip()} {customer.name.strip()}".strip())


def company_name(name: str, identifier: str, url: str = "") -> Name:
    return Name(f"company {name} ({identifier})", url)


def site_name(name: str, url: str = "") -> Name:
    return Name(f"site {name}", url)


def record_name(record: Company | Site) -> Name:
    """What people call a company or a site, with its page in ConnectWise."""
    if isinstance(record, Company):
        return company_name(record.name, record.identifier, record.url)
    return site_name(record.name, record.url)
