"""Issues are kept with their waiters, found by scope, connection and awaited record, and closed whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.aws.table import Store
from shared.sync.errors import RetryLater
from shared.sync.issue import Awaited, Issue, OpenIssue
from shared.sync.ports import Due
from shared.sync.record import FlowKey, Name, Ref
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Items = Callable[[], list[dict[str, Any]]]

KEY = FlowKey("acme", "eautomate_service_calls")
CUSTOMERS = "eautomate_customers"
CALL = Ref("ticket-call", "cw", "55")
COMPANY = Ref("customer-company", "partner", "A#1")
OTHER = Ref("customer-company", "partner", "B")


def open_issue(
    now: datetime, code: str = "NOT_LINKED", *waits: Ref, scope: Ref = CALL, key: FlowKey = KEY
) -> OpenIssue:
    issue = Issue(
        code, scope, Name("Ticket 55", "https://cw.example/55"), "The company is not linked.", "Link it.", "mapping",
        waits_on=tuple(Awaited(CUSTOMERS, ref) for ref in waits), about=(Name("Acme"),),
    )  # fmt: skip
    return OpenIssue(key, scope, issue, first_seen=now, due=now + timedelta(minutes=5))


def waiters(items: Items) -> list[str]:
    return [item["pk"]["S"] for item in items() if item["pk"]["S"].startswith("waits#")]


def test_an_issue_comes_back_as_it_was_kept(store: Store, now: datetime) -> None:
    issue = replace(open_issue(now, "X", COMPANY), attempts=3, times_mailed=2, last_mailed=now)
    store.issues.keep(issue)
    assert store.issues.of_scope(KEY, CALL) == [issue]
    assert store.issues.of_connection("acme") == [issue]


def test_issues_are_found_by_scope_and_by_connection(store: Store, now: datetime) -> None:
    longer = Ref(CALL.kind, CALL.side, "555")
    first, second = open_issue(now, "A"), open_issue(now, "B")
    elsewhere = [
        open_issue(now, "A", scope=longer),
        open_issue(now, "A", key=FlowKey("acme", "eautomate_service_calls_too")),
    ]
    for issue in (first, second, *elsewhere, open_issue(now, "A", key=FlowKey("other", KEY.flow))):
        store.issues.keep(issue)
    assert store.issues.of_scope(KEY, CALL) == [first, second]
    assert len(store.issues.of_connection("acme")) == 4


def test_an_issue_is_found_by_the_record_it_waits_for_in_another_flow(store: Store, now: datetime) -> None:
    waiting, also = open_issue(now, "A", COMPANY, OTHER), open_issue(now, "B", COMPANY)
    for issue in (waiting, also, open_issue(now, "C", OTHER)):
        store.issues.keep(issue)
    customers = FlowKey("acme", CUSTOMERS)
    assert store.issues.waiting_on(customers, [COMPANY]) == [waiting, also]
    assert store.issues.waiting_on(KEY, [COMPANY]) == []
    assert store.issues.waiting_on(FlowKey("other", CUSTOMERS), [COMPANY]) == []
    assert len(store.issues.waiting_on(customers, [COMPANY, OTHER])) == 3


def test_the_waiter_is_there_before_the_issue(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, items: Items, now: datetime
) -> None:
    answers.refuse(dynamodb, "UpdateItem", "InternalServerError", status=500)
    with pytest.raises(RetryLater):
        store.issues.keep(open_issue(now, "A", COMPANY))
    assert waiters(items) == ["waits#acme#eautomate_customers#partner#customer-company#A%231"]
    assert store.issues.waiting_on(FlowKey("acme", CUSTOMERS), [COMPANY]) == [], "a waiter alone is no issue"


def test_closing_takes_the_waiters_along(store: Store, items: Items, now: datetime) -> None:
    issue = open_issue(now, "A", COMPANY, OTHER)
    store.issues.keep(issue)
    store.issues.close(issue)
    store.issues.close(issue)
    assert items() == []


def test_closing_takes_waiters_that_the_caller_does_not_know_of(store: Store, items: Items, now: datetime) -> None:
    store.issues.keep(open_issue(now, "A", OTHER))
    store.issues.close(open_issue(now, "A", COMPANY))
    assert items() == []


def test_a_close_that_was_cut_short_is_finished_by_the_next(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, items: Items, now: datetime
) -> None:
    issue = open_issue(now, "A", COMPANY)
    store.issues.keep(issue)
    answers.refuse(dynamodb, "BatchWriteItem", "InternalServerError", status=500)
    with pytest.raises(RetryLater):
        store.issues.close(issue)
    assert len(waiters(items)) == len(items()) == 1, "the issue went first"
    store.issues.close(issue)
    assert items() == []


def test_a_waiter_left_behind_does_not_wake_an_issue_that_waits_for_something_else(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    store.issues.keep(open_issue(now, "A", COMPANY, OTHER))
    no_longer = open_issue(now, "A")
    answers.refuse(dynamodb, "BatchWriteItem", "InternalServerError", status=500)
    with pytest.raises(RetryLater):
        store.issues.keep(no_longer)
    assert store.issues.of_connection("acme") == [no_longer]
    assert store.issues.waiting_on(FlowKey("acme", CUSTOMERS), [COMPANY]) == []


def test_an_issue_that_waits_for_another_record_now_is_not_found_by_the_first(
    store: Store, items: Items, now: datetime
) -> None:
    store.issues.keep(open_issue(now, "A", COMPANY))
    store.issues.keep(open_issue(now, "A", OTHER))
    assert waiters(items) == ["waits#acme#eautomate_customers#partner#customer-company#B"]


def test_unwritten_waiters_are_written_again(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, items: Items, now: datetime, waits: list[float]
) -> None:
    kept_back: list[Any] = []

    def first_only(params: dict[str, Any]) -> dict[str, Any]:
        ((table, requests),) = params["RequestItems"].items()
        kept_back.append({table: requests[1:]})
        return params | {"RequestItems": {table: requests[:1]}}

    answers.keep_back(dynamodb, "BatchWriteItem", first_only)
    answers.alter(dynamodb, "BatchWriteItem", lambda parsed: parsed.update(UnprocessedItems=kept_back[0]))
    store.issues.keep(open_issue(now, "A", COMPANY, OTHER))
    assert len(waiters(items)) == 2
    assert waits == [0.1]


def test_waiters_that_stay_unwritten_keep_the_issue_from_being_written(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    sent = answers.watch(dynamodb, "BatchWriteItem")
    answers.alter(
        dynamodb, "BatchWriteItem", lambda parsed: parsed.update(UnprocessedItems=sent[-1]["RequestItems"]), times=99
    )
    with pytest.raises(RetryLater, match="1 of 1 items unwritten"):
        store.issues.keep(open_issue(now, "A", COMPANY))
    assert store.issues.of_connection("acme") == []


def test_keeping_again_loses_neither_the_age_nor_the_mails_that_others_counted(store: Store, now: datetime) -> None:
    issue = open_issue(now)
    store.issues.keep(issue)
    store.issues.mailed([issue], now)
    later = replace(issue, first_seen=now + timedelta(hours=1), attempts=1)
    for again in (later, replace(later, times_mailed=7, last_mailed=now - timedelta(days=1))):
        store.issues.keep(again)
    (kept,) = store.issues.of_scope(KEY, CALL)
    assert kept == replace(issue, attempts=1, times_mailed=1, last_mailed=now)


def test_one_mailing_counts_once_and_never_for_a_closed_issue(store: Store, items: Items, now: datetime) -> None:
    issue, closed = open_issue(now, "A"), open_issue(now, "B")
    store.issues.keep(issue)
    store.issues.mailed([issue, closed], now)
    store.issues.mailed([issue, closed], now)
    (kept,) = store.issues.of_connection("acme")
    assert (kept.times_mailed, kept.last_mailed) == (1, now)
    store.issues.mailed([kept], now + timedelta(days=1))
    assert store.issues.of_connection("acme")[0].times_mailed == 2


def test_an_issue_is_due_at_its_time_and_names_its_scope(store: Store, now: datetime) -> None:
    store.issues.keep(open_issue(now, "NOT_LINKED"))
    assert list(store.flows.due(now)) == []
    (due,) = store.flows.due(now + timedelta(minutes=5))
    assert due == Due(KEY, now + timedelta(minutes=5), CALL, "retry#2026-11-02T09:05:00.000000Z")


def test_what_is_made_due_is_due_at_once(store: Store, now: datetime) -> None:
    issue = open_issue(now)
    store.issues.keep(issue)
    store.issues.make_due(issue, now)
    assert [due.occasion for due in store.flows.due(now)] == ["retry#2026-11-02T09:00:00.000000Z"]


def test_a_closed_issue_is_not_made_due(store: Store, items: Items, now: datetime) -> None:
    store.issues.make_due(open_issue(now), now)
    assert items() == []


def test_an_issue_that_nothing_retries_is_never_due(store: Store, now: datetime) -> None:
    store.issues.keep(open_issue(now))
    store.issues.keep(replace(open_issue(now), due=None))
    assert list(store.flows.due(now + timedelta(days=400))) == []
    assert store.issues.of_scope(KEY, CALL)[0].due is None
