"""Reads template.yaml as written, and as CloudFormation gets it, and says what each function may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
Resources = Mapping[str, Mapping[str, Any]]

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
IN_SUBNETS = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


class _NoManagedPolicies:
    """The template names AWS's managed policies by none of the short names that the translator would look up."""

    def load(self) -> dict[str, str]:
        return {}


def written() -> dict[str, Any]:
    """The template as written."""
    template: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return template


def translated() -> Mapping[str, Any]:
    """The template as CloudFormation gets it; the code's place is of no account here."""
    template = written()
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code"
    for resource in template["Resources"].values():
        if "ContentUri" in resource["Properties"]:
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
    result: Mapping[str, Any] = transform(template, {}, _NoManagedPolicies())
    return result


def of_type(resources: Resources, kind: str) -> dict[str, Any]:
    """The properties of every resource of one type, by logical id."""
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def flows(resources: Resources) -> Iterator[tuple[str, Any, Any, Any]]:
    """Each flow's logical id, and the properties of its trigger, function and queue."""
    for trigger in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        name = trigger["FunctionName"]["Ref"]
        queue, attribute = trigger["EventSourceArn"]["Fn::GetAtt"]
        assert attribute == "Arn"
        if name == "DeadLetters":
            continue
        yield name, trigger, resources[name]["Properties"], resources[queue]["Properties"]


def room(function: Mapping[str, Any]) -> str:
    """`eautomate_customers`, of a handler `functions.eautomate_customers.app.handler`."""
    name: str = function["Handler"].split(".")[1]
    return name


def statements(resources: Resources, role: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All that a role allows: its own policies, and those of the template that it names."""
    named = [resources[policy["Ref"]]["Properties"] for policy in role["ManagedPolicyArns"] if isinstance(policy, dict)]
    documents = [policy["PolicyDocument"] for policy in [*role.get("Policies", ()), *named]]
    return [chosen(statement) for document in documents for statement in document["Statement"]]


def chosen(value: Any) -> Any:
    """What a condition lets in; every condition is taken as met, so that nothing stays hidden."""
    return value["Fn::If"][1] if isinstance(value, dict) and "Fn::If" in value else value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rights(resources: Resources, function: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What a function may do, as (action, resource) in one text each."""
    role = resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
    return {
        (action, _text(resource))
        for statement in statements(resources, role)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def _text(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    ((_, content),) = resource.items()
    return content if isinstance(content, str) else ".".join(content)
