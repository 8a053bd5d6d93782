"""The short way to the local DynamoDB and SQS answers what the long way answers, refusals included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import Cloud, LocalClock, shortcut
from tests.local.conftest import NOON, SMALL

NAMES = {"#v": "value"}
HERE = {"pk": {"S": "p"}, "sk": {"S": "a"}}
THERE = {"pk": {"S": "p"}, "sk": {"S": "b"}}
ITEM = {
    **HERE,
    "value": {"M": {"ü": {"L": [{"N": "1.50"}, {"BOOL": False}, {"NULL": True}]}, "raw": {"B": b"\x00\xff"}}},
    "all": {"SS": ["x", "y"]},
}


def asked(cloud: Cloud) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """Calls of every sort that functions make: client, method, parameters."""
    dynamodb, sqs = cloud.client("dynamodb"), cloud.client("sqs")
    table, queue = {"TableName": cloud.table}, {"QueueUrl": cloud.queue_url("Queue")}
    one = {":one": {"S": "1"}}
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    yield dynamodb, "describe_table", table
    yield dynamodb, "put_item", {**table, "Item": ITEM, **absent}
    yield dynamodb, "put_item", {**table, "Item": ITEM, **absent, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    yield dynamodb, "get_item", {**table, "Key": HERE}
    yield dynamodb, "get_item", {**table, "Key": THERE, "ReturnConsumedCapacity": "TOTAL"}
    yield dynamodb, "get_item", {**table, "Key": {"pk": {"N": "1"}, "sk": {"S": "a"}}}
    yield dynamodb, "get_item", {"TableName": "none", "Key": HERE}
    update = {"UpdateExpression": "SET #v = :one", "ExpressionAttributeNames": NAMES, "ExpressionAttributeValues": one}
    yield dynamodb, "update_item", {**table, "Key": THERE, **update, "ReturnValues": "ALL_NEW"}
    yield dynamodb, "update_item", {**table, "Key": THERE, **update, "UpdateExpression": "SET #v = :none"}
    yield dynamodb, "update_item", {**table, "Key": THERE, **update, "UpdateExpression": "SETS"}
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
    yield dynamodb, "query", {**table, **query, "Limit": 1}
    yield dynamodb, "query", {**table, **query, "ScanIndexForward": False}
    yield dynamodb, "scan", table
    yield dynamodb, "batch_get_item", {"RequestItems": {cloud.table: {"Keys": [HERE, THERE]}}}
    check = {"Put": {**table, "Item": ITEM, **absent}}
    yield dynamodb, "transact_write_items", {"TransactItems": [{"Delete": {**table, "Key": THERE}}, check]}
    yield dynamodb, "transact_write_items", {"TransactItems": [{"Delete": {**table, "Key": THERE}}]}
    yield dynamodb, "delete_item", {**table, "Key": HERE, "ReturnValues": "ALL_OLD"}
    message = {"MessageBody": "ü", "MessageGroupId": "g"}
    attributes = {"who": {"DataType": "String", "StringValue": "we"}}
    yield sqs, "send_message", {**queue, **message, "MessageDeduplicationId": "1", "MessageAttributes": attributes}
    yield sqs, "send_message", {"QueueUrl": queue["QueueUrl"] + "no", "MessageBody": "x"}
    batch = [{"Id": str(n), **message, "MessageDeduplicationId": f"d{n}"} for n in range(3)]
    yield sqs, "send_message_batch", {**queue, "Entries": batch}
    yield sqs, "send_message_batch", {**queue, "Entries": []}
    every = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
    yield sqs, "receive_message", {**queue, **every}
    yield sqs, "receive_message", {**queue, **every}
    yield sqs, "delete_message", {**queue, "ReceiptHandle": "none"}
    yield sqs, "get_queue_attributes", {**queue, "AttributeNames": ["All"]}


VARYING = {"ResponseMetadata", "MessageId", "ReceiptHandle", "SenderId", "TableId", "CreationDateTime"}
VARYING |= {"CreatedTimestamp", "LastModifiedTimestamp"}


def plain(answer: Any) -> Any:
    """An answer without what is another each time; its kinds of values stand for these."""
    if isinstance(answer, dict):
        return {name: type(value) if name in VARYING else plain(value) for name, value in answer.items()}
    return [plain(item) for item in answer] if isinstance(answer, list) else answer


def answers() -> list[Any]:
    with Cloud(SMALL, clock=LocalClock(NOON, still=True)) as cloud:
        found = []
        for client, method, parameters in asked(cloud):
            try:
                answer = getattr(client, method)(**parameters)
            except ClientError as error:
                answer = {"refused": type(error).__name__, **error.response}
            status = answer["ResponseMetadata"]["HTTPStatusCode"], answer["ResponseMetadata"]["RetryAttempts"]
            found.append((method, status, plain(answer)))
        return found


def test_both_ways_give_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    short = answers()
    monkeypatch.setattr(shortcut, "HANDLERS", {})
    long = answers()
    for one, other in zip(short, long, strict=True):
        assert one == other
    assert {status for _, (status, _), _ in short} == {200, 400}


def test_times_come_as_times() -> None:
    with Cloud(SMALL) as cloud:
        described = cloud.client("dynamodb").describe_table(TableName=cloud.table)["Table"]
        assert isinstance(described["CreationDateTime"], datetime)


def test_a_client_of_another_endpoint_goes_there(cloud: Cloud) -> None:
    """Who asks a served cloud does so by HTTP, also from its own process."""
    sent: list[str] = []
    far = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=cloud.serve())
    far.meta.events.register("before-send", lambda request, **_: sent.append(request.url))
    far.get_item(TableName=cloud.table, Key=HERE)
    assert len(sent) == 1
