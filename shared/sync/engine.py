"""The engine: takes a batch of a flow's queue to its outcomes, for every flow alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.sync.batch import Batch, Delivery, Tools
from shared.sync.change import Message, read
from shared.sync.connection import Connection
from shared.sync.errors import MalformedMessage
from shared.sync.flow import Flow, Situation
from shared.sync.record import FlowKey


@dataclass(frozen=True)
class Engine:
    """Works on batches of one flow's queue; `build` makes the flow for a connection, with its adapters."""

    flow: str
    build: Callable[[Connection], Flow[Situation]]
    tools: Tools

    def handle(self, deliveries: Sequence[Delivery], remaining: Callable[[], float]) -> list[str]:
        """Takes each message to its outcome; returns the ids of those that must be delivered again.

        `remaining()` is in seconds. What follows a failed message in its group fails with it, so that the order holds.
        """
        failed: set[str] = set()
        batches: dict[str, list[tuple[Delivery, Message]]] = {}
        for delivery in deliveries:
            try:
                message = self._read(delivery)
            except MalformedMessage as error:
                # Ten deliveries later it is in the dead letters, where a person finds it.
                self.tools.tally.malformed(self.flow, delivery.id, str(error))
                failed.add(delivery.id)
                continue
            batches.setdefault(message.connection, []).append((delivery, message))
        for connection, messages in batches.items():
            batch = Batch(FlowKey(connection, self.flow), self.build, self.tools, remaining)
            failed |= batch.take(messages)
            self.tools.tally.batch(batch.key, batch.counts)
        return [delivery.id for delivery in deliveries if delivery.id in failed]

    def _read(self, delivery: Delivery) -> Message:
        message = read(delivery.body)
        if message.flow != self.flow:
            raise MalformedMessage(f"flow: {message.flow!r} came into the queue of {self.flow!r}")
        return message
