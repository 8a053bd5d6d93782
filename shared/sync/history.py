"""History: what was done to a record, when, by whom, with the values before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.sync.record import Fields, FlowKey, Ref


@dataclass(frozen=True)
class Entry:
    """One thing done to one record. `id` orders entries by time; `by` is `sync` or a person.

    `before` and `after` hold only the fields concerned; `what` says it in words.
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
