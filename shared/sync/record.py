"""How a record is named and compared: its address in a flow, and the hash of its mapped fields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Side = Literal["cw", "partner"]
SIDES: tuple[Side, Side] = ("cw", "partner")
OTHER: Mapping[Side, Side] = {"cw": "partner", "partner": "cw"}
Fields = Mapping[str, Any]

_SYSTEMS_OF_CONNECTWISE = {"connectwise_psa", "connectwise_automate"}


def side_of(system: str) -> Side:
    """The side on which an outside system stands."""
    return "cw" if system in _SYSTEMS_OF_CONNECTWISE else "partner"


@dataclass(frozen=True, order=True)
class Ref:
    """The address of one record within a flow: the kind of pair it belongs to, its side, its id there.

    `kind` is a kind of pair such as `customer-company`; `id` is the system's own lasting id as text.
    """

    kind: str
    side: Side
    id: str

    def __str__(self) -> str:
        return f"{self.side}#{self.kind}#{quote(self.id)}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The inverse of `str()`; raises ValueError where the text is no address."""
        side, kind, key = text.split("#")
        if side not in ("cw", "partner"):
            raise ValueError(f"{text!r} names no side")
        return cls(kind, side, unquote(key))  # type: ignore[arg-type]


@dataclass(frozen=True, order=True)
class FlowKey:
    """One flow of one connection."""

    connection: str
    flow: str


@dataclass(frozen=True)
class Name:
    """What a person calls a record: its name and number, and where to open it (`url` empty if nowhere)."""

    text: str
    url: str = ""

    def __str__(self) -> str:
        return self.text


NAMELESS = Name("")


def fold(text: str) -> str:
    """How names, numbers and codes are compared: blanks at either end and letter case aside."""
    return text.strip().casefold()


def quote(text: str) -> str:
    """A key part that holds no `#`, so that joined keys stay unambiguous."""
    return text.replace("%", "%25").replace("#", "%23")


def unquote(text: str) -> str:
    """The inverse of `quote`."""
    return text.replace("%23", "#").replace("%25", "%")


def canonical(value: object) -> str:
    """One JSON text for one value, whatever the order of its keys: sorted, compact, Decimals by value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def digest(value: object) -> str:
    """Hex SHA-256 of `canonical(value)`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def fields_hash(fields: Fields | None) -> str:
    """What a link keeps of one side's mapped fields; empty where that side has no record."""
    return "" if fields is None else digest(dict(fields))[:32]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (tuple, set, frozenset)):
        return sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    if isinstance(value, Mapping):
        return dict(value)
    to_json = getattr(value, "to_json", None)
    if to_json is not None:
        return to_json()
    raise TypeError(f"{type(value).__name__} has no place in a record's fields")
