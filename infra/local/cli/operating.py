"""The commands by which a person works on records, issues and flows: retry, mute, cancel, relink, pause and more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from infra.local.cli.desk import By, Desk, Record, at_work
from infra.local.cli.glancing import glanced
from infra.local.cli.place import OnStack
from infra.local.cli.screen import WRONG_USE, Failed, complain, progress, say
from infra.local.cli.showing import ConnectionId, FlowName
from shared.sync.connection import Connection
from shared.sync.finding import Found
from shared.sync.issue import OpenIssue
from shared.sync.link import Link
from shared.sync.operating import Operator
from shared.sync.ports import Store
from shared.sync.record import OTHER, Ref

Code = Annotated[str | None, typer.Option(metavar="CODE", help="Only the issue of this code.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever reads the history.")]
WhichConnection = Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection, by its id.")]
WhichFlow = Annotated[str | None, typer.Argument(metavar="[FLOW]", help="One of its flows; else all.")]


def _of_each_issue(do: Callable[[Operator, OpenIssue], str]) -> Callable[..., None]:
    """The command that does this to a record's issues, by its name and docstring; `do` answers what is said of one."""

    def command(
        record: Record,
        code: Code = None,
        connection: ConnectionId = None,
        flow: FlowName = None,
        by: By = None,
        stack: OnStack = None,
    ) -> None:
        with at_work(by, stack) as desk:
            for issue in _issues(desk.the_record(connection, flow, record), code):
                say(f"{issue.issue.code} of {issue.issue.name} {do(desk.operator, issue)}")

    command.__name__, command.__doc__ = do.__name__, do.__doc__
    return command


@_of_each_issue
def retry(operator: Operator, issue: OpenIssue) -> str:
    """Try a record's issues again now."""
    sent = operator.retry(issue)
    return "is looked at now" if sent else "is closed; there is nothing to be tried again"


@_of_each_issue
def mute(operator: Operator, issue: OpenIssue) -> str:
    """Keep a record's issues out of the mail; they are retried and counted all the same."""
    operator.mute(issue)
    return "is muted"


@_of_each_issue
def unmute(operator: Operator, issue: OpenIssue) -> str:
    """Let a record's issues be mailed again."""
    operator.unmute(issue)
    return "is no longer muted"


def _of_a_record(do: Callable[[Operator, Found], str]) -> Callable[..., None]:
    """The command that does this to a record, by its name and docstring; `do` answers what is said of it."""

    def command(
        record: Record, connection: ConnectionId = None, flow: FlowName = None, by: By = None, stack: OnStack = None
    ) -> None:
        with at_work(by, stack) as desk:
            found = desk.the_record(connection, flow, record)
            say(f"{found.name} ({found.record}) {do(desk.operator, found)}")

    command.__name__, command.__doc__ = do.__name__, do.__doc__
    return command


@_of_a_record
def look(operator: Operator, found: Found) -> str:
    """Look at one record now, without waiting for the next scan: a customer, a ticket, all computers of a client."""
    operator.look(found.key, found.record)
    return "is looked at now"


def cancel(
    record: Record,
    reason: Reason,
    connection: ConnectionId = None,
    flow: FlowName = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Leave a record alone from now on, linked or not, until `uncancel`."""
    with at_work(by, stack) as desk:
        found = desk.the_record(connection, flow, record)
        desk.operator.cancel(found.key, found.record, reason)
        say(f"{found.name} ({found.record}) is cancelled: nothing is written for it any more")


@_of_a_record
def uncancel(operator: Operator, found: Found) -> str:
    """Let a cancelled record take part again."""
    operator.uncancel(found.key, found.record)
    return "takes part again, and is looked at now"


def unlink(
    record: Record,
    anew: Annotated[bool, typer.Option("--anew", help="Let the two be matched with each other again, as new.")] = False,
    connection: ConnectionId = None,
    flow: FlowName = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Take a record's link away. Either may be linked to another; the two only by `relink`, or with --anew."""
    with at_work(by, stack) as desk:
        found = desk.the_record(connection, flow, record)
        link = desk.operator.unlink(found.key, found.record, anew=anew)
        then = "may be matched again" if anew else "stay apart until they are relinked"
        say(f"{_ends(link)} are no longer linked, {then}, and are looked at now")


def relink(
    record: Record,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The id of the other system's record.")],
    connection: ConnectionId = None,
    flow: FlowName = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Link a record to another one of the other system."""
    with at_work(by, stack) as desk:
        found = desk.the_record(connection, flow, record)
        _must_be_there(desk, found, other)
        link = desk.operator.relink(found.key, found.record, other)
        say(f"{_ends(link)} are linked, and are brought in step now")


def _must_be_there(desk: Desk, found: Found, other: str) -> None:
    """Has the flow ask for the other system's record; Failed where it can tell that there is none of this id."""
    ref = Ref(found.record.kind, OTHER[found.record.side], other)
    if desk.store.links.find(found.key, [ref]):
        return
    with progress(f"relink {ref}") as tell:
        glances, hindered = glanced(desk.place, found.key, str(ref), tell)
    if hindered:
        complain(f"crosswise: whether {ref} exists is not known; {hindered}")
    if any(one.missing and one.ref == ref for one in glances):
        raise Failed(
            f"there is no {ref}; {found.name} was not relinked. OTHER is the id by which the other system knows the "
            "record: the address of its page has it, or `crosswise why` tells it by the record's name.",
            WRONG_USE,
        )


def _ends(link: Link) -> str:
    """Both records of a link, each by its name, as far as one is known, and its address."""
    ends = ((link.partner_name, link.ref("partner")), (link.cw_name, link.ref("cw")))
    return " and ".join(f"{name} ({ref})" if name else f"{ref}" for name, ref in ends)


def pause(
    connection: WhichConnection, reason: Reason, flow: WhichFlow = None, by: By = None, stack: OnStack = None
) -> None:
    """Stop a connection, or one flow of it, until `resume`; nothing is lost."""
    with at_work(by, stack) as desk:
        for key in desk.operator.pause(connection_of(desk.store, connection), flow, reason):
            say(f"{key.flow} of {key.connection} is paused")


def resume(connection: WhichConnection, flow: WhichFlow = None, by: By = None, stack: OnStack = None) -> None:
    """Let a connection, or one flow of it, go on; it compares everything once."""
    with at_work(by, stack) as desk:
        resumed = desk.operator.resume(connection_of(desk.store, connection), flow)
        for key in resumed:
            say(f"{key.flow} of {key.connection} goes on, and compares everything within a minute")
        if not resumed:
            say("nothing of it was paused")


def connection_of(store: Store, name: str) -> Connection:
    """The connection of this id; Failed where there is none."""
    connection = store.flows.connection(name)
    if connection is None:
        known = ", ".join(one.id for one in store.flows.connections())
        raise Failed(f"there is no connection {name!r}; there is {known}", WRONG_USE)
    return connection


def _issues(found: Found, code: str | None) -> list[OpenIssue]:
    issues = [issue for issue in found.issues if code in (None, issue.issue.code)]
    if not issues:
        told = f"{found.name} ({found.record}) has no open issue"
        raise Failed(f"{told} {code}" if code else told)
    return issues


COMMANDS = (look, retry, mute, unmute, cancel, uncancel, unlink, relink, pause, resume)
