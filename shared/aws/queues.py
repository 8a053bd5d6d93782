"""The flows' FIFO queues: sends every message or says that it could not, and hands messages back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from shared.aws.failures import SYSTEM, aws_failures
from shared.aws.patience import Patience
from shared.sync.change import Message
from shared.sync.errors import RetryLater, SyncError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10
BATCH_BYTES = 256 * 1024


class Queues:
    """`shared.sync.ports.Queue` on SQS; `url` names the queue of a flow, or raises ConfigurationWrong."""

    def __init__(self, client: SQSClient, url: Callable[[str], str], patience: Patience | None = None) -> None:
        self._client = client
        self._url = cache(url)
        self._patience = patience or Patience()

    def send(self, messages: Sequence[Message]) -> None:
        """See the port. ConfigurationWrong, before anything is sent, if a flow has no queue."""
        for flow in {message.flow for message in messages}:
            self._url(flow)
        for flow, of_flow in groupby(sorted(messages, key=lambda message: message.flow), lambda message: message.flow):
            for batch in _batches(_entry(*numbered) for numbered in enumerate(of_flow)):
                self._send(flow, batch)

    def hand_back(self, flow: str, receipt: str, seconds: int) -> None:
        """See the port; a message that is no longer in flight is visible already."""
        with aws_failures():
            try:
                self._client.change_message_visibility(
                    QueueUrl=self._url(flow), ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
            except self._client.exceptions.MessageNotInflight:
                return

    def _send(self, flow: str, batch: Sequence[dict[str, Any]]) -> None:
        pending = {entry["Id"]: entry for entry in batch}
        for _ in self._patience.attempts():
            with aws_failures():
                answer = self._client.send_message_batch(
                    QueueUrl=self._url(flow),
                    Entries=list(pending.values()),  # type: ignore[arg-type]
                )
            failed = answer.get("Failed", [])
            if refused := sorted({fault["Code"] for fault in failed if fault["SenderFault"]}):
                raise SyncError(f"The queue of {flow} refuses a message: {', '.join(refused)}")
            pending = {fault["Id"]: pending[fault["Id"]] for fault in failed}
            if not pending:
                return
        raise RetryLater(f"the queue of {flow} took all but {len(pending)} of {len(batch)} messages", system=SYSTEM)


def _entry(position: int, message: Message) -> dict[str, Any]:
    return {
        "Id": str(position),
        "MessageBody": message.body(),
        "MessageGroupId": message.group,
        "MessageDeduplicationId": message.deduplication,
    }


def _batches(entries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many entries at a time as SQS takes, by number and by size, in their order."""
    batch: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        bytes_ = len(entry["MessageBody"].encode())
        if batch and (len(batch) == BATCH or size + bytes_ > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += bytes_
    if batch:
        yield batch
