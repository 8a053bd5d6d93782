"""What AWS refuses or does not answer is named by what must be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from shared.aws.failures import aws_failures
from shared.aws.patience import Patience
from shared.aws.table import Store
from shared.sync.errors import ConfigurationWrong, OutcomeUnknown, RetryLater, SyncError
from shared.sync.record import FlowKey, Ref
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = FlowKey("acme", "eautomate_customers")
URL = "http://127.0.0.1"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ProvisionedThroughputExceededException", 400, RetryLater),
        ("ThrottlingException", 400, RetryLater),
        ("RequestLimitExceeded", 400, RetryLater),
        ("Unheard", 429, RetryLater),
        ("InternalServerError", 500, RetryLater),
        ("Unheard", 503, RetryLater),
        ("AccessDeniedException", 400, ConfigurationWrong),
        ("ResourceNotFoundException", 400, ConfigurationWrong),
        ("UnrecognizedClientException", 400, ConfigurationWrong),
        ("ValidationException", 400, SyncError),
    ],
)
def test_answers_are_named_by_what_to_do(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, code: str, status: int, expected: type[SyncError]
) -> None:
    answers.refuse(dynamodb, "GetItem", code, status=status)
    with pytest.raises(SyncError) as failure:
        store.flows.state(KEY)
    assert type(failure.value) is expected
    assert "GetItem" in str(failure.value)
    assert "Unheard" in str(failure.value) or code in str(failure.value)


@pytest.mark.parametrize(
    ("error", "expected", "once"),
    [
        (ReadTimeoutError(endpoint_url=URL), RetryLater, OutcomeUnknown),
        (ConnectionClosedError(endpoint_url=URL), RetryLater, OutcomeUnknown),
        (ConnectTimeoutError(endpoint_url=URL), RetryLater, RetryLater),
        (EndpointConnectionError(endpoint_url=URL), RetryLater, RetryLater),
        (NoCredentialsError(), ConfigurationWrong, ConfigurationWrong),
        (ParamValidationError(report="Parameter: hunter2"), SyncError, SyncError),
    ],
)
def test_no_answer_is_named_by_what_to_do(
    error: BotoCoreError, expected: type[SyncError], once: type[SyncError]
) -> None:
    for blindly, kind in ((False, expected), (True, once)):
        with pytest.raises(SyncError) as failure, aws_failures(once=blindly):
            raise error
        assert type(failure.value) is kind
        assert "hunter2" not in str(failure.value)


def test_a_cut_connection_reaches_the_engine_as_retry_later(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    answers.lose(dynamodb, "GetItem")
    with pytest.raises(RetryLater) as failure:
        store.flows.state(KEY)
    assert failure.value.system == "aws"


@pytest.mark.parametrize(
    "work",
    [
        lambda store, now: list(store.flows.due(now)),
        lambda store, _now: store.issues.of_connection("acme"),
        lambda store, _now: list(store.links.all_links(KEY)),
        lambda store, now: store.journal.of_flow(KEY, now),
    ],
)
def test_a_list_that_breaks_off_is_an_error(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime, work: Callable[[Store, datetime], Any]
) -> None:
    more = {"pk": {"S": "a"}, "sk": {"S": "b"}, "due_pk": {"S": "due"}, "due_at": {"S": "1"}, "log_pk": {"S": "l"}}
    answers.alter(dynamodb, "Query", lambda parsed: parsed.update(LastEvaluatedKey=more))
    answers.alter(dynamodb, "Query", lambda _parsed: answers.refuse(dynamodb, "Query", "Unheard", status=500))
    with pytest.raises(RetryLater):
        work(store, now)


def test_what_is_not_read_from_an_index_is_read_consistently(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    gets, queries = answers.watch(dynamodb, "GetItem"), answers.watch(dynamodb, "Query")
    store.flows.state(KEY)
    store.flows.connection("acme")
    store.leases.pace("t", now)
    store.leases.held("l", now)
    list(store.links.all_links(KEY))
    store.issues.of_connection("acme")
    store.issues.waiting_on(KEY, [Ref("k", "cw", "1")])
    store.journal.of_record(KEY, Ref("k", "cw", "1"))
    store.flows.connections()
    assert (len(gets), len(queries)) == (4, 5)
    assert all(call["ConsistentRead"] for call in gets + queries)
    list(store.flows.due(now))
    store.journal.of_flow(KEY, now)
    assert [call["IndexName"] for call in queries[5:]] == ["due", "log"]


def test_waits_double_up_to_the_longest_and_come_only_between_tries() -> None:
    waited: list[float] = []
    patience = Patience(tries=5, first=0.5, longest=1.5, sleep=waited.append, chance=lambda: 0.5)
    assert list(patience.attempts()) == [0, 1, 2, 3, 4]
    assert waited == [0.25, 0.5, 0.75, 0.75]
