"""Brings a stack's table to the state of a copy restored from its backup, all flows paused: see infra/docs/restore.md.

python -m infra.restore --table TABLE --copy COPY     # the table then holds what the copy holds
python -m infra.restore --table TABLE --go-on         # every flow goes on, with a comprehensive scan
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.local.cli.screen import say
from shared.aws.clients import Clients
from shared.aws.table import Store
from shared.sync.record import FlowKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY = "restore"
REASON = "its table was restored from a backup"
Item = dict[str, Any]


def copy(client: DynamoDBClient, source: str, target: str) -> tuple[int, int]:
    """Makes `target` hold what `source` holds; how many items were written and removed. Safe to run again."""
    kept = {_key(item): item for item in _items(client, source)}
    there = {_key(item): item for item in _items(client, target)}
    written = 0
    for key, item in kept.items():
        if there.get(key) != item:
            client.put_item(TableName=target, Item=item)
            written += 1
    gone = [there[key] for key in there.keys() - kept.keys()]
    for item in gone:
        client.delete_item(TableName=target, Key={"pk": item["pk"], "sk": item["sk"]})
    return written, len(gone)


def hold(store: Store) -> list[FlowKey]:
    """Pauses every flow of every connection; those that were paused already stay so for their own reason."""
    keys = _flows(store)
    return [key for key in keys if not store.flows.state(key).paused and store.flows.pause(key, REASON, by=BY)]


def go_on(store: Store, now: datetime) -> list[FlowKey]:
    """Lets go on what `hold` paused: due at once, with a comprehensive scan first."""
    held = [key for key in _flows(store) if store.flows.state(key).paused_by == BY]
    return [key for key in held if store.flows.resume(key, now, by=BY)]


def _flows(store: Store) -> list[FlowKey]:
    return [FlowKey(connection.id, flow) for connection in store.flows.connections() for flow in connection.flows]


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _items(client: DynamoDBClient, table: str) -> Iterator[Item]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description="See infra/docs/restore.md.")
    parser.add_argument("--table", required=True, help="the stack's output Table")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--copy", help="the table that the backup was restored to")
    what.add_argument("--go-on", action="store_true", help="let every flow go on")
    asked = parser.parse_args(arguments)
    client = Clients().dynamodb
    store = Store(client, asked.table)
    if asked.go_on:
        for key in go_on(store, datetime.now(UTC)):
            say(f"{key.flow} of {key.connection} goes on, and compares everything within a minute")
        return 0
    written, removed = copy(client, asked.copy, asked.table)
    say(f"{written} items written, {removed} removed")
    for key in hold(store):
        say(f"{key.flow} of {key.connection} is paused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
