"""Tiny Lambda functions for the local cloud's tests: they keep what they were given and do as they were told."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

Answer = Callable[[dict[str, Any], Any], Any]


class Told:
    """What the functions got, and what they are to do."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.contexts: list[Any] = []
        self.environments: list[dict[str, str]] = []
        self.answer: Answer = lambda _event, _context: None

    @property
    def bodies(self) -> list[list[str]]:
        """The bodies of each batch, in order."""
        return [[record["body"] for record in event["Records"]] for event in self.events]

    def take(self, event: dict[str, Any], context: Any) -> Any:
        self.events.append(event)
        self.contexts.append(context)
        self.environments.append(dict(os.environ))
        return self.answer(event, context)


batches = Told()
ticks = Told()
posts = Told()


def on_batch(event: dict[str, Any], context: Any) -> Any:
    """The handler of the queue's messages."""
    return batches.take(event, context)


def on_tick(event: dict[str, Any], context: Any) -> Any:
    """The handler of the schedules."""
    return ticks.take(event, context)


def on_post(event: dict[str, Any], context: Any) -> Any:
    """The handler of what is posted."""
    return posts.take(event, context)


def refuse(*bodies: str) -> Answer:
    """Reports messages with these bodies as failed, and the later ones of their groups, as a good function does."""

    def answer(event: dict[str, Any], _context: Any) -> Any:
        failed: list[str] = []
        groups: set[str] = set()
        for record in event["Records"]:
            group = record["attributes"].get("MessageGroupId", record["messageId"])
            if record["body"] in bodies or group in groups:
                groups.add(group)
                failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}

    return answer
