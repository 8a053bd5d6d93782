"""History: what was done to a record, when, by whom, with the values before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.sync.errors import FailedRequest
from shared.sync.record import SIDES, Fields, FlowKey, Ref

BY_HAND = "asked by a person"
"""The occasion of what a person did himself, in place of having a record looked at."""


@dataclass(frozen=True)
class Entry:
    """One thing done to one record. `id` orders entries by time; `by` is `sync` or a person.

    `before` and `after` hold only the fields concerned; `what` says it in words. Of a `conflict`, `before` is the value
    that was given up, `after` the one that was kept. Of a `request` that failed nothing was done.
    """

    flow: FlowKey
    record: Ref
    id: str
    at: datetime
    by: str
    what: str
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    occasion: str = ""
    conflict: bool = False
    request: FailedRequest | None = None

    @property
    def links(self) -> bool:
        """Whether it tells that the record was linked, which a record created under an intent is in the same write."""
        return all(side in self.after for side in SIDES)
