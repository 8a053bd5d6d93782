"""Every built function under the emulator, on its sample events, with only code, layer and runtime around it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.build.runtime import Runtime
from infra.build.samples import SAMPLES, Sample
from infra.local import config
from infra.local.cloud import Cloud
from infra.local.cloud.connections import Connected, connect
from infra.local.cloud.emulated import EmulatedLambdas
from infra.local.simulators.psa import PsaSimulator
from tests.callbacks.site import signature

QUEUE = "EautomateCustomersQueue"
SIZES = {"connectwise_psa": {"companies": 12, "tickets": 0}, "eautomate": {"customers": 10}}


@pytest.fixture(scope="module")
def connected(runtime: Runtime) -> Iterator[Connected]:
    """The local cloud with the demo connection, whose functions are the built ones."""
    with Cloud(lambdas=EmulatedLambdas(runtime=runtime), http=0) as started:
        yield connect(started, replace(config.default(config.Known.of_functions()), sizes=SIZES))


@pytest.fixture
def cloud(connected: Connected) -> Cloud:
    return connected.cloud


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_built_function_does_its_work(cloud: Cloud, sample: Sample) -> None:
    done = cloud.invoke(sample.room, sample.event)
    assert (done.error_type, done.error, done.trace) == ("", "", "")
    match sample.kind:
        case "queue":
            assert done.answer == {"batchItemFailures": []}
        case "http":
            assert 200 <= done.answer["statusCode"] < 500
        case _:
            assert isinstance(done.answer, dict)


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.room == "connectwise_callback"], ids=str)
def test_a_built_receiver_takes_what_its_connectwise_signed_and_a_built_worker_works_on_it(
    connected: Connected, sample: Sample
) -> None:
    """The samples as they are kept are signed for a site that is not this connection's, and refused."""
    cloud, psa = connected.cloud, connected.simulators["demo", "connectwise_psa"]
    assert isinstance(psa, PsaSimulator)
    cloud.client("sqs").purge_queue(QueueUrl=cloud.queue_url(QUEUE))
    assert cloud.invoke(sample.room, sample.event).answer["statusCode"] == 403
    assert cloud.messages(QUEUE) == []
    done = cloud.invoke(sample.room, signed(sample, psa))
    assert (done.error_type, done.error, done.trace) == ("", "", "")
    assert done.answer["statusCode"] == 200, done.answer
    (message,) = map(json.loads, cloud.messages(QUEUE))
    assert (message["type"], message["kind"], message["side"], message["id"]) == (
        "change", "customer-company", "cw", "250",
    )  # fmt: skip
    before = cloud.tally()
    assert cloud.run_until_quiet().errors == []
    assert sum((cloud.tally() - before).counts(message["flow"]).values()) == 1
    assert cloud.waiting() == {}


def signed(sample: Sample, psa: PsaSimulator) -> Any:
    """The event as it would be if this ConnectWise had sent it: its address for keys, a signature by such a key.

    Each is a message of its own: queues take none twice.
    """
    event = sample.event
    encoded = event["isBase64Encoded"]
    text = base64.b64decode(event["body"]).decode() if encoded else event["body"]
    key_url = f"{psa.url}/v2026_1//system/callbackkey/index.rails?companyName=demo&id=entry"
    text = re.sub(r'(?<="key_url":")[^"]+', key_url, text)
    body = re.sub(r'(?<="MessageId":")[^"]+', str(sample), text).encode()
    headers = {**event["headers"], "x-content-signature": signature(psa.callbacks.signing_key("entry"), body)}
    return {**event, "headers": headers, "body": base64.b64encode(body).decode() if encoded else body.decode()}


def test_what_a_built_function_counts_is_tallied(cloud: Cloud) -> None:
    (scan,) = [sample for sample in SAMPLES if str(sample) == "eautomate_customers-scan"]
    before = cloud.tally()
    cloud.invoke(scan.room, scan.event)
    done = cloud.tally() - before
    assert done.batches == 1
    assert done.counts("eautomate_customers")["scanned"] > 0
    assert done.requests_by_system()["eautomate"] > 0


def test_a_built_function_says_which_field_of_its_event_is_missing(cloud: Cloud) -> None:
    done = cloud.invoke("eautomate_customers", {})
    assert (done.error_type, done.error) == ("KeyError", "'Records'")
    assert "functions/wiring.py" in done.trace, "the traceback names our line"
