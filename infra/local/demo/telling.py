"""A story of the demo: what people did step by step, and what came of it on the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table


@dataclass(frozen=True)
class Told:
    """What people did, and what came of it (empty: nothing did)."""

    did: str
    came: str


def steps(told: Sequence[Told], title: str, came: str) -> Table:
    """The story as a table; `came` heads the column of what came of it."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("what people do")
    table.add_column(came)
    for one in told:
        table.add_row(one.did, one.came or "nothing")
    return table


def in_vain(told: Sequence[Told], of: str) -> list[str]:
    """What people did to something, and nothing came of it."""
    return [f"of {of}: {one.did}, and nothing came of it" for one in told if not one.came]
