"""Every issue of the call transfer flow, in words for the person who settles it."""

from __future__ import annotations

from dataclasses import replace

from functions.eautomate_call_transfers.situations import TransferCall, TransferSituation, ticket_name
from shared.partners.eautomate import CUSTOMER
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.needed import Found, Needed
from shared.sync.record import Name
from shared.systems.eautomate import Customer

_CUSTOMER = replace(
    CUSTOMER,
    noun="customer",
    fix="Map the customer: put its number into the Company ID or Account ID of its company in ConnectWise, or link the "
    "two. The call then becomes a ticket within a minute; nobody needs to touch it.",
)
LOCATION: Needed = replace(
    CUSTOMER,
    kind="location-site",
    noun="location",
    fix="Map the location: give its company a site of the same name and address, or link the two. The call then "
    "becomes a ticket within a minute; nobody needs to touch it.",
)
"""A location of a customer and the site that it is."""


def customer_not_mapped(situation: TransferSituation, customer: Customer, company: Found) -> Issue:
    return _CUSTOMER.issue(situation, _named(customer), company)


def location_not_mapped(situation: TransferSituation, customer: Customer, site: Found) -> Issue:
    return LOCATION.issue(situation, _named(customer), site)


def no_customer(situation: TransferSituation, call: TransferCall) -> Issue:
    who = (
        f"names the customer {call.customer_number}, whom e-automate does not give"
        if call.customer_id
        else "has no customer"
    )
    return situation.issue(
        "NO_CUSTOMER",
        f"{situation.name} {who}, so that its ticket would be nobody's.",
        "Give the call its customer in e-automate; it is tried again by itself.",
    )


def ambiguous_ticket(situation: TransferSituation) -> Issue:
    told = ", ".join(str(ticket_name(ticket)) for ticket in situation.found)
    return situation.issue(
        "AMBIGUOUS_MATCH",
        f"Several tickets carry the reference of {situation.name}: {told}. Nothing was written.",
        f"Link the call to the right one here; or clear the external reference {situation.reference!r} of the others.",
        about=tuple(map(ticket_name, situation.found)),
    )


def ticket_gone(situation: TransferSituation, call: TransferCall, link: Link) -> Issue:
    held = f"The call is on hold ({call.hold_code})" if call.hold_code else "The call is not on hold"
    return situation.issue(
        "TICKET_GONE",
        f"{link.cw_name or 'the ticket'} ({link.cw_id}), to which {situation.name} was moved, is not in "
        f"ConnectWise any more. {held}.",
        "Unlink the two here and take the call off hold, and it becomes a ticket again; or cancel it here and go on "
        "with the call in e-automate.",
    )


def _named(customer: Customer) -> Name:
    return Name(f"{customer.number.strip()} {customer.name.strip()}".strip())
