"""Brings the callback entries of connections to what they must be, and says what it did and where it could not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from functions.callback_registration.entries import MARK, Work, compare, strangers
from functions.wiring import Runtime, flows_in_use, logger
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong, RecordRejected, SyncError, Throttled
from shared.sync.issue import Issue, OpenIssue
from shared.sync.pausing import CONNECTION
from shared.sync.record import FlowKey, Name, Ref
from shared.sync.told import types_told
from shared.systems.connectwise_psa import Psa

SYSTEM = "connectwise_psa"
FLOW = "callback_registration"
CODE = "CALLBACKS_NOT_KEPT"
SLOWER_FOR = 30.0
"""Seconds for which a tenant that asks for fewer requests gets none, where it does not say."""

SPARE_SECONDS = 20
"""No connection is begun with less time than this left."""


@dataclass
class Done:
    """What was done for one connection: types of records, but ids where entries were `removed`.

    `reactivated` were disabled (and may have differed besides). `elsewhere` are ids of entries with our mark that post
    to another address; they are left alone. `error` says why not all of it could be done.
    """

    created: list[str]
    repaired: list[str]
    reactivated: list[str]
    removed: list[int]
    kept: list[str]
    elsewhere: list[int]
    error: str = ""


def keep(here: Runtime, connection: str | None, remaining: Callable[[], float]) -> dict[str, Any]:
    """Keeps the entries of one connection, or of all; what was done, by connection.

    `remaining` tells the seconds left. ConfigurationWrong where there is no such connection.
    """
    public = here.environment.callback_url
    if not public:
        logger.info("nothing listens for callbacks here, so none is registered")
        return {"connections": {}, "left": 0}
    waiting = [one for one in here.connections(connection) if SYSTEM in one.systems and can_call(one, public)]
    done: dict[str, Any] = {}
    while waiting and remaining() > SPARE_SECONDS:
        one = waiting.pop(0)
        done[one.id] = asdict(_keep(here, one, public))
        logger.info("callbacks", extra={"connection": one.id, "callbacks": done[one.id]})
    if waiting:
        logger.error("no time was left for callbacks", extra={"connections": [one.id for one in waiting]})
    return {"connections": done, "left": len(waiting)}


def can_call(connection: Connection, public: str) -> bool:
    """Whether the connection's ConnectWise could reach us: one elsewhere cannot call back to this very machine."""
    return not _on_loopback(public) or _on_loopback(connection.systems[SYSTEM].base_url)


def _on_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _keep(here: Runtime, connection: Connection, public: str) -> Done:
    done = Done([], [], [], [], [], [])
    try:
        psa = here.system(connection, SYSTEM)
        assert isinstance(psa, Psa)
        entries = psa.callback_entries.all()
        flows = flows_in_use(connection)
        active = [flow for flow in flows if not connection.flows[flow.name].get("preview")]
        work = compare(entries, public, connection.id, types_told(active, SYSTEM), may_stay=types_told(flows, SYSTEM))
        done.elsewhere = [entry.id for entry in strangers(entries, public, connection.id)]
        _carry_out(psa, work, done)
    except SyncError as error:
        done.error = str(error)
        _raise_issue(here, connection, error)
    else:
        for open_ in here.store.issues.of_scope(FlowKey(connection.id, FLOW), _scope()):
            here.store.issues.close(open_)
    return done


def _carry_out(psa: Psa, work: Work, done: Done) -> None:
    """Does all that ConnectWise takes, then raises the first RecordRejected, if it refused any."""
    done.kept = [entry.type.casefold() for entry in work.kept]
    refusals: list[RecordRejected] = []
    for repair in work.repair:
        try:
            psa.callback_entries.change(repair.entry.id, repair.fields)
        except RecordRejected as refusal:
            refusals.append(refusal)
        else:
            (done.reactivated if repair.reactivates else done.repaired).append(repair.entry.type.casefold())
    for fields in work.create:
        try:
            psa.callback_entries.create(fields)
        except RecordRejected as refusal:
            if refusal.code == "ObjectExists":
                # There is one that we are not shown: ConnectWise tells us of this type all the same.
                done.kept.append(fields["type"])
            else:
                refusals.append(refusal)
        else:
            done.created.append(fields["type"])
    for entry in work.remove:
        psa.callback_entries.remove(entry.id)
        done.removed.append(entry.id)
    if refusals:
        raise refusals[0]


def _scope() -> Ref:
    return Ref(CONNECTION, "cw", FLOW)


def _raise_issue(here: Runtime, connection: Connection, error: SyncError) -> None:
    """One issue of the connection, without a due time: this function itself tries again, every day."""
    key, now = FlowKey(connection.id, FLOW), here.clock.now()
    if isinstance(error, Throttled):
        here.store.leases.slow_down(error.pace_key, now + timedelta(seconds=error.after or SLOWER_FOR))
    fix = error.fix if isinstance(error, ConfigurationWrong) else ""
    issue = Issue(
        CODE,
        _scope(),
        Name(connection.title),
        f"ConnectWise cannot be asked to tell {MARK} of changes at once: {error}. Nothing is lost: they are found by "
        "each flow's scan.",
        f"{fix or 'See that ConnectWise answers.'} The API member's security role needs System: Table Setup with "
        f"inquire, add, edit and delete. It is tried again every day, and at once by: crosswise invoke {FLOW} with the "
        f'event {{"connection": "{connection.id}"}}.',
        category="system",
        blocks=False,
    )
    known = here.store.issues.of_scope(key, issue.record)
    for open_ in known:
        here.store.issues.keep(replace(open_, issue=issue, attempts=open_.attempts + 1, due=None))
    if not known:
        here.store.issues.keep(OpenIssue(key, issue.record, issue, first_seen=now))
