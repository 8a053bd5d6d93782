"""Builds the conditions by which ConnectWise PSA filters its lists, so that no value can change their meaning.

    all_of(changed_since(moment), any_of(is_in("identifier", numbers), is_in("accountNumber", numbers)))

The vendor's Developer Guide names the operators, bracketed UTC dates and the escape of `[`. How to put a double quote
into a text is documented nowhere: such a text goes into single quotes, which the guide uses as well. A text that holds
both kinds cannot be quoted at all: equality and `contains` then fall back to `like` with a wildcard in the place of
each double quote, which may find more than was meant (whoever asks compares what comes back); every other comparison
of such a text is a ValueError.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

Value = str | int | Decimal | bool | date | datetime | None

LARGEST_ID = 2**31
"""ConnectWise's ids are below this."""

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
_OPPOSITE = {
    "=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
    "like": "not like", "not like": "like", "contains": "not contains", "not contains": "contains",
}  # fmt: skip


class Condition(ABC):
    """A condition; its text is what `conditions`, `childConditions` and `customFieldConditions` take."""

    @abstractmethod
    def __str__(self) -> str: ...

    @abstractmethod
    def negated(self) -> Condition:
        """The opposite, written with documented operators only (there is no `not (...)`)."""

    def split(self, fits: Callable[[Condition], bool]) -> list[Condition]:
        """Conditions that together find what this one finds, some of it perhaps twice: as few as can be sent.

        `fits` says whether one is short enough to send. What cannot be taken apart stays as it is.
        """
        return [self] if fits(self) else _packed(self.alternatives(), fits)

    def alternatives(self) -> list[Condition]:
        """The smallest conditions of which at least one must hold; one that cannot be taken apart is alone."""
        return [self]


@dataclass(frozen=True)
class Nothing(Condition):
    """Finds nothing: whoever would ask with it need not ask."""

    def __str__(self) -> str:
        raise ValueError("there is nothing to look for")

    def negated(self) -> Condition:
        raise ValueError("there is nothing to look for")

    def split(self, fits: Callable[[Condition], bool]) -> list[Condition]:
        del fits
        return []


NOTHING = Nothing()


@dataclass(frozen=True)
class Comparison(Condition):
    """One field compared with one value."""

    field: str
    operator: str
    value: Value

    def __post_init__(self) -> None:
        _check(self.field)

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {_literal(self.value)}"

    def negated(self) -> Condition:
        return Comparison(self.field, _OPPOSITE[self.operator], self.value)


@dataclass(frozen=True)
class Membership(Condition):
    """One field that is, or is not, among several values."""

    field: str
    values: tuple[Value, ...]
    among: bool = True

    def __post_init__(self) -> None:
        _check(self.field)

    def __str__(self) -> str:
        operator = "in" if self.among else "not in"
        return f"{self.field} {operator} ({','.join(map(_literal, self.values))})"

    def negated(self) -> Condition:
        return Membership(self.field, self.values, not self.among)

    def alternatives(self) -> list[Condition]:
        return [Membership(self.field, (value,)) for value in self.values] if self.among else [self]


@dataclass(frozen=True)
class All(Condition):
    """Conditions that hold together."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)

    def negated(self) -> Condition:
        return any_of(*(part.negated() for part in self.parts))

    def split(self, fits: Callable[[Condition], bool]) -> list[Condition]:
        """Takes the longest part that can be taken apart; each piece of it goes with all the others."""
        places = [place for place, part in enumerate(self.parts) if len(part.alternatives()) > 1]
        if fits(self) or not places:
            return [self]
        longest = max(places, key=lambda place: len(str(self.parts[place])))
        rest = (*self.parts[:longest], *self.parts[longest + 1 :])
        pieces = self.parts[longest].split(lambda part: fits(all_of(*rest, part)))
        return [each for piece in pieces for each in all_of(*rest, piece).split(fits)]


@dataclass(frozen=True)
class Either(Condition):
    """Conditions of which at least one holds."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(f"({part})" if isinstance(part, All) else str(part) for part in self.parts)

    def negated(self) -> Condition:
        return all_of(*(part.negated() for part in self.parts))

    def alternatives(self) -> list[Condition]:
        return [alternative for part in self.parts for alternative in part.alternatives()]


def equals(field: str, value: Value) -> Condition:
    """The field has this value; None: it is null."""
    return Comparison(field, "like", _wild(value)) if _unquotable(value) else Comparison(field, "=", value)


def differs(field: str, value: Value) -> Condition:
    """The field has another value; None: it is not null."""
    return Comparison(field, "!=", value)


def less(field: str, value: Value) -> Condition:
    return Comparison(field, "<", value)


def at_most(field: str, value: Value) -> Condition:
    return Comparison(field, "<=", value)


def greater(field: str, value: Value) -> Condition:
    return Comparison(field, ">", value)


def at_least(field: str, value: Value) -> Condition:
    return Comparison(field, ">=", value)


def like(field: str, pattern: str) -> Condition:
    """The text matches a pattern in which `*` stands for anything; a `*` of its own cannot be escaped."""
    return Comparison(field, "like", _wild(pattern) if _unquotable(pattern) else pattern)


def contains(field: str, text: str) -> Condition:
    return Comparison(field, "like", f"*{_wild(text)}*") if _unquotable(text) else Comparison(field, "contains", text)


def is_in(field: str, values: Iterable[Value]) -> Condition:
    """The field has one of these values, of which there may be any number; see `Condition.split`."""
    wanted = tuple(dict.fromkeys(values))
    odd = [equals(field, value) for value in wanted if value is None or _unquotable(value)]
    plain = tuple(value for value in wanted if not (value is None or _unquotable(value)))
    return any_of(Membership(field, plain) if plain else NOTHING, *odd)


def is_not_in(field: str, values: Iterable[Value]) -> Condition:
    """The field has none of these values, of which there is at least one."""
    wanted = tuple(dict.fromkeys(values))
    if not wanted or None in wanted:
        raise ValueError("`not in` needs values, and null is none")
    return Membership(field, wanted, among=False)


def called(text: str, *fields: str) -> Condition:
    """Records that people may call so: those that have the text in one of these fields; of a field `id`, as number."""
    is_id = text.isascii() and text.isdigit() and int(text) < LARGEST_ID
    parts = [equals(field, int(text) if field == "id" else text) for field in fields if field != "id" or is_id]
    return any_of(*parts) if text else NOTHING


def changed_since(moment: datetime) -> Condition:
    """Records last updated at `moment` (to the second, in UTC) or later; every list understands it."""
    return at_least("lastUpdated", moment)


def all_of(*parts: Condition) -> Condition:
    """All of these hold."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, All) else (part,))]
    if not flat:
        raise ValueError("`all_of` needs a condition")
    if NOTHING in flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(*parts: Condition) -> Condition:
    """At least one of these holds; of none, nothing is found."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Either) else (part,))]
    flat = [part for part in flat if part != NOTHING]
    if not flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def _packed(alternatives: list[Condition], fits: Callable[[Condition], bool]) -> list[Condition]:
    """As many alternatives into each condition as fit, in their order; one too long for itself goes alone."""
    packed: list[Condition] = []
    while alternatives:
        size = _fitting(alternatives, fits)
        if size:
            packed.append(_joined(alternatives[:size]))
        else:
            alone = alternatives[0]
            packed += alone.split(fits) if isinstance(alone, All) else [alone]
        alternatives = alternatives[max(size, 1) :]
    return packed


def _fitting(alternatives: Sequence[Condition], fits: Callable[[Condition], bool]) -> int:
    """How many of the first alternatives fit into one condition: doubled until they do not, then bisected."""
    size = 1
    while size < len(alternatives) and fits(_joined(alternatives[:size])):
        size *= 2
    sizes = range(1, min(size, len(alternatives)) + 1)
    return bisect_left(sizes, 1, key=lambda size: not fits(_joined(alternatives[:size])))


def _joined(alternatives: Sequence[Condition]) -> Condition:
    """Any of these, those of one field as one list."""
    values: dict[str, tuple[Value, ...]] = {}
    others: list[Condition] = []
    for each in alternatives:
        if isinstance(each, Membership) and each.among:
            values[each.field] = (*values.get(each.field, ()), *each.values)
        else:
            others.append(each)
    return any_of(*(Membership(field, wanted) for field, wanted in values.items()), *others)


def _check(field: str) -> None:
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field!r} is no field name; an example is company/identifier")


def _literal(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "True" if value else "False"
        case str():
            return _quoted(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value} names no time zone")
            return f"[{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}]"
        case date():
            return f"[{value:%Y-%m-%d}T00:00:00Z]"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _quoted(text: str) -> str:
    if _unquotable(text):
        raise ValueError(f"a text with both kinds of quotes cannot be compared so: {text!r}")
    mark = "'" if '"' in text else '"'
    return f"{mark}{text.replace('[', '[[]')}{mark}"


def _unquotable(value: Value) -> bool:
    return isinstance(value, str) and '"' in value and "'" in value


def _wild(value: Value) -> str:
    return str(value).replace('"', "*")
