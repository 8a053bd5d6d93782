"""Makes a stack's tables, queues, secrets and mail identities in the local AWS, by boto3."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

from infra.local.cloud.stack import REGION, Queue, Stack, Table


@cache
def client(service: str) -> Any:
    """A boto3 client of the local AWS, the same for every cloud of this process: it keeps nothing of what it did."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


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
    """First the queues, then who is whose dead-letter queue: SQS wants the latter to be there."""
    sqs = client("sqs")
    urls = {
        queue.id: sqs.create_queue(QueueName=queue.name, Attributes=dict(queue.attributes))["QueueUrl"]
        for queue in queues
    }
    for queue in queues:
        if queue.redrive:
            policy = {"RedrivePolicy": json.dumps(queue.redrive)}
            sqs.set_queue_attributes(QueueUrl=urls[queue.id], Attributes=policy)
