"""Reading templates: names worked out, and whatever is not served refused by name."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from infra.local.cloud import TEMPLATE, TemplateFault
from infra.local.cloud.stack import Stack
from infra.local.cloud.template import read
from tests.local.conftest import SMALL

ENDPOINT = "http://127.0.0.1:4566"
HEAD = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = """
  Worker:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ., Runtime: python3.13, Handler: a.b.handler%s}
"""


def of(text: str, folder: Path, **parameters: str) -> Stack:
    path = folder / "template.yaml"
    path.write_text(HEAD + text)
    return read(path, endpoint=ENDPOINT, parameters=parameters)


def test_every_name_is_worked_out() -> None:
    stack = read(SMALL, endpoint=ENDPOINT)
    worker = stack.function("Worker")
    assert worker.environment == {
        "TABLE": "crosswise-Table",
        "GREETING": "hello, us-east-1",
        "QUEUE": f"{ENDPOINT}/123456789012/crosswise-Queue.fifo",
    }
    assert (worker.timeout, worker.memory, worker.handler) == (20, 128, "tests.local.tiny.on_batch")
    assert stack.queue_of("Worker").redrive == {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:crosswise-DeadLetters.fifo",
        "maxReceiveCount": 3,
    }
    assert stack.queues["Queue"].attributes["FifoQueue"] == "true"
    assert stack.tables["Table"].expires == "expires"
    assert stack.outputs == {"Queue": f"{ENDPOINT}/123456789012/crosswise-Queue.fifo"}
    schedule = stack.schedules["TickerMorning"]
    assert (schedule.function, schedule.zone, schedule.source) == ("Ticker", "America/Chicago", "scheduler")


def test_parameters_replace_their_defaults() -> None:
    stack = read(SMALL, endpoint=ENDPOINT, parameters={"Greeting": "servus"})
    assert stack.function("Worker").environment["GREETING"] == "servus, us-east-1"
    with pytest.raises(TemplateFault, match="no parameter Gretting"):
        read(SMALL, endpoint=ENDPOINT, parameters={"Gretting": "servus"})


def test_a_parameter_without_a_value_is_named(tmp_path: Path) -> None:
    text = "Parameters: {Key: {Type: String}}\nResources: {Queue: {Type: AWS::SQS::Queue}}\n"
    with pytest.raises(TemplateFault, match="without a value: Key"):
        of(text, tmp_path)
    assert of(text, tmp_path, Key="x").parameters == {"Key": "x"}


def test_the_deployed_template_is_served_whole_and_its_handlers_are_there() -> None:
    stack = read(TEMPLATE, endpoint=ENDPOINT)
    assert stack.functions
    for function in stack.functions.values():
        module, _, name = function.handler.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), function.id


@pytest.mark.parametrize("kind", ["Api", "S3", "DynamoDB", "EventBridgeRule"])
def test_an_event_that_is_not_served_is_named(tmp_path: Path, kind: str) -> None:
    events = f", Events: {{Fine: {{Type: Schedule, Properties: {{Schedule: rate(1 hour)}}}}, Odd: {{Type: {kind}}}}}"
    with pytest.raises(TemplateFault, match=f"Worker: its event Odd is of type {kind}, which .* not serve"):
        of("Resources:" + FUNCTION % events, tmp_path)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("Type: AWS::Kinesis::Stream", "Odd is of type AWS::Kinesis::Stream"),
        (
            "Type: AWS::Events::Rule\n    Properties: {EventPattern: {}, Targets: []}",
            "Odd: .* none that wait for events",
        ),
        ("Type: AWS::SQS::Queue\n    Properties: {VisibilityTimeout: !Ref Nobody}", "Odd: Ref Nobody"),
        ("Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: !GetAtt Worker.Nothing}", "Odd: GetAtt Worker.Nothing"),
        ("Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: !FindInMap [A, B, C]}", "Odd: Fn::FindInMap"),
        (
            "Type: AWS::Lambda::EventSourceMapping\n"
            "    Properties: {EventSourceArn: 'arn:aws:kinesis:x:1:stream/x', FunctionName: !Ref Worker}",
            "Odd: its source .* is no queue",
        ),
        (
            "Type: AWS::Lambda::EventSourceMapping\n"
            "    Properties: {EventSourceArn: x, FunctionName: !Ref Worker, FilterCriteria: {}}",
            "Odd: .* FilterCriteria of an event source",
        ),
        ("Type: AWS::DynamoDB::Table\n    Properties: {KeySchema: [], StreamSpecification: {}}", "Odd: .* StreamSpec"),
    ],
)
def test_what_is_not_served_is_named(tmp_path: Path, resource: str, words: str) -> None:
    with pytest.raises(TemplateFault, match=words):
        of(f"Resources:{FUNCTION % ''}  Odd:\n    {resource}\n", tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [("Resources: {}", "no Resources"), ("Resources: {Queue: [", "no YAML"), (FUNCTION, "no Resources|no YAML")],
)
def test_what_is_no_template_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TemplateFault, match=words):
        of(text, tmp_path)


def test_what_sam_itself_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    text = "Resources: {Worker: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}}"
    with pytest.raises(TemplateFault, match="Worker"):
        of(text, tmp_path)


def test_intrinsic_functions_and_conditions(tmp_path: Path) -> None:
    stack = of(
        """
Parameters: {Stage: {Type: String, Default: prod}, Names: {Type: CommaDelimitedList, Default: "a,b,c"}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Test: !Not [!Condition Prod]
Resources:
  Kept: {Type: AWS::SQS::Queue, Condition: Prod, Properties: {QueueName: !Sub "${Stage}-kept"}}
  Gone: {Type: AWS::SNS::Topic, Condition: Test}
  Both:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !If [Test, 1, !Ref AWS::NoValue]
      VisibilityTimeout: !If [Prod, 7, 8]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Runtime: python3.13
      Handler: a.b.handler
      Environment:
        Variables:
          JOINED: !Join ["-", !Ref Names]
          CHOSEN: !Select [1, !Split [":", "x:y:z"]]
          MIXED: !Sub ["${Both.Arn}/${Extra}", {Extra: !Ref AWS::AccountId}]
          LITERAL: !Sub "${!Stage} of ${Stage}"
          ANY: !If [Test, "no", !Ref Both]
""",
        tmp_path,
    )
    assert "Gone" not in stack.queues
    assert dict(stack.queues["Both"].attributes) == {"VisibilityTimeout": "7"}
    assert stack.queues["Kept"].name == "prod-kept"
    assert stack.function("Worker").environment == {
        "JOINED": "a-b-c",
        "CHOSEN": "y",
        "MIXED": "arn:aws:sqs:us-east-1:123456789012:crosswise-Both/123456789012",
        "ANY": f"{ENDPOINT}/123456789012/crosswise-Both",
        "LITERAL": "${Stage} of prod",
    }
