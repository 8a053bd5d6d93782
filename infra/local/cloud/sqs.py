"""SQS for the local cloud: moto's, with queues that keep AWS's order and the cloud's time, and stay quick when long.

The time that moto's own queues take grows with the square of their length (a first sync queues thousands of changes),
they go by the machine's clock, and they forget a deduplication id with its message instead of after five minutes.
Only the queues are replaced; moto's API in front of them stays.
"""

from __future__ import annotations

import copy
import random
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any

import moto.sqs.models
import moto.sqs.urls
from moto.core.utils import camelcase_to_underscores
from moto.sqs.exceptions import ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import Message, Queue, SQSBackend, sqs_backends

from infra.local.cloud.stack import ACCOUNT, REGION

DEDUPLICATION = 300 * 1000
"""For so many milliseconds a deduplication id swallows what comes with it again."""

# For each queue that is made moto works out anew, letter by letter, what it calls every attribute itself.
moto.sqs.models.camelcase_to_underscores = cache(camelcase_to_underscores)  # type: ignore[attr-defined]

_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class MessageNotInflight(SQSException):
    """The visibility of a message that can be received cannot be changed; moto does not mind."""

    def __init__(self) -> None:
        super().__init__("AWS.SimpleQueueService.MessageNotInflight", "The message referred to is not in flight.")


class LocalMessage(Message):
    """One message; times are in milliseconds since 1970, by the cloud's clock."""

    number = 0
    sent_timestamp: int  # type: ignore[assignment]  # moto infers None

    def __init__(self, message_id: str, body: str, system_attributes: dict[str, Any] | None = None) -> None:
        super().__init__(message_id, body, system_attributes)
        self.receipts: list[str] = []

    def receive(self, now: int, visibility: int) -> LocalMessage:
        """Hides it for `visibility` seconds; returns what its receiver gets."""
        self.approximate_first_receive_timestamp = self.approximate_first_receive_timestamp or now
        self.approximate_receive_count += 1
        self.visible_at = now + visibility * 1000
        self.receipt_handle = uuid.uuid4().hex * 2
        self.receipts.append(self.receipt_handle)
        return copy.copy(self)


class LocalQueue(Queue):
    """One queue. In a FIFO queue no message is given out while an earlier one of its group is."""

    def __init__(self, name: str, region: str, account_id: str, **kwargs: Any) -> None:
        self.held: dict[int, LocalMessage] = {}
        self.given: dict[str, LocalMessage] = {}
        self.done: set[str] = set()
        self.seen: dict[tuple[str, str], LocalMessage] = {}
        self.numbers = 0
        self._settings: dict[str, Any] = {}
        super().__init__(name, region, account_id, **kwargs)

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        super()._set_attributes(attributes, now)
        self._settings = {}

    @property
    def attributes(self) -> dict[str, Any]:
        """All but the counts, worked out once: moto asks for them several times a message."""
        if not self._settings:
            self._settings = {name: value for name, value in super().attributes.items() if name not in _COUNTS}
        return self._settings

    def counts(self, now: int) -> dict[str, int]:
        """How many messages can be received, are out, and are delayed."""
        delayed = sum(message.delayed_until > now for message in self.held.values())
        out = sum(message.visible_at > now for message in self.held.values())
        return dict(zip(_COUNTS, (len(self.held) - delayed - out, out, delayed), strict=True))

    def add(self, message: LocalMessage) -> LocalMessage:
        """Takes a message in, unless its deduplication id was seen within five minutes: then that message stands."""
        if self.fifo_queue and message.deduplication_id is not None:
            self._forget(message.sent_timestamp - DEDUPLICATION)
            scope = str(message.group_id) if self.attributes["DeduplicationScope"] == "messageGroup" else ""
            earlier = self.seen.setdefault((scope, message.deduplication_id), message)
            if earlier is not message:
                return earlier
        self.put(message)
        return message

    def put(self, message: LocalMessage) -> None:
        """Puts a message at the end."""
        self.numbers += 1
        message.number = self.numbers
        message.sequence_number = f"{self.numbers:020d}" if self.fifo_queue else None
        self.held[message.number] = message

    def take(
        self, count: int, visibility: int, now: int, shuffle: random.Random | None
    ) -> tuple[list[LocalMessage], list[LocalMessage]]:
        """The next messages, and those received too often, which leave for the dead letters."""
        limit = self.redrive_policy["maxReceiveCount"] if self.redrive_policy else None
        oldest = now - int(self.attributes["MessageRetentionPeriod"]) * 1000
        taken: list[LocalMessage] = []
        dead: list[LocalMessage] = []
        expired: list[LocalMessage] = []
        blocked: set[str | None] = set()
        for message in self._order(shuffle):
            if message.sent_timestamp <= oldest:
                expired.append(message)
            elif message.visible_at > now or message.delayed_until > now:
                blocked.add(message.group_id)
            elif self.fifo_queue and message.group_id in blocked:
                continue
            elif limit is not None and message.approximate_receive_count >= limit:
                dead.append(message)
            else:
                taken.append(message.receive(now, visibility))
                self.given[message.receipts[-1]] = message
                if len(taken) == count:
                    break
        for message in (*expired, *dead):
            self.drop(message)
        return taken, dead

    def drop(self, message: LocalMessage) -> None:
        """Lets go of a message and of every receipt for it."""
        self.held.pop(message.number, None)
        for receipt in message.receipts:
            self.given.pop(receipt, None)
        self.done.update(message.receipts)

    def of(self, receipt: str) -> LocalMessage:
        """The message that a receipt is for; ReceiptHandleIsInvalid if there is none."""
        if receipt not in self.given:
            raise ReceiptHandleIsInvalid
        return self.given[receipt]

    def next_visible(self, now: int) -> int | None:
        """When the next of the messages that cannot be received now can be; None if there are none."""
        times = (int(max(message.visible_at, message.delayed_until)) for message in self.held.values())
        return min((at for at in times if at > now), default=None)

    def _order(self, shuffle: random.Random | None) -> Iterable[LocalMessage]:
        if shuffle is None:
            return self.held.values()
        groups: dict[str, list[LocalMessage]] = {}
        for message in self.held.values():
            groups.setdefault(message.group_id or message.id, []).append(message)
        keys = list(groups)
        shuffle.shuffle(keys)
        return [message for key in keys for message in groups[key]]

    def _forget(self, before: int) -> None:
        """Forgets deduplication ids: they are kept in the order in which they came."""
        while self.seen:
            key = next(iter(self.seen))
            if self.seen[key].sent_timestamp > before:
                break
            del self.seen[key]


class LocalSqs(SQSBackend):
    """moto's SQS over `LocalQueue`s. With `shuffle` groups come in any order, as AWS may give them."""

    def __init__(self, region_name: str, account_id: str, now: Callable[[], datetime]) -> None:
        super().__init__(region_name, account_id)
        self._now = now
        self._lock = threading.RLock()
        self.shuffle: random.Random | None = None

    @classmethod
    def install(cls, now: Callable[[], datetime]) -> LocalSqs:
        """Puts one in the place of moto's, until moto is reset."""
        sqs = cls(REGION, ACCOUNT, now)
        sqs_backends[ACCOUNT][REGION] = sqs
        return sqs

    @property
    def _url_module(self) -> ModuleType:
        return moto.sqs.urls  # moto derives it from the module of the class, which is not moto's here

    def reset(self) -> None:
        """moto resets every backend when it ends."""
        self.queues = {}

    @property
    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self._now().timestamp() * 1000)

    def queue(self, name: str) -> LocalQueue:
        """A queue by its name; moto's own error if there is none."""
        queue = self.get_queue(name)
        if not isinstance(queue, LocalQueue):
            raise TypeError(f"{name} is not a queue of the local cloud")
        return queue

    def create_queue(self, name: str, tags: dict[str, str] | None = None, **kwargs: Any) -> Queue:
        known = name in self.queues
        queue = super().create_queue(name, tags, **kwargs)
        if not known:
            kwargs.pop("region", None)
            queue = self.queues[name] = LocalQueue(name, self.region_name, self.account_id, **kwargs)  # type: ignore[abstract]
            queue.tags = tags or {}
        return queue

    def get_queue_attributes(self, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        attributes = super().get_queue_attributes(queue_name, attribute_names)
        counts = self.queue(queue_name).counts(self.now)
        return attributes | {name: n for name, n in counts.items() if {"All", name} & set(attribute_names)}

    def send_message(
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        delay_seconds: int | None = None,
        deduplication_id: str | None = None,
        group_id: str | None = None,
        system_attributes: dict[str, Any] | None = None,
        validate_group_id: bool = True,
    ) -> Message:
        queue = self.queue(queue_name)
        seconds = int(delay_seconds or 0)
        self._validate_message(queue, message_body, seconds, deduplication_id, group_id, validate_group_id)
        if deduplication_id is None and queue.attributes.get("ContentBasedDeduplication") == "true":
            deduplication_id = uuid.uuid5(uuid.NAMESPACE_OID, message_body).hex
        now = self.now
        message = LocalMessage(str(uuid.uuid4()), message_body, system_attributes)
        message.sent_timestamp = now
        message.deduplication_id = deduplication_id
        message.group_id = group_id
        message.message_attributes = message_attributes or {}
        wait = seconds if delay_seconds is not None else int(queue.attributes["DelaySeconds"])
        message.delayed_until = now + wait * 1000
        with self._lock:
            return queue.add(message)

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,  # noqa: ARG002 (the name is moto's; whoever asks is answered at once)
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        wanted = set(message_attribute_names or ())
        queue = self.queue(queue_name)
        with self._lock:
            taken, dead = queue.take(count, int(visibility_timeout), self.now, self.shuffle)
            for message in dead:
                if isinstance(letters := queue.dead_letter_queue, LocalQueue):
                    message.visible_at = 0
                    message.receipts = []
                    letters.put(message)
        for message in taken:
            message.message_attributes = {
                name: value for name, value in message.message_attributes.items() if {"All", ".*", name} & wanted
            }
        return list(taken)

    def delete_message(self, queue_name: str, receipt_handle: str) -> None:
        queue = self.queue(queue_name)
        with self._lock:
            if receipt_handle not in queue.done:
                queue.drop(queue.of(receipt_handle))

    def change_message_visibility(self, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        with self._lock:
            message = self.queue(queue_name).of(receipt_handle)
            if message.visible_at <= self.now:
                raise MessageNotInflight
            message.visible_at = self.now + int(visibility_timeout) * 1000

    def purge_queue(self, queue_name: str) -> None:
        queue = self.queue(queue_name)
        with self._lock:
            for message in list(queue.held.values()):
                queue.drop(message)
