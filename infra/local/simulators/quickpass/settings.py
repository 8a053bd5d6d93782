"""What a test or a demo may set about the simulated Quickpass, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Settings:
    """Who may call, and what the tenant offers.

    `end_users`: whether there are endpoints of end users at all; the public API is told to have customers only.
    `write_back`: whether an end user's `psaContactId` can be written. `page_size`: of lists. `may_not` holds operations
    (`GET customers`) to which the dashboard user has no right.
    """

    refresh_token: str = "demo"  # noqa: S105 (what the simulator takes)
    token_life: timedelta = timedelta(hours=24)
    rotates: bool = False
    end_users: bool = True
    write_back: bool = True
    page_size: int = 500
    may_not: frozenset[str] = frozenset()
