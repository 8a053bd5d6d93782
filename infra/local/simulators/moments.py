"""Moments as simulated systems write them in JSON: UTC, to the second or the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime


def to_the_second(moment: datetime) -> str:
    """`2026-11-02T09:30:00Z`; what is less than a second is cut off."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def to_the_millisecond(moment: datetime) -> str:
    """`2026-11-02T09:30:00.250Z`; what is less than a millisecond is cut off."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
