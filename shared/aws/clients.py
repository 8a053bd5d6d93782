"""The boto3 clients, each made when first used, all of one session."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sqs import SQSClient


class Clients:
    """Clients with short timeouts (seconds) and standard retries.

    `attempts` counts the first try. Mail is tried once only: SES would send it twice. `AWS_ENDPOINT_URL` and its like
    are honoured by boto3 itself.
    """

    def __init__(
        self, session: boto3.session.Session | None = None, *, attempts: int = 4, connect: float = 2, read: float = 10
    ) -> None:
        self._session = session or boto3.session.Session()
        self._config = Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"mode": "standard", "total_max_attempts": attempts},
            tcp_keepalive=True,
        )

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self._session.client("dynamodb", config=self._config)

    @cached_property
    def sqs(self) -> SQSClient:
        return self._session.client("sqs", config=self._config)

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        return self._session.client("secretsmanager", config=self._config)

    @cached_property
    def ses(self) -> SESClient:
        once = Config(retries={"mode": "standard", "total_max_attempts": 1})
        return self._session.client("ses", config=self._config.merge(once))
