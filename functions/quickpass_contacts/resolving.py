"""Whose account a contact is, for the actions on its tickets: reset, unlock, verify (QP-21); pure.

Only a match that a person saved resolves: an account that is reset by guess may be somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass

from functions.quickpass_contacts.situations import Person, account_name, account_ref, customer_ref
from shared.sync.link import Link
from shared.systems.quickpass import Account, customer_of


@dataclass(frozen=True)
class Asked:
    """What is known of a ticket's contact, or of a contact.

    `named` is what was asked for, in words. `contact` is its number (empty: the ticket has none), `person` the contact
    (None: ConnectWise has none of this number), `customer` the GUID of the company's customer (empty: none is linked).
    `link` is the contact's own, `account` what it leads to (None: it is not there). `missing`: no such ticket.
    """

    named: str
    missing: bool = False
    contact: str = ""
    person: Person | None = None
    customer: str = ""
    link: Link | None = None
    account: Account | None = None


@dataclass(frozen=True)
class Resolved:
    """The account, or why there is none (`reason`) and what to do (`fix`); `url` opens the contact in ConnectWise."""

    account: Account | None = None
    contact: str = ""
    url: str = ""
    reason: str = ""
    fix: str = ""


def resolve(asked: Asked) -> Resolved:
    """The account of a contact or of a ticket's contact."""
    if asked.missing:
        return Resolved(reason=f"ConnectWise has no {asked.named}.", fix="See whether the number is right.")
    if not asked.contact:
        return Resolved(reason=f"The {asked.named} has no contact.", fix="Choose its contact in ConnectWise.")
    person = asked.person
    if person is None:
        return Resolved(
            reason=f"ConnectWise has no contact {asked.contact}.", fix="Choose another contact for the ticket."
        )
    told, url = str(person.called), person.url
    if asked.link is None:
        return Resolved(None, told, url, *_without_account(asked, told))
    key = asked.link.partner_id
    if asked.account is None:
        reason = f"{told} is linked to {asked.link.partner_name or key}, which is not in Quickpass any more."
        return Resolved(None, told, url, reason, f"Look at its customer: crosswise look {_customer_of(key)}.")
    if person.inactive:
        reason = f"{told} is linked to {account_name(asked.account)}, but is inactive in ConnectWise."
        return Resolved(None, told, url, reason, f"Make it active there, or unlink it: crosswise unlink {_ref(key)}.")
    return Resolved(asked.account, told, url)


def _without_account(asked: Asked, told: str) -> tuple[str, str]:
    if not asked.customer:
        return (
            f"The company of {told} is linked to no customer of Quickpass.",
            "Match the company first: crosswise matches CONNECTION lists the customers.",
        )
    home = customer_ref(asked.customer)
    return (
        f"{told} is linked to no account.",
        f"Match it: crosswise look {home} proposes whom it may be, crosswise relink ACCOUNT {asked.contact} chooses.",
    )


def _customer_of(key: str) -> str:
    return str(customer_ref(customer_of(key)))


def _ref(key: str) -> str:
    return str(account_ref(key))
