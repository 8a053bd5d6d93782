"""Records that a person loads from a file, where a system tells them in no other way: kept as they were, row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.sync.record import FlowKey


@dataclass(frozen=True)
class Row:
    """One row of a file: its own lasting id, and its fields by our names."""

    id: str
    fields: Mapping[str, str]


Reader = Callable[[str], Sequence[Row]]
"""The rows that were loaded for a scope of one flow, say a customer, in the order of their ids."""


class Imported(Protocol):
    """What was loaded, by flow and scope."""

    def rows(self, key: FlowKey, scope: str) -> Sequence[Row]:
        """Every row of a scope, by id, read consistently; none where nothing was loaded."""
        ...

    def put(self, key: FlowKey, scope: str, rows: Sequence[Row]) -> int:
        """Adds rows, or replaces those of the same ids where they differ; all others stay. Returns how many it wrote.

        Cut short, it is completed by putting the same rows again.
        """
        ...

    def remove(self, key: FlowKey, scope: str, ids: Collection[str]) -> None:
        """Takes rows away."""
        ...


def nothing(_scope: str) -> Sequence[Row]:
    """Reads for a flow that has no imports."""
    return ()
