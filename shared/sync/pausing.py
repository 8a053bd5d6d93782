"""Pausing and resuming: refused keys or wrong settings stop a connection's flows, and nothing is forgotten by it.

While a flow is paused its messages are dropped, since resuming begins with a comprehensive scan, which finds all that
changed meanwhile. One issue of the connection says why, and its retries ask whether the cause is gone.
"""

from __future__ import annotations

from datetime import datetime

from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong, CredentialsRefused
from shared.sync.issue import Issue
from shared.sync.names import title
from shared.sync.outcome import raise_issue
from shared.sync.ports import Store
from shared.sync.record import FlowKey, Name, Ref, side_of

CONNECTION = "connection"
"""The kind of the scope to which an issue of a whole connection belongs; its id is the system concerned."""


def pause(store: Store, key: FlowKey, connection: Connection, error: CredentialsRefused, now: datetime) -> None:
    """Pauses every flow of the connection, with one issue that says whose keys are refused and where to mend them."""
    issue = Issue(
        "CREDENTIALS_REFUSED",
        Ref(CONNECTION, side_of(error.system), error.system),
        Name(connection.title),
        f"{title(error.system)} refuses the keys of {connection.title}: {error.reason}. Its flows are paused.",
        f"Put valid keys into the secret {error.system}/{connection.id} under the stack's SecretPrefix, as crosswise "
        "connect does. They are tried again by themselves, and every flow then compares everything once.",
        category="system",
    )
    raise_issue(store, key, issue.record, issue, now)
    for flow in connection.flows:
        store.flows.pause(FlowKey(connection.id, flow), f"{title(error.system)} refuses the keys")


def misconfigured(store: Store, key: FlowKey, connection: Connection, error: ConfigurationWrong, now: datetime) -> None:
    """Pauses one flow whose settings do not hold, with an issue that names what is wrong and where."""
    where = f" ({error.where})" if error.where else ""
    issue = Issue(
        "CONFIGURATION_WRONG",
        Ref(CONNECTION, "cw", key.flow),
        Name(f"{connection.title}, {key.flow}"),
        f"{error.what}{where}. The flow is paused; nothing is lost.",
        error.fix or "Correct the setting. It is tried again by itself.",
        category="system",
    )
    raise_issue(store, key, issue.record, issue, now)
    store.flows.pause(key, error.what)


def resume(store: Store, connection: Connection, key: FlowKey, scope: Ref, now: datetime) -> None:
    """Lets go on what an issue of the connection had paused, but no person, and closes that issue."""
    flows = [key] if scope.id == key.flow else [FlowKey(connection.id, flow) for flow in connection.flows]
    for flow in flows:
        store.flows.resume(flow, now)
    for issue in store.issues.of_scope(key, scope):
        store.issues.close(issue)
