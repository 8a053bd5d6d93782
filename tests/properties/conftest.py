"""Fixtures of the property tests: moto in process, with table and queues as template.yaml has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.cloud.stack import Stack
from shared.aws.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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
