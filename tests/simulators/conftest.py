"""Fixtures of the simulators' tests: a clock that tests turn, and where the vendors' contract lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

CONTRACT = Path(__file__).parents[3] / "shared" / "contract"


class TurnableClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Move ahead by the arguments of a timedelta."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture(scope="session")
def contract() -> Path:
    """The folder of the vendors' contract, which is no part of the project."""
    if not CONTRACT.is_dir():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    return CONTRACT
