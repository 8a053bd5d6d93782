"""Does what Lambda's pollers do: takes batches off queues, hands them to functions, deletes what they finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.local.cloud.happening import Happening
from infra.local.cloud.lambdas import Invocation, Lambdas
from infra.local.cloud.stack import REGION, Stack, Trigger
from infra.local.cloud.trouble import Trouble

AT_ONCE = 10
"""SQS gives and deletes so many messages a request."""


@dataclass(frozen=True)
class Pollers:
    """The event source mappings of a stack. `sqs` is a boto3 client; `now` tells the cloud's time."""

    stack: Stack
    sqs: Any
    lambdas: Lambdas
    trouble: Trouble
    now: Callable[[], datetime]
    urls: Mapping[str, str]

    def poll(self, trigger: Trigger) -> Happening | None:
        """Delivers one batch; None if no message is visible."""
        url = self.urls[trigger.queue]
        messages = self._receive(url, trigger.batch_size)
        if not messages:
            return None
        function, at = self.stack.functions[trigger.function], self.now()
        arn = self.stack.queues[trigger.queue].arn
        invocation = self.lambdas.invoke(function, _event(messages, arn))
        if self.trouble.duplicates > 0:
            self.trouble.duplicates -= 1
            for message in messages:
                count = int(message["Attributes"]["ApproximateReceiveCount"])
                message["Attributes"]["ApproximateReceiveCount"] = str(count + 1)
            invocation = self.lambdas.invoke(function, _event(messages, arn))
        failed, error = _verdict(invocation, [message["MessageId"] for message in messages], partial=trigger.partial)
        self._delete(url, (message for message in messages if message["MessageId"] not in failed))
        return Happening(
            "batch", trigger.id, function.id, at, invocation.seconds, len(messages), failed, error, invocation.trace
        )

    def _receive(self, url: str, wanted: int) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while len(messages) < wanted:
            got = self.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(wanted - len(messages), AT_ONCE),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            ).get("Messages", [])
            messages += got
            if len(got) < AT_ONCE:
                break
        return messages

    def _delete(self, url: str, messages: Iterable[Mapping[str, Any]]) -> None:
        receipts = [message["ReceiptHandle"] for message in messages]
        for start in range(0, len(receipts), AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt}
                for number, receipt in enumerate(receipts[start : start + AT_ONCE])
            ]
            # What is already gone (purged by its function) needs no deleting; SQS says so and Lambda goes on.
            self.sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _event(messages: Iterable[Mapping[str, Any]], arn: str) -> dict[str, Any]:
    """The event that Lambda makes of messages."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {
                    name: {
                        "stringValue": value.get("StringValue"),
                        "dataType": value["DataType"],
                        "stringListValues": [],
                        "binaryListValues": [],
                    }
                    for name, value in message.get("MessageAttributes", {}).items()
                },
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def _verdict(invocation: Invocation, ids: list[str], *, partial: bool) -> tuple[tuple[str, ...], str]:
    """The ids of the messages that come again, and why if it is all of them.

    As Lambda judges: an exception fails the batch; so does an answer that names a message that was not in it, or none.
    """
    if invocation.failed:
        return tuple(ids), f"{invocation.error_type}: {invocation.error}"
    if not partial or not invocation.answer:
        return (), ""
    try:
        named = [str(failure["itemIdentifier"]) for failure in invocation.answer.get("batchItemFailures") or []]
    except (AttributeError, KeyError, TypeError) as wrong:
        return tuple(ids), f"the answer is no batch response ({wrong!r})"
    if unknown := sorted(set(named) - set(ids)):
        return tuple(ids), f"the answer names messages that were not in the batch: {', '.join(unknown)}"
    return tuple(id_ for id_ in ids if id_ in named), ""
