"""The command `log`: what was done for a connection or a project of late, and which requests failed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from infra.local.cli.operating import WhichConnection, connection_of
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.projects import scope_of, shown_at
from infra.local.cli.screen import say, say_json, say_table
from infra.local.cli.showing import AsJson, FlowName, flows
from shared.sync.clock import SystemClock
from shared.sync.history import Entry
from shared.sync.link import Link
from shared.sync.names import counted
from shared.sync.record import FlowKey, Ref

if TYPE_CHECKING:
    from shared.aws.table import Store

Kept = Annotated[int, typer.Option("--days", min=1, max=400, help="So many days; failed requests are kept for 90.")]


def log(
    connection: WhichConnection,
    record: Annotated[
        str | None, typer.Option("--record", metavar="RECORD", help="Only of this project and all its parts.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only requests that failed.")] = False,
    flow: FlowName = None,
    days: Kept = 90,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Show what was done and decided of late, conflicts, deletions and failed requests among it."""
    store = open_place(stack).store
    zone = connection_of(store, connection).zone
    since = SystemClock().now() - timedelta(days=days)
    if record is not None:
        key, scope = scope_of(store, connection, flow, record)
        found = [one for one in _of_scope(store, key, scope) if one.at >= since]
    else:
        found = [one for key in flows(store, connection, flow) for one in store.journal.of_flow(key, since)]
    entries = sorted((one for one in found if one.request or not failed), key=lambda one: (one.at, one.id))
    if json:
        say_json([asdict(one) for one in entries])
    elif failed:
        columns = ("when", "record", "system", "method", "path", "status", "reason")
        say_table(columns, [_request(one, zone) for one in entries])
        say(counted(len(entries), "request"))
    else:
        rows = [(shown_at(one.at, zone), one.record, one.by, one.what) for one in entries]
        say_table(("when", "record", "by", "what"), rows)
        say(counted(len(entries), "entry", "entries"))


def _request(entry: Entry, zone: ZoneInfo) -> tuple[object, ...]:
    asked = entry.request
    assert asked is not None
    when: datetime = entry.at
    status = asked.status or "no answer"
    return (shown_at(when, zone), entry.record, asked.system, asked.method, asked.path, status, asked.reason)


def _of_scope(store: Store, key: FlowKey, scope: Ref) -> list[Entry]:
    """MV-34: the entries of a project under either of its addresses, and of all its parts."""
    links = [one for one in store.links.all_links(key) if scope in (one.scope, one.ref("cw"), one.ref("partner"))]
    refs = dict.fromkeys([scope, *(ref for one in links for ref in _ends(one))])
    return [entry for ref in refs for entry in store.journal.of_record(key, ref)]


def _ends(link: Link) -> tuple[Ref, Ref]:
    return link.ref("cw"), link.ref("partner")
