"""Which company is a customer's, and which site a location's, of those that may be; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from functions.eautomate_customers.mapping import carries, same_address, text
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import Candidate, R
from shared.sync.record import fold
from shared.systems.connectwise_psa import Company, Site
from shared.systems.eautomate import Customer

BY_PROPERTY = "Its custom property names the company."
BY_ACCOUNT_ID = "The company's Account ID is the customer number."
BY_COMPANY_ID = "The company's Company ID is the customer number."

SITE_BY_PROPERTY = "Its custom property names the site."
SITE_BY_NUMBER = "The site's custom field carries the location's number."
SITE_BY_ADDRESS = "The site has exactly its name and address."


@dataclass(frozen=True)
class Match(Generic[R]):
    """What was found, and `how`. `clear`: just one, and nobody else's. `told` are all that a person should see."""

    found: tuple[Candidate[R], ...] = ()
    how: str = ""
    clear: bool = False
    told: tuple[Candidate[R], ...] = ()

    @property
    def record(self) -> R | None:
        """The one that was found, if it is clear."""
        return self.found[0].record if self.clear else None


def match_company(
    customer: Customer, candidates: Sequence[Candidate[Company]], settings: CustomerSettings
) -> Match[Company]:
    """EA-13, EA-21: the company that its custom property names, else the one that carries its number."""
    named = _property(customer, settings.company_property)
    by_property = [candidate for candidate in candidates if candidate.record.key == named]
    by_number = [candidate for candidate in candidates if carries(candidate.record, customer.number)]
    found = by_property or by_number
    if not found:
        return Match()
    how = BY_PROPERTY if by_property else _by_which_field(found[0].record, customer)
    clear = len(found) == 1 and not _is_anothers(found[0], customer, by_property=bool(by_property))
    told = (*by_property, *(candidate for candidate in by_number if candidate not in by_property))
    return Match(tuple(found), how, clear, told)


def _is_anothers(candidate: Candidate[Company], customer: Customer, *, by_property: bool) -> bool:
    """EA-23: linked to another customer, or carrying another one's number, whoever is looked at first.

    A property settles which of two numbers counts, if the company carries this customer's number at all; a property
    that was copied along with a customer record settles nothing.
    """
    if candidate.linked_to:
        return True
    settled = by_property and carries(candidate.record, customer.number)
    return bool(candidate.other_number) and not settled


def match_site(location: Customer, candidates: Sequence[Candidate[Site]], settings: CustomerSettings) -> Match[Site]:
    """EA-22: by property, else by the number in its custom field, else by exactly the same name and address.

    The number marks a site that was created. A site that is marked for another location is that one's, however alike
    the two are.
    """
    named, number = _property(location, settings.site_property), fold(location.number)
    free = [candidate for candidate in candidates if not candidate.linked_to]
    marks = {c.record.id: fold(text(c.record.custom_field(settings.location_number_field))) for c in free}
    ways = (
        (SITE_BY_PROPERTY, [c for c in candidates if c.record.key == named]),
        (SITE_BY_NUMBER, [c for c in free if number and marks[c.record.id] == number]),
        (SITE_BY_ADDRESS, [c for c in free if not marks[c.record.id] and same_address(location, c.record)]),
    )
    how, found = next((way for way in ways if way[1]), ("", []))
    return Match(tuple(found), how, len(found) == 1 and not found[0].linked_to, tuple(found))


def _by_which_field(company: Company, customer: Customer) -> str:
    return BY_ACCOUNT_ID if fold(company.account_number) == fold(customer.number) else BY_COMPANY_ID


def _property(customer: Customer, name: str) -> str:
    return (customer.properties or {}).get(name, "").strip()
