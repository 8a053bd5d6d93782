"""What a test or a demo may set about the simulated Automate server, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Settings:
    """Who may log in, how long tokens live, and what the server leaves out or insists on.

    `two_factor`: the passcode that a login must bring, if any. `client_ids`: those that are known; None: any will do.
    `zone`: what the server's local time is ahead of UTC; `zoned` says whether it tells so with an ExpirationDate, which
    is told later than it is by `told_late`.
    `may_not` holds operations (`GET Computers`) to which the user has no right. `total_count`: whether lists tell how
    long they are. `largest_page`: pages are cut to this size, whatever is asked for.
    """

    user: str = "demo"
    password: str = "demo"  # noqa: S105 (what the simulator takes)
    two_factor: str = ""
    client_ids: frozenset[str] | None = None
    local_login: bool = True
    token_life: timedelta = timedelta(hours=1)
    refresh_life: timedelta = timedelta(hours=24)
    zone: timedelta = timedelta(hours=-5)
    zoned: bool = True
    told_late: timedelta = timedelta(0)
    total_count: bool = True
    largest_page: int = 1000
    may_not: frozenset[str] = frozenset()
