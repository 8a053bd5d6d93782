"""The engine on the real table (moto), with a toy flow whose two systems are dicts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from infra.local.cloud.template import read
from shared.aws.clients import Clients
from shared.aws.table import Store
from tests.aws.conftest import TEMPLATE
from tests.engine.bench import Bench
from tests.local_aws import local_aws


@pytest.fixture(scope="session")
def stack() -> Stack:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return read(TEMPLATE, endpoint="https://sqs.us-east-1.amazonaws.com")


@pytest.fixture
def bench(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with local_aws():
        dynamodb = Clients(attempts=1).dynamodb
        made = stack.tables["Table"]
        dynamodb.create_table(TableName=made.name, **made.definition)
        yield Bench(Store(dynamodb, made.name))
