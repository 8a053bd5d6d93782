"""Fixtures of the tests of callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from functions import wiring
from infra.local.cloud import Cloud, LocalClock
from tests.callbacks.site import Site
from tests.callbacks.world import World
from tests.serving import serving

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


@pytest.fixture
def other_site() -> Iterator[Site]:
    """Another tenant's."""
    with Site("other") as running:
        yield running


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def running(lines: list[str]) -> Iterator[Cloud]:
    """A local cloud for the tests of a module, one after the other."""
    with Cloud(clock=LocalClock(START, still=True), output=lines.append) as cloud:
        yield cloud


@pytest.fixture
def printed(lines: list[str]) -> list[str]:
    """What functions print from now on, piece by piece."""
    lines.clear()
    return lines


@pytest.fixture
def cloud(running: Cloud) -> Cloud:
    """A cloud that holds nothing, and whose process has just started."""
    running.trouble.end()
    for queue in running.stack.queues:
        running.client("sqs").purge_queue(QueueUrl=running.queue_url(queue))
    table, dynamodb = running.table, running.client("dynamodb")
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    running.clock.turn(minutes=6)  # the queue forgets what it has seen
    wiring.use(clock=running.clock)
    return running


@pytest.fixture
def world(cloud: Cloud, site: Site) -> World:
    return World(cloud, site)
