"""Makes the local AWS misbehave as AWS may and moto never does: on order, through botocore's own events."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS

ALWAYS = 1_000_000_000
_HELD = "crosswise_held_back"
"""Where, in a request's context, that is kept which the request was relieved of."""


@dataclass
class _Order:
    operation: str
    times: int
    items: int = 0
    code: str = ""
    message: str = ""


class Trouble:
    """Orders for the calls to come, whoever makes them in this process. Each hits its next `times` calls, then ends.

    `duplicates` counts the batches that are still to be delivered twice; with `shuffle` the groups of a queue come in
    any order.
    """

    current: Trouble | None = None
    """The one in force: that of the cloud that runs."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self.duplicates = 0
        self.shuffle: random.Random | None = None

    def fail_sends(self, times: int = 1, *, entries: int = 1) -> None:
        """SendMessageBatch takes all but its last `entries`, which it reports as failed."""
        self._orders.append(_Order("SendMessageBatch", times, entries))

    def leave_unprocessed(self, times: int = 1, *, items: int = 1) -> None:
        """BatchWriteItem and BatchGetItem leave their last `items` undone, and say so."""
        self._orders.append(_Order("BatchWriteItem|BatchGetItem", times, items))

    def conflict(self, times: int = 1) -> None:
        """TransactWriteItems is cancelled since another transaction holds one of its items."""
        self.refuse("TransactWriteItems", "TransactionCanceledException", times=times)

    def refuse(self, operation: str, code: str, message: str = "refused on order", *, times: int = 1) -> None:
        """An operation (`PutItem`) ends with an error of this code, and nothing is done."""
        self._orders.append(_Order(operation, times, code=code, message=message))

    def deliver_twice(self, batches: int = ALWAYS) -> None:
        """The next batches of triggers are handed to their functions once more, as if the first had not ended well."""
        self.duplicates = batches

    def end(self) -> None:
        """Takes back every order."""
        self._orders.clear()
        self.duplicates = 0
        self.shuffle = None

    def take(self, operation: str, *, refusal: bool) -> _Order | None:
        """The order that hits this call, if one does."""
        for order in self._orders:
            if operation in order.operation.split("|") and bool(order.code) == refusal:
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
                return order
        return None


def _relieve(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """Before the request is built: takes out what is to be left undone."""
    trouble = Trouble.current
    order = trouble.take(model.name, refusal=False) if trouble else None
    if order is None:
        return
    if model.name == "SendMessageBatch":
        entries = list(params["Entries"])
        kept, held = entries[: -order.items], entries[-order.items :]
        context[_HELD] = {"items": held, "all": not kept}
        params["Entries"] = kept or entries
        return
    kept_items, held_items = _split(params["RequestItems"], order.items)
    context[_HELD] = {"items": held_items, "all": not kept_items}
    params["RequestItems"] = kept_items or params["RequestItems"]


def _split(items: Mapping[str, Any], number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The items of a batch, those to do and those to leave, per table: lists of requests, or `{"Keys": [...]}`."""
    kept: dict[str, Any] = {}
    held: dict[str, Any] = {}
    for table, wanted in list(items.items())[::-1]:
        listed: list[Any] = wanted["Keys"] if isinstance(wanted, Mapping) else wanted
        cut = max(len(listed) - number, 0)
        number -= len(listed) - cut
        for part, target in ((listed[:cut], kept), (listed[cut:], held)):
            if part:
                target[table] = {**wanted, "Keys": part} if isinstance(wanted, Mapping) else part
    return kept, held


def _answer(model: Any, context: dict[str, Any], params: Mapping[str, Any], **_: Any) -> tuple[AWSResponse, Any] | None:
    """Before the request is sent: answers in AWS's place where it is refused, or where nothing is left of it."""
    trouble = Trouble.current
    order = trouble.take(model.name, refusal=True) if trouble else None
    if order is not None:
        return _response(params, 400), _refusal(order)
    if context.get(_HELD, {}).get("all"):
        return _response(params, 200), {"ResponseMetadata": {"HTTPStatusCode": 200}}
    return None


def _response(params: Mapping[str, Any], status: int) -> AWSResponse:
    return AWSResponse(params["url"], status, HTTPHeaders(), None)


def _refusal(order: _Order) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Error": {"Code": order.code, "Message": order.message},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "ordered", "HTTPHeaders": {}, "RetryAttempts": 0},
    }
    if order.code == "TransactionCanceledException":
        answer["CancellationReasons"] = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing"}]
        answer["Error"]["Message"] = "Transaction cancelled, please refer to cancellation reasons [TransactionConflict]"
    return answer


def _tell(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """After the request: names what was left undone, as AWS does."""
    if not (held := context.get(_HELD)):
        return
    if model.name == "SendMessageBatch":
        parsed.setdefault("Successful", [])
        parsed["Failed"] = [
            *parsed.get("Failed", []),
            *(
                {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError", "Message": "failed on order"}
                for entry in held["items"]
            ),
        ]
    elif model.name == "BatchWriteItem":
        parsed["UnprocessedItems"] = held["items"]
    else:
        parsed.setdefault("Responses", {})
        parsed["UnprocessedKeys"] = held["items"]


# Every client made from now on in this process asks here; without a cloud that runs nothing is changed.
for _operation in ("sqs.SendMessageBatch", "dynamodb.BatchWriteItem", "dynamodb.BatchGetItem"):
    BUILTIN_HANDLERS.append((f"before-parameter-build.{_operation}", _relieve))
    BUILTIN_HANDLERS.append((f"after-call.{_operation}", _tell))
BUILTIN_HANDLERS.append(("before-call", _answer))
