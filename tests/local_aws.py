"""An AWS of this process for tests of what stands on it: moto's, by the local cloud's short way and with its table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws

from infra.local.cloud.dynamodb import LocalDynamoDB
from infra.local.cloud.shortcut import shortcut


@contextmanager
def local_aws() -> Iterator[None]:
    """An empty one; what `tests/aws` proves of our use of AWS it proves over moto as it is."""
    with mock_aws(), shortcut():
        LocalDynamoDB.install()
        yield
