"""The business of the customer flow: which company belongs to which customer, and what is written to it.

Read from the top: `decide` is the whole order of the rules, each function below is one of them.
"""

from __future__ import annotations

from functions.eautomate_customers.locations import decide_location
from functions.eautomate_customers.mapping import company_fields, differing, fold
from functions.eautomate_customers.situations import (
    COMPANY,
    Candidate,
    CustomerSituation,
    LocationSituation,
    company_name,
)
from functions.eautomate_customers.writing import property_step, without_too_long
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import fields_hash
from shared.systems.connectwise_psa.models import Company
from shared.systems.eautomate.models import Customer

BY_PROPERTY = "Its custom property names the company."
BY_ACCOUNT_NUMBER = "The company's Account ID carries the customer number."
BY_COMPANY_ID = "The company's Company ID is the customer number."
BY_CREATION = "No company carried the customer number; this one was created for it."
BY_NUMBER = (BY_ACCOUNT_NUMBER, BY_COMPANY_ID)


def decide(situation: CustomerSituation | LocationSituation) -> Plan:
    """The plan for one customer or location: link, else match, else create, else say why not."""
    if isinstance(situation, LocationSituation):
        return decide_location(situation)
    customer = situation.customer
    if customer is None:
        return _no_customer(situation)
    if situation.link is not None:
        return _keep_in_step(situation, customer, situation.link)
    if not situation.candidates:
        return _create(situation, customer)
    return _match(situation, customer)


def _no_customer(situation: CustomerSituation) -> Plan:
    """Nothing is concluded from a customer that e-automate does not give back: a person looks (promise 7)."""
    if situation.link is None:
        return skip(situation.home, "No e-automate customer carries its Company ID or Account ID.", name=situation.name)
    gone = Issue(
        "CUSTOMER_GONE",
        situation.home,
        situation.name,
        f"e-automate no longer knows {situation.name}, which is linked to {situation.link.cw_name}.",
        "Unlink it if the customer was merged or removed; the company is left as it is.",
    )
    return stop(situation.home, gone, name=situation.name)


def _match(situation: CustomerSituation, customer: Customer) -> Plan:
    """EA-13, EA-14: one company that is nobody else's is linked, and its RecID written to the customer."""
    by_property = [c for c in situation.candidates if _named_by_property(situation, c.company)]
    chosen = by_property or list(situation.candidates)
    if len(chosen) > 1 or chosen[0].linked_to or (chosen[0].other_number and not by_property):
        return stop(situation.home, _ambiguous(situation, chosen), name=situation.name)
    company = chosen[0].company
    how = BY_PROPERTY if by_property else _how(customer, company)
    link = Step("link", LINKS, COMPANY, "link", fields={"cw": str(company.id), "partner": customer.id}, why=how)
    rest = _update(situation, customer, company)
    return Plan(
        situation.home,
        f"{how} {rest.reason}".strip(),
        steps=(link, *rest.steps),
        issues=rest.issues,
        name=situation.name,
    )


def _create(situation: CustomerSituation, customer: Customer) -> Plan:
    """A company is created only where `create_missing` is on, and never for an inactive customer."""
    settings = situation.settings
    if not settings.create_missing:
        reason = f"No company carries the number {customer.number.strip()}, and create_missing is off."
        return skip(situation.home, reason, name=situation.name)
    if not customer.active:
        return skip(situation.home, "No company carries its number, and it is inactive.", name=situation.name)
    fields, issues = without_too_long(company_fields(customer, settings), "company", situation.home, situation.name)
    fields |= {
        "identifier": situation.identifier,
        # The marker: a create that was cut short is found again by it, like any match by number.
        "account_number": customer.number.strip(),
        "status": settings.company_status,
        "site": settings.site_name,
    }
    if settings.company_type:
        fields["types"] = (settings.company_type,)
    if territory := settings.territories.get(customer.territory):
        fields["territory"] = territory
    company = Created("company")
    missing_property, write_back = property_step(situation, customer, settings.company_property, company)
    return Plan(
        situation.home,
        f"No company carries the number {customer.number.strip()}, and create_missing is on.",
        steps=(
            Step("company", "connectwise_psa", "company", "create", fields=fields, why="No company matches (EA-13)."),
            Step("link", LINKS, COMPANY, "link", fields={"cw": company, "partner": customer.id}, why=BY_CREATION),
            *write_back,
        ),
        issues=(*issues, *missing_property),
        name=situation.name,
    )


def _keep_in_step(situation: CustomerSituation, customer: Customer, link: Link) -> Plan:
    """A linked customer: e-automate is the master, so the company follows; the stored link wins over its fields."""
    company = situation.company
    if company is None or company.deleted:
        gone = Issue(
            "COMPANY_GONE",
            situation.home,
            situation.name,
            f"{link.cw_name or 'The company'}, linked to {situation.name}, was deleted in ConnectWise.",
            "Unlink it, so that another company can be matched or created; or restore the company.",
        )
        return stop(situation.home, gone, name=situation.name)
    update = _update(situation, customer, company)
    issues = (*_disagreement(situation, customer, company, link), *update.issues)
    if _is_drift(situation, link) and any(step.system == "connectwise_psa" for step in update.steps):
        steps = tuple(step for step in update.steps if step.system != "connectwise_psa")
        drift = _drift(situation, company, update)
        return Plan(situation.home, drift.message, steps=steps, issues=(*issues, drift), name=situation.name)
    return Plan(situation.home, update.reason, steps=update.steps, issues=issues, name=situation.name)


def _update(situation: CustomerSituation, customer: Customer, company: Company) -> Plan:
    """What differs is written to the company; the RecID to the customer, where it is not there yet (EA-14, EA-21)."""
    settings = situation.settings
    wanted, issues = without_too_long(company_fields(customer, settings), "company", situation.home, situation.name)
    if not company.account_number.strip() and "account_number" not in settings.exclude_fields:
        wanted["account_number"] = customer.number.strip()
    new, old = differing(wanted, company)
    steps: list[Step] = []
    if new:
        why = f"e-automate says otherwise: {', '.join(sorted(new))}."
        steps.append(
            Step("company", "connectwise_psa", "company", "update", str(company.id), fields=new, before=old, why=why)
        )
    missing_property, write_back = property_step(situation, customer, settings.company_property, str(company.id))
    reason = steps[0].why if steps else "Both sides agree."
    return Plan(
        situation.home,
        reason,
        steps=(*steps, *write_back),
        issues=(*issues, *missing_property),
        name=situation.name,
    )


def _disagreement(situation: CustomerSituation, customer: Customer, company: Company, link: Link) -> tuple[Issue, ...]:
    """EA-23, EA-24: a link whose company's fields now say otherwise stands, and is reported until a person relinks."""
    number = customer.number.strip()
    if situation.foreign_number:
        what = f"now carries {situation.foreign_number}, the number of another customer"
    elif link.how in BY_NUMBER and not _carries(company, customer):
        what = f"no longer carries the number {number}, by which it was linked"
    else:
        return ()
    return (
        Issue(
            "LINK_DISAGREES",
            situation.home,
            situation.name,
            f"{company_name(company)} {what}. The link to {situation.name} stands.",
            "Correct Company ID or Account ID in ConnectWise; if the link itself is wrong, relink or unlink it here.",
            about=(company_name(company),),
            blocks=False,
        ),
    )


def _drift(situation: CustomerSituation, company: Company, update: Plan) -> Issue:
    """Promise 7: changed in ConnectWise only, and the setting says report."""
    fields = next(step for step in update.steps if step.system == "connectwise_psa").fields
    return Issue(
        "DRIFT",
        situation.home,
        situation.name,
        f"{company_name(company)} was changed in ConnectWise: {', '.join(sorted(fields))} differ from e-automate.",
        "Change it in e-automate, which masters it; or set drift to restore, and it is put back.",
        about=(company_name(company),),
        blocks=False,
    )


def _is_drift(situation: CustomerSituation, link: Link) -> bool:
    unchanged = link.partner_hash == fields_hash(situation.pair.partner)
    return situation.settings.drift == "report" and unchanged


def _ambiguous(situation: CustomerSituation, candidates: list[Candidate]) -> Issue:
    """Two candidates, or one that is somebody else's: all are named, nothing is written."""
    told = []
    for candidate in candidates:
        text = str(company_name(candidate.company))
        if candidate.linked_to:
            text += ", linked to another customer already"
        if candidate.other_number:
            text += f", which also carries customer number {candidate.other_number}"
        told.append(text)
    return Issue(
        "AMBIGUOUS_MATCH",
        situation.home,
        situation.name,
        f"{situation.name} could be: {'; '.join(told)}.",
        "Leave its number in the Company ID or Account ID of the right company only; or link the two here.",
        about=tuple(company_name(candidate.company) for candidate in candidates),
    )


def _named_by_property(situation: CustomerSituation, company: Company) -> bool:
    assert situation.customer is not None
    named = (situation.customer.properties or {}).get(situation.settings.company_property) or ""
    return named.strip() == str(company.id)


def _carries(company: Company, customer: Customer) -> bool:
    """EA-13: the number stands in Company ID or Account ID, trimmed and case-folded."""
    return fold(customer.number) in (fold(company.identifier), fold(company.account_number))


def _how(customer: Customer, company: Company) -> str:
    same = fold(company.account_number) == fold(customer.number)
    return BY_ACCOUNT_NUMBER if same else BY_COMPANY_ID
