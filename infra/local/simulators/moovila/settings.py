"""What a test or a demo may set about the simulated Moovila, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answers = Literal["record", "id"]


@dataclass
class Settings:
    """Who may call, and how what nobody documented is answered.

    `answers`: a write is answered with the record, or with its id alone. `codes`: whether errors have codes.
    `largest_page`: pages are cut to this size, whatever is asked for. `may_not` holds operations (`GET notes`) to which
    the key has no right.
    """

    api_key: str = "demo"
    answers: Answers = "record"
    codes: bool = True
    largest_page: int = 1000
    may_not: frozenset[str] = frozenset()
