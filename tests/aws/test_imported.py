"""Imported rows in the table: written once, replaced where they differ, apart by flow and scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.aws.table import Store
from shared.sync.errors import RetryLater
from shared.sync.imported import Row
from shared.sync.record import FlowKey
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = FlowKey("acme", "quickpass_contacts")


def test_rows_come_back_as_they_were_by_id_and_apart(store: Store) -> None:
    rows = [Row("b", {"email": "b@x.example", "mobile": ""}), Row("a#1", {"email": "ä@x.example"})]
    assert store.imported.put(KEY, "g#1", rows) == 2
    assert store.imported.rows(KEY, "g#1") == rows[::-1]
    for other, scope in ((KEY, "g"), (FlowKey("other", KEY.flow), "g#1"), (FlowKey("acme", "else"), "g#1")):
        assert store.imported.rows(other, scope) == []


def test_only_what_differs_is_written_and_nothing_goes_by_absence(store: Store) -> None:
    store.imported.put(KEY, "g", [Row("a", {"email": "1"}), Row("b", {"email": "2"})])
    assert store.imported.put(KEY, "g", [Row("a", {"email": "1"})]) == 0
    assert store.imported.put(KEY, "g", [Row("a", {"email": "3"})]) == 1
    assert store.imported.rows(KEY, "g") == [Row("a", {"email": "3"}), Row("b", {"email": "2"})]
    store.imported.remove(KEY, "g", ["b", "nobody"])
    assert [row.id for row in store.imported.rows(KEY, "g")] == ["a"]


def test_thousands_are_no_matter(store: Store) -> None:
    rows = [Row(f"{number:05}", {"n": str(number)}) for number in range(120)]
    assert store.imported.put(KEY, "g", rows) == len(rows)
    assert store.imported.rows(KEY, "g") == rows


def test_a_put_that_was_cut_short_is_completed_by_putting_again(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    rows = [Row(f"{number:02}", {"n": str(number)}) for number in range(30)]
    answers.refuse(dynamodb, "BatchWriteItem", "InternalServerError", status=500)
    with pytest.raises(RetryLater):
        store.imported.put(KEY, "g", rows)
    store.imported.put(KEY, "g", rows)
    assert store.imported.rows(KEY, "g") == rows
