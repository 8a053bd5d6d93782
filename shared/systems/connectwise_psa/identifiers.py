"""Company IDs for companies that are created in ConnectWise: readable, A-Z and 0-9 only, at most 25 characters."""

from __future__ import annotations

import re

LENGTH = 25


def plain(text: str) -> str:
    """A text as a Company ID can have it, of any length."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def choices(name: str, *suffixes: str) -> tuple[str, ...]:
    """Company IDs to try for a company of this name, best first: the name, then the name with each suffix behind it."""
    base = plain(name)
    joined = (base[: LENGTH - len(end)] + end for end in map(plain, suffixes))
    return tuple(dict.fromkeys(one for one in (base[:LENGTH], *joined) if one))
