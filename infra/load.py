"""Loads connections into a deployed stack: keys into Secrets Manager, settings into the table, their flows made due.

    python -m infra.load connections.toml --table TABLE

Say it again whenever settings or keys have changed. A connection that is no longer in the file is left as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from functions.wiring import FLOWS
from infra.local import config as configs
from infra.local.cli.screen import WRONG_USE, complain, say
from infra.local.config import Config
from shared.aws.clients import Clients
from shared.aws.table import Store
from shared.sync.record import FlowKey

BY = "load"
NOT_USED = "it is no longer among the connection's flows"


def load(config: Config, table: str, prefix: str, key: str, now: datetime) -> Iterator[str]:
    """Loads every connection; says what it did, one line each. ValueError, before anything, where one is simulated.

    A flow that the table does not know yet is made due, so that the clock's next minute begins with it. One that is no
    longer used is paused: it would go on by default settings otherwise.
    """
    for item in config.connections:
        if item.simulated:
            raise ValueError(f"{item.connection.id}: systems.{item.simulated[0]}.base_url is missing")
    clients = Clients()
    store = Store(clients.dynamodb, table)
    for item in config.connections:
        connection = item.connection
        for system, keys in item.keys.items():
            name = f"{prefix}/{system}/{connection.id}"
            company = connection.systems[system].company
            yield _keep(clients, name, {**({"company": company} if company else {}), **keys}, key)
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


def _keep(clients: Clients, name: str, entries: Mapping[str, str], key: str) -> str:
    text = json.dumps(dict(entries))
    try:
        clients.secretsmanager.put_secret_value(SecretId=name, SecretString=text)
    except clients.secretsmanager.exceptions.ResourceNotFoundException:
        own = {"KmsKeyId": key} if key else {}
        clients.secretsmanager.create_secret(Name=name, SecretString=text, **own)  # type: ignore[arg-type]  # optional
        return f"secret {name}: made"
    return f"secret {name}: new version"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.load", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("config", type=Path, help="the connections' config file")
    parser.add_argument("--table", required=True, help="the stack's output Table")
    parser.add_argument("--prefix", default="crosswise", help="the stack's parameter SecretPrefix")
    parser.add_argument("--key", default="", help="the stack's parameter KmsKeyArn, for new secrets")
    asked = parser.parse_args(arguments)
    try:
        config = configs.load(asked.config, os.environ, configs.Known.of_functions())
        for line in load(config, asked.table, asked.prefix, asked.key, datetime.now(UTC)):
            say(line)
    except (configs.ConfigFaults, ValueError) as faults:
        complain(str(faults))
        return WRONG_USE
    return 0


if __name__ == "__main__":
    sys.exit(main())
