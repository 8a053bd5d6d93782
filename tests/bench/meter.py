"""Counts what a flow costs on the local cloud: every request that leaves, what it is billed, every invocation."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.client

from infra.local.cloud.happening import Happening
from infra.local.cloud.lambdas import OUTPUT
from infra.local.cloud.stack import STACK
from tests.bench.units import Index, Item, read_units, unfiltered, write_units
from tests.faults.world import World

READ, WRITTEN, SENT, RECEIVED, RUN = "read units", "write units", "sent", "received", "invocations"
QUEUE, KEYS, MAILS = "queue requests", "keys", "mails"
REQUESTS = "requests to "

Cost = Mapping[str, float]
"""How much of each was counted, by its name; requests to outside systems by `REQUESTS` and the system's name."""

_QUEUES = ("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibility")
_MAILS = ("SendRawEmail", "SendEmail")


def less(cost: Cost, other: Cost) -> Cost:
    """What one cost beyond the other; what they cost alike is left out."""
    differ = {name: cost.get(name, 0) - other.get(name, 0) for name in {**cost, **other}}
    return {name: number for name, number in differ.items() if number}


@dataclass
class Meter:
    """Counts for one world what its flow's function and the clock do, and what the queue between them does.

    Functions that look after all flows (digest, preflight) are left out: they run by hours and days, not by records.
    `metrics` are the names under which the flow told CloudWatch what it did.
    """

    world: World
    counts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    metrics: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        stack = self.world.cloud.stack
        room = self.world.scenario.flow
        self._flow = next(f.id for f in stack.functions.values() if f.room == room)
        (trigger,) = (t for t in stack.triggers.values() if t.function == self._flow)
        self._queue = self.world.cloud.queue_url(trigger.queue)
        (table,) = stack.tables.values()
        self._table, self._indexes = table.name, Index.all_of(table.definition)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Counts what happens in here."""
        real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
        before = self._requests()

        def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
            if not self._ours(parameters):
                return real(client, operation, parameters)
            return self._counted(lambda name, params: real(client, name, params), operation, parameters)

        botocore.client.BaseClient._make_api_call = make_api_call  # type: ignore[attr-defined]
        self.world.cloud.watchers.append(self._happened)
        OUTPUT.reader = self._printed
        try:
            yield
        finally:
            OUTPUT.reader = None
            self.world.cloud.watchers.remove(self._happened)
            botocore.client.BaseClient._make_api_call = real  # type: ignore[attr-defined]
            for name, number in (self._requests() - before).items():
                self.counts[name] += number

    def _requests(self) -> Counter[str]:
        """Requests that the outside systems have got so far."""
        got = self.world.simulators.items()
        return Counter({f"{REQUESTS}{name}": simulator.requests.total() for name, simulator in got})

    def _happened(self, happening: Happening) -> None:
        if happening.function in (self._flow, "Clock"):
            self.counts[RUN] += 1
        if happening.function == self._flow:
            self.counts[RECEIVED] += happening.records

    def _printed(self, text: str) -> None:
        """Notes the metrics of the flow; those of outside systems are shared by all flows."""
        told = json.loads(text) if text.startswith('{"_aws"') else {}
        if told.get("flow") == self.world.scenario.flow:
            (directive,) = told["_aws"]["CloudWatchMetrics"]
            self.metrics.update(metric["Name"] for metric in directive["Metrics"])

    def _ours(self, parameters: Mapping[str, Any]) -> bool:
        """Whether the flow's function or the clock asks, or Lambda's poller of the flow's queue."""
        if function := os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
            return function in (f"{STACK}-{self._flow}", f"{STACK}-Clock")
        return parameters.get("QueueUrl") == self._queue

    def _counted(self, call: Any, operation: str, params: Mapping[str, Any]) -> Any:
        match operation:
            case "GetItem" | "BatchGetItem" | "Query":
                return self._reading(call, operation, params)
            case "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem":
                return self._writing(call, operation, params)
        if operation in _QUEUES:
            self.counts[QUEUE] += 1
            self.counts[SENT] += len(params.get("Entries", ())) if operation == "SendMessageBatch" else 0
        elif operation in _MAILS:
            self.counts[MAILS] += 1
        elif operation == "GetSecretValue":
            self.counts[KEYS] += 1
        else:
            raise AssertionError(f"{operation} is billed somehow; say how")
        return call(operation, params)

    def _reading(self, call: Any, operation: str, params: Mapping[str, Any]) -> Any:
        answer = call(operation, params)
        match operation:
            case "GetItem":
                found = [answer["Item"]] if "Item" in answer else []
                self.counts[READ] += read_units(found, consistent=params["ConsistentRead"])
            case "BatchGetItem":
                (asked,) = params["RequestItems"].values()
                items = [item for some in answer["Responses"].values() for item in some]
                missing = len(asked["Keys"]) - len(items)
                for each in (*items, *[{}] * missing):
                    self.counts[READ] += read_units([each], consistent=asked["ConsistentRead"])
            case "Query":
                items = answer["Items"]
                if "FilterExpression" in params:
                    items = call("Query", unfiltered(params))["Items"]
                self.counts[READ] += read_units(items, consistent=params.get("ConsistentRead", False))
        return answer

    def _writing(self, call: Any, operation: str, params: Mapping[str, Any]) -> Any:
        together = operation == "TransactWriteItems"
        keys = [_key(write) for write in _writes(operation, params)]
        before = [self._item(call, key) for key in keys]
        try:
            return call(operation, params)
        finally:  # a write whose condition does not hold is billed as well
            after = [self._item(call, key) for key in keys]
            for old, new in zip(before, after, strict=True):
                self.counts[WRITTEN] += write_units(old, new, self._indexes, together=together)

    def _item(self, call: Any, key: Mapping[str, Any]) -> Item:
        found: Item = call("GetItem", {"TableName": self._table, "Key": key, "ConsistentRead": True}).get("Item", {})
        return found


def _writes(operation: str, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    match operation:
        case "TransactWriteItems":
            return [write for each in params["TransactItems"] for write in each.values()]
        case "BatchWriteItem":
            return [w for some in params["RequestItems"].values() for each in some for w in each.values()]
    return [params]


def _key(write: Mapping[str, Any]) -> Mapping[str, Any]:
    named = write.get("Key") or write["Item"]
    return {name: named[name] for name in ("pk", "sk")}
