"""History is found by record and by flow, in order, and ends after 400 days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.aws.table import Store
from shared.sync.clock import stamp
from shared.sync.errors import FailedRequest
from shared.sync.history import Entry
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = FlowKey("acme", "eautomate_customers")
RECORD = Ref("customer-company", "partner", "A#1")


def entry(at: datetime, record: Ref = RECORD, key: FlowKey = KEY) -> Entry:
    fields = {"limit": Decimal("10.50"), "name": None}
    return Entry(key, record, f"{stamp(at)}-x", at, "sync", "Updated.", {"limit": Decimal(1)}, fields, "run#1")


def test_the_history_of_a_record_comes_back_in_order(store: Store, now: datetime) -> None:
    entries = [entry(now + timedelta(minutes=minute)) for minute in range(3)]
    store.journal.record([*reversed(entries), entry(now, Ref(RECORD.kind, RECORD.side, "A"))])
    assert store.journal.of_record(KEY, RECORD) == entries
    assert store.journal.of_record(FlowKey("other", KEY.flow), RECORD) == []


def test_the_history_of_a_flow_is_read_from_a_time_on(store: Store, now: datetime) -> None:
    entries = [entry(now + timedelta(minutes=minute), Ref("k", "cw", str(minute))) for minute in range(3)]
    store.journal.record([*entries, entry(now, key=FlowKey("acme", "other"))])
    assert store.journal.of_flow(KEY, now + timedelta(minutes=1)) == entries[1:]


def test_many_entries_are_written_in_requests_of_25(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    calls = answers.watch(dynamodb, "BatchWriteItem")
    entries = [entry(now + timedelta(seconds=second)) for second in range(30)]
    store.journal.record(entries)
    assert store.journal.of_record(KEY, RECORD) == entries
    assert [len(requests) for call in calls for requests in call["RequestItems"].values()] == [25, 5]


def test_nothing_to_record_is_no_request(store: Store, dynamodb: DynamoDBClient, answers: Answers) -> None:
    calls = answers.watch(dynamodb, "BatchWriteItem")
    store.journal.record([])
    assert calls == []


def test_history_expires_after_400_days_however_it_was_written(
    store: Store, dynamodb: DynamoDBClient, table: str, items: Callable[[], list[dict[str, Any]]], now: datetime
) -> None:
    store.journal.record([entry(now)])
    store.links.link(KEY, Link("k", "1", "A"), entry=entry(now + timedelta(seconds=1)))
    expires = [int(item["expires"]["N"]) for item in items() if item["type"]["S"] == "history"]
    assert expires == [int((now + timedelta(days=400)).timestamp()) + second for second in (0, 1)]
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert all("expires" not in item for item in items() if item["type"]["S"] in ("link", "pointer"))


def test_a_request_that_failed_comes_back_and_is_known_for_ninety_days(
    store: Store, items: Callable[[], list[dict[str, Any]]], now: datetime
) -> None:
    request = FailedRequest("moovila", "PATCH", "tasks/7", 0, "no answer in time")
    told = replace(entry(now), request=request)
    store.journal.record([told])
    assert list(store.journal.of_record(KEY, told.record)) == [told]
    (item,) = items()
    assert int(item["expires"]["N"]) == int((told.at + timedelta(days=90)).timestamp())
