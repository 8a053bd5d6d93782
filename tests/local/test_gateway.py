"""The local AWS as other processes reach it, and the mail and secrets that it holds."""

from __future__ import annotations

import email.message
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.cloud import Cloud
from tests.local import tiny


def outside(service: str, endpoint: str) -> Any:
    """A client as another process has it: it knows the endpoint only."""
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


def test_another_process_sees_the_same_aws(cloud: Cloud, batches: tiny.Told) -> None:
    endpoint = cloud.serve()
    assert endpoint.startswith("http://127.0.0.1:")
    dynamodb = outside("dynamodb", endpoint)
    dynamodb.put_item(TableName="crosswise-Table", Item={"pk": {"S": "a"}, "sk": {"S": "ü"}})
    assert cloud.client("dynamodb").scan(TableName="crosswise-Table")["Items"] == [{"pk": {"S": "a"}, "sk": {"S": "ü"}}]
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.scan(TableName="nowhere")
    outside("sqs", endpoint).send_message(
        QueueUrl=cloud.queue_url("Queue"), MessageBody="hi", MessageGroupId="a", MessageDeduplicationId="a"
    )
    cloud.run_until_quiet()
    assert batches.bodies == [["hi"]]
    cloud.put_secret("crosswise/eautomate/demo", {"user": "demo"})
    secret = outside("secretsmanager", endpoint).get_secret_value(SecretId="crosswise/eautomate/demo")
    assert json.loads(secret["SecretString"]) == {"user": "demo"}
    cloud.verify("crosswise@example.com")
    cloud.verify("example.org")
    identities = outside("ses", endpoint).list_identities()["Identities"]
    assert sorted(identities) == ["crosswise@example.com", "example.org"]


def test_a_request_that_is_not_aws_s_is_refused(cloud: Cloud) -> None:
    endpoint = cloud.serve()
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(f"{endpoint}/", timeout=5)  # noqa: S310 (loopback)
    refused.value.close()


def test_the_gateway_ends_with_the_cloud(cloud: Cloud) -> None:
    dynamodb = outside("dynamodb", cloud.serve())
    assert dynamodb.list_tables()["TableNames"] == ["crosswise-Table"]
    cloud.stop()
    with pytest.raises(EndpointConnectionError):
        dynamodb.list_tables()


def test_a_secret_gets_a_new_version(cloud: Cloud) -> None:
    cloud.put_secret("name", {"key": "old"})
    cloud.put_secret("name", {"key": "new"})
    value = cloud.client("secretsmanager").get_secret_value(SecretId="name")["SecretString"]
    assert json.loads(value) == {"key": "new"}


def mail(subject: str, *, html: bool = True) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "crosswise@example.com", "ops@example.com", subject
    message.set_content("Two customers wait für you.")
    if html:
        message.add_alternative("<p>Two customers wait für you.</p>", subtype="html")
        message.add_attachment("code,record\n", subtype="csv", filename="issues.csv")
    return message.as_bytes()


def test_mail_is_saved_as_files_that_open(cloud: Cloud, tmp_path: Path) -> None:
    ses = cloud.client("ses")
    cloud.verify("crosswise@example.com")
    for raw in (mail("Acme: 2 open issues / [new]"), mail("Ünïcode …", html=False)):
        ses.send_raw_email(RawMessage={"Data": raw}, Source="crosswise@example.com", Destinations=["ops@example.com"])
    first, second = cloud.mails()
    assert (first.subject, second.subject) == ("Acme: 2 open issues / [new]", "Ünïcode …")
    assert first.to == ("ops@example.com",)
    files = cloud.save_mail(tmp_path / "mail")
    assert [file.name for file in files] == [
        "01-acme-2-open-issues-new.eml",
        "01-acme-2-open-issues-new.html",
        "02-n-code.eml",
    ]
    assert "wait für you" in files[1].read_text(encoding="utf-8")
    assert b"issues.csv" in files[0].read_bytes()


def test_mail_from_an_unverified_sender_is_refused(cloud: Cloud) -> None:
    ses = cloud.client("ses")
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_raw_email(RawMessage={"Data": mail("x")}, Source="crosswise@example.com")
