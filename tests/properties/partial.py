"""AWS as it may be: batches of which only a part is done, transactions that are cancelled, any of it at any time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

Script = Sequence[frozenset[int]]
"""For each request in turn, the places in it (modulo its length) that are left undone; nothing is, once it is over."""


class PartlyDone:
    """A client whose batches leave undone what the script says, and tell so as AWS does.

    `done` lists what was carried out, request by request; `left` is what the last request left undone. Everything else
    is the real client's.
    """

    def __init__(self, client: Any, script: Script) -> None:
        self._client = client
        self._script: Iterator[frozenset[int]] = iter(script)
        self.done: list[list[Any]] = []
        self.left: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, **request: Any) -> Any:
        ((table, writes),) = request["RequestItems"].items()
        if kept := self._kept(writes):
            self._client.batch_write_item(RequestItems={table: kept})
        return {"UnprocessedItems": {table: self.left} if self.left else {}}

    def batch_get_item(self, **request: Any) -> Any:
        ((table, wanted),) = request["RequestItems"].items()
        kept = self._kept(wanted["Keys"])
        found: dict[str, Any] = {"Responses": {}}
        if kept:
            found = self._client.batch_get_item(RequestItems={table: {**wanted, "Keys": kept}})
        return {**found, "UnprocessedKeys": {table: {**wanted, "Keys": self.left}} if self.left else {}}

    def send_message_batch(self, **request: Any) -> Any:
        """What is left is no fault of the sender's."""
        answer = {}
        if kept := self._kept(request["Entries"]):
            answer = self._client.send_message_batch(QueueUrl=request["QueueUrl"], Entries=kept)
        failed = [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in self.left]
        return {**answer, "Failed": failed} if failed else answer

    def _kept(self, entries: Sequence[Any]) -> list[Any]:
        left = {place % len(entries) for place in next(self._script, frozenset())}
        self.left = [entry for place, entry in enumerate(entries) if place in left]
        self.done.append([entry for place, entry in enumerate(entries) if place not in left])
        return self.done[-1]


class Cancelling:
    """A client whose transactions are cancelled, one after the other, for these reasons; then they are carried out."""

    def __init__(self, client: Any, reasons: Sequence[Sequence[str]]) -> None:
        self._client = client
        self._reasons = iter(reasons)
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.calls.append(request)
        reasons = next(self._reasons, None)
        if reasons is None:
            return self._client.transact_write_items(**request)
        told: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        }
        raise ClientError(told, "TransactWriteItems")
