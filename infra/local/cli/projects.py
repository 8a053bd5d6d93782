"""The commands on projects and their syncs: `projects` lists them; refresh, enable, disable, disconnect, pair-anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from infra.local.cli.desk import By, Desk, Record, at_work, record_of
from infra.local.cli.operating import Reason, WhichConnection, connection_of
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import Failed, say, say_block, say_json, say_table
from infra.local.cli.showing import AsJson, ConnectionId, FlowName, flows
from shared.sync.link import Link, Seen
from shared.sync.names import PSA, counted
from shared.sync.record import FlowKey, Ref
from shared.sync.turn_list import Row, shown, turn_list
from shared.systems.connectwise_psa.session import site

if TYPE_CHECKING:
    from shared.aws.table import Store

COLUMNS = (
    "customer", "in Moovila", "in ConnectWise", "id", "sync", "status", "last sync completed", "last delta",
    "last comprehensive", "last import",
)  # fmt: skip


def projects(
    connection: WhichConnection,
    text: Annotated[str, typer.Option("--filter", metavar="TEXT", help="Only those with this in their names.")] = "",
    by_board: Annotated[bool, typer.Option("--by-board", help="Board by board.")] = False,
    disabled: Annotated[bool, typer.Option("--disabled", help="Also those that are disabled or disconnected.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Also those that are archived in Moovila.")] = False,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Show the projects that are kept in step, and what the sync of each is doing."""
    store = open_place(stack).store
    used = connection_of(store, connection)
    zone, psa = used.zone, used.systems.get(PSA)
    every = [row for key in flows(store, connection, None) for row in turn_list(store, key)]
    rows = shown(every, text=text, disabled=disabled, archived=archived)
    if json:
        say_json([asdict(row) for row in rows])
        return
    for board, group in _boards(rows) if by_board else [("", rows)]:
        if by_board:
            say_block(board or "(no board)")
        say_table(COLUMNS, [_cells(row, zone) for row in group])
    hidden = len(shown(every, text=text, disabled=True, archived=True)) - len(rows)
    say(counted(len(rows), "project") + (f"; disabled or archived: {hidden} more" if hidden else ""))
    if psa is not None:
        say(f"ConnectWise: {site(psa)}")


def project(
    record: Record, connection: ConnectionId = None, flow: FlowName = None, json: AsJson = False, stack: OnStack = None
) -> None:
    """Show one project: whether it is synced, what its sync is doing, and when it last did what."""
    store = open_place(stack).store
    key, scope = scope_of(store, connection, flow, record)
    row = next((row for row in turn_list(store, key) if row.record == scope), None)
    if row is None:
        raise Failed(f"{record!r} is no project that is kept in step; `crosswise why` tells more of it")
    if json:
        say_json(asdict(row))
        return
    cells = _cells(row, connection_of(store, key.connection).zone)
    for name, cell in zip((*COLUMNS, "board"), (*cells, row.board), strict=True):
        say(f"{name}: {cell}")
    say(f"`crosswise log {key.connection} --record {scope}` shows what was done of late")


def _of_a_project(do: Callable[[Desk, FlowKey, Ref], str]) -> Callable[..., None]:
    """The command that does this to a project, by its name and docstring; `do` answers what is said of it."""

    def command(
        record: Record, connection: ConnectionId = None, flow: FlowName = None, by: By = None, stack: OnStack = None
    ) -> None:
        with _scope(record, connection, flow, by, stack) as (desk, key, scope, name):
            say(f"{name} {do(desk, key, scope)}")

    command.__name__, command.__doc__ = do.__name__, do.__doc__
    return command


@_of_a_project
def refresh(desk: Desk, key: FlowKey, scope: Ref) -> str:
    """Sync one project now, both ways; only while it is Idle."""
    turn = desk.operator.sync(key, scope)
    zone = connection_of(desk.store, key.connection).zone
    when = f"when the last one is ten minutes over, at {shown_at(turn.due, zone)}"
    return f"is synced {when if turn.status == 'Requested' else 'now'}"


@_of_a_project
def enable(desk: Desk, key: FlowKey, scope: Ref) -> str:
    """Let a disabled project be synced again; everything of it is compared once."""
    desk.operator.enable(key, scope)
    return "is enabled, and is compared as a whole now"


def disable(
    record: Record,
    reason: Reason,
    connection: ConnectionId = None,
    flow: FlowName = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Leave a project out of the sync until `enable`; a sync that is under way ends first."""
    with _scope(record, connection, flow, by, stack) as (desk, key, scope, name):
        desk.operator.disable(key, scope, reason)
        say(f"{name} is disabled: nothing flows either way")


def disable_all(connection: WhichConnection, reason: Reason, by: By = None, stack: OnStack = None) -> None:
    """Disable every project of a connection at once; each can be enabled again."""
    with at_work(by, stack) as desk:
        connection_of(desk.store, connection)
        names = [name for key in flows(desk.store, connection, None) for name in desk.operator.disable_all(key, reason)]
        for name in names:
            say(f"{name} is disabled")
        told = f"new ones still come, unless `crosswise pause {connection}` stops the flow"
        say(f"{counted(len(names), 'project')}; {told}")


def disconnect(
    record: Record,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The project's name again, to confirm it.")],
    connection: ConnectionId = None,
    flow: FlowName = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """End the sync of a project for good. This cannot be undone; `disable` can."""
    with _scope(record, connection, flow, by, stack) as (desk, key, scope, called):
        desk.operator.disconnect(key, scope, name)
        say(f"{called} is disconnected for good: nothing flows either way")


@_of_a_project
def pair_anew(desk: Desk, key: FlowKey, scope: Ref) -> str:
    """Make a new pair of a disconnected project's two records; nothing is written before it is approved."""
    desk.operator.pair_anew(key, scope)
    return f"is a new pair: `crosswise preview {key.flow}` lists what it would write, once it was compared"


@contextmanager
def _scope(
    record: str, connection: str | None, flow: str | None, by: str | None, stack: str | None
) -> Iterator[tuple[Desk, FlowKey, Ref, str]]:
    """The project that a text means: whose sync it is, and what it is called."""
    with at_work(by, stack) as desk:
        key, scope = scope_of(desk.store, connection, flow, record)
        yield desk, key, scope, desk.operator.named(key, scope)


def scope_of(store: Store, connection: str | None, flow: str | None, record: str) -> tuple[FlowKey, Ref]:
    """The project that a text means, or of which it means a part; Failed where it is none, or more than one."""
    found = record_of(store, connection, flow, record)
    state = found.state
    whole = state.scope if isinstance(state, Link | Seen) else None
    return found.key, whole or (state.ref("cw") if isinstance(state, Link) else found.record)


def _boards(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """MV-07: board by board, both in the order of the alphabet."""
    ordered = sorted(rows, key=lambda row: row.board.casefold())
    return ((board, list(group)) for board, group in groupby(ordered, key=lambda row: row.board))


def _cells(row: Row, zone: ZoneInfo) -> tuple[str, ...]:
    completed = shown_at(row.last_completed, zone) + (f" ({row.last_mode.capitalize()})" if row.last_mode else "")
    status = row.status + (f" (due {shown_at(row.due, zone)})" if row.due else "")
    sync = f"{row.sync}: {row.why}" if row.why else row.sync
    times = (row.last_delta, row.last_comprehensive, row.last_import)
    names = (row.customer, row.partner_name, row.cw_name, row.record.id)
    return (*names, sync, status, completed, *(shown_at(at, zone) for at in times))


def shown_at(at: datetime | None, zone: ZoneInfo) -> str:
    """A moment as the connection's people call it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


COMMANDS = (projects, project, refresh, enable, disable, disable_all, disconnect, pair_anew)
