"""The handler of the clock's schedule."""

from __future__ import annotations

from typing import Any

from functions.wiring import runtime
from shared.sync.due import send_due
from shared.sync.ports import Store
from shared.sync.record import FlowKey

PAUSES_EVERY = 15
"""Minutes from one count of paused flows to the next: it reads every flow's state. The alarm's period is the same."""


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    here = runtime()
    sent = send_due(here.store, here.queue, here.clock)
    if here.clock.now().minute % PAUSES_EVERY == 0:
        here.tally.paused(paused_flows(here.store))
    return {"sent": sent}


def paused_flows(store: Store) -> int:
    """How many flows of all connections are paused; ConfigurationWrong where a connection cannot be read."""
    return sum(
        bool(store.flows.state(FlowKey(connection.id, flow)).paused)
        for connection in store.flows.connections()
        for flow in connection.flows
    )
