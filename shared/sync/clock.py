"""Time and ids, handed in so that every run can be repeated."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time: aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Ids(Protocol):
    """A source of ids."""

    def token(self) -> str:
        """A new id, never given before."""
        ...


class RandomIds:
    """Ids from the operating system's random source."""

    def token(self) -> str:
        return uuid.uuid4().hex


def stamp(moment: datetime) -> str:
    """A moment as fixed-width ISO text in UTC, `2026-11-21T08:30:00.000000Z`, which sorts as it happened."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The inverse of `stamp`; takes any ISO 8601 text that names its zone."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return value.astimezone(UTC)
