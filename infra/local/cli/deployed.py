"""A deployed stack, reached with the caller's own AWS credentials: its table, queues, functions and parameters."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.cli.control import Tell
from infra.local.cli.flows import camel, flows_meant
from infra.local.cli.screen import WRONG_USE, Failed
from shared.aws.clients import Clients
from shared.aws.queues import Queues
from shared.aws.table import Store
from shared.sync.change import Scan
from shared.sync.ports import Queue

ASKED_BY = "command"
FUNCTION, QUEUE = "AWS::Lambda::Function", "AWS::SQS::Queue"
_NOT_THERE = "ValidationError"
"""What CloudFormation answers where it knows no stack, or no resource, of a name."""

_LONGEST_RUN = Config(connect_timeout=5, read_timeout=930, retries={"total_max_attempts": 1}, tcp_keepalive=True)
"""A function runs for 900 seconds at most, and is not run twice for a lost answer."""


@dataclass(frozen=True)
class Deployed:
    """A stack of the caller's account and region; see `infra.local.cli.place.Place`.

    Whatever AWS refuses is botocore's own error, or a SyncError caused by one: `refusals` has the words.
    """

    stack: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    session: boto3.session.Session
    _found: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def find(cls, stack: str) -> Self:
        """The stack of this name, by boto3's default session; Failed if there is none."""
        session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))  # as the AWS CLI does
        try:
            (described,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _NOT_THERE:
                raise
            raise Failed(
                f"there is no stack {stack!r} in {session.region_name} of this account; AWS_PROFILE and AWS_REGION "
                "choose others",
                WRONG_USE,
            ) from None
        return cls(
            stack,
            described["StackStatus"],
            {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())},
            {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", ())},
            session,
        )

    @property
    def name(self) -> str:
        return f"stack {self.stack}"

    @cached_property
    def _cloudformation(self) -> Any:
        return self.session.client("cloudformation")

    @cached_property
    def _lambda(self) -> Any:
        return self.session.client("lambda", config=_LONGEST_RUN)

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.session)

    @cached_property
    def store(self) -> Store:
        if "Table" not in self.outputs:
            raise Failed(
                f"stack {self.stack!r} ({self.status}) has no output Table: it is none of Crosswise, or was not "
                "deployed to the end",
                WRONG_USE,
            )
        return Store(self.clients.dynamodb, self.outputs["Table"])

    @cached_property
    def queue(self) -> Queue:
        return Queues(self.clients.sqs, lambda flow: self._resource(f"{camel(flow)}Queue", QUEUE))

    def ask(self, command: str, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """See Place; `sync` answers once the scans are queued: which flows, and why others were not asked."""
        return {"sync": self._sync, "invoke": self._invoke}[command](request, tell)

    def _sync(self, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        keys = flows_meant(self.store.flows.connections(), request.get("connection"), request["flow"])
        now = datetime.now(UTC)
        hindered: dict[str, str] = {}
        for key in keys:
            state = self.store.flows.state(key)
            if state.paused:
                hindered[key.connection] = f"paused: {state.paused}"
            elif state.run and state.run.expires > now:
                hindered[key.connection] = f"being scanned since {state.run.started:%H:%M:%S} UTC"
        asked = [key for key in keys if key.connection not in hindered]
        tell(f"queueing {len(asked)} scans")
        occasion, mode = f"{ASKED_BY} {now.isoformat()}", request.get("mode")
        self.queue.send(
            [Scan(connection=key.connection, flow=key.flow, occasion=occasion, at=now, mode=mode) for key in asked]
        )
        return {"flow": request["flow"], "asked": [key.connection for key in asked], "hindered": hindered}

    def _invoke(self, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        function = self._resource(camel(request["function"]), FUNCTION)
        tell(f"running {function}")
        done = self._lambda.invoke(FunctionName=function, Payload=json.dumps(request["event"]).encode())
        answer = json.loads(done["Payload"].read() or "null")
        if "FunctionError" not in done:
            return {"answer": answer, "error": "", "trace": ""}
        error = f"{answer.get('errorType', done['FunctionError'])}: {answer.get('errorMessage', '')}"
        return {"answer": None, "error": error, "trace": "".join([*answer.get("stackTrace", ()), error])}

    def _resource(self, logical_id: str, kind: str) -> str:
        """The name (a queue's: the URL) that the stack gave to what template.yaml calls so; Failed if there is none."""
        if logical_id not in self._found:
            try:
                found = self._cloudformation.describe_stack_resource(StackName=self.stack, LogicalResourceId=logical_id)
                resource = found["StackResourceDetail"]
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _NOT_THERE:
                    raise
                resource = {}
            if resource.get("ResourceType") != kind or "PhysicalResourceId" not in resource:
                what = kind.rpartition(":")[2].lower()
                raise Failed(
                    f"stack {self.stack!r} has no {what} {logical_id}: it may be of another version than this command",
                    WRONG_USE,
                )
            self._found[logical_id] = resource["PhysicalResourceId"]
        return self._found[logical_id]
