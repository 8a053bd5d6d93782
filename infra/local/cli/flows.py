"""The flows that a command is about, by its options, and what the template calls a flow's parts."""

from __future__ import annotations

from collections.abc import Iterable

from infra.local.cli.screen import WRONG_USE, Failed
from shared.sync.connection import Connection
from shared.sync.record import FlowKey


def flows_meant(connections: Iterable[Connection], connection: str | None, flow: str | None) -> list[FlowKey]:
    """The flows of this connection (None: of all) that are called so (None: all); Failed where a name is not known."""
    known = {one.id: one for one in connections}
    if connection is not None and connection not in known:
        raise Failed(f"there is no connection {connection!r}; there is {_listed(known)}", WRONG_USE)
    used = [FlowKey(one.id, name) for one in known.values() if connection in (None, one.id) for name in one.flows]
    found = [key for key in used if flow in (None, key.flow)]
    if flow is not None and not found:
        where = f"connection {connection!r}" if connection else "any connection"
        names = _listed({key.flow for key in used})
        raise Failed(f"flow {flow!r} is not in use in {where}; in use: {names}", WRONG_USE)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def camel(name: str) -> str:
    """A flow or function as template.yaml names it: `eautomate_customers` is EautomateCustomers; others stay."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
