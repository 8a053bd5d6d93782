"""What alarms and dashboard read: metrics by the names and dimensions that the template's own expressions look for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.wiring import LogTally
from infra.local.cloud import Cloud, LocalClock
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.record import FlowKey
from shared.systems.http import Http

KEY = FlowKey("acme", "eautomate_customers")
START = datetime(2026, 11, 2, 8, 59, 30, tzinfo=UTC)


def metrics(lines: list[str]) -> list[tuple[dict[str, str], dict[str, float]]]:
    """Dimensions and values of every metric line, as CloudWatch reads them."""
    found = []
    for line in "".join(lines).splitlines():
        if '"CloudWatchMetrics"' in line:
            told: dict[str, Any] = json.loads(line)
            for directive in told["_aws"]["CloudWatchMetrics"]:
                (names,) = directive["Dimensions"]
                values = {metric["Name"]: sum(told[metric["Name"]]) for metric in directive["Metrics"]}
                found.append(({name: told[name] for name in names}, values))
    return found


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def cloud(lines: list[str]) -> Iterator[Cloud]:
    with Cloud(clock=LocalClock(START, still=True), output=lines.append) as started:
        yield started


def test_outcomes_go_by_flow_and_requests_by_system(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "crosswise")
    http = Http()
    http.requests.update({"connectwise_psa": 3, "eautomate": 1})
    LogTally(lambda: http).batch(KEY, {"applied": 2, "in_step": 0})
    http.close()
    assert metrics([capsys.readouterr().out]) == [
        ({"service": "crosswise", "flow": "eautomate_customers"}, {"applied": 2}),
        ({"service": "crosswise", "system": "connectwise_psa"}, {"requests": 3}),
        ({"service": "crosswise", "system": "eautomate"}, {"requests": 1}),
    ]


def test_every_quarter_of_an_hour_the_clock_tells_how_many_flows_are_paused(cloud: Cloud, lines: list[str]) -> None:
    store = Store(cloud.client("dynamodb"), cloud.table)
    store.flows.put_connection(Connection(id="acme", flows={KEY.flow: {}}))
    store.flows.put_connection(Connection(id="bolt", flows={KEY.flow: {}}))
    store.flows.pause(KEY, "its keys are refused")
    store.flows.pause(FlowKey("bolt", KEY.flow), "a person wants it so")
    cloud.wait(minutes=14)
    assert [told for told in metrics(lines) if "paused" in told[1]] == [({"service": "crosswise"}, {"paused": 2})]
    store.flows.pause(KEY, "")
    lines.clear()
    cloud.wait(minutes=2)
    assert [told for told in metrics(lines) if "paused" in told[1]] == [({"service": "crosswise"}, {"paused": 1})]
