"""The local AWS misbehaves on order, as AWS may."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import Cloud

TABLE = "crosswise-Table"


def entries(*bodies: str) -> list[dict[str, str]]:
    return [
        {"Id": str(n), "MessageBody": body, "MessageGroupId": body, "MessageDeduplicationId": body}
        for n, body in enumerate(bodies)
    ]


def item(name: str) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": name}}


def names(cloud: Cloud) -> list[str]:
    return sorted(found["sk"]["S"] for found in cloud.client("dynamodb").scan(TableName=TABLE)["Items"])


def test_entries_of_a_send_fail_and_the_rest_arrives(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue_url("Queue")
    cloud.trouble.fail_sends(entries=2)
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries("a", "b", "c"))
    assert [entry["Id"] for entry in answer["Successful"]] == ["0"]
    assert [(entry["Id"], entry["SenderFault"]) for entry in answer["Failed"]] == [("1", False), ("2", False)]
    assert cloud.messages("Queue") == ["a"]
    assert not sqs.send_message_batch(QueueUrl=url, Entries=entries("d")).get("Failed")


def test_every_entry_of_a_send_can_fail(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue_url("Queue")
    cloud.trouble.fail_sends(times=2, entries=9)
    for _ in range(2):
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries("a", "b"))
        assert (len(answer["Successful"]), len(answer["Failed"])) == (0, 2)
    assert cloud.messages("Queue") == []


def test_written_items_are_left_unprocessed(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    cloud.trouble.leave_unprocessed()
    requests = [{"PutRequest": {"Item": item(name)}} for name in "abc"]
    answer = dynamodb.batch_write_item(RequestItems={TABLE: requests})
    assert answer["UnprocessedItems"] == {TABLE: [requests[2]]}
    assert names(cloud) == ["a", "b"]
    cloud.trouble.leave_unprocessed(items=5)
    answer = dynamodb.batch_write_item(RequestItems=answer["UnprocessedItems"])
    assert answer["UnprocessedItems"] == {TABLE: [requests[2]]}
    assert dynamodb.batch_write_item(RequestItems=answer["UnprocessedItems"])["UnprocessedItems"] == {}
    assert names(cloud) == ["a", "b", "c"]


def test_read_keys_are_left_unprocessed(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_item(TableName=TABLE, Item=item("a"))
    dynamodb.put_item(TableName=TABLE, Item=item("b"))
    wanted = {TABLE: {"Keys": [item("a"), item("b")], "ConsistentRead": True}}
    cloud.trouble.leave_unprocessed()
    answer = dynamodb.batch_get_item(RequestItems=wanted)
    assert answer["Responses"][TABLE] == [item("a")]
    assert answer["UnprocessedKeys"] == {TABLE: {"Keys": [item("b")], "ConsistentRead": True}}
    cloud.trouble.leave_unprocessed(items=2)
    answer = dynamodb.batch_get_item(RequestItems=wanted)
    assert (answer["Responses"], answer["UnprocessedKeys"]) == ({}, wanted)


def test_a_transaction_meets_another_one(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    put = [{"Put": {"TableName": TABLE, "Item": item("a")}}]
    cloud.trouble.conflict()
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=put)
    assert [reason["Code"] for reason in caught.value.response["CancellationReasons"]] == ["TransactionConflict"]
    assert names(cloud) == []
    dynamodb.transact_write_items(TransactItems=put)
    assert names(cloud) == ["a"]


def test_any_operation_is_refused_with_any_code_and_nothing_is_done(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    cloud.trouble.refuse("PutItem", "ProvisionedThroughputExceededException", "slow down", times=2)
    for _ in range(2):
        with pytest.raises(ClientError, match=r"ProvisionedThroughputExceededException.*slow down"):
            dynamodb.put_item(TableName=TABLE, Item=item("a"))
    assert names(cloud) == []
    cloud.trouble.refuse("PutItem", "InternalServerError")
    cloud.trouble.end()
    dynamodb.put_item(TableName=TABLE, Item=item("a"))
    assert names(cloud) == ["a"]
