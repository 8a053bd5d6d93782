"""A cloud of the small template, on a clock that stands still until it is turned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.cloud import Cloud, LocalClock
from tests.local import tiny

SMALL = Path(__file__).with_name("template.yaml")
NOON = datetime(2026, 3, 6, 12, 0, 30, tzinfo=UTC)
Send = Callable[..., None]


def told(monkeypatch: pytest.MonkeyPatch, name: str) -> tiny.Told:
    """What one of the tiny functions is to keep during a test."""
    kept = tiny.Told()
    monkeypatch.setattr(tiny, name, kept)
    return kept


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> tiny.Told:
    return told(monkeypatch, "batches")


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> tiny.Told:
    return told(monkeypatch, "ticks")


@pytest.fixture
def cloud(batches: tiny.Told, ticks: tiny.Told) -> Iterator[Cloud]:
    with Cloud(SMALL, clock=LocalClock(NOON, still=True)) as started:
        yield started


@pytest.fixture
def send(cloud: Cloud) -> Send:
    """Sends messages `group:body` (each with an occasion of its own, unless one is given) to the FIFO queue."""
    sqs, url = cloud.client("sqs"), cloud.queue_url("Queue")
    sent = 0

    def send(*messages: str, occasion: str = "") -> None:
        nonlocal sent
        for message in messages:
            group, body = message.split(":")
            sent += 1
            sqs.send_message(
                QueueUrl=url,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=occasion or f"occasion-{sent}",
            )

    return send
