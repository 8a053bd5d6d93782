"""Which company of the other side is the same, at first contact: by its name, and by its website's domain; pure.

A name is enough where it is the only one and the domains do not speak against it. A domain alone is not: branches share
one. Whatever is in doubt is for a person (ZM-36: never a silent merge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.zomentum_companies.situations import company_name, domain
from shared.partners.zomentum_records import Candidate, Match
from shared.sync.record import fold
from shared.systems import zomentum
from shared.systems.connectwise_psa import Company

AnyCompany = Company | zomentum.Company

BY_NAME_AND_DOMAIN = "Both have this name, and websites of one domain."
BY_NAME = "Both have this name, and nobody else has."


@dataclass(frozen=True)
class Other:
    """A company that is there. `linked_to` names what it is linked to; empty if to nothing."""

    company: AnyCompany
    linked_to: str = ""

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.company.key, company_name(self.company), self.linked_to)


def match(home: AnyCompany, others: Sequence[Other], namesakes: Sequence[Other]) -> Match:
    """Whom of the `others` the home is, of its own side the `namesakes` considered, which may be just as well."""
    named = [one for one in others if fold(one.company.name) == fold(home.name)]
    if not named:
        return _by_domain(home, others)
    doubts = tuple(one.candidate for one in named)
    free = [one for one in named if not one.linked_to]
    if not free:
        return Match(doubts=doubts, taken=True, why="No two companies of one name are joined by guess.")
    same = [one for one in free if domain(one.company) and domain(one.company) == domain(home)]
    possible = same or [one for one in free if not (domain(one.company) and domain(home))]
    if not possible:
        return Match(doubts=doubts, taken=True, why="Their websites have different domains.")
    if len(possible) > 1:
        return Match(doubts=tuple(one.candidate for one in possible), why="More than one has this name.")
    (found,) = possible
    rivals = [
        one for one in namesakes if not one.linked_to and _could_be(one.company, found.company, strictly=bool(same))
    ]
    if rivals:
        told = ", ".join(str(company_name(one.company)) for one in rivals)
        return Match(
            doubts=(found.candidate,), why=f"It could as well be that of another record of this name ({told})."
        )
    return Match(found.candidate, BY_NAME_AND_DOMAIN if same else BY_NAME)


def _by_domain(home: AnyCompany, others: Sequence[Other]) -> Match:
    """Another name, but the same domain: a person looks, unless it is somebody else's already."""
    near = [one for one in others if not one.linked_to and domain(home) and domain(one.company) == domain(home)]
    if not near:
        return Match()
    return Match(
        doubts=tuple(one.candidate for one in near),
        why=f"Both have the website domain {domain(home)}, but not the same name.",
    )


def _could_be(rival: AnyCompany, found: AnyCompany, *, strictly: bool) -> bool:
    """Whether another record of the home's side fits what was found as well as the home does."""
    if strictly:
        return domain(rival) == domain(found)
    return not (domain(rival) and domain(found))
