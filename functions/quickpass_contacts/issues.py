"""Every issue of the matching, in words for whoever settles one for the first time; none holds up another account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from functions.quickpass_contacts.communication import TABLE, wanted_names
from functions.quickpass_contacts.matching import Match
from functions.quickpass_contacts.situations import MatchSituation, Person, account_name, account_ref
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.policies import some
from shared.sync.record import Name
from shared.systems.quickpass import Account


def choose(s: MatchSituation) -> str:
    """How a person chooses the company of a customer."""
    return f"Choose its company: crosswise relink {s.home} COMPANY (the number of the company in ConnectWise)."


def customer_gone(s: MatchSituation) -> Issue:
    return s.issue(
        "CUSTOMER_GONE",
        f"{s.name} is not in Quickpass any more. Its matches are kept as they are.",
        f"If that was meant, cancel it (crosswise cancel {s.home}), and it is left alone. If not, restore it there.",
    )


def company_gone(s: MatchSituation) -> Issue:
    return s.issue(
        "COMPANY_GONE",
        f"The company of {s.name} was deleted in ConnectWise. Its matches are kept as they are.",
        f"Restore the company; or choose another: crosswise relink {s.home} COMPANY.",
    )


def no_such_company(s: MatchSituation, link: Link) -> Issue:
    return s.issue(
        "CHOICE_REFUSED",
        f"{s.name} was not linked to company {link.cw_id}, which ConnectWise does not have.",
        choose(s),
        category="mapping",
        blocks=False,
    )


def company_ambiguous(s: MatchSituation) -> Issue:
    taken = ", which another customer has"
    told = "; ".join(f"{one.name} ({one.id}){taken if one.linked_to else ''}" for one in s.namesakes)
    return s.issue(
        "COMPANY_AMBIGUOUS",
        f"{s.name} may be more than one company in ConnectWise, or one that is taken: {told}. Nothing was linked.",
        choose(s),
        category="mapping",
        about=tuple(Name(one.name, one.url) for one in s.namesakes),
    )


def company_not_matched(s: MatchSituation) -> Issue:
    return s.issue(
        "COMPANY_NOT_MATCHED",
        f"ConnectWise has no company with just the name of {s.name}, so its accounts are not matched.",
        f"{choose(s)} Or give both the same name; it is looked at again by itself. If it is to have none, cancel it.",
        category="mapping",
    )


def ambiguous(s: MatchSituation, account: Account, match: Match) -> Issue:
    """QP-10, QP-11: a person chooses, or removes what is there twice, and it is matched anew by itself."""
    who = account_name(account)
    found = "have its e-mail address" if match.by == "email" else "have its name"
    if not match.people:
        told = f"No contact is {who}, and {_accounts(match.rivals)} may be the same person"
        fix = (
            "If they are one person, create one contact in ConnectWise and link the account that is used: "
            f"crosswise relink {account_ref(account.key)} CONTACT. If they are several, create a contact for each."
        )
        return issue("ACCOUNTS_ALIKE", s, account, f"{told}. No contact is proposed for either.", fix)
    people = "; ".join(f"{one.called}, number {one.id}{_taken(one)}" for one in match.people)
    told = f"{who} may be one of these contacts, which {found}: {people}."
    if match.rivals:
        told = f"{who} is not the only account whose contact this may be: {people}; so may {_accounts(match.rivals)}."
    return issue(
        "AMBIGUOUS_MATCH",
        s,
        account,
        told,
        f"Choose one: crosswise relink {account_ref(account.key)} CONTACT. Or merge or remove what is there twice; it "
        "is matched anew by itself.",
        about=tuple(one.called for one in match.people),
    )


def contact_inactive(s: MatchSituation, account: Account, match: Match) -> Issue:
    """QP-05: it does not match; but whoever created a contact would have one person twice."""
    people = "; ".join(f"{one.called}, number {one.id}" for one in match.people)
    has = "its e-mail address" if match.by == "email" else "its name"
    return issue(
        "CONTACT_INACTIVE",
        s,
        account,
        f"{account_name(account)} has no active contact, but an inactive one has {has}: {people}. No other is created.",
        "If it is the same person, make it active in ConnectWise, and it is proposed by itself; if not, create a "
        f"contact and choose it: crosswise relink {account_ref(account.key)} CONTACT. Or cancel the account.",
        about=tuple(one.called for one in match.people),
    )


def without_email(s: MatchSituation, account: Account) -> Issue:
    """QP-14."""
    return issue(
        "ACCOUNT_WITHOUT_EMAIL",
        s,
        account,
        f"{account_name(account)} has no contact of its name, and no e-mail address: without one no contact is "
        "created, since tickets find the account by it.",
        "Enter its e-mail address in Quickpass; or choose a contact: "
        f"crosswise relink {account_ref(account.key)} CONTACT. If it is nobody's, cancel it.",
    )


def contact_left(s: MatchSituation, account: Account, person: Person) -> Issue:
    return issue(
        "CONTACT_LEFT",
        s,
        account,
        f"{account_name(account)} is linked to {person.called}: {unfit(s, person)}",
        f"If the person has left, unlink them (crosswise unlink {account_ref(account.key)}); or choose another "
        f"contact: crosswise relink {account_ref(account.key)} CONTACT.",
        about=(person.called,),
    )


def choice_refused(s: MatchSituation, account: Account, person: Person) -> Issue:
    return issue(
        "CHOICE_REFUSED",
        s,
        account,
        f"{account_name(account)} was not linked to {person.called}: {unfit(s, person)}",
        "Choose an active contact of its company; crosswise pick lists them.",
        about=(person.called,),
    )


def unfit(s: MatchSituation, person: Person) -> str:
    """Why a contact cannot be matched, as a sentence."""
    if person.inactive:
        return "the contact is inactive."
    return f"the contact is not at {s.company.name if s.company else 'the company'}."


def communication_type_missing(s: MatchSituation, lacking: Mapping[str, Sequence[Account]]) -> Issue:
    """QP-17 to QP-20: which table to open, and which row it lacks."""
    told, rows = [], []
    for value, accounts in lacking.items():
        names = " or ".join(wanted_names(value, s.settings.communication_types))
        told.append(f"none for {value} ({names}), which {len(accounts)} accounts have: {_accounts(accounts)}")
        rows.append(f"a row {names} with the box for {'e-mail' if value == 'email' else 'phone'} checked")
    then = (
        "Contacts are created without these values."
        if s.settings.create_without_type
        else "No contact is proposed for them."
    )
    return s.issue(
        "COMMUNICATION_TYPE_MISSING",
        f"ConnectWise lacks a communication type: {'; '.join(told)}. {then}",
        f"In ConnectWise open {TABLE}: rename or add {' and '.join(rows)}, without blanks before or behind the name. "
        "Or name the tenant's own in communication_types of the settings; or set create_without_type, and contacts are "
        "created without the value.",
        category="mapping",
        blocks=False,
    )


def issue(
    code: str, s: MatchSituation, account: Account, message: str, fix: str, *, about: tuple[Name, ...] = ()
) -> Issue:
    """An issue of one account, which holds up none of the others."""
    of = account_ref(account.key), Name(account_name(account))
    return s.issue(code, message, fix, category="mapping", about=(*about, s.name), blocks=False, of=of)


def _accounts(some_: Sequence[Account]) -> str:
    return some([account_name(one) for one in some_])


def _taken(person: Person) -> str:
    return ", which is linked already" if person.linked_to else ""
