"""The business of the customer flow: which company belongs to which customer, and what is written to it.

Read from the top: `decide` is the whole order of the rules, each function below is one of them. Which company matches
stands in `matching`, what becomes of which field in `mapping`, what locations do otherwise in `locations`, what both do
alike in `keeping`, the words of every issue in `issues`. Who is kept out altogether (EA-16, EA-17) is told by `facts`.
"""

from __future__ import annotations

from dataclasses import replace

from functions.eautomate_customers import issues, keeping
from functions.eautomate_customers.locations import decide_location
from functions.eautomate_customers.mapping import carries, text, wanted
from functions.eautomate_customers.matching import BY_ACCOUNT_ID, BY_COMPANY_ID, match_company
from functions.eautomate_customers.situations import Candidate, LocationSituation, ParentSituation
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import Plan, skip, stop
from shared.systems.connectwise_psa import Company
from shared.systems.eautomate import Customer

BY_CREATION = "No company carried the customer number; this one was created for it."
BY_NUMBER = (BY_ACCOUNT_ID, BY_COMPANY_ID, BY_CREATION)
"""The ways of linking after which the company should carry the number (EA-23)."""


def decide(situation: ParentSituation | LocationSituation) -> Plan:
    """The plan for one customer or location: link, else match, else create, else say why not."""
    customer = situation.customer
    if customer is None:
        return _no_customer(situation)
    if situation.linked_as is not None:
        return _changed_kind(situation, customer, situation.linked_as)
    if isinstance(situation, LocationSituation):
        return decide_location(situation, customer)
    if situation.link is not None:
        return _linked(situation, customer, situation.link)
    return _match(situation, customer) or _create(situation, customer)


def _no_customer(situation: ParentSituation | LocationSituation) -> Plan:
    """Nothing is concluded from a customer that e-automate does not give back: a person looks (promise 7)."""
    if situation.link is not None:
        return stop(situation.home, issues.customer_gone(situation, situation.link), name=situation.name)
    if situation.home.side == "partner":
        return skip(situation.home, "e-automate does not know this customer.", name=situation.name)
    return skip(situation.home, "No customer's number stands in its Company ID or Account ID.", name=situation.name)


def _changed_kind(situation: ParentSituation | LocationSituation, customer: Customer, link: Link) -> Plan:
    """A company with its history is not turned into a site, nor a site into a company: a person unlinks it first."""
    return stop(situation.home, issues.changed_kind(situation, customer, link), name=situation.name)


def _match(situation: ParentSituation, customer: Customer) -> Plan | None:
    """EA-13, EA-14: one company that is nobody else's is linked; all else is for a person, and nothing is written."""
    match = match_company(customer, situation.candidates, situation.settings)
    if not match.found:
        return None
    if match.record is None:
        return stop(situation.home, issues.ambiguous_company(situation, customer, match.told), name=situation.name)
    (candidate,) = match.found
    plan = keeping.link(situation, customer, match.record, _said(situation, customer, candidate), match.how)
    return replace(plan, issues=(*_disagreement(situation, customer, candidate, match.how), *plan.issues))


def _create(situation: ParentSituation, customer: Customer) -> Plan:
    """A company is created only where `create_missing` is on, never for an inactive customer; territory only here."""
    number, settings = text(customer.number), situation.settings
    nobody = f"No company carries the number {number} as Company ID or Account ID"
    if not settings.create_missing:
        return skip(situation.home, f"{nobody}, and create_missing is off.", name=situation.name)
    if not customer.active:
        return skip(situation.home, f"{nobody}, and the customer is inactive.", name=situation.name)
    if not situation.identifier:
        return stop(situation.home, issues.no_identifier(situation), name=situation.name)
    only_new: dict[str, object] = {
        "identifier": situation.identifier,
        # The marker: a create that was cut short is found again by it, like any match by number.
        "account_number": number,
        "status": settings.company_status,
    }
    if settings.company_type:
        only_new["types"] = (settings.company_type,)
    if territory := settings.territories.get(customer.territory.strip()):
        only_new["territory"] = territory
    said = wanted("company", customer, settings)
    return keeping.create(situation, customer, said, only_new, f"{nobody}, and create_missing is on.", BY_CREATION)


def _linked(situation: ParentSituation, customer: Customer, link: Link) -> Plan:
    """e-automate masters, so the company follows; the stored link wins over the company's fields (EA-24)."""
    company = situation.record
    if company is None or company.deleted:
        return stop(situation.home, issues.company_gone(situation, link), name=situation.name)
    linked = Candidate(company, other_number=situation.foreign_number)
    plan = keeping.keep_in_step(situation, customer, company, _said(situation, customer, linked))
    return replace(plan, issues=(*_disagreement(situation, customer, linked, link.how), *plan.issues))


def _said(situation: ParentSituation, customer: Customer, match: Candidate[Company]) -> dict[str, str]:
    """What e-automate says of the company; and while it is being linked, the number, if the Account ID is empty.

    Later, a number that is gone was taken away by somebody, who may be mending a wrong link (EA-24).
    """
    said = wanted("company", customer, situation.settings)
    being_linked = situation.link is None or not situation.link.settled
    if being_linked and not match.record.account_number.strip() and not match.other_number:
        said["account_number"] = text(customer.number)
    return said


def _disagreement(
    situation: ParentSituation, customer: Customer, match: Candidate[Company], how: str
) -> tuple[Issue, ...]:
    """EA-23, EA-24: a link that the company's fields speak against stands, and is reported until a person relinks."""
    if match.other_number:
        what = f"carries {match.other_number}, the number of another customer"
    elif how in BY_NUMBER and not carries(match.record, customer.number):
        what = f"does not carry the number {text(customer.number)}, although they were linked by number"
    else:
        return ()
    return (issues.link_disagrees(situation, match.record, what),)
