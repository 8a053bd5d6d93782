"""Company IDs for companies that are created: readable, unique, and never another customer's number (EA-23)."""

from __future__ import annotations

from collections.abc import Iterable

from shared.sync.record import fold
from shared.systems.connectwise_psa import identifiers
from shared.systems.connectwise_psa.identifiers import LENGTH, plain
from shared.systems.eautomate import Customer


def choices(customer: Customer) -> tuple[str, ...]:
    """Company IDs to try, best first: A-Z and 0-9 only, at most 25 characters.

    The name; the name with the number behind it; e-automate's own ID of the customer, which no other customer has.
    """
    number = plain(customer.number)[: LENGTH - 5]
    return tuple(dict.fromkeys((*identifiers.choices(customer.name, number), f"EA{customer.id}")))


class Free:
    """Hands out Company IDs, none of them twice, none that is taken and none that is another customer's number."""

    def __init__(self, taken: Iterable[str], numbers: Iterable[str]) -> None:
        """`taken` are Company IDs in use, `numbers` the customer numbers that equal one of the choices."""
        self._taken = {fold(one) for one in taken}
        self._numbers = {fold(one) for one in numbers}

    def for_(self, customer: Customer) -> str:
        """The best one that is free; empty where none is."""
        others = self._numbers - {fold(customer.number)}
        for one in choices(customer):
            if fold(one) not in self._taken | others:
                self._taken.add(fold(one))
                return one
        return ""
