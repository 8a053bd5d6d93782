"""What the local cloud's table makes of an update expression is what DynamoDB makes of it, whatever way it takes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import Cloud

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
BEFORE: dict[str, Any] = {"n": {"N": "1"}, "text": {"S": "a"}, "list": {"L": [{"S": "x"}, {"S": "y"}, {"S": "z"}]}}
BEFORE |= {"map": {"M": {"in": {"S": "deep"}}}, "set": {"SS": ["one"]}}

CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("SET #text = :s", {"text": {"S": "new"}}),
    ("SET #text = :s, #other = :n REMOVE #n", {"text": {"S": "new"}, "other": {"N": "5"}, "n": None}),
    ("SET #map.#in = :s, #map.#other = :n", {"map": {"M": {"in": {"S": "new"}, "other": {"N": "5"}}}}),
    ("SET #n = #n + :n", {"n": {"N": "6"}}),
    ("SET #n = if_not_exists(#n, :n), #other = if_not_exists(#other, :n)", {"other": {"N": "5"}}),
    ("SET #list = list_append(#list, :l)", {"list": {"L": [*BEFORE["list"]["L"], {"S": "more"}]}}),
    ("SET #text = #map.#in, #map.#in = #text", {"text": {"S": "deep"}, "map": {"M": {"in": {"S": "a"}}}}),
    ("REMOVE #list[0], #list[2]", {"list": {"L": [{"S": "y"}]}}),
    ("ADD #n :n, #set :ss", {"n": {"N": "6"}, "set": {"SS": ["one", "two"]}}),
    ("DELETE #set :one", {"set": None}),
]
REFUSED = {
    "SET #text = :s, #text = :n": "overlap",
    "SET #map.#in = :s, #map.#in.#other = :s": "overlap",
    "SET #text = :s SET #other = :n": "section can only be used once",
    "REMOVE #text REMOVE #other": "section can only be used once",
    "SET #pk = :s": "part of the key",
    "SET #text = :nothing": "not defined",
    "SET #other.#in = :s": "document path",
    "SET #n = #text + :n": "type",
    "SET": "Syntax error",
}
NAMES = {f"#{name}": name for name in (*BEFORE, "other", "in", "pk")}
VALUES: dict[str, Any] = {":s": {"S": "new"}, ":n": {"N": "5"}, ":l": {"L": [{"S": "more"}]}}
VALUES |= {":ss": {"SS": ["two"]}, ":one": {"SS": ["one"]}}


def update(cloud: Cloud, expression: str) -> dict[str, Any]:
    """What the item is before and after, made anew and updated."""
    dynamodb = cloud.client("dynamodb")
    dynamodb.put_item(TableName=cloud.table, Item={**KEY, **BEFORE})
    request: dict[str, Any] = {"TableName": cloud.table, "Key": KEY, "UpdateExpression": expression}
    for name, offered in (("ExpressionAttributeNames", NAMES), ("ExpressionAttributeValues", VALUES)):
        if used := {place: offered[place] for place in re.findall(r"[#:]\w+", expression) if place in offered}:
            request[name] = used
    dynamodb.update_item(**request)
    found: dict[str, Any] = dynamodb.get_item(TableName=cloud.table, Key=KEY)["Item"]
    return {name: value for name, value in found.items() if name not in KEY}


def test_what_an_expression_says_is_changed_and_nothing_else(cloud: Cloud) -> None:
    for _ in range(2):  # the second time it has been read already
        for expression, changed in CHANGES:
            expected = {name: value for name, value in {**BEFORE, **changed}.items() if value is not None}
            found = update(cloud, expression)
            for item in (found, expected):
                if "set" in item:
                    item["set"] = {"SS": sorted(item["set"]["SS"])}
            assert found == expected, expression


@pytest.mark.parametrize("expression", REFUSED)
def test_what_dynamodb_refuses_is_refused_and_changes_nothing(cloud: Cloud, expression: str) -> None:
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            update(cloud, expression)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        assert REFUSED[expression] in caught.value.response["Error"]["Message"]
        kept = cloud.client("dynamodb").get_item(TableName=cloud.table, Key=KEY)["Item"]
        assert kept == {**KEY, **BEFORE}
