"""Sample events have the very shape that Lambda hands to functions, and every trigger has one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2, EventBridgeEvent, SQSEvent

from functions.wiring import FLOWS
from infra.build.samples import ROOT, SAMPLES, Kind, Sample, write
from infra.local.cloud.stack import ACCOUNT, REGION, STACK, Stack
from infra.local.cloud.template import read
from shared.sync import change

STANDARD = {"ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SentTimestamp", "SenderId"}
FIFO = {"MessageGroupId", "MessageDeduplicationId", "SequenceNumber"}
BEYOND = {"AWSTraceHeader", "DeadLetterQueueSourceArn"}
"""Attributes that some messages have."""

RECORD = {
    "messageId",
    "receiptHandle",
    "body",
    "attributes",
    "messageAttributes",
    "md5OfBody",
    "eventSource",
    "eventSourceARN",
    "awsRegion",
}
SCHEDULED = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
POSTED = {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"}
POSTED_OR_NOT = {"body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"}
REQUEST = {"accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage", "time"}
REQUEST |= {"timeEpoch"}


@pytest.fixture(scope="module")
def stack() -> Stack:
    return read(ROOT / "template.yaml", endpoint="https://sqs.us-east-1.amazonaws.com", web="http://127.0.0.1:1")


def of(kind: Kind) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.kind == kind], ids=str)


def triggers(stack: Stack) -> set[tuple[str, Kind]]:
    """Every function's folder with each kind of event that it is run on."""
    rooms = {name: function.room for name, function in stack.functions.items()}
    found: set[tuple[str, Kind]] = {(rooms[trigger.function], "queue") for trigger in stack.triggers.values()}
    found |= {(rooms[schedule.function], "schedule") for schedule in stack.schedules.values()}
    return found | {(rooms[route.function], "http") for route in stack.routes}


def test_every_function_has_a_sample_of_each_event_that_it_is_run_on(stack: Stack) -> None:
    assert triggers(stack) - {(sample.room, sample.kind) for sample in SAMPLES} == set()


def test_no_sample_is_of_an_event_that_its_function_never_gets(stack: Stack) -> None:
    sent = {(sample.room, sample.kind) for sample in SAMPLES if sample.kind != "call"}
    assert sent - triggers(stack) == set()


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flows_samples_are_what_the_command_writes(flow: str, tmp_path: Path) -> None:
    kept = {sample.path.name: sample.event for sample in SAMPLES if sample.room == flow}
    body = change.read(kept["change.json"]["Records"][0]["body"])
    assert isinstance(body, change.Change)
    write(flow, body.ref, tmp_path)
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / flow / "events").iterdir()}
    assert {name: kept[name] for name in written} == written


@of("queue")
def test_a_queues_sample_is_what_lambda_makes_of_messages(sample: Sample, stack: Stack) -> None:
    records = sample.event["Records"]
    assert list(sample.event) == ["Records"]
    assert [record.message_id for record in SQSEvent(sample.event).records] == [r["messageId"] for r in records]
    for record in records:
        assert set(record) == RECORD
        usual = STANDARD | FIFO if record["eventSourceARN"].endswith(".fifo") else STANDARD
        assert set(record["attributes"]) - BEYOND == usual
        assert all(isinstance(value, str) for value in record["attributes"].values())
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()  # noqa: S324 (it is SQS's)
        assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", REGION)
        arns = [stack.queues[t.queue].arn for t in stack.triggers.values() if room(stack, t.function) == sample.room]
        assert record["eventSourceARN"] in arns


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.room in FLOWS and one.kind == "queue"], ids=str)
def test_a_flows_sample_holds_a_message_as_the_engine_sends_it(sample: Sample) -> None:
    for record in sample.event["Records"]:
        message = change.read(record["body"])
        assert message.body() == record["body"]
        assert message.flow == sample.room
        assert record["attributes"]["MessageGroupId"] == message.group
        assert record["attributes"]["MessageDeduplicationId"] == message.deduplication


@of("schedule")
def test_a_schedules_sample_is_what_eventbridge_sends(sample: Sample, stack: Stack) -> None:
    event = sample.event
    assert set(event) == SCHEDULED
    assert EventBridgeEvent(event).detail_type == "Scheduled Event"
    assert (event["version"], event["account"], event["region"], event["detail"]) == ("0", ACCOUNT, REGION, {})
    arns = [s.arn for s in stack.schedules.values() if room(stack, s.function) == sample.room]
    assert event["resources"][0] in arns


def test_what_a_schedule_says_in_place_of_the_usual_event_is_a_sample_of_its_function(stack: Stack) -> None:
    said = [(room(stack, one.function), one.input) for one in stack.schedules.values() if one.input is not None]
    assert said == [("error_digest", {"tell": "attempts"})]
    for folder, event in said:
        assert event in [sample.event for sample in SAMPLES if sample.room == folder]


@of("http")
def test_a_posted_sample_is_what_an_http_api_sends(sample: Sample, stack: Stack) -> None:
    event = sample.event
    assert set(event) - POSTED_OR_NOT == POSTED
    assert event["version"] == "2.0"
    assert set(event["requestContext"]) - {"authentication", "authorizer"} == REQUEST
    assert set(event["requestContext"]["http"]) == {"method", "path", "protocol", "sourceIp", "userAgent"}
    assert all(name == name.lower() for name in event["headers"])
    posted = APIGatewayProxyEventV2(event)
    assert posted.path == event["rawPath"] == event["requestContext"]["http"]["path"]
    keys = [route.key for route in stack.routes if room(stack, route.function) == sample.room]
    assert event["routeKey"] == event["requestContext"]["routeKey"]
    assert event["routeKey"] in keys
    filled = event["routeKey"].split(" ", 1)[1].format(**event["pathParameters"])
    assert filled == event["rawPath"]


@of("call")
def test_a_call_is_small_and_in_our_words(sample: Sample) -> None:
    event: dict[str, Any] = sample.event
    assert set(event) <= {"connection", "connections", "flow", "by", "tell", "why"}


def room(stack: Stack, function: str) -> str:
    return stack.functions[function].room


def test_samples_name_no_stack_but_the_usual() -> None:
    for sample in SAMPLES:
        text = Path(sample.path).read_text()
        assert ACCOUNT in text or sample.kind in {"call", "http"}
        assert STACK in text or sample.kind in {"call", "http"}
