"""Every built function under the emulator, on its sample events, with only code, layer and runtime around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from infra.build.runtime import Runtime
from infra.build.samples import SAMPLES, Sample
from infra.local import config
from infra.local.cloud import Cloud
from infra.local.cloud.connections import connect
from infra.local.cloud.emulated import EmulatedLambdas

SIZES = {"connectwise_psa": {"companies": 12, "tickets": 0}, "eautomate": {"customers": 10}}


@pytest.fixture(scope="module")
def cloud(runtime: Runtime) -> Iterator[Cloud]:
    """The local cloud with the demo connection, whose functions are the built ones."""
    with Cloud(lambdas=EmulatedLambdas(runtime=runtime), http=0) as started:
        connect(started, replace(config.default(config.Known.of_functions()), sizes=SIZES))
        yield started


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
