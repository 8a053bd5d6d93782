"""The commands that read the table: links, issues, history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.local.cli.flows import flows_meant
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import WRONG_USE, Failed, on_terminal, say, say_block, say_json, say_table
from shared.sync.again import NOWHERE
from shared.sync.finding import find
from shared.sync.names import counted
from shared.sync.record import FlowKey, Ref

if TYPE_CHECKING:
    from shared.aws.table import Store
    from shared.sync.history import Entry
    from shared.sync.issue import OpenIssue
    from shared.sync.link import Link

ConnectionId = Annotated[str | None, typer.Option("--connection", metavar="ID", help="Only this connection.")]
FlowName = Annotated[str | None, typer.Option("--flow", metavar="FLOW", help="Only this flow.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def links(
    connection: ConnectionId = None,
    flow: FlowName = None,
    json: AsJson = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print as CSV, with each company's address in ConnectWise.")
    ] = False,
    stack: OnStack = None,
) -> None:
    """Show which records are linked: the mapped list."""
    store = open_place(stack).store
    found = [(key, link) for key in flows(store, connection, flow) for link in store.links.all_links(key)]
    if csv:
        say(_as_csv(store, found))
        return
    if json:
        say_json([{"connection": key.connection, "flow": key.flow, **asdict(link)} for key, link in found])
        return
    if on_terminal():
        _tell_links(found)
        return
    say_table(
        ("connection", "kind", "ConnectWise", "", "partner", "", "linked", "how"),
        [
            (
                key.connection, link.kind, link.cw_id, link.cw_name, link.partner_id, link.partner_name,
                shown(link.linked_at), link.how,
            )
            for key, link in found
        ],
    )  # fmt: skip
    say(f"{len(found)} links")


def _tell_links(found: Sequence[tuple[FlowKey, Link]]) -> None:
    """A table for each kind of record, as a terminal has room for it."""
    kinds: dict[tuple[str, str], list[Link]] = {}
    for key, link in found:
        kinds.setdefault((key.connection, link.kind), []).append(link)
    for (connection, kind), rows in kinds.items():
        say_block(f"{connection}, {kind} ({len(rows)})")
        say_table(
            ("ConnectWise", "partner", "linked", "how"),
            [
                (f"{row.cw_id} {row.cw_name}", f"{row.partner_id} {row.partner_name}", shown(row.linked_at), row.how)
                for row in rows
            ],
        )
    say(f"{len(found)} links")


def _as_csv(store: Store, found: Sequence[tuple[FlowKey, Link]]) -> str:
    """The mapped list (EA-20) of all these links."""
    from functions.eautomate_customers.mapped_list import as_csv, mapped_list  # noqa: PLC0415
    from shared.systems.connectwise_psa import page  # noqa: PLC0415

    connections = {connection.id: connection for connection in store.flows.connections()}
    rows = []
    for key in dict.fromkeys(key for key, _ in found):
        psa = connections[key.connection].systems["connectwise_psa"]
        mine = [link for theirs, link in found if theirs == key]
        rows += mapped_list(mine, lambda record, psa=psa: page(psa, "CompanyFV", record))  # type: ignore[misc]
    return as_csv(rows).rstrip()


def issues(connection: ConnectionId = None, flow: FlowName = None, json: AsJson = False, stack: OnStack = None) -> None:
    """Show what a person must settle, and how."""
    store = open_place(stack).store
    connections = dict.fromkeys(key.connection for key in flows(store, connection, flow))
    if connection is None:
        connections[NOWHERE] = None  # what belongs to no connection: failed functions, unreadable messages
    found = [
        issue for name in connections for issue in store.issues.of_connection(name) if flow in (None, issue.flow.flow)
    ]
    if json:
        say_json([asdict(issue) for issue in found])
        return
    if on_terminal():
        _tell_issues(found)
        return
    say_table(
        ("connection", "code", "record", "what happened", "what to do", "since", "next try"),
        [
            (
                item.flow.connection, item.issue.code, item.issue.name, item.issue.message, item.issue.fix,
                shown(item.first_seen), shown(item.due),
            )
            for item in found
        ],
    )  # fmt: skip
    say(counted(len(found), "issue"))


def _tell_issues(found: Sequence[OpenIssue]) -> None:
    """By cause: what to do, once where it is the same for all, and each record with what happened to it."""
    causes: dict[tuple[str, str], list[OpenIssue]] = {}
    for item in sorted(found, key=lambda item: (item.flow.connection, item.issue.code, item.issue.name.text)):
        causes.setdefault((item.flow.connection, item.issue.code), []).append(item)
    for (connection, code), rows in causes.items():
        fixes = {row.issue.fix for row in rows}
        say_block(f"{connection}: {code} ({len(rows)})", *(f"What to do: {fix}" for fix in fixes if len(fixes) == 1))
        for row in rows:
            tries = f"next try {shown(row.due)}" if row.due else "not tried again by itself"
            own = [f"What to do: {row.issue.fix}"] if len(fixes) > 1 else []
            say_block("", f"{row.issue.message}", *own, f"since {shown(row.first_seen)}, {tries}")
        say("")
    say(counted(len(found), "issue"))


def history(
    record: Annotated[
        str,
        typer.Argument(
            metavar="RECORD", help="An id of either system, a number, a name, or an address (cw#company#250)."
        ),
    ],
    connection: ConnectionId = None,
    flow: FlowName = None,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Show what was done to a record, when, by whom, with the values before and after."""
    store = open_place(stack).store
    asked = _address(record)
    found = [entry for key in flows(store, connection, flow) for entry in _of_record(store, key, record, asked)]
    if json:
        say_json([asdict(entry) for entry in found])
        return
    if not found:
        say(f"nothing was done to {record!r} so far; `crosswise why` tells whether such a record is known, and more")
        return
    if on_terminal():
        for entry in found:
            say_block(f"{shown(entry.at)} {entry.by}: {entry.record}", entry.what, *_changes(entry))
        say(counted(len(found), "entry", "entries"))
        return
    say_table(
        ("when", "record", "by", "what", "before", "after"),
        [(shown(e.at), e.record, e.by, e.what, _fields(e.before), _fields(e.after)) for e in found],
    )
    say(counted(len(found), "entry", "entries"))


def flows(store: Store, connection: str | None, flow: str | None) -> list[FlowKey]:
    """The flows meant by the options; Failed where a name is not known."""
    return flows_meant(store.flows.connections(), connection, flow)


def shown(moment: datetime | None) -> str:
    """A moment for people: local time of the machine, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _address(record: str) -> Ref | None:
    """The address that a text is; None if it is a bare id."""
    if "#" not in record:
        return None
    try:
        return Ref.parse(record)
    except ValueError:
        raise Failed(f"{record!r} is no address; one looks like cw#customer-company#250", WRONG_USE) from None


def _of_record(store: Store, key: FlowKey, record: str, asked: Ref | None) -> Sequence[Entry]:
    """The entries of one record, and of the record that it is linked with, oldest first."""
    refs = set(_refs(store, key, record, asked))
    entries = [entry for ref in refs for entry in store.journal.of_record(key, ref)]
    return sorted(entries, key=lambda entry: (entry.at, entry.id))


def _refs(store: Store, key: FlowKey, record: str, asked: Ref | None) -> Iterable[Ref]:
    """The records meant: those that the table finds by the text, and those that only the history knows any more."""
    for found in find(store, [key], record):
        yield from found.refs
    for entry in store.journal.of_flow(key, BEGINNING):
        if entry.record == asked or (asked is None and entry.record.id == record):
            yield entry.record
    for link in store.links.all_links(key):
        ends = (link.ref("cw"), link.ref("partner"))
        if asked in ends or (asked is None and record in (link.cw_id, link.partner_id)):
            yield from ends


def _changes(entry: Entry) -> list[str]:
    """Each field of an entry that another value was given, with its value before and after."""
    names = dict.fromkeys((*entry.before, *entry.after))
    values = {name: (entry.before.get(name), entry.after.get(name)) for name in names}
    return [f"{name}: {before!r} -> {after!r}" for name, (before, after) in values.items() if before != after]


def _fields(fields: Any) -> str:
    return ", ".join(f"{name}: {value}" for name, value in fields.items())
