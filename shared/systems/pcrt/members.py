"""PCRT's list of Additional Members as text: PCIDs with commas between them.

The column is the shop's own and nothing is published of it; this format is assumed. Blanks and semicolons are taken for
commas, any order and repetition is read, and what is no PCID is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LARGEST = 2**31 - 1


def read(text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The PCIDs of a list, each once, in ascending order; and what else stands in it."""
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    pcids = {part: number(part) for part in parts}
    found = sorted({pcid for pcid in pcids.values() if pcid is not None})
    return tuple(found), tuple(part for part, pcid in pcids.items() if pcid is None)


def write(pcids: Iterable[int]) -> str:
    """The list as it is stored: each PCID once, in ascending order."""
    return ",".join(map(str, sorted(set(pcids))))


def number(text: str) -> int | None:
    """An id above 0 as PCRT's columns hold it; None for any other text."""
    text = text.strip()
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return found if 0 < found <= _LARGEST else None
