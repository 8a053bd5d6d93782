"""The table of the local cloud finds, refuses and rolls back as moto's own does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.cloud import Cloud
from infra.local.cloud.template import read
from tests.local.conftest import SMALL

TABLE = "crosswise-Table"
Find = Callable[..., list[str]]


def item(pk: str, sk: str, **more: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **more}.items()}


def fill(dynamodb: Any) -> None:
    for n in range(30):
        due = {"due": "due"} if n % 3 == 0 else {}
        dynamodb.put_item(TableName=TABLE, Item=item(f"p{n % 2}", f"{'ab'[n % 4 // 2]}#{n:02d}", **due))
    dynamodb.delete_item(TableName=TABLE, Key=item("p0", "a#00"))
    dynamodb.update_item(
        TableName=TABLE,
        Key=item("p1", "b#03"),
        UpdateExpression="REMOVE #d",
        ExpressionAttributeNames={"#d": "due"},
    )


def query(dynamodb: Any, condition: str, **values: Any) -> list[list[str]]:
    """The keys found, page by page."""
    request = {name: values.pop(name) for name in list(values) if name[0].isupper()}
    request["ExpressionAttributeValues"] = {f":{name}": {"S": value} for name, value in values.items()}
    pages = []
    while True:
        answer = dynamodb.query(TableName=TABLE, KeyConditionExpression=condition, **request)
        pages.append([f"{found['pk']['S']} {found['sk']['S']}" for found in answer["Items"]])
        if "LastEvaluatedKey" not in answer:
            return pages
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("pk = :p", {"p": "p0"}),
    ("pk = :p", {"p": "nobody"}),
    ("pk = :p", {"p": "p1", "ScanIndexForward": False}),
    ("pk = :p", {"p": "p1", "Limit": 4}),
    ("pk = :p AND begins_with(sk, :s)", {"p": "p0", "s": "b#"}),
    ("pk = :p AND begins_with(sk, :s)", {"p": "p0", "s": "b#", "Limit": 2}),
    ("pk = :p AND begins_with(sk, :s)", {"p": "p0", "s": "b#", "Limit": 3, "ScanIndexForward": False}),
    ("pk = :p AND sk BETWEEN :a AND :b", {"p": "p1", "a": "a#05", "b": "b#10"}),
    ("pk = :p AND sk <= :a", {"p": "p1", "a": "a#20"}),
    ("due = :d", {"d": "due", "IndexName": "due"}),
    ("due = :d", {"d": "due", "IndexName": "due", "Limit": 3}),
    ("due = :d AND sk <= :s", {"d": "due", "s": "a#20", "IndexName": "due"}),
    ("due = :d", {"d": "never", "IndexName": "due"}),
]


def test_queries_find_what_moto_finds(cloud: Cloud) -> None:
    ours = cloud.client("dynamodb")
    fill(ours)
    found = [query(ours, condition, **values) for condition, values in QUERIES]
    definition = cloud.stack.tables["Table"].definition
    cloud.stop()
    with mock_aws():
        theirs = boto3.client("dynamodb", region_name="us-east-1")
        theirs.create_table(TableName=TABLE, **definition)
        fill(theirs)
        expected = [query(theirs, condition, **values) for condition, values in QUERIES]
    assert found == expected
    assert any(len(pages) > 2 for pages in found)
    assert all(
        any(pages)
        for pages, (_, values) in zip(found, QUERIES, strict=True)
        if "never" not in values.values() and "nobody" not in values.values()
    )


def test_a_transaction_that_fails_leaves_nothing(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_item(TableName=TABLE, Item=item("p", "changed", value="before"))
    dynamodb.put_item(TableName=TABLE, Item=item("p", "deleted"))
    before = dynamodb.scan(TableName=TABLE)["Items"]
    writes = [
        {"Put": {"TableName": TABLE, "Item": item("p", "new")}},
        {"Put": {"TableName": TABLE, "Item": item("p", "replaced too", value="x")}},
        {
            "Update": {
                "TableName": TABLE,
                "Key": item("p", "changed"),
                "UpdateExpression": "SET #v = :v",
                "ExpressionAttributeNames": {"#v": "value"},
                "ExpressionAttributeValues": {":v": {"S": "after"}},
            }
        },
        {"Delete": {"TableName": TABLE, "Key": item("p", "deleted")}},
        {
            "ConditionCheck": {
                "TableName": TABLE,
                "Key": item("p", "nowhere"),
                "ConditionExpression": "attribute_exists(pk)",
            }
        },
    ]
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=writes)
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["None", "None", "None", "None", "ConditionalCheckFailed"]
    assert dynamodb.scan(TableName=TABLE)["Items"] == before
    dynamodb.transact_write_items(TransactItems=writes[:-1])
    assert [found["sk"]["S"] for found in dynamodb.scan(TableName=TABLE)["Items"]] == ["changed", "new", "replaced too"]


def test_the_table_is_as_the_template_says(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    table = dynamodb.describe_table(TableName=TABLE)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["due"]
    expiry = dynamodb.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    recovery = dynamodb.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert read(SMALL, endpoint="http://x").tables["Table"].name == TABLE == cloud.table
