"""Fixtures of the property tests: moto in process, with table and queues as template.yaml has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.cloud.stack import Stack
from infra.local.cloud.template import read
from shared.aws.clients import Clients
from tests.local_aws import local_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with local_aws():
        yield


@pytest.fixture(scope="session")
def stack() -> Stack:
    """What template.yaml makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return read(TEMPLATE, endpoint="https://sqs.us-east-1.amazonaws.com")


@pytest.fixture
def clients(aws: None) -> Clients:
    """Clients that repeat nothing by themselves."""
    return Clients(attempts=1)


@pytest.fixture
def dynamodb(clients: Clients) -> DynamoDBClient:
    return clients.dynamodb


@pytest.fixture
def table(aws: None, stack: Stack, dynamodb: DynamoDBClient) -> str:
    """The name of the table, made from the template's own properties."""
    made = stack.tables["Table"]
    dynamodb.create_table(**{**made.definition, "TableName": made.name})
    return made.name
