"""Makes a stack's tables, queues, secrets and mail identities in the local AWS, by boto3."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

from infra.local.cloud.stack import REGION, Queue, Stack, Table
from shared.aws.clients import Clients

# Clients are the same for every cloud of this process: they keep nothing of what they did, and take long to make.


@cache
def client(service: str) -> Any:
    """A boto3 client of the local AWS."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@cache
def clients() -> Clients:
    """Those that functions ask the local AWS by."""
    return Clients()


def create(stack: Stack) -> None:
    """Makes all of it; the local AWS must be empty."""
    for table in stack.tables.values():
        _create_table(table)
    _create_queues(list(stack.queues.values()))
    for secret in stack.secrets.values():
        put_secret(secret.name, secret.value)
    for identity in stack.identities:
        verify(identity)


def put_secret(name: str, value: str) -> None:
    """Makes a secret, or gives it a new version."""
    secrets = client("secretsmanager")
    try:
        secrets.create_secret(Name=name, SecretString=value)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=name, SecretString=value)


def verify(identity: str) -> None:
    """Lets SES send from an address or a domain."""
    ses = client("ses")
    if "@" in identity:
        ses.verify_email_identity(EmailAddress=identity)
    else:
        ses.verify_domain_identity(Domain=identity)


def _create_table(table: Table) -> None:
    dynamodb = client("dynamodb")
    dynamodb.create_table(TableName=table.name, **table.definition)
    if table.expires:
        dynamodb.update_time_to_live(
            TableName=table.name, TimeToLiveSpecification={"AttributeName": table.expires, "Enabled": True}
        )
    if table.recoverable:
        dynamodb.update_continuous_backups(
            TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )


def _create_queues(queues: list[Queue]) -> None:
    """Those that have a dead-letter queue come after it: SQS wants it to be there."""
    sqs = client("sqs")
    for queue in sorted(queues, key=lambda queue: bool(queue.redrive)):
        redrive = {"RedrivePolicy": json.dumps(queue.redrive)} if queue.redrive else {}
        sqs.create_queue(QueueName=queue.name, Attributes={**queue.attributes, **redrive})
