"""Which opportunity of the other side is the same, at first contact: by its name, at the same company; pure.

Recurring business has one name over and over. So only one that is free on either side is the same; else it is for a
person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.zomentum_opportunities.situations import AnyOpportunity, opportunity_name
from shared.partners.zomentum_records import Candidate, Match
from shared.sync.record import fold

BY_NAME = "Both have this name, at the same company."


@dataclass(frozen=True)
class Other:
    """An opportunity that is there. `company` is the word for its company, `linked_to` names what it is linked to."""

    opportunity: AnyOpportunity
    company: str
    linked_to: str = ""

    def same(self, other: Other) -> bool:
        alike = fold(self.opportunity.name) == fold(other.opportunity.name)
        return alike and bool(self.company) and self.company == other.company

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.opportunity.key, opportunity_name(self.opportunity), self.linked_to)


def match(home: Other, others: Sequence[Other], namesakes: Sequence[Other]) -> Match:
    """Whom of the `others` the home is; `namesakes` are opportunities of its own side."""
    free = [one for one in others if one.same(home) and not one.linked_to]
    rivals = [one for one in namesakes if one.same(home) and not one.linked_to]
    if len(free) == 1 and not rivals:
        return Match(free[0].candidate, BY_NAME)
    if free:
        why = "More than one opportunity of the company has this name."
        return Match(doubts=tuple(one.candidate for one in free), why=why)
    return Match()
