"""template.yaml: clean, small enough, least privileged, every flow alike, every handler there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file  # type: ignore[import-untyped]

from functions.wiring import flow_class
from tests.template.reading import (
    BASIC,
    IN_SUBNETS,
    ROOT,
    TEMPLATE,
    Resources,
    flows,
    of_type,
    rights,
    room,
    statements,
)


def test_cfn_lint_finds_nothing() -> None:
    faults = lint_file(TEMPLATE, config=ManualArgs(regions=["us-east-1", "eu-central-1"]))
    assert [str(fault) for fault in faults] == []


def test_cfn_lint_looks_closely(tmp_path: Path) -> None:
    """The check above would be worth nothing if it let this pass."""
    faulty = tmp_path / "template.yaml"
    faulty.write_text(TEMPLATE.read_text().replace("VisibilityTimeout: 720", "VisibilityTimeout: soon"))
    assert lint_file(faulty, config=ManualArgs(regions=["us-east-1"]))


def test_the_stack_has_room_to_grow(resources: Resources) -> None:
    assert len(resources) < 400
    per_flow = [name for name in resources if name.startswith("EautomateCustomers")]
    assert {"EautomateCustomersQueue", "EautomateCustomersRole", "EautomateCustomersLate"} <= set(per_flow)
    more = 15 - len(list(flows(resources)))
    assert len(resources) + more * len(per_flow) < 400, "fifteen flows must fit as well"


def test_every_handler_is_a_room_of_ours(resources: Resources) -> None:
    handlers = {name: function["Handler"] for name, function in of_type(resources, "AWS::Lambda::Function").items()}
    assert handlers
    for name, handler in handlers.items():
        package, folder, module, attribute = handler.split(".")
        assert (package, module, attribute) == ("functions", "app", "handler"), name
        assert name == "".join(part.capitalize() for part in folder.split("_"))
        assert (ROOT / "functions" / folder / "app.py").is_file(), f"{name} has no functions/{folder}/app.py"


def test_every_room_with_a_handler_is_deployed(resources: Resources) -> None:
    rooms = {room(function) for function in of_type(resources, "AWS::Lambda::Function").values()}
    assert rooms == {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}


def test_every_function_runs_and_is_built_alike(resources: Resources, source: Mapping[str, Any]) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["x86_64"])
        assert source["Resources"][name]["Metadata"] == {"BuildMethod": "makefile", "ContextPath": "infra/build"}
        assert len(function["Layers"]) == 1
        variables = function["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == room(function)
        assert variables["TABLE"] == {"Ref": "Table"}
        assert not [name for name in variables if "KEY" in name or "PASSWORD" in name]


def test_every_function_keeps_its_logs_for_a_time(resources: Resources) -> None:
    groups = of_type(resources, "AWS::Logs::LogGroup")
    functions = of_type(resources, "AWS::Lambda::Function")
    assert {function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions.values()} == set(groups)
    assert len(groups) == len(functions)
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_every_flow_has_a_queue_and_trigger_of_the_same_make(resources: Resources) -> None:
    found = list(flows(resources))
    assert found
    for name, trigger, function, queue in found:
        assert queue == {
            "QueueName": {"Fn::Sub": f"${{AWS::StackName}}-flow-{room(function)}.fifo"},
            "FifoQueue": True,
            "ContentBasedDeduplication": False,
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
            "VisibilityTimeout": 720,
            "RedrivePolicy": {
                "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLettersQueue", "Arn"]},
                "maxReceiveCount": 10,
            },
            "SqsManagedSseEnabled": {"Fn::If": ["OwnKey", False, True]},
            "KmsMasterKeyId": {"Fn::If": ["OwnKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]},
        }, name
        assert function["Timeout"] * 6 == queue["VisibilityTimeout"]
        assert function["RecursiveLoop"] == "Allow"
        assert (trigger["BatchSize"], trigger["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
        assert trigger["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "FlowConcurrency"}}


def test_a_flow_sends_to_its_own_queue_and_the_clock_to_all(resources: Resources) -> None:
    """By name: what is called `{stack}-flow-...` are the flows' queues, and nothing else is."""
    prefix = "${AWS::StackName}-flow-"
    named = {
        name: queue["QueueName"]
        for name, queue in of_type(resources, "AWS::SQS::Queue").items()
        if "QueueName" in queue
    }
    assert named == {f"{name}Queue": {"Fn::Sub": f"{prefix}{room(f)}.fifo"} for name, _, f, _ in flows(resources)}
    for function in of_type(resources, "AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"]["QUEUES"]["Fn::Sub"].endswith(f"/${{AWS::AccountId}}/{prefix}")
    clock = resources["Clock"]["Properties"]
    all_queues = f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{prefix}*.fifo"
    assert {right for right in rights(resources, clock) if right[0] == "sqs:SendMessage"} == {
        ("sqs:SendMessage", "ScheduleDeadLetters.Arn"), ("sqs:SendMessage", all_queues),
    }  # fmt: skip
    longest = max(len(queue["Fn::Sub"].removeprefix("${AWS::StackName}")) for queue in named.values())
    assert longest + 40 <= 80, "deploy.md lets a stack's name have 40 characters, SQS a queue's 80"


def test_a_flow_may_use_its_own_queue_and_the_keys_of_its_two_systems(resources: Resources) -> None:
    for name, _, function, _ in flows(resources):
        allowed = rights(resources, function)
        assert {resource for action, resource in allowed if action.startswith("sqs:")} == {f"{name}Queue.Arn"}
        keys = [resource for action, resource in allowed if action == "secretsmanager:GetSecretValue"]
        systems = flow_class(room(function)).systems
        assert sorted(key.split("${SecretPrefix}/")[1] for key in keys) == sorted(f"{system}/*" for system in systems)


def test_nobody_may_do_more_than_the_table_and_queues_need(resources: Resources) -> None:
    functions = of_type(resources, "AWS::Lambda::Function")
    roles = of_type(resources, "AWS::IAM::Role")
    assert len(roles) == len(functions), "each function has a role of its own"
    for role in roles.values():
        assert all(policy in (BASIC, IN_SUBNETS) or "Ref" in policy for policy in role["ManagedPolicyArns"])
    for name, function in functions.items():
        for action, resource in rights(resources, function):
            assert "*" not in action, name
            assert action != "dynamodb:Scan", name
            assert resource.split(":")[-1] != "*", f"{name} may {action} on everything"


@pytest.mark.parametrize(("index", "readers"), [("due", {"Clock"}), ("scope", {"MoovilaProjects"})])
def test_only_who_asks_an_index_may(resources: Resources, index: str, readers: set[str]) -> None:
    reading = {
        name
        for name, function in of_type(resources, "AWS::Lambda::Function").items()
        if ("dynamodb:Query", f"${{Table.Arn}}/index/{index}") in rights(resources, function)
    }
    assert reading == readers


def test_the_table_is_as_the_design_has_it(resources: Resources) -> None:
    table = resources["Table"]["Properties"]
    assert list(of_type(resources, "AWS::DynamoDB::Table")) == ["Table"], "there is one table"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    keys = {index["IndexName"]: [k["AttributeName"] for k in index["KeySchema"]] for index in _indexes(table)}
    assert keys == {
        "": ["pk", "sk"],
        "due": ["due_pk", "due_at"],
        "log": ["log_pk", "log_sk"],
        "scope": ["scope_pk", "sk"],
    }
    assert table["DeletionProtectionEnabled"] is True
    assert resources["Table"]["UpdateReplacePolicy"] == "Retain"
    assert resources["Table"]["DeletionPolicy"] == "Retain"


def _indexes(table: Mapping[str, Any]) -> list[Any]:
    return [{"IndexName": "", "KeySchema": table["KeySchema"]}, *table["GlobalSecondaryIndexes"]]


def test_dead_letters_outlive_the_queues_they_come_from(resources: Resources) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    assert queues["DeadLettersQueue"]["FifoQueue"] is True
    assert "FifoQueue" not in queues["ScheduleDeadLetters"]
    for name in ("DeadLettersQueue", "ScheduleDeadLetters"):
        assert queues[name]["MessageRetentionPeriod"] == 14 * 24 * 3600
    for name, _, _, queue in flows(resources):
        assert "MessageRetentionPeriod" not in queue, f"{name}: four days, SQS's own"


def test_every_dead_letter_becomes_an_issue_and_has_no_dead_letters_of_its_own(resources: Resources) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    function = resources["DeadLetters"]["Properties"]
    triggers = {
        trigger["EventSourceArn"]["Fn::GetAtt"][0]: trigger
        for trigger in of_type(resources, "AWS::Lambda::EventSourceMapping").values()
        if trigger["FunctionName"] == {"Ref": "DeadLetters"}
    }
    assert set(triggers) == {"DeadLettersQueue", "ScheduleDeadLetters"}
    for name, trigger in triggers.items():
        assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert queues[name]["VisibilityTimeout"] == 6 * function["Timeout"]
        assert "RedrivePolicy" not in queues[name]


def test_a_scheduled_run_that_failed_goes_to_the_schedules_dead_letters(resources: Resources) -> None:
    scheduled = {
        target["Arn"]["Fn::GetAtt"][0]
        for rule in of_type(resources, "AWS::Events::Rule").values()
        for target in rule["Targets"]
    }
    kept = {
        config["FunctionName"]["Ref"]: config["DestinationConfig"]["OnFailure"]["Destination"]
        for config in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    }
    assert {"Clock", "ErrorDigest"} <= scheduled
    assert kept == {name: {"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]} for name in scheduled}


def test_every_parameter_says_what_it_is_and_has_a_default(source: Mapping[str, Any]) -> None:
    for name, parameter in source["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        assert "Default" in parameter, name


def test_code_may_not_use_the_right_to_network_interfaces(resources: Resources) -> None:
    """SAM gives it for functions in subnets; Lambda itself needs it, nothing that we run does."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        role = resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
        assert {"Ref": "ReadTable"} in role["ManagedPolicyArns"], f"{name} needs ReadTable, for what stands there too"
        denied = {action for s in statements(resources, role) if s["Effect"] == "Deny" for action in s["Action"]}
        assert {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets"} <= denied, name


def test_no_block_uses_yaml_that_cloudformation_does_not_read() -> None:
    """Anchors, aliases and merges are resolved by the tools here, but not by CloudFormation itself."""
    for number, line in enumerate(TEMPLATE.read_text().splitlines(), 1):
        code = line.split("#")[0]
        assert not any(mark in code for mark in (": &", ": *", "<<:")), f"line {number}"
