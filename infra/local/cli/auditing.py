"""The command `audit`: how each record of Zomentum's flows stands, with its pages in both systems, or the reason."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from infra.local.cli.flows import flows_meant
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import WRONG_USE, Failed, say, say_json, say_table
from infra.local.cli.showing import AsJson, ConnectionId, FlowName, shown
from shared.partners import zomentum_audit
from shared.partners.zomentum_audit import FLOWS, AuditLine


def audit(
    connection: ConnectionId = None,
    flow: FlowName = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only records in trouble.")] = False,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Show how each record of Zomentum's flows stands: its pages in both systems, or why it did not sync."""
    if flow is not None and flow not in FLOWS:
        raise Failed(f"there is no audit log of {flow!r}; there is one of {', '.join(FLOWS)}", WRONG_USE)
    store = open_place(stack).store
    connections = {one.id: one for one in store.flows.connections()}
    keys = [key for key in flows_meant(list(connections.values()), connection, flow) if key.flow in FLOWS]
    found = [
        (key.connection, line)
        for key in keys
        for line in zomentum_audit.audit(
            connections[key.connection],
            key,
            store.links.all_links(key),
            store.issues.of_connection(key.connection),
        )
        if not (failed and line.ok)
    ]
    if json:
        say_json([{"connection": name, **asdict(line)} for name, line in found])
        return
    say_table(
        ("connection", "record", "name", "stands", "since", "go to"),
        [(name, line.record, line.name, _stands(line), shown(line.since), _go_to(line)) for name, line in found],
    )
    say(f"{len(found)} records")


def _stands(line: AuditLine) -> str:
    return "success" if line.ok else f"error: {line.reason}"


def _go_to(line: AuditLine) -> str:
    return line.in_connectwise or line.in_zomentum
