"""What a test or a demo may set about the simulated Zomentum, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Order = Literal["updated", "newest", "oldest", "shuffled"]
Answers = Literal["record", "wrapped", "id"]


@dataclass
class Settings:
    """Who may call, in what order lists come, and how what nobody documented is answered.

    `order`: what changed last first, what was made last or first comes first, or another order for each answer.
    `answers`: one record is answered as it is, within `data`, or, where it was written, by its id alone. `missing`: the
    status for an id that is not there. `largest_page`: pages are cut to this size, whatever is asked for. `counts`:
    whether lists tell how long they are. `heeds`: the fields whose filters have any effect; None: all. `may_not` holds
    operations (`GET items`) to which the API user has no right. `rotates`: a refresh gives a new refresh token, too.
    """

    refresh_token: str = "demo"  # noqa: S105 (what the simulator takes)
    token_life: timedelta = timedelta(hours=24)
    rotates: bool = False
    order: Order = "updated"
    answers: Answers = "record"
    missing: int = 404
    largest_page: int = 1000
    counts: bool = True
    heeds: frozenset[str] | None = None
    may_not: frozenset[str] = frozenset()
