"""Reads template.yaml: translates it from SAM, checks that the local cloud serves all of it, works out every name."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse
from yaml import YAMLError

from infra.local.cloud.intrinsics import NO_VALUE, Resolver, TemplateFault
from infra.local.cloud.routes import routes
from infra.local.cloud.stack import (
    ACCOUNT,
    REGION,
    STACK,
    Function,
    Queue,
    Route,
    Schedule,
    Secret,
    Stack,
    Table,
    Trigger,
    arn,
)
from infra.local.cloud.variables import environment

EVENTS = ("Schedule", "ScheduleV2", "SQS", "HttpApi")
"""Event types of SAM functions that the local cloud serves."""

WITHOUT_EFFECT = (
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::",
    "AWS::IAM::",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::",
    "AWS::SNS::",
    "AWS::SQS::QueuePolicy",
)
"""Rights, throttling, logs, alarms and layers: what a stack has on AWS and a machine of one's own does not need."""

_TABLE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "BillingMode")
_CODE = ("CodeUri", "ContentUri")


class _NoManagedPolicies:
    """The translator asks for AWS's managed policies by name; rights have no effect here."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path, *, endpoint: str, parameters: Mapping[str, str] | None = None, web: str = "") -> Stack:
    """The stack that a template makes.

    `endpoint` is where the local AWS answers: queue URLs begin with it. `web` is where its HTTP API answers, empty if
    nothing listens. Raises TemplateFault for whatever the local
    cloud does not serve, naming it; OSError where there is no such file.
    """
    given = parameters or {}
    translated = _translated(path, path.read_text(encoding="utf-8"), tuple(given.items()))
    return _Reader(translated, endpoint, given, web).stack()


@lru_cache(maxsize=4)  # a process often brings the same template to life again, and this takes longest of all
def _translated(path: Path, text: str, parameters: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    """A template of this text in CloudFormation's own words; nobody may change it."""
    try:
        source = yaml_parse(text)
    except YAMLError as error:
        raise TemplateFault(f"{path} is no YAML: {error}") from None
    if not isinstance(source, dict) or not source.get("Resources"):
        raise TemplateFault(f"{path} has no Resources")
    _check_events(source)
    return _translate(source, dict(parameters))


def _check_events(source: Mapping[str, Any]) -> None:
    faults = []
    for name, resource in source["Resources"].items():
        for event, definition in (resource.get("Properties", {}).get("Events") or {}).items():
            if (kind := definition.get("Type")) not in EVENTS:
                faults.append(
                    f"{name}: its event {event} is of type {kind}, which the local cloud does not serve "
                    f"(it serves {', '.join(EVENTS)})"
                )
    if faults:
        raise TemplateFault("; ".join(faults))


def _translate(source: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """The template in CloudFormation's own words. Code stays where it is: the translator only wants to see S3."""
    for properties in _code_holders(source):
        properties.update({key: "s3://local/code" for key in _CODE if key in properties})
    try:
        with environment({"AWS_DEFAULT_REGION": REGION, "AWS_PROFILE": None}):  # whose region the translator takes
            return dict(transform(source, dict(parameters), _NoManagedPolicies()))
    except InvalidDocumentException as error:
        raise TemplateFault("; ".join(str(cause.message) for cause in error.causes)) from None


def _code_holders(source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (source.get("Globals") or {}).values()
    yield from (resource.setdefault("Properties", {}) for resource in source["Resources"].values())


class _Reader:
    """Goes through a translated template once for names, once for properties."""

    def __init__(self, template: Mapping[str, Any], endpoint: str, parameters: Mapping[str, str], web: str) -> None:
        self.template = template
        self.endpoint = endpoint
        self.web = web
        self.parameters = self._parameters(parameters)
        conditions = template.get("Conditions", {})
        base = Resolver(self._pseudo() | self.parameters, conditions=conditions)
        self.resources: dict[str, Mapping[str, Any]] = {
            name: resource
            for name, resource in template["Resources"].items()
            if "Condition" not in resource or base.holds(resource["Condition"])
        }
        self.names: dict[str, str] = {}
        values: dict[str, Any] = {**base.values}
        attributes: dict[tuple[str, str], str] = {}
        for name, resource in self.resources.items():
            self._name(name, resource, base, values, attributes)
        self.resolver = Resolver(values, attributes, conditions)

    def stack(self) -> Stack:
        readers: dict[str, Callable[[str, dict[str, Any]], Any]] = {
            "AWS::Lambda::Function": self._function,
            "AWS::Lambda::EventSourceMapping": self._trigger,
            "AWS::Events::Rule": self._rule,
            "AWS::Scheduler::Schedule": self._schedule,
            "AWS::ApiGatewayV2::Api": self._routes,
            "AWS::SQS::Queue": self._queue,
            "AWS::DynamoDB::Table": self._table,
            "AWS::SecretsManager::Secret": self._secret,
        }
        made: dict[str, dict[str, Any]] = {kind: {} for kind in readers}
        identities: list[str] = []
        for name, resource in self.resources.items():
            kind, properties = resource["Type"], resource.get("Properties", {})
            if kind in readers:
                if (item := self._read(name, readers[kind], properties)) is not None:
                    made[kind][name] = item
            elif kind == "AWS::SES::EmailIdentity":
                identities.append(str(self.resolver.values[name]))
            elif kind != "AWS::Lambda::EventInvokeConfig" and not kind.startswith(WITHOUT_EFFECT):
                raise TemplateFault(f"{name} is of type {kind}, which the local cloud does not serve")
        return Stack(
            functions=made["AWS::Lambda::Function"],
            triggers=made["AWS::Lambda::EventSourceMapping"],
            schedules=made["AWS::Events::Rule"] | made["AWS::Scheduler::Schedule"],
            routes=tuple(route for api in made["AWS::ApiGatewayV2::Api"].values() for route in api),
            queues=made["AWS::SQS::Queue"],
            tables=made["AWS::DynamoDB::Table"],
            secrets=made["AWS::SecretsManager::Secret"],
            identities=tuple(identities),
            parameters={name: str(value) for name, value in self.parameters.items()},
            outputs={
                name: str(self.resolver.resolve(output["Value"]))
                for name, output in self.template.get("Outputs", {}).items()
            },
        )

    def _read(self, name: str, reader: Callable[[str, dict[str, Any]], Any], properties: dict[str, Any]) -> Any:
        try:
            return reader(name, properties)
        except TemplateFault as fault:
            raise TemplateFault(f"{name}: {fault}") from None

    # Names

    def _parameters(self, given: Mapping[str, str]) -> dict[str, Any]:
        declared = self.template.get("Parameters", {})
        if unknown := sorted(set(given) - set(declared)):
            raise TemplateFault(f"the template has no parameter {', '.join(unknown)}")
        values = {name: given.get(name, parameter.get("Default")) for name, parameter in declared.items()}
        if missing := sorted(name for name, value in values.items() if value is None):
            raise TemplateFault(f"parameters without a value: {', '.join(missing)}")
        return {
            name: str(value).split(",") if declared[name]["Type"] == "CommaDelimitedList" else value
            for name, value in values.items()
        }

    def _pseudo(self) -> dict[str, Any]:
        return {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": STACK,
            "AWS::StackId": arn("cloudformation", f"stack/{STACK}/local"),
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NO_VALUE,
        }

    def _name(
        self,
        name: str,
        resource: Mapping[str, Any],
        base: Resolver,
        values: dict[str, Any],
        attributes: dict[tuple[str, str], str],
    ) -> None:
        """Gives a resource its name, and says what Ref and GetAtt answer for it."""
        properties = resource.get("Properties", {})

        def chosen(key: str, suffix: str = "") -> str:
            return str(base.resolve(properties[key])) if key in properties else f"{STACK}-{name}{suffix}"

        match resource["Type"]:
            case "AWS::SQS::Queue":
                queue = chosen("QueueName", ".fifo" if properties.get("FifoQueue") else "")
                self.names[name] = queue
                url = f"{self.endpoint}/{ACCOUNT}/{queue}"
                values[name] = attributes[name, "QueueUrl"] = url
                attributes[name, "QueueName"] = queue
                attributes[name, "Arn"] = arn("sqs", queue)
            case "AWS::DynamoDB::Table":
                self.names[name] = values[name] = chosen("TableName")
                attributes[name, "Arn"] = arn("dynamodb", f"table/{values[name]}")
            case "AWS::Lambda::Function":
                values[name] = f"{STACK}-{name}"
                attributes[name, "Arn"] = arn("lambda", f"function:{values[name]}")
            case "AWS::ApiGatewayV2::Api":
                values[name] = f"{STACK}-{name}"
                attributes[name, "ApiEndpoint"] = self.web
            case "AWS::SecretsManager::Secret":
                self.names[name] = chosen("Name")
                values[name] = attributes[name, "Id"] = arn("secretsmanager", f"secret:{self.names[name]}")
            case "AWS::SES::EmailIdentity":
                values[name] = str(base.resolve(properties["EmailIdentity"]))
            case _:
                values[name] = f"{STACK}-{name}"

    # Properties

    def _get(self, properties: Mapping[str, Any], key: str, default: Any = None) -> Any:
        return self.resolver.resolve(properties[key]) if key in properties else default

    def _function(self, name: str, properties: dict[str, Any]) -> Function:
        environment = self._get(properties, "Environment", {}).get("Variables", {})
        dead = self._get(properties, "DeadLetterConfig", {}).get("TargetArn", "")
        settings: dict[str, Any] = {"failures": dead}
        for config in self._invoke_configs(name):
            settings["retries"] = int(config.get("MaximumRetryAttempts", 2))
            if target := config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
                settings |= {"failures": target, "failures_form": "destination"}
        if settings["failures"] and ":sqs:" not in settings["failures"]:
            raise TemplateFault(f"failed events go to {settings['failures']}; the local cloud serves queues only")
        return Function(
            id=name,
            handler=str(self._get(properties, "Handler", "")),
            timeout=int(self._get(properties, "Timeout", 3)),
            memory=int(self._get(properties, "MemorySize", 128)),
            environment={key: str(value) for key, value in environment.items()},
            **settings,
        )

    def _invoke_configs(self, function: str) -> Iterator[dict[str, Any]]:
        for resource in self.resources.values():
            if resource["Type"] == "AWS::Lambda::EventInvokeConfig":
                config = self.resolver.resolve(resource["Properties"])
                if config["FunctionName"] == self.resolver.values[function]:
                    yield config

    def _trigger(self, name: str, properties: dict[str, Any]) -> Trigger | None:
        known = {"EventSourceArn", "FunctionName", "BatchSize", "FunctionResponseTypes", "Enabled"}
        known |= {"ScalingConfig", "MaximumBatchingWindowInSeconds", "Tags"}  # nothing to see of these on one machine
        if unknown := sorted(set(properties) - known):
            raise TemplateFault(f"the local cloud does not serve {', '.join(unknown)} of an event source")
        if self._get(properties, "Enabled", True) in (False, "false"):
            return None
        return Trigger(
            id=name,
            function=self._function_named(self._get(properties, "FunctionName")),
            queue=self._queue_named(self._get(properties, "EventSourceArn")),
            batch_size=int(self._get(properties, "BatchSize", 10)),
            partial="ReportBatchItemFailures" in self._get(properties, "FunctionResponseTypes", []),
        )

    def _rule(self, name: str, properties: dict[str, Any]) -> Schedule | None:
        if "ScheduleExpression" not in properties:
            raise TemplateFault("the local cloud serves rules with a schedule, none that wait for events")
        targets = properties["Targets"]
        if len(targets) != 1:
            raise TemplateFault(f"it has {len(targets)} targets; the local cloud serves one")
        if self._get(properties, "State", "ENABLED") == "DISABLED":
            return None
        return Schedule(
            id=name,
            function=self._function_named(self._get(targets[0], "Arn")),
            expression=str(self._get(properties, "ScheduleExpression")),
            input=self._input(targets[0]),
        )

    def _schedule(self, name: str, properties: dict[str, Any]) -> Schedule | None:
        if self._get(properties, "State", "ENABLED") == "DISABLED":
            return None
        return Schedule(
            id=name,
            function=self._function_named(self._get(properties["Target"], "Arn")),
            expression=str(self._get(properties, "ScheduleExpression")),
            zone=str(self._get(properties, "ScheduleExpressionTimezone", "UTC")),
            input=self._input(properties["Target"]),
            source="scheduler",
        )

    def _input(self, target: Mapping[str, Any]) -> Any:
        return json.loads(self._get(target, "Input")) if "Input" in target else None

    def _routes(self, _name: str, properties: dict[str, Any]) -> list[Route]:
        return list(routes(properties, self.resolver))

    def _queue(self, name: str, properties: dict[str, Any]) -> Queue:
        left_out = {"QueueName", "RedrivePolicy", "Tags"}
        attributes = {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in self.resolver.resolve(
                {key: value for key, value in properties.items() if key not in left_out}
            ).items()
        }
        return Queue(name, attributes, self.names[name], self._get(properties, "RedrivePolicy"))

    def _table(self, name: str, properties: dict[str, Any]) -> Table:
        known = {*_TABLE, "TableName", "TimeToLiveSpecification", "PointInTimeRecoverySpecification", "Tags"}
        known |= {"SSESpecification", "DeletionProtectionEnabled", "TableClass"}  # nothing to see of these here
        if unknown := sorted(set(properties) - known):
            raise TemplateFault(f"the local cloud does not serve {', '.join(unknown)} of a table")
        recovery = self._get(properties, "PointInTimeRecoverySpecification", {})
        expiry = self._get(properties, "TimeToLiveSpecification", {})
        return Table(
            id=name,
            name=self.names[name],
            definition={key: self._get(properties, key) for key in _TABLE if key in properties},
            expires=expiry.get("AttributeName", "") if expiry.get("Enabled") else "",
            recoverable=bool(recovery.get("PointInTimeRecoveryEnabled")),
        )

    def _secret(self, name: str, properties: dict[str, Any]) -> Secret:
        if "SecretString" in properties:
            return Secret(name, self.names[name], str(self._get(properties, "SecretString")))
        made = self._get(properties, "GenerateSecretString", {})
        drawn = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
        if "GenerateStringKey" in made:
            content = json.loads(made.get("SecretStringTemplate", "{}")) | {made["GenerateStringKey"]: drawn}
            drawn = json.dumps(content)
        return Secret(name, self.names[name], drawn)

    def _function_named(self, reference: str) -> str:
        """The logical id behind a function's name or ARN."""
        name = str(reference).rsplit(":", 1)[-1].removeprefix(f"{STACK}-")
        if self.resources.get(name, {}).get("Type") != "AWS::Lambda::Function":
            raise TemplateFault(f"its target {reference} is no function of the template")
        return name

    def _queue_named(self, reference: str) -> str:
        name = str(reference).rsplit(":", 1)[-1]
        found = [id_ for id_, queue in self.names.items() if queue == name and ":sqs:" in reference]
        if not found:
            raise TemplateFault(f"its source {reference} is no queue of the template")
        return found[0]
