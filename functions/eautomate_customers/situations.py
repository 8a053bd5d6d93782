"""What a decision about a customer or a location needs, read and frozen."""

from __future__ import annotations

from dataclasses import dataclass

from functions.eautomate_customers.settings import CustomerSettings
from shared.sync.flow import Situation
from shared.sync.record import Name
from shared.systems.connectwise_psa.models import Company, Site
from shared.systems.eautomate.models import Customer

COMPANY = "customer-company"
SITE = "location-site"


@dataclass(frozen=True)
class Candidate:
    """A company that a customer's property or number points to.

    `linked_to` is the customer (e-automate id) that it is linked to already, empty if none; `other_number` is another
    customer's number that one of its two fields carries.
    """

    company: Company
    linked_to: str = ""
    other_number: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerSituation(Situation):
    """A parent customer and its company: the linked one, or every candidate. `identifier` is free for a create."""

    settings: CustomerSettings
    customer: Customer | None = None
    company: Company | None = None
    candidates: tuple[Candidate, ...] = ()
    foreign_number: str = ""
    identifier: str = ""


@dataclass(frozen=True, kw_only=True)
class LocationSituation(Situation):
    """A location, its parent's company (empty: not linked yet) and the sites of that company that are not linked."""

    settings: CustomerSettings
    location: Customer
    company_id: str = ""
    site: Site | None = None
    unlinked_sites: tuple[Site, ...] = ()
    property_linked_to: str = ""


def customer_name(customer: Customer) -> Name:
    return Name(f"customer {customer.number.strip()} {customer.name.strip()}".strip())


def company_name(company: Company) -> Name:
    return Name(f"company {company.name} ({company.identifier})", company.url)


def site_name(site: Site) -> Name:
    return Name(f"site {site.name}", site.url)
