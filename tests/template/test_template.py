"""template.yaml: clean, small enough, least privileged, every flow alike, every handler there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file  # type: ignore[import-untyped]
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
Resources = Mapping[str, Mapping[str, Any]]

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


class _NoManagedPolicies:
    """The template names AWS's managed policies by none of the short names that the translator would look up."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="module")
def source() -> Mapping[str, Any]:
    """The template as written."""
    template: Mapping[str, Any] = yaml_parse(TEMPLATE.read_text())
    return template


@pytest.fixture(scope="module")
def translated() -> Mapping[str, Any]:
    """The template as CloudFormation gets it; the code's place is of no account here."""
    template = yaml_parse(TEMPLATE.read_text())
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code"
    for resource in template["Resources"].values():
        if "ContentUri" in resource["Properties"]:
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        result: Mapping[str, Any] = transform(template, {}, _NoManagedPolicies())
    return result


@pytest.fixture(scope="module")
def resources(translated: Mapping[str, Any]) -> Resources:
    found: Resources = translated["Resources"]
    return found


def of_type(resources: Resources, kind: str) -> dict[str, Any]:
    """The properties of every resource of one type, by logical id."""
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def flows(resources: Resources) -> Iterator[tuple[str, Any, Any, Any]]:
    """Each flow's logical id, and the properties of its trigger, function and queue."""
    for trigger in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        name = trigger["FunctionName"]["Ref"]
        queue, attribute = trigger["EventSourceArn"]["Fn::GetAtt"]
        assert attribute == "Arn"
        yield name, trigger, resources[name]["Properties"], resources[queue]["Properties"]


def room(function: Mapping[str, Any]) -> str:
    """`eautomate_customers`, of a handler `functions.eautomate_customers.app.handler`."""
    name: str = function["Handler"].split(".")[1]
    return name


def statements(resources: Resources, role: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All that a role allows: its own policies, and those of the template that it names."""
    named = [resources[policy["Ref"]]["Properties"] for policy in role["ManagedPolicyArns"] if policy != BASIC]
    documents = [policy["PolicyDocument"] for policy in [*role.get("Policies", ()), *named]]
    return [statement for document in documents for statement in document["Statement"]]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rights(resources: Resources, function: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What a function may do, as (action, resource) in one text each."""
    role = resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
    return {
        (action, _text(resource))
        for statement in statements(resources, role)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def _text(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    ((_, content),) = resource.items()
    return content if isinstance(content, str) else ".".join(content)


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
    assert len(resources) + 14 * len(per_flow) < 400, "fifteen flows must fit as well"


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
            "FifoQueue": True,
            "ContentBasedDeduplication": False,
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
            "VisibilityTimeout": 720,
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 10},
            "SqsManagedSseEnabled": True,
        }, name
        assert function["Timeout"] * 6 == queue["VisibilityTimeout"]
        assert function["RecursiveLoop"] == "Allow"
        assert (trigger["BatchSize"], trigger["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
        assert trigger["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "FlowConcurrency"}}


def test_a_flow_sends_to_its_own_queue_and_the_clock_to_all(resources: Resources) -> None:
    def queues(function: Mapping[str, Any]) -> set[str]:
        return {name for name in function["Environment"]["Variables"] if name.startswith("QUEUE_")}

    named = {f"QUEUE_{room(function).upper()}": name for name, _, function, _ in flows(resources)}
    for _, _, function, _ in flows(resources):
        assert queues(function) == {f"QUEUE_{room(function).upper()}"}
    clock = resources["Clock"]["Properties"]
    assert queues(clock) == set(named)
    assert {right for right in rights(resources, clock) if right[0] == "sqs:SendMessage"} == {
        ("sqs:SendMessage", f"{queue}.Arn") for queue in ("ScheduleDeadLetters", *(f"{n}Queue" for n in named.values()))
    }


def test_a_flow_may_use_its_own_queue_and_the_keys_of_its_two_systems(resources: Resources) -> None:
    for name, _, function, _ in flows(resources):
        allowed = rights(resources, function)
        assert {resource for action, resource in allowed if action.startswith("sqs:")} == {f"{name}Queue.Arn"}
        keys = [resource for action, resource in allowed if action == "secretsmanager:GetSecretValue"]
        partner = room(function).split("_")[0]
        assert sorted(key.split("${SecretPrefix}/")[1] for key in keys) == ["connectwise_psa/*", f"{partner}/*"]


def test_nobody_may_do_more_than_the_table_and_queues_need(resources: Resources) -> None:
    functions = of_type(resources, "AWS::Lambda::Function")
    roles = of_type(resources, "AWS::IAM::Role")
    assert len(roles) == len(functions), "each function has a role of its own"
    for role in roles.values():
        assert all(policy == BASIC or "Ref" in policy for policy in role["ManagedPolicyArns"])
    for name, function in functions.items():
        for action, resource in rights(resources, function):
            assert "*" not in action, name
            assert action != "dynamodb:Scan", name
            assert resource.split(":")[-1] != "*", f"{name} may {action} on everything"


def test_only_the_clock_reads_what_is_due(resources: Resources) -> None:
    reading = {
        name
        for name, function in of_type(resources, "AWS::Lambda::Function").items()
        if ("dynamodb:Query", "${Table.Arn}/index/due") in rights(resources, function)
    }
    assert reading == {"Clock"}


def test_the_table_is_as_the_design_has_it(resources: Resources) -> None:
    table = resources["Table"]["Properties"]
    assert list(of_type(resources, "AWS::DynamoDB::Table")) == ["Table"], "there is one table"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    keys = {index["IndexName"]: [k["AttributeName"] for k in index["KeySchema"]] for index in _indexes(table)}
    assert keys == {"": ["pk", "sk"], "due": ["due_pk", "due_at"], "log": ["log_pk", "log_sk"]}
    assert resources["Table"]["UpdateReplacePolicy"] == "Retain"
    assert resources["Table"]["DeletionPolicy"] == "RetainExceptOnCreate"


def _indexes(table: Mapping[str, Any]) -> list[Any]:
    return [{"IndexName": "", "KeySchema": table["KeySchema"]}, *table["GlobalSecondaryIndexes"]]


def test_dead_letters_outlive_the_queues_they_come_from(resources: Resources) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    assert queues["DeadLetters"]["FifoQueue"] is True
    assert "FifoQueue" not in queues["ScheduleDeadLetters"]
    for name in ("DeadLetters", "ScheduleDeadLetters"):
        assert queues[name]["MessageRetentionPeriod"] == 14 * 24 * 3600
    for name, _, _, queue in flows(resources):
        assert "MessageRetentionPeriod" not in queue, f"{name}: four days, SQS's own"


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


def test_no_block_uses_yaml_that_cloudformation_does_not_read() -> None:
    """Anchors, aliases and merges are resolved by the tools here, but not by CloudFormation itself."""
    for number, line in enumerate(TEMPLATE.read_text().splitlines(), 1):
        code = line.split("#")[0]
        assert not any(mark in code for mark in (": &", ": *", "<<:")), f"line {number}"
