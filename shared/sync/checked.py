"""What a preflight leaves behind: an issue for each failed check, and whatever its cause had paused let go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shared.sync.connection import Connection
from shared.sync.issue import Issue, OpenIssue
from shared.sync.pausing import CONNECTION, resume
from shared.sync.ports import Store
from shared.sync.preflight import Check
from shared.sync.record import FlowKey, Name, Ref

FLOW = "preflight"
"""The name under which a connection's failed checks stand, as issues of the whole connection."""

PREFIX = "PREFLIGHT_"


def keep_checks(
    store: Store, connection: Connection, about: str, checks: Sequence[Check], now: datetime, *, whole: bool
) -> None:
    """Opens an issue for each failed check, and closes those of the checks that pass.

    `about` is what was checked: a system, a flow. Where the checks are not the `whole` of it, the issues of checks
    that were not made stay. No issue has a due time: preflight itself is what tries again, every day.
    """
    key, scope = FlowKey(connection.id, FLOW), _scope(about)
    issues = {(issue.record, issue.code): issue for issue in (_issue(connection, about, one) for one in checks)}
    failed = {(_record(about, one), PREFIX + one.code) for one in checks if one.passed is False}
    before = {(one.issue.record, one.issue.code): one for one in store.issues.of_scope(key, scope)}
    for name in failed:
        known = before.get(name) or OpenIssue(key, scope, issues[name], first_seen=now, attempts=-1)
        store.issues.keep(replace(known, issue=issues[name], attempts=known.attempts + 1, due=None))
    for name, known in before.items():
        if name not in failed and (whole or name in issues):
            store.issues.close(known)


def forget_others(store: Store, connection: Connection, abouts: Iterable[str]) -> None:
    """Closes the issues of what is not checked any more: a flow that the connection does not use now."""
    scopes = {_scope(about) for about in abouts}
    for open_ in store.issues.of_connection(connection.id):
        if open_.flow.flow == FLOW and open_.scope not in scopes:
            store.issues.close(open_)


def resume_paused(
    store: Store, connection: Connection, accepted: Iterable[str], sound: Iterable[str], now: datetime
) -> list[str]:
    """Lets go on what refused keys or wrong settings had paused and what now holds; their codes and systems or flows.

    `accepted` are the systems that take their keys, `sound` the flows of which no check failed.
    """
    cured = {"CREDENTIALS_REFUSED": set(accepted), "CONFIGURATION_WRONG": set(sound)}
    resumed = []
    for open_ in store.issues.of_connection(connection.id):
        if open_.scope.kind == CONNECTION and open_.scope.id in cured.get(open_.issue.code, ()):
            resume(store, connection, open_.flow, open_.scope, now)
            resumed.append(f"{open_.issue.code} {open_.scope.id}")
    return resumed


def _scope(about: str) -> Ref:
    return Ref(CONNECTION, "cw", f"{FLOW}/{about}")


def _record(about: str, check: Check) -> Ref:
    return Ref(CONNECTION, "cw", f"{about}/{check.about}" if check.about else about)


def _issue(connection: Connection, about: str, check: Check) -> Issue:
    return Issue(
        PREFIX + check.code,
        _record(about, check),
        Name(f"{connection.title}, {about}"),
        f"{check.title}: {check.found}. Wanted: {check.wanted}.",
        f"{check.where}: {check.fix} It is checked again every day, and at once by: crosswise preflight "
        f"{connection.id}.",
        category="system",
        blocks=False,
    )
