"""Builds the conditions by which ConnectWise Automate filters its lists; their syntax is not the PSA's.

    all_of(is_in("Client.Id", [5, 7]), at_least("DateAdded", moment))

Nested fields are reached with a dot, ids are numbers (though answers carry them as texts), moments stand bare, without
brackets or quotes. A text goes into single quotes, or into double ones where it holds a single quote: how to put a
quote into a text of the same quotes is documented nowhere, so a text that holds both kinds is a ValueError.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

Value = str | int | bool | datetime
Fits = Callable[["Condition"], bool]
"""Says whether a condition is short enough to send."""

_FIELD = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)


class Condition(ABC):
    """A condition; its text is what the parameter `condition` takes."""

    @abstractmethod
    def __str__(self) -> str: ...

    def split(self, fits: Fits) -> list[Condition]:
        """Conditions that together find what this one finds, as few as can be sent; what cannot be split stays."""
        del fits
        return [self]


@dataclass(frozen=True)
class Comparison(Condition):
    """One field compared with one value."""

    field: str
    operator: str
    value: Value

    def __str__(self) -> str:
        return f"{_named(self.field)} {self.operator} {_literal(self.value)}"


@dataclass(frozen=True)
class Among(Condition):
    """One field that has one of several values; of none, nothing is found and nothing need be asked."""

    field: str
    values: tuple[Value, ...]

    def __str__(self) -> str:
        if not self.values:
            raise ValueError("there is nothing to look for")
        return f"{_named(self.field)} in ({','.join(map(_literal, self.values))})"

    def split(self, fits: Fits) -> list[Condition]:
        if not self.values:
            return []
        size = max(1, self._fitting(fits))
        first, rest = Among(self.field, self.values[:size]), Among(self.field, self.values[size:])
        return [first, *rest.split(fits)]

    def _fitting(self, fits: Fits) -> int:
        """How many of the first values fit into one condition."""
        sizes = range(1, len(self.values) + 1)
        return bisect_left(sizes, 1, key=lambda size: not fits(Among(self.field, self.values[:size])))


@dataclass(frozen=True)
class All(Condition):
    """Conditions that hold together."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.parts))

    def split(self, fits: Fits) -> list[Condition]:
        """Takes the longest list apart; each piece of it goes with all the other parts."""
        lists = [(len(part.values), place) for place, part in enumerate(self.parts) if isinstance(part, Among)]
        if lists and min(lists)[0] == 0:
            return []
        length, place = max(lists, default=(1, 0))
        if length == 1 or fits(self):
            return [self]
        pieces = self.parts[place].split(lambda piece: fits(self._with(place, piece)))
        return [each for piece in pieces for each in self._with(place, piece).split(fits)]

    def _with(self, place: int, part: Condition) -> All:
        return All((*self.parts[:place], part, *self.parts[place + 1 :]))


def equals(field: str, value: Value) -> Condition:
    return Comparison(field, "=", value)


def less(field: str, value: Value) -> Condition:
    return Comparison(field, "<", value)


def at_most(field: str, value: Value) -> Condition:
    return Comparison(field, "<=", value)


def greater(field: str, value: Value) -> Condition:
    return Comparison(field, ">", value)


def at_least(field: str, value: Value) -> Condition:
    return Comparison(field, ">=", value)


def contains(field: str, text: str) -> Condition:
    """The text is somewhere in the field, letter case aside."""
    return Comparison(field, "contains", text)


def is_in(field: str, values: Iterable[Value]) -> Condition:
    """The field has one of these values, of which there may be any number; see `Condition.split`."""
    return Among(field, tuple(dict.fromkeys(values)))


def all_of(*parts: Condition) -> Condition:
    """All of these hold; ValueError for none at all."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, All) else (part,))]
    if not flat:
        raise ValueError("`all_of` needs a condition")
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _named(field: str) -> str:
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field!r} is no field name; an example is Client.Id")
    return field


def _literal(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value} names no time zone")
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
        case int():
            return str(value)
        case _:
            return _quoted(value)


def _quoted(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' in text:
        raise ValueError(f"a text with both kinds of quotes cannot be compared: {text!r}")
    return f'"{text}"'
