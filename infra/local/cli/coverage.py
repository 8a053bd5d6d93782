"""The command `coverage`: which computers plans cover, what changed, and what a technician has to settle by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from functions.pcrt_coverage.report import Report, report
from functions.pcrt_coverage.situations import FLOW
from infra.local.cli.flows import flows_meant
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import say, say_json
from infra.local.cli.showing import AsJson, ConnectionId, shown
from shared.sync.clock import SystemClock

if TYPE_CHECKING:
    from shared.aws.table import Store
    from shared.sync.record import FlowKey

Hours = Annotated[int, typer.Option(min=1, metavar="HOURS", help="What is new: seen or changed within so many hours.")]


def coverage(connection: ConnectionId = None, hours: Hours = 24, json: AsJson = False, stack: OnStack = None) -> None:
    """Show what the coverage flow did, which lists changed, and what a technician is to settle by hand and how."""
    store = open_place(stack).store
    keys = flows_meant(store.flows.connections(), connection, FLOW)
    found = {key.connection: read_report(store, key, hours) for key in keys}
    if json:
        say_json([{"connection": name, **asdict(one)} for name, one in found.items()])
        return
    say("\n\n".join("\n".join(told(name, one)) for name, one in found.items()))


def read_report(store: Store, key: FlowKey, hours: int) -> Report:
    """The report of one connection, of the last so many hours."""
    since = SystemClock().now() - timedelta(hours=hours)
    return report(
        store.flows.state(key),
        store.links.everything(key),
        store.issues.of_connection(key.connection),
        store.proposals.of_flow(key),
        store.journal.of_flow(key, since),
        since,
    )


def told(connection: str, found: Report) -> Iterator[str]:
    """A report as lines of text."""
    yield f"{connection}: clients linked {found.clients}, without a group of their own {found.waiting}"
    yield f"  last run {shown(found.last_run) or 'never'}, next run {shown(found.next_run) or 'not due'}"
    if found.paused:
        yield f"  paused: {found.paused}"
    if found.asked:
        yield f"  {found.asked} proposals wait for approval (crosswise preview {FLOW}, crosswise approve {FLOW})"
    yield f"  lists rewritten since {shown(found.since)}: {len(found.changes)}"
    for change in found.changes:
        came = f" added {', '.join(map(str, change.added))}." if change.added else ""
        left = f" Taken out {', '.join(map(str, change.removed))}." if change.removed else ""
        yield f"    subscription {change.subscription}:{came}{left} {change.why} ({change.by}, {shown(change.at)})"
    yield f"  issues settled since then: {len(found.settled)}"
    yield from (f"    {one.code}: {one.said}" for one in found.settled)
    for section in found.sections:
        new = f", {section.new} new" if section.new else ""
        yield ""
        yield f"{section.title} ({len(section.rows)}{new})"
        yield f"  What to do: {section.fix}"
        for row in section.rows:
            mark = "new " if row.new else ""
            yield f"  * {mark}{row.message}{' (muted)' if row.muted else ''}"
            if row.fix:
                yield f"    {row.fix}"
            if row.url:
                yield f"    {row.url}"
