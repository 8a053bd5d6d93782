"""How template.yaml deploys those who are posted to: their routes, their rights, the queues that they know."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from functions.partner_webhook.partners import PARTNERS
from functions.wiring import FLOWS
from infra.local.cloud.stack import STACK, Stack
from infra.local.cloud.template import read

ROOT = Path(__file__).parents[2]
RECEIVERS = {
    "connectwise_callback": "POST /callbacks/{connection}",
    "partner_webhook": "POST /webhooks/{partner}/{connection}",
}


@pytest.fixture(scope="module")
def stack() -> Stack:
    return read(ROOT / "template.yaml", endpoint="https://sqs.us-east-1.amazonaws.com", web="http://127.0.0.1:1")


@pytest.fixture(scope="module")
def source() -> Mapping[str, Any]:
    resources: Mapping[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    return resources


def rights(source: Mapping[str, Any], function: str) -> str:
    """All policies of a function, in one text."""
    policies = source[function]["Properties"]["Policies"]
    return json.dumps([source[policy["Ref"]] if "Ref" in policy else policy for policy in policies])


def test_posts_come_to_their_functions(stack: Stack) -> None:
    routes = {stack.functions[route.function].room: route.key for route in stack.routes}
    assert routes == RECEIVERS


def test_those_who_are_told_know_and_may_send_to_every_flows_queue(stack: Stack, source: Mapping[str, Any]) -> None:
    """Rights are for names, and each flow's queue is called as everybody takes it to be called."""
    told = source["SendToFlows"]["Properties"]["PolicyDocument"]["Statement"]
    (may,) = (statement["Resource"]["Fn::Sub"].split("${AWS::AccountId}:")[1] for statement in told)
    names = {stack.queue_of(flow).name for flow in FLOWS}
    assert len(names) == len(FLOWS)
    assert fnmatch.filter(names, may.replace("${AWS::StackName}", STACK)) == list(names)
    for room in RECEIVERS:
        function = stack.function(room)
        assert '{"Ref": "SendToFlows"}' in json.dumps(source[function.id]["Properties"]["Policies"])
        prefix = function.environment["QUEUES"].rpartition("/")[2]
        assert {f"{prefix}{flow}.fifo" for flow in FLOWS} == names


def test_whoever_is_posted_to_writes_no_table_and_reads_no_keys_but_those_it_proves_by(
    source: Mapping[str, Any],
) -> None:
    for function in ("ConnectwiseCallback", "PartnerWebhook"):
        for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
            assert action not in rights(source, function)
    assert "secretsmanager" not in rights(source, "ConnectwiseCallback")
    webhook = rights(source, "PartnerWebhook")
    assert webhook.count("secret:${SecretPrefix}/") == len(PARTNERS)
    assert all(f"secret:${{SecretPrefix}}/{partner}/*" in webhook for partner in PARTNERS)


def test_the_api_is_throttled(source: Mapping[str, Any]) -> None:
    limits = source["HttpApi"]["Properties"]["DefaultRouteSettings"]
    assert set(limits) == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}


def test_registration_knows_where_posts_are_taken(stack: Stack) -> None:
    assert stack.function("callback_registration").environment["CALLBACK_URL"] == "http://127.0.0.1:1"


@pytest.mark.parametrize("room", ["callback_registration", *RECEIVERS])
def test_sample_events_are_there(room: str) -> None:
    samples = [json.loads(path.read_text()) for path in (ROOT / "functions" / room / "events").glob("*.json")]
    assert samples
    if room in RECEIVERS:
        assert {sample["version"] for sample in samples} == {"2.0"}
        assert {sample["routeKey"] for sample in samples} == {RECEIVERS[room]}
