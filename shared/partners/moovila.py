"""What the Moovila flows have in common: their names, whose links they build on, and how people are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.sync.needed import Needed
from shared.sync.record import Side, fold

PROJECTS = "moovila_projects"
REFERENCE_DATA = "moovila_reference_data"

CUSTOMER = Needed(
    REFERENCE_DATA,
    "company-customer",
    "CUSTOMER_NOT_MAPPED",
    "customer",
    "Give the Moovila customer the name of its ConnectWise company, or link the two (crosswise relink). What waits for "
    "it follows by itself.",
)
"""A ConnectWise company and its Moovila customer."""


@dataclass(frozen=True)
class Person:
    """Somebody of either system: the id there, e-mail addresses (the one that counts first), and a name."""

    key: str
    emails: tuple[str, ...]
    name: str = ""

    def __str__(self) -> str:
        address = next((f"({each})" for each in self.emails if each.strip()), "")
        return " ".join(filter(None, (self.name.strip(), address))) or self.key


@dataclass(frozen=True)
class People:
    """Who is who: `words` has, by each side's own id, the e-mail address by which both sides know somebody.

    Whom one side lacks has no word; `names` tells of everybody what people call them.
    """

    words: Mapping[Side, Mapping[str, str]]
    names: Mapping[Side, Mapping[str, str]]

    @classmethod
    def of(cls, members: Iterable[Person], users: Iterable[Person]) -> People:
        """Matched by any e-mail address that two share; one that several of a side have is nobody's."""
        some: Mapping[Side, list[Person]] = {"cw": list(members), "partner": list(users)}
        owners = {side: _owners(people) for side, people in some.items()}
        words: dict[Side, dict[str, str]] = {"cw": {}, "partner": {}}
        for address, user in owners["partner"].items():
            member = owners["cw"].get(address)
            if member is not None and user not in words["partner"] and member not in words["cw"]:
                words["cw"][member] = words["partner"][user] = address
        return cls(words, {side: {one.key: str(one) for one in people} for side, people in some.items()})

    def word(self, side: Side, id_: str) -> str | None:
        """By what both sides know the one with this id; empty for nobody, None where the other side lacks him."""
        return self.words[side].get(id_) if id_ else ""

    def id_on(self, side: Side, word: str) -> str:
        """The id of a word's owner on a side; empty for nobody."""
        return next((id_ for id_, own in self.words[side].items() if own == word), "") if word else ""

    def called(self, side: Side, id_: str) -> str:
        return self.names[side].get(id_, f"the one with the ID {id_}")


NOBODY = People({"cw": {}, "partner": {}}, {"cw": {}, "partner": {}})


def _owners(people: Iterable[Person]) -> dict[str, str]:
    """By address, the id of the only one who has it."""
    owners: dict[str, list[str]] = {}
    for one in people:
        for address in {fold(each) for each in one.emails if each.strip()}:
            owners.setdefault(address, []).append(one.key)
    return {address: ids[0] for address, ids in sorted(owners.items()) if len(ids) == 1}
