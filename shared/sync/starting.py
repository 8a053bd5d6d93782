"""Flows that run only once a person has started them, with just the settings that were checked then (ADR-0014).

What is started is one document: the settings of every flow of that partner, and which tenants they join. Whoever
changes any of it has a new candidate, which runs when it was checked and started itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.sync.connection import Connection
from shared.sync.flow import Flow
from shared.sync.ports import FlowState, Store
from shared.sync.record import digest

Flows = Iterable[type[Flow[Any]]]


def document(flow: type[Flow[Any]], connection: Connection) -> str:
    """Names what is started together with this flow, as the connection has it now.

    Settings as they are written, so that a default that a later version adds is no change.
    """
    together = {name: said for name, said in connection.flows.items() if name.startswith(f"{flow.starts}_")}
    tenants = {name: connection.systems.get(name) for name in flow.systems}
    where = {name: [system.base_url, system.company] if system else None for name, system in tenants.items()}
    return digest([together, where])[:16]


def not_started(flow: type[Flow[Any]], connection: Connection, state: FlowState) -> str:
    """Why the flow may not run yet, in words; empty where it may."""
    if not flow.starts or state.started == document(flow, connection):
        return ""
    what = "were changed, and the new ones are" if state.started else "are"
    return f"its settings {what} not started yet: crosswise start {connection.id}"


def stands(store: Store, flow: type[Flow[Any]], connection: Connection, state: FlowState, now: datetime) -> bool:
    """Whether the flow must not run, since it is not started; it is paused then, so that nothing of it is due."""
    reason = not_started(flow, connection, state)
    if not reason:
        return False
    store.flows.pause(state.key, reason)
    current = store.flows.connection(connection.id)
    if current is not None and not not_started(flow, current, store.flows.state(state.key)):
        store.flows.resume(state.key, now)  # somebody has started it in between
    return True


def to_start(flows: Flows) -> list[type[Flow[Any]]]:
    """Those of these flows that a person must start."""
    return [flow for flow in flows if flow.starts]
