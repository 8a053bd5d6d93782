"""What runs the stack needs beside the functions: alarms, a dashboard, one's own key, fixed addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from infra.local.cloud import template as local
from tests.template.reading import TEMPLATE, Resources, flows, of_type, room

ALARM = "AWS::CloudWatch::Alarm"
OWN_KEY = {"Fn::If": ["OwnKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


def alarms(resources: Resources, metric: str) -> dict[str, Any]:
    """The alarms on one metric, by what their one dimension names."""
    found = {}
    for alarm in of_type(resources, ALARM).values():
        if alarm["MetricName"] == metric:
            (dimension,) = alarm["Dimensions"]
            value = dimension["Value"]
            found[value if isinstance(value, str) else value.get("Ref") or ".".join(value["Fn::GetAtt"])] = alarm
    return found


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_has_its_alarms(resources: Resources, metric: str) -> None:
    found = alarms(resources, metric)
    functions = of_type(resources, "AWS::Lambda::Function")
    assert set(found) == set(functions)
    for name, alarm in found.items():
        assert resources[f"{name}{metric}"]["Properties"] is alarm
        assert room(functions[name]) in alarm["AlarmDescription"].lower().replace(" ", "_")
        assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == ("AWS/Lambda", "Sum", 0)


def test_every_queue_has_its_alarm(resources: Resources) -> None:
    late = alarms(resources, "ApproximateAgeOfOldestMessage")
    given_up = alarms(resources, "ApproximateNumberOfMessagesVisible")
    assert set(late) == {f"{name}Queue.QueueName" for name, _, _, _ in flows(resources)}
    assert set(given_up) == {"DeadLettersQueue.QueueName", "ScheduleDeadLetters.QueueName"}
    queues = set(of_type(resources, "AWS::SQS::Queue"))
    assert {queue.split(".")[0] for queue in [*late, *given_up]} == queues


def test_a_clock_that_stands_still_is_told(resources: Resources) -> None:
    alarm = resources["ClockStopped"]["Properties"]
    assert (alarm["TreatMissingData"], alarm["ComparisonOperator"]) == ("breaching", "LessThanThreshold")


def test_a_paused_connection_stays_told_until_it_goes_on(resources: Resources) -> None:
    alarm = alarms(resources, "paused")["crosswise"]
    assert alarm["Namespace"] == {"Ref": "AWS::StackName"}
    assert alarm["TreatMissingData"] == "ignore"
    for function in of_type(resources, "AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == alarm["Namespace"]


def test_every_alarm_tells_the_one_topic_both_ways(resources: Resources) -> None:
    for name, alarm in of_type(resources, ALARM).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}], name
        assert len(alarm["AlarmDescription"]) > 20, name


def test_the_dashboard_shows_every_function_and_every_flows_queue(resources: Resources) -> None:
    (dashboard,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    body, lists = dashboard["DashboardBody"]["Fn::Sub"]
    shown = {name: list(map(_name, joined["Fn::Join"][1])) for name, joined in lists.items()}
    assert set(shown["Functions"]) == set(of_type(resources, "AWS::Lambda::Function"))
    assert set(shown["Queues"]) == {f"{name}Queue" for name, _, _, _ in flows(resources)}
    for name, names in shown.items():
        body = body.replace(f"${{{name}}}", lists[name]["Fn::Join"][0].join(names))
    filled = json.loads(re.sub(r"\$\{([^}]+)\}", r"\1", body))
    titles = [widget["properties"]["title"] for widget in filled["widgets"]]
    assert len(titles) == len(set(titles)) == 6
    errors = next(w["properties"]["metrics"] for w in filled["widgets"] if w["properties"]["title"] == "Errors")
    assert errors[0][:3] == ["AWS/Lambda", "Errors", "FunctionName"]
    assert {row[-1] for row in errors} == set(shown["Functions"])


def _name(reference: Mapping[str, Any]) -> str:
    ((_, value),) = reference.items()
    return str(value if isinstance(value, str) else value[0])


def test_ones_own_key_covers_whatever_is_kept(resources: Resources) -> None:
    table = resources["Table"]["Properties"]["SSESpecification"]["Fn::If"]
    assert table[:2] == ["OwnKey", {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}}]
    for kind, field in (
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
        ("AWS::SNS::Topic", "KmsMasterKeyId"),
    ):
        found = of_type(resources, kind)
        assert found
        assert all(properties[field] == OWN_KEY for properties in found.values()), kind


def test_every_function_calls_from_the_subnets(resources: Resources) -> None:
    inside = {"SubnetIds": {"Ref": "SubnetIds"}, "SecurityGroupIds": {"Ref": "SecurityGroupIds"}}
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert function["VpcConfig"] == {"Fn::If": ["InSubnets", inside, {"Ref": "AWS::NoValue"}]}, name


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000"},
        {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1", "AlarmMail": "ops@example.com"},
    ],
)
def test_the_local_cloud_reads_it_with_every_choice(parameters: Mapping[str, str], resources: Resources) -> None:
    stack = local.read(TEMPLATE, endpoint="http://127.0.0.1:1", parameters=parameters)
    assert set(stack.functions) == set(of_type(resources, "AWS::Lambda::Function"))
    managed = {queue.attributes["SqsManagedSseEnabled"] for queue in stack.queues.values()}
    assert managed == {"false" if "KmsKeyArn" in parameters else "true"}
