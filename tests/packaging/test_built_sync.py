"""A whole sync by the built functions ends as one by the same functions in this process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from infra.build.runtime import Runtime
from infra.local import config
from infra.local.cloud import Cloud
from infra.local.cloud.connections import connect
from infra.local.cloud.emulated import EmulatedLambdas
from infra.local.cloud.lambdas import Lambdas
from shared.sync.record import FlowKey

KEY = FlowKey("demo", "eautomate_customers")
SIZES = {"connectwise_psa": {"companies": 12, "tickets": 0}, "eautomate": {"customers": 10}}


def synced(lambdas: Lambdas) -> dict[str, Any]:
    """What a first sync of made-up customers comes to."""
    with Cloud(lambdas=lambdas, http=0) as cloud:
        connected = connect(cloud, replace(config.default(config.Known.of_functions()), sizes=SIZES))
        connected.ask(KEY, None)
        report = cloud.run_until_quiet()
        companies = connected.simulators["demo", "connectwise_psa"].records("company/companies")  # type: ignore[attr-defined]
        return {
            "errors": [happening.error for happening in report.errors],
            "outcomes": cloud.tally().counts(KEY.flow),
            "requests": cloud.tally().requests_by_system(),
            "companies": sorted((company["name"], company.get("accountNumber", "")) for company in companies),
            "waiting": cloud.waiting(),
        }


def test_built_functions_sync_as_those_in_process(runtime: Runtime) -> None:
    built = synced(EmulatedLambdas(runtime=runtime))
    assert built["errors"] == []
    assert built["waiting"] == {}
    assert built["outcomes"]["applied"] > 0
    assert built == synced(Lambdas())
