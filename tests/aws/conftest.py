"""Fixtures of the AWS tests: moto in process, with table and queues as template.yaml has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from shared.aws.clients import Clients
from shared.aws.patience import Patience
from shared.aws.table import Store
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
NAME = "crosswise-Table"


@pytest.fixture(scope="session")
def template() -> Mapping[str, Any]:
    """template.yaml as written; the schema of table and queues needs no translation."""
    read: Mapping[str, Any] = yaml_parse(TEMPLATE.read_text())
    return read


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def clients() -> Clients:
    """Clients that repeat nothing by themselves."""
    return Clients(attempts=1)


@pytest.fixture
def dynamodb(clients: Clients) -> DynamoDBClient:
    return clients.dynamodb


@pytest.fixture
def table(template: Mapping[str, Any], dynamodb: DynamoDBClient) -> str:
    """The name of the table, made from the template's own properties."""
    made = dict(template["Resources"]["Table"]["Properties"])
    expiry = made.pop("TimeToLiveSpecification")
    recovery = made.pop("PointInTimeRecoverySpecification")
    for conditional in [name for name, value in made.items() if isinstance(value, Mapping) and "Fn::If" in value]:
        del made[conditional]  # one's own key and the like, of which moto shows nothing
    dynamodb.create_table(TableName=NAME, **made)
    dynamodb.update_time_to_live(TableName=NAME, TimeToLiveSpecification=expiry)
    dynamodb.update_continuous_backups(TableName=NAME, PointInTimeRecoverySpecification=recovery)
    return NAME


@pytest.fixture
def waits() -> list[float]:
    """The seconds that were waited between tries."""
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    return Patience(tries=3, first=0.1, longest=1.0, sleep=waits.append, chance=lambda: 1.0)


@pytest.fixture
def store(dynamodb: DynamoDBClient, table: str, patience: Patience) -> Store:
    return Store(dynamodb, table, patience)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def items(dynamodb: DynamoDBClient, table: str) -> Callable[[], list[dict[str, Any]]]:
    """All items of the table, as DynamoDB has them, by key."""

    def scan() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            found += page["Items"]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    return scan


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
