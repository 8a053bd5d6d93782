"""What an outside system tells us by itself (a callback, a webhook), as changes for the flows that asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from shared.sync.change import Change, change
from shared.sync.flow import Flow
from shared.sync.record import FlowKey, Ref, side_of

Flows = Iterable[type[Flow[Any]]]


def types_told(flows: Flows, system: str) -> list[str]:
    """The types of records of which these flows want to be told by a system, sorted."""
    return sorted({kind for flow in flows for kind in flow.callbacks.get(system, {})})


def told(
    connection: str, flows: Flows, system: str, type_: str, record: str, *, occasion: str, at: datetime
) -> Sequence[Change]:
    """A change of this record for each flow that wants it; none where no flow knows the type.

    It says only that the record may differ: what a message claims about it is never believed, but read.
    """
    side = side_of(system)
    return [
        change(FlowKey(connection, flow.name), Ref(kind, side, record), occasion, at).model_copy(update={"hint": True})
        for flow in flows
        if (kind := flow.callbacks.get(system, {}).get(type_)) is not None
    ]
