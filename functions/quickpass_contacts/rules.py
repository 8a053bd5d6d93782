"""What is decided about one customer of Quickpass: its company, and then whose contact each of its accounts is.

Pure. The rules are QP-01 to QP-22; whom an account may be is in `matching`, the words of issues in `issues`. Nothing is
linked and nothing is created unless a person says so, account by account: every such step asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from functions.quickpass_contacts import issues
from functions.quickpass_contacts.communication import KINDS
from functions.quickpass_contacts.matching import Match, matches
from functions.quickpass_contacts.situations import (
    CUSTOMER,
    MATCH,
    MatchSituation,
    Person,
    account_name,
    account_ref,
)
from shared.sync.issue import Issue
from shared.sync.link import Link, Pair
from shared.sync.names import PSA, QUICKPASS
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import Name, Ref
from shared.systems.quickpass import Account, Customer

Found = tuple[list[Step], list[Issue]]

SOON = timedelta(minutes=1)
"""When the accounts of a customer are looked at whose company was linked just now."""


def decide(situation: MatchSituation) -> Plan:
    """The plan of one customer. QP-01: its company comes first."""
    s = situation
    if s.customer is None:
        if s.link is not None:
            return stop(s.home, issues.customer_gone(s), name=s.name)
        return skip(s.home, "Quickpass has no such customer.", name=s.name)
    if s.link is None:
        return _company(s, s.customer)
    if s.company is None or s.company.deleted:
        return _without_company(s, s.link)
    return _people(s)


# The company


def _company(s: MatchSituation, customer: Customer) -> Plan:
    """A company of exactly its name is proposed; else a person chooses one, or has one created."""
    free = [one for one in s.namesakes if not one.linked_to]
    if len(s.namesakes) == 1 and free:
        why = f"{s.name} has just the name of the company {free[0].name}."
        # An intent means that somebody approved its creation, and this is what came of it.
        ids = {"cw": free[0].id, "partner": customer.id}
        link = Step("company", LINKS, CUSTOMER, "link", fields=ids, why=why, ask=s.pair.intent is None)
        return Plan(s.home, why, (link,), name=Name(customer.name), again=SOON)
    if s.namesakes:
        return stop(s.home, issues.company_ambiguous(s), name=s.name)
    if s.settings.create_companies and s.identifier:
        return _new_company(s, customer)
    if s.is_automatic:
        return stop(s.home, issues.company_not_matched(s), name=s.name)
    return skip(s.home, f"ConnectWise has no company of the name {customer.name}. {issues.choose(s)}", name=s.name)


def _new_company(s: MatchSituation, customer: Customer) -> Plan:
    """A company of the customer's name, by which it is found again after a lost answer."""
    why = f"ConnectWise has no company of the name {customer.name}."
    fields: dict[str, object] = {
        "identifier": s.identifier,
        "name": customer.name,
        "status": s.settings.company_status,
        "country": s.settings.company_country,
    }
    if s.settings.company_type:
        fields["types"] = (s.settings.company_type,)
    create = Step("create", PSA, "company", "create", fields=fields, why=why, ask=True)
    ids = {"cw": Created("create"), "partner": customer.id}
    link = Step("company", LINKS, CUSTOMER, "link", fields=ids, why="It was made for it.", ask=True)
    return Plan(s.home, why, (create, link), name=Name(customer.name), again=SOON)


def _without_company(s: MatchSituation, link: Link) -> Plan:
    """The linked company is gone; one that was never there was chosen just now, and is not kept."""
    if link.settled:
        return stop(s.home, issues.company_gone(s), name=s.name)
    why = f"ConnectWise has no company {link.cw_id}."
    ids = {"cw": link.cw_id, "partner": link.partner_id}
    unlink = Step("company", LINKS, CUSTOMER, "unlink", fields=ids, why=f"It was not saved: {why}")
    return Plan(s.home, why, (unlink,), (issues.no_such_company(s, link),), name=s.name)


# Accounts


def _people(s: MatchSituation) -> Plan:
    """Every account by itself: what one of them waits for holds up no other."""
    steps: list[Step] = []
    found: list[Issue] = []
    known = matches(s)
    for pair in s.pairs[1:]:
        key = pair.home.id
        mine = _linked(s, pair, pair.link) if pair.link else _unlinked(s, pair, s.accounts[key], known[key])
        steps += mine[0]
        found += mine[1]
    if lacking := _lacking(s, known):
        found.append(issues.communication_type_missing(s, lacking))
    # Without any number, so that what the table keeps of an account changes only with the account.
    reason = f"The accounts of {s.name} are matched one by one; crosswise matches lists them."
    return Plan(s.home, reason, tuple(steps), tuple(found), name=s.name)


def _unlinked(s: MatchSituation, pair: Pair, account: Account, match: Match) -> Found:
    match match.outcome:
        case "found":
            return _proposed(s, pair, account, match), []
        case "several":
            return [], [issues.ambiguous(s, account, match)]
        case "parted":
            return _proposed(s, pair, account, match), []  # which the policy for what people parted takes out again
        case "inactive":
            return [], [issues.contact_inactive(s, account, match)]
    if not account.email.strip():
        return [], [issues.without_email(s, account)]  # QP-14: and so nothing is created
    if not s.settings.create_without_type and _missing(s, account):
        return [], []
    return _created(s, account), []


def _proposed(s: MatchSituation, pair: Pair, account: Account, match: Match) -> list[Step]:
    """QP-06: the match is shown, with what it was found by, and linked once it is saved as shown.

    What both said when they were shown is part of the step: saved is only what still says so. A match of an account
    whose contact was being created is what came of that.
    """
    (person,) = match.people
    told = f"the e-mail address {account.email.strip()}" if match.by == "email" else "first and last name"
    why = f"{account_name(account)} and {person.called} have {told} in common."
    agreed = {
        "by": match.by,
        "account": [account.full_name, account.email.strip() if match.by == "email" else ""],
        "contact": [person.full_name, person.company],
    }
    fields = {"cw": person.id, "partner": account.key, "agreed": agreed}
    own = account_ref(account.key)
    ask = pair.intent is None
    link = Step(f"link {account.key}", LINKS, MATCH, "link", fields=fields, why=why, record=own, ask=ask)
    return [link, *_noted(s, account, person.id)]


def _created(s: MatchSituation, account: Account) -> list[Step]:
    """QP-13: a contact for the account, once it is ticked; ConnectWise itself refuses one of the same names."""
    values = {"email": account.email.strip(), "mobile": account.mobile.strip()}
    items = tuple(
        {"type_id": type_id, "kind": KINDS[value], "value": text}
        for value, text in values.items()
        if text and (type_id := s.types.of(value)) is not None
    )
    first, last = account.first_name.strip(), account.last_name.strip()
    fields: dict[str, object] = {"first_name": first or last or values["email"], "company": s.here, "items": items}
    if first and last:
        fields["last_name"] = last
    why = f"{s.company.name if s.company else 'The company'} has no contact for {account_name(account)}."
    own, made = account_ref(account.key), f"create {account.key}"
    create = Step(made, PSA, "contact", "create", fields=fields, why=why, record=own, ask=True)
    ids = {"cw": Created(made), "partner": account.key}
    told = "It was made for it."
    link = Step(f"link {account.key}", LINKS, MATCH, "link", fields=ids, why=told, record=own, ask=True)
    return [create, link, *_noted(s, account, Created(made))]


def _linked(s: MatchSituation, pair: Pair, link: Link) -> Found:
    """A linked account: both are there, the contact is at the company, and what Quickpass notes is right."""
    account, person = s.accounts.get(pair.home.id), s.contacts.get(link.cw_id)
    if account is None or person is None:
        gone = f"{link.partner_name or pair.home.id} in Quickpass"
        if account is not None:
            gone = f"{link.cw_name or f'contact {link.cw_id}'} in ConnectWise"
        return [_unlink(link, pair.home, f"There is no {gone} any more.")], []
    if not s.may_match(person):
        if link.settled:
            return [], [issues.contact_left(s, account, person)]
        # A person chose it just now: save reads both again, and refuses what cannot be matched.
        why = issues.unfit(s, person)
        return [_unlink(link, pair.home, f"It was not saved: {why}")], [issues.choice_refused(s, account, person)]
    if noted := _noted(s, account, person.id):
        return noted, []
    return list(_filled(s, account, person)), []


def _unlink(link: Link, record: Ref, why: str) -> Step:
    ids = {"cw": link.cw_id, "partner": link.partner_id}
    return Step(f"unlink {record.id}", LINKS, MATCH, "unlink", fields=ids, why=why, record=record)


def _noted(s: MatchSituation, account: Account, contact: str | Created) -> list[Step]:
    """The contact, noted on the account, where the settings want that."""
    if not s.settings.write_back or s.settings.accounts_from != "api" or account.psa_contact_id == contact:
        return []
    fields, before = {"psa_contact_id": contact}, {"psa_contact_id": account.psa_contact_id}
    own, why = account_ref(account.key), "It is matched with this contact."
    return [Step(f"note {account.key}", QUICKPASS, "account", "update", account.key, fields, why, before, own)]


def _filled(s: MatchSituation, account: Account, person: Person) -> Iterator[Step]:
    """QP-15, beaten: a mobile number that the account got later is offered for a contact that has none."""
    mobile = account.mobile.strip()
    if not mobile or s.types.mobile is None or any(type_id in s.types.mobiles for type_id, _ in person.phones):
        return
    if _digits(mobile) in {_digits(value) for _, value in person.phones}:
        return
    items = ({"type_id": s.types.mobile, "kind": KINDS["mobile"], "value": mobile},)
    why = f"{person.called} has no mobile number, and {account_name(account)} has {mobile}."
    own = account_ref(account.key)
    yield Step(
        f"mobile {account.key}", PSA, "contact", "update", person.id, {"items": items}, why, record=own, ask=True
    )


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


# Communication types


def _missing(s: MatchSituation, account: Account) -> list[str]:
    """What of the account no communication type takes."""
    values = {"email": account.email.strip(), "mobile": account.mobile.strip()}
    return [value for value, text in values.items() if text and s.types.of(value) is None]


def _lacking(s: MatchSituation, known: Mapping[str, Match]) -> dict[str, list[Account]]:
    """By what no type takes, the accounts without a contact that have it."""
    found: dict[str, list[Account]] = {}
    for key, match in known.items():
        if match.outcome == "nobody" and s.accounts[key].email.strip():
            for value in _missing(s, s.accounts[key]):
                found.setdefault(value, []).append(s.accounts[key])
    return found
