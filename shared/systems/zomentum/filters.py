"""Builds the `filters` of Zomentum's lists: `field:op:value;field:op:value;`, all of which must hold.

The form and the operator `eq` are documented; `gte`, `lt` and `in` are **assumed**. How a `;` is put into a value, or a
`,` into one of several, is told nowhere: such a value is not sent at all. That costs only reading more, since every
record that comes is held against the filter here as well, and left out where it does not meet it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.sync.record import fold
from shared.systems.values import Moment

CREATED, UPDATED = "created_at", "updated_at"

_MOMENT: TypeAdapter[datetime | None] = TypeAdapter(Moment)
_TICK = timedelta(milliseconds=1)


class Filter(ABC):
    """One condition on a list."""

    @abstractmethod
    def sent(self) -> str:
        """As it stands in the query; empty where it cannot be sent."""

    @abstractmethod
    def met_by(self, row: Mapping[str, Any]) -> bool:
        """Whether a record, as Zomentum shows it, meets it; so it does where it does not show the field."""

    def split(self, fits: Callable[[Filter], bool]) -> Sequence[Filter]:
        """Filters that together find what this one finds, each short enough to be sent (`fits`)."""
        del fits
        return [self]


@dataclass(frozen=True)
class IsIn(Filter):
    """The field has one of these values; texts are compared without regard to case and blanks at the ends."""

    field: str
    values: tuple[str, ...]

    def sent(self) -> str:
        if any(";" in value for value in self.values):
            return ""
        if len(self.values) == 1:
            return f"{self.field}:eq:{self.values[0]};"
        return f"{self.field}:in:{','.join(self.values)};"

    def met_by(self, row: Mapping[str, Any]) -> bool:
        return self.field not in row or fold(str(row[self.field] or "")) in {fold(value) for value in self.values}

    def split(self, fits: Callable[[Filter], bool]) -> Sequence[Filter]:
        """Values that hold a comma, or a semicolon, each alone: nobody knows how they were told apart."""
        plain = [value for value in self.values if "," not in value and ";" not in value]
        parts: list[Filter] = [IsIn(self.field, (value,)) for value in self.values if "," in value or ";" in value]
        while plain:
            size = len(plain)
            while size > 1 and not fits(IsIn(self.field, tuple(plain[:size]))):
                size //= 2
            parts.append(IsIn(self.field, tuple(plain[:size])))
            plain = plain[size:]
        return parts


@dataclass(frozen=True)
class Between(Filter):
    """The field is a moment from `first` on and before `end`; None: no bound on that side."""

    field: str
    first: datetime | None = None
    end: datetime | None = None

    def sent(self) -> str:
        bounds = (("gte", self.first), ("lt", self.end))
        return "".join(f"{self.field}:{operator}:{_written(at)};" for operator, at in bounds if at)

    def met_by(self, row: Mapping[str, Any]) -> bool:
        at = told_at(row, self.field)
        return at is None or ((self.first is None or at >= self.first) and (self.end is None or at < self.end))


def equals(field: str, value: str) -> Filter:
    return IsIn(field, (value,))


def is_in(field: str, values: Iterable[str]) -> Filter:
    """The field has one of these values, of which there may be any number; of none, nothing is found."""
    return IsIn(field, tuple(dict.fromkeys(values)))


def changed_since(moment: datetime) -> Filter:
    """Records last changed at `moment` or later; created, too, where a creation counts as a change (assumed)."""
    return Between(UPDATED, first=to_tick(moment))


def created_since(moment: datetime) -> Filter:
    """Records created at `moment` or later: where the result of a lost create is looked for."""
    return Between(CREATED, first=to_tick(moment))


def told_at(row: Mapping[str, Any], field: str) -> datetime | None:
    """The moment in a field of a record as Zomentum shows it; None where there is none that can be read."""
    try:
        return _MOMENT.validate_python(row.get(field))
    except ValidationError:
        return None


def to_tick(moment: datetime) -> datetime:
    """A moment down to the millisecond, as it can be written."""
    at = moment.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def after_tick(moment: datetime) -> datetime:
    """The first moment that can be written and is later."""
    return to_tick(moment) + _TICK


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
