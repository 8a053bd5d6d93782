"""Promise 3: what AWS left undone is repeated, or the work fails; nothing is lost in silence, nothing done twice."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.cloud.sqs import LocalSqs
from infra.local.cloud.stack import Stack
from shared.aws.clients import Clients
from shared.aws.dynamo import Delete, Put, Table
from shared.aws.links import Links
from shared.aws.patience import Patience
from shared.aws.queues import Queues
from shared.sync.change import Message, change
from shared.sync.change import read as read_message
from shared.sync.errors import Conflict, RetryLater, SyncError
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref
from tests.effort import effort
from tests.properties.partial import Cancelling, PartlyDone, Script

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FLOW = "eautomate_customers"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TRIES = 3
PATIENCE = Patience(tries=TRIES, sleep=lambda _: None)

anywhere = st.lists(st.frozensets(st.integers(0, 30), max_size=12), max_size=10)
"""Mostly overcome within the patience, sometimes not."""
partitions = (f"p{number}" for number in itertools.count())


def _put(pk: str, number: int, value: str) -> Put:
    return Put({"pk": pk, "sk": f"{number:03}", "value": value})


@given(st.sets(st.integers(0, 60), min_size=1), st.sets(st.integers(0, 60)), anywhere)
@effort(60, 4_000)
def test_a_batch_of_writes_is_done_whole_and_once_or_fails(
    dynamodb: DynamoDBClient, table: str, puts: set[int], gone: set[int], script: Script
) -> None:
    pk, before = next(partitions), sorted(gone)
    calm = Table(dynamodb, table, PATIENCE)
    calm.write_each(_put(pk, number, "old") for number in before)
    news = sorted(puts - gone)
    writes: list[Put | Delete] = [*(_put(pk, n, "new") for n in news), *(Delete((pk, f"{n:03}")) for n in before)]
    client: Any = PartlyDone(dynamodb, script)
    try:
        Table(client, table, PATIENCE).write_each(writes)
    except RetryLater:
        assert client.left, "given up, although nothing was left"
        calm.write_each(writes)
    else:
        assert sum(map(len, client.done)) == len(writes), "each write once, and none left"
    assert [(item["sk"], item["value"]) for item in calm.query("#pk = :pk", pk=pk)] == [
        (f"{n:03}", "new") for n in news
    ]


@given(st.sets(st.integers(0, 150), min_size=1), st.sets(st.integers(0, 150)), anywhere)
@effort(60, 4_000)
def test_a_batch_of_reads_finds_all_there_is_or_fails(
    dynamodb: DynamoDBClient, table: str, asked: set[int], there: set[int], script: Script
) -> None:
    pk = next(partitions)
    Table(dynamodb, table, PATIENCE).write_each(_put(pk, number, "here") for number in there)
    client: Any = PartlyDone(dynamodb, script)
    try:
        found = Table(client, table, PATIENCE).read((pk, f"{number:03}") for number in sorted(asked))
    except RetryLater:
        assert client.left, "given up, although nothing was left"
    else:
        assert set(found) == {(pk, f"{number:03}") for number in asked & there}
        assert sum(map(len, client.done)) == len(asked), "each key once"


@pytest.fixture
def queue(stack: Stack, clients: Clients) -> str:
    """The URL of the flow's queue, one that remembers for five minutes what came."""
    LocalSqs.install(lambda: NOW)
    made = stack.queue_of(FLOW)
    attributes: Any = dict(made.attributes)
    return clients.sqs.create_queue(QueueName=made.name, Attributes=attributes)["QueueUrl"]


runs = itertools.count()


@given(st.integers(1, 35), anywhere)
@effort(40, 2_000)
def test_every_message_is_sent_once_or_the_sending_fails_and_can_be_repeated(
    clients: Clients, queue: str, how_many: int, script: Script
) -> None:
    key, run = FlowKey("acme", FLOW), next(runs)
    messages: list[Message] = [change(key, Ref("k", "cw", str(n)), f"run {run}", NOW) for n in range(how_many)]
    client: Any = PartlyDone(clients.sqs, script)
    try:
        Queues(client, lambda _flow: queue, PATIENCE).send(messages)
    except RetryLater:
        assert client.left, "given up, although nothing was left"
        Queues(clients.sqs, lambda _flow: queue, PATIENCE).send(messages)
    else:
        assert sum(map(len, client.done)) == how_many
    received = _drained(clients, queue)
    assert sorted(received, key=str) == sorted(messages, key=str)


def _drained(clients: Clients, queue: str) -> list[Message]:
    received: list[Message] = []
    while got := clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        received += [read_message(message["Body"]) for message in got]
        for message in got:
            clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return received


MEETS, LOST, ODD, FINE = "TransactionConflict", "ConditionalCheckFailed", "ValidationError", "None"
reasons = st.lists(st.sampled_from([FINE, FINE, MEETS, LOST, ODD]), min_size=2, max_size=2).filter(
    lambda codes: set(codes) != {FINE}
)


@given(st.lists(reasons | st.just([MEETS, FINE]) | st.just([FINE, MEETS]), max_size=TRIES + 1))
@effort(80, 4_000)
def test_transactions_that_meet_are_repeated_and_lost_ones_are_not(
    dynamodb: DynamoDBClient, table: str, cancelled: list[list[str]]
) -> None:
    """Wherever in the transaction another one was met: a lost condition, in any other place, counts before that."""
    key = FlowKey(next(partitions), FLOW)
    client: Any = Cancelling(dynamodb, cancelled)
    links = Links(Table(client, table, PATIENCE))
    link = Link("k", "1", "A", linked_at=NOW)
    ends = (link.ref("cw"), link.ref("partner"))
    final = next((codes for codes in cancelled[:TRIES] if set(codes) != {MEETS} and set(codes) != {MEETS, FINE}), None)
    expected: type[Exception] | None = None
    if final is not None:
        expected = Conflict if LOST in final else SyncError
    elif len(cancelled) >= TRIES:
        expected = RetryLater
    if expected is None:
        links.link(key, link)
        assert links.find(key, [link.ref("cw"), link.ref("partner")]) == {
            link.ref("cw"): link,
            link.ref("partner"): link,
        }
    else:
        with pytest.raises(SyncError) as raised:
            links.link(key, link)
        assert type(raised.value) is expected or (expected is RetryLater and isinstance(raised.value, RetryLater))
        assert links.find(key, ends) == {}
    tried = cancelled.index(final) + 1 if final in cancelled else min(len(cancelled) + 1, TRIES)
    assert len(client.calls) == tried
    assert len({call["ClientRequestToken"] for call in client.calls}) == 1, "a repeat is told by its token"
