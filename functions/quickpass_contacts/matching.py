"""Which contact of ConnectWise each account of Quickpass's may be (QP-05, QP-10, QP-13); pure.

By e-mail address first: any of a contact's, whatever its type is called. Only where no contact has the address by first
and last name. One contact and one account that find each other are a match; whatever else comes near is for a person.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from functions.quickpass_contacts.situations import MatchSituation, Person
from shared.sync.record import fold
from shared.systems.quickpass import Account

By = Literal["email", "name"]
Outcome = Literal["found", "several", "parted", "inactive", "nobody"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for one account.

    `found`: the one contact in `people`, `by` e-mail or name. `several`: contacts among which a person chooses, or
    `rivals`, accounts that have as good a claim (to the contact, or to be the same person where there is no contact).
    `parted`: only a contact from which a person unlinked it. `inactive`: only contacts that are inactive, of whom no
    second one must be made. `nobody`: no contact at all.
    """

    outcome: Outcome
    by: By = "email"
    people: tuple[Person, ...] = ()
    rivals: tuple[Account, ...] = ()


def folded(name: str) -> str:
    """A name as it is compared: letter case, accents and blanks aside."""
    plain = unicodedata.normalize("NFKD", name)
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).casefold().split())


def name_of(first: str, last: str) -> tuple[str, str] | None:
    """First and last name as they are compared; None where one is empty, which matches nobody."""
    name = folded(first), folded(last)
    return name if all(name) else None


def matches(s: MatchSituation) -> Mapping[str, Match]:
    """What was found for each account that has no link, by its key."""
    free = [s.accounts[pair.home.id] for pair in s.pairs[1:] if not pair.link and pair.home.id in s.accounts]
    parted = {pair.home.id: pair.parted for pair in s.pairs[1:]}
    held = {pair.home.id for pair in s.pairs[1:] if pair.held}
    near = _Near(person for person in s.contacts.values() if s.may_match(person))
    reached = {one.key: near.to(one) for one in free}
    claims: dict[By, dict[str, list[Account]]] = {"email": defaultdict(list), "name": defaultdict(list)}
    for one in free:
        by, people = reached[one.key]
        for person in people:
            if one.key not in held and person.id != parted[one.key]:
                claims[by][person.id].append(one)
    alone = _Twins([one for one in free if not reached[one.key][1] and one.key not in held])
    found = {one.key: _match(one, *reached[one.key], parted[one.key], claims, alone) for one in free}
    away = _Near(person for person in s.contacts.values() if person.inactive and person.company == s.here)
    return {one.key: _or_inactive(found[one.key], *away.to(one)) for one in free}


def _or_inactive(match: Match, by: By, people: Sequence[Person]) -> Match:
    """Whom nobody active is may be somebody inactive."""
    return Match("inactive", by, tuple(people)) if match.outcome == "nobody" and people else match


def _match(
    account: Account,
    by: By,
    people: Sequence[Person],
    parted: str,
    claims: Mapping[By, Mapping[str, Sequence[Account]]],
    alone: _Twins,
) -> Match:
    if not people:
        twins = alone.of(account)
        return Match("several", rivals=twins) if twins else Match("nobody")
    others = tuple(person for person in people if person.id != parted)
    if not others:
        return Match("parted", by, tuple(people))
    person = others[0]
    stronger: tuple[By, ...] = ("email",) if by == "email" else ("email", "name")
    rivals = tuple(
        one for way in stronger for one in claims[way].get(person.id, ()) if one.key != account.key
    )  # an address says more than a name
    if len(people) == 1 and not person.linked_to and not rivals:
        return Match("found", by, (person,))
    return Match("several", by, others, rivals if len(others) == 1 else ())


class _Near:
    """Contacts by address and by name."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._by_email: dict[str, list[Person]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], list[Person]] = defaultdict(list)
        for person in people:
            for email in person.emails:
                self._by_email[email].append(person)
            if name := name_of(person.first_name, person.last_name):
                self._by_name[name].append(person)

    def to(self, account: Account) -> tuple[By, Sequence[Person]]:
        """The contacts that an account may be, and how they were found."""
        email = fold(account.email)
        if email and (found := self._by_email.get(email)):
            return "email", found
        name = name_of(account.first_name, account.last_name)
        return "name", self._by_name.get(name, ()) if name else ()


class _Twins:
    """Accounts without any contact that are perhaps one person: two contacts must not be made of them."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._emails = _grouped((fold(one.email), one) for one in accounts)
        self._names = _grouped((name_of(one.first_name, one.last_name), one) for one in accounts)

    def of(self, account: Account) -> tuple[Account, ...]:
        """The others that have its address, or its name."""
        name = name_of(account.first_name, account.last_name)
        near = [*self._emails.get(fold(account.email), ()), *self._names.get(name, ())]
        return tuple({one.key: one for one in near if one.key != account.key}.values())


def _grouped(pairs: Iterable[tuple[T, Account]]) -> dict[T, list[Account]]:
    """Accounts by a word that several of them have; an empty one groups nobody."""
    pairs = list(pairs)
    counted = Counter(word for word, _ in pairs)
    found: dict[T, list[Account]] = defaultdict(list)
    for word, account in pairs:
        if word and counted[word] > 1:
            found[word].append(account)
    return found
