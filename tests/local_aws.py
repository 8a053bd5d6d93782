"""An AWS of this process for tests of what stands on it: moto's, by the local cloud's short way and with its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from moto import mock_aws

from infra.local.cloud.dynamodb import LocalDynamoDB
from infra.local.cloud.shortcut import shortcut
from infra.local.cloud.stack import Stack
from infra.local.cloud.template import read

TABLE = "crosswise"
ENVIRONMENT: Mapping[str, str] = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "crosswise",
    "TABLE": TABLE,
}
"""What a function's environment must have."""

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


def template() -> Stack:
    """What template.yaml makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", ENVIRONMENT["AWS_DEFAULT_REGION"])
        return read(TEMPLATE, endpoint="https://sqs.us-east-1.amazonaws.com")


@contextmanager
def local_aws() -> Iterator[None]:
    """An empty one; what `tests/aws` proves of our use of AWS it proves over moto as it is."""
    with mock_aws(), shortcut():
        LocalDynamoDB.install()
        yield
