"""Every issue of the customer flow, in words for the person who settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.eautomate_customers.mapping import text
from functions.eautomate_customers.situations import (
    COMPANY,
    FLOW,
    Candidate,
    CustomerSituation,
    LocationSituation,
    ParentSituation,
    record_name,
)
from shared.sync.issue import Awaited, Issue
from shared.sync.link import Link
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Company, Site
from shared.systems.eautomate import Customer


def customer_gone(situation: CustomerSituation[Any], link: Link) -> Issue:
    return situation.issue(
        "CUSTOMER_GONE",
        f"{situation.name}, linked to {link.cw_name or f'record {link.cw_id}'}, is not known to e-automate any more.",
        "Unlink it here if the customer was merged or removed; in ConnectWise all is left as it is.",
    )


def changed_kind(situation: CustomerSituation[Any], customer: Customer, link: Link) -> Issue:
    """A location that was a customer when it was linked, or the other way round."""
    is_now = f"a location of customer {customer.parent_number}" if customer.parent_id else "no location any more"
    becomes = "a site" if customer.parent_id else "a company"
    return situation.issue(
        "CHANGED_KIND",
        f"{situation.name} is {is_now}, but it is linked to {link.cw_name or f'record {link.cw_id}'}. "
        "Nothing is written until that is settled.",
        f"Unlink it here, and it becomes {becomes}; or set its parent back in e-automate.",
    )


def company_gone(situation: ParentSituation, link: Link) -> Issue:
    return situation.issue(
        "COMPANY_GONE",
        f"{link.cw_name or f'Company {link.cw_id}'}, linked to {situation.name}, was deleted in ConnectWise.",
        "Unlink it here, so that another company is matched or created; or restore the company.",
    )


def parents_company_gone(situation: LocationSituation) -> Issue:
    parent = situation.parent
    return situation.issue(
        "COMPANY_GONE",
        f"{situation.name} is a location of customer {parent.number}, whose company {parent.company_id} was deleted in "
        "ConnectWise.",
        f"Settle customer {parent.number} first; the location follows by itself.",
        category="mapping",
    )


def site_gone(situation: LocationSituation, link: Link) -> Issue:
    parent = situation.parent
    return situation.issue(
        "SITE_GONE",
        f"{link.cw_name or f'Site {link.cw_id}'}, linked to {situation.name}, is not among the sites of the company of "
        f"customer {parent.number}: it was deleted, or the location was moved to another customer.",
        "Unlink it here, so that a site of that company is matched or created; or undo the change.",
    )


def parent_not_mapped(situation: LocationSituation) -> Issue:
    """Waits on the parent's link, by whose appearing the location is looked at again."""
    parent = situation.parent
    why = f" ({parent.reason.rstrip('.')})" if parent.reason else ""
    return situation.issue(
        "PARENT_NOT_MAPPED",
        f"{situation.name} is a location of customer {parent.number}, which is not linked to a company yet{why}.",
        f"Settle customer {parent.number}; the location follows by itself.",
        category="mapping",
        waits_on=(Awaited(FLOW, Ref(COMPANY, "partner", parent.id)),),
    )


def ambiguous_company(
    situation: ParentSituation, customer: Customer, candidates: Sequence[Candidate[Company]]
) -> Issue:
    return _ambiguous(
        situation,
        candidates,
        f"Leave the number {text(customer.number)} in the Company ID or Account ID of the right company only, with no "
        "other customer's number beside it; or link the two here.",
    )


def ambiguous_site(situation: LocationSituation, candidates: Sequence[Candidate[Site]]) -> Issue:
    return _ambiguous(
        situation,
        candidates,
        "Give the right site a name or address that no other site has, or link the two here.",
    )


def link_disagrees(situation: ParentSituation, company: Company, what: str) -> Issue:
    return situation.issue(
        "LINK_DISAGREES",
        f"{record_name(company)} {what}. The link to {situation.name} stands.",
        "Correct Company ID or Account ID in ConnectWise; if the link itself is wrong, then relink it here as well.",
        about=(record_name(company),),
        blocks=False,
    )


def drift(situation: CustomerSituation[Any], record: Company | Site, changed: Mapping[str, str]) -> Issue:
    told = ", ".join(f"{name} is {value!r}" if value else f"{name} is blank" for name, value in sorted(changed.items()))
    return situation.issue(
        "DRIFT",
        f"{record_name(record)} was changed in ConnectWise and differs from {situation.name} in e-automate: {told}.",
        "Change it in e-automate, which masters it; or set drift to restore, and it is put back.",
        about=(record_name(record),),
        blocks=False,
    )


def property_missing(situation: CustomerSituation[Any]) -> Issue:
    name = situation.property_name
    return situation.issue(
        "CUSTOM_PROPERTY_MISSING",
        f"{situation.name} has no custom property {name}, so the RecID of its {situation.kind} cannot be written.",
        f"In e-automate, assign the customer a custom property configuration that has {name}. "
        "The link is kept here all the same.",
        blocks=False,
    )


def custom_field_missing(situation: CustomerSituation[Any], captions: Sequence[str]) -> Issue:
    told = ", ".join(captions)
    return situation.issue(
        "CUSTOM_FIELD_MISSING",
        f"ConnectWise has no custom field {told} on a {situation.kind}, so {situation.name} does not get it there.",
        f"In ConnectWise, add the custom field {told} for a {situation.kind}; or correct its caption in the settings.",
        category="system",
        blocks=False,
    )


def too_long(situation: CustomerSituation[Any], fields: Mapping[str, int], *, blocks: bool = False) -> Issue:
    told = ", ".join(f"{name} ({limit} characters at most)" for name, limit in sorted(fields.items()))
    left = "nothing was written" if blocks else "they were left out"
    return situation.issue(
        "VALUE_TOO_LONG",
        f"{situation.name} has values that are too long for ConnectWise; {left}: {told}.",
        "Shorten them in e-automate; the customer is tried again by itself.",
        category="refused",
        blocks=blocks,
    )


def no_identifier(situation: ParentSituation) -> Issue:
    return situation.issue(
        "NO_COMPANY_ID",
        f"Every Company ID that could be made for {situation.name} is taken, or is another customer's number.",
        "Create its company by hand in ConnectWise, with the customer number as Account ID; it is linked by itself.",
    )


def _ambiguous(situation: CustomerSituation[Any], candidates: Sequence[Candidate[Any]], fix: str) -> Issue:
    """Two candidates, or one that is somebody else's: all are named."""
    told = []
    for candidate in candidates:
        said = str(record_name(candidate.record))
        if candidate.linked_to:
            said += f", which is linked to {candidate.linked_to} already"
        if candidate.other_number:
            said += f", which also carries customer number {candidate.other_number}"
        told.append(said)
    return situation.issue(
        "AMBIGUOUS_MATCH",
        f"{situation.name} could be: {'; '.join(told)}. Nothing was written.",
        fix,
        about=tuple(record_name(candidate.record) for candidate in candidates),
    )
