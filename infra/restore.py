"""Brings a stack's table to the state of a copy restored from its backup, all flows paused: see infra/docs/restore.md.

python -m infra.restore --stack NAME --copy COPY     # the stack's table then holds what the copy holds
python -m infra.restore --stack NAME --go-on         # every flow goes on, with a comprehensive scan

Without --stack it is the stack of CROSSWISE_STACK, as for `crosswise`; the credentials are the caller's own.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.local.cli.deployed import Deployed
from infra.local.cli.place import STACK
from infra.local.cli.refusals import is_refusal, refusal
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, complain, say
from shared.aws.table import Store
from shared.sync.errors import SyncError
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
    """Exit codes as those of `crosswise`: 0 done, 1 something failed, 2 wrong use."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description="See infra/docs/restore.md.")
    parser.add_argument(
        "--stack", metavar="NAME", default=os.environ.get(STACK), help=f"the deployed stack; else that of {STACK}"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--copy", metavar="TABLE", help="the table that the backup was restored to")
    what.add_argument("--go-on", action="store_true", help="let every flow go on")
    asked = parser.parse_args(arguments)
    if not asked.stack:
        parser.error(f"name the deployed stack with --stack or {STACK}")
    try:
        stack = Deployed.find(asked.stack)
        if asked.go_on:
            _go_on(stack)
        else:
            _bring(stack, asked.copy)
    except Failed as failed:
        complain(f"restore: {failed}")
        return failed.code
    except Exception as error:
        if not is_refusal(error) and not isinstance(error, SyncError):
            raise
        complain(f"restore: {refusal(error)}")
        return FAILED
    return 0


def _bring(stack: Deployed, source: str) -> None:
    """The stack's table then holds what `source` holds, and every flow is paused."""
    store, target = stack.store, stack.outputs["Table"]
    if source == target:
        raise Failed(f"{source} is the table of {stack.name} itself: name the copy that the backup made", WRONG_USE)
    written, removed = copy(stack.clients.dynamodb, source, target)
    say(f"{written} items written, {removed} removed")
    for key in hold(store):
        say(f"{key.flow} of {key.connection} is paused")


def _go_on(stack: Deployed) -> None:
    for key in go_on(stack.store, datetime.now(UTC)):
        say(f"{key.flow} of {key.connection} goes on, and compares everything within a minute")


if __name__ == "__main__":
    sys.exit(main())
