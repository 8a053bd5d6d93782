"""Loads connections into a stack: keys into Secrets Manager, settings into the table, their flows made due."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from functions.wiring import FLOWS
from infra.local.config import Config
from shared.sync.ports import Store
from shared.sync.record import FlowKey

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

BY = "load"
NOT_USED = "it is no longer among the connection's flows"


def load(
    config: Config, store: Store, secrets: SecretsManagerClient, prefix: str, key: str, now: datetime
) -> Iterator[str]:
    """Loads every connection, none of which may be simulated; says what it did, one line each.

    `prefix` and `key` are the stack's parameters SecretPrefix and KmsKeyArn. A flow that the table does not know yet is
    made due, so that the clock's next minute begins with it. One that is no longer used is paused: it would go on by
    default settings otherwise.
    """
    assert not any(item.simulated for item in config.connections)
    for item in config.connections:
        connection = item.connection
        for system, keys in item.keys.items():
            name = f"{prefix}/{system}/{connection.id}"
            company = connection.systems[system].company
            yield _keep(secrets, name, {**({"company": company} if company else {}), **keys}, key)
        store.flows.put_connection(connection)
        yield f"connection {connection.id}: kept"
        for flow in FLOWS:
            state = store.flows.state(FlowKey(connection.id, flow))
            if flow not in connection.flows:
                if state.due is not None and store.flows.pause(state.key, NOT_USED, by=BY):
                    yield f"{flow} of {connection.id}: paused, {NOT_USED}"
            elif state.paused_by == BY:
                store.flows.resume(state.key, now, by=BY)
                yield f"{flow} of {connection.id}: goes on within a minute, and compares everything"
            elif state.due is None and not state.paused:
                store.flows.set_due(state.key, now)
                yield f"{flow} of {connection.id}: begins within a minute"


def _keep(secrets: SecretsManagerClient, name: str, entries: Mapping[str, str], key: str) -> str:
    text = json.dumps(dict(entries))
    try:
        secrets.put_secret_value(SecretId=name, SecretString=text)
    except secrets.exceptions.ResourceNotFoundException:
        own = {"KmsKeyId": key} if key else {}
        secrets.create_secret(Name=name, SecretString=text, **own)  # type: ignore[arg-type]  # optional
        return f"secret {name}: made"
    return f"secret {name}: new version"
