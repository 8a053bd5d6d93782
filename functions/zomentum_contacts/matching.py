"""Which contact of the other side is the same person, at first contact: by e-mail address; pure.

Several people may share an address (office@...), and some have none. So an address that leads to one free contact of
the same company is enough unless the names have nothing in common; whatever else comes near is for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.zomentum_contacts.situations import addresses, contact_name, full_name
from shared.partners.zomentum_records import Candidate, Match
from shared.sync.record import Name, fold
from shared.systems import zomentum
from shared.systems.connectwise_psa import Contact

AnyContact = Contact | zomentum.Contact

BY_EMAIL = "Both have this e-mail address, at the same company."


@dataclass(frozen=True)
class Other:
    """A contact that is there. `company` is the word for its company, `linked_to` names what it is linked to, if so."""

    contact: AnyContact
    company: str
    employer: str = ""
    linked_to: str = ""

    @property
    def candidate(self) -> Candidate:
        name = contact_name(self.contact)
        at = f" of {self.employer}" if self.employer else ""
        return Candidate(self.contact.key, Name(f"{name}{at}", name.url), self.linked_to)


def match(home: Other, others: Sequence[Other], namesakes: Sequence[Other]) -> Match:
    """Whom of the `others` the home is; `namesakes` are contacts of its own side that have its address as well."""
    reached = [one for one in others if set(addresses(one.contact)) & set(addresses(home.contact))]
    free = [one for one in reached if not one.linked_to]
    here = [one for one in free if one.company == home.company]
    alike = [one for one in here if _same_name(one, home)] or [one for one in here if _near(one, home)]
    rivals = [one for one in namesakes if not one.linked_to and one.company == home.company]
    nearer = [one for one in rivals if any(_same_name(one, found) for found in alike)]
    if len(alike) == 1 and not (nearer if _same_name(alike[0], home) else rivals):
        return Match(alike[0].candidate, BY_EMAIL)
    mine = [one for one in here if not any(_same_name(one, rival) for rival in rivals)]
    if len(mine) > 1 or (mine and rivals):
        return _doubt(mine, "More than one contact of the company has this e-mail address.")
    if mine:
        return _doubt(mine, "They have one e-mail address, but not the same name.")
    same = [one for one in reached if _same_name(one, home)]
    if same:
        return _doubt(same, "They have one name and e-mail address, but are linked otherwise or at another company.")
    nameless = [
        one
        for one in others
        if one.company == home.company
        and _same_name(one, home)
        and not (addresses(one.contact) and addresses(home.contact))
    ]
    if free_ones := [one for one in nameless if not one.linked_to]:
        return _doubt(
            free_ones, "They have one name at the same company, but no e-mail address tells whether it is them."
        )
    return Match()


def _doubt(some: Sequence[Other], why: str) -> Match:
    return Match(doubts=tuple(one.candidate for one in some), why=why)


def _same_name(one: Other, other: Other) -> bool:
    return bool(full_name(one.contact)) and fold(full_name(one.contact)) == fold(full_name(other.contact))


def _near(one: Other, other: Other) -> bool:
    """Whether first or last name are the same, or one of the two says no name at all."""
    if not (full_name(one.contact) and full_name(other.contact)):
        return True
    names = [(fold(each.contact.first_name), fold(each.contact.last_name)) for each in (one, other)]
    return any(mine and mine == theirs for mine, theirs in zip(*names, strict=True))
