"""What flows come to in money a month, for one example dealer, by AWS's list prices of one day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from samtranslator.yaml_helper import yaml_parse

from functions.wiring import flow_class
from infra.local.cloud.cloud import ENDPOINT, TEMPLATE
from infra.local.cloud.schedule import timetable
from infra.local.cloud.stack import Stack
from infra.local.cloud.template import read
from tests.bench.costs import Costs
from tests.bench.meter import KEYS, QUEUE, READ, REQUESTS, RUN, WRITTEN, Cost
from tests.faults.scenarios import SCENARIOS

AS_OF = "June 2025"
REGION = "us-east-1"
PRICES: Mapping[str, tuple[float, int]] = {
    "read units of DynamoDB, on demand": (0.125, 1_000_000),
    "write units of DynamoDB, on demand": (0.625, 1_000_000),
    "requests to SQS, FIFO": (0.50, 1_000_000),
    "Lambda invocations": (0.20, 1_000_000),
    "Lambda GB seconds, x86": (16.6667, 1_000_000),
    "reads of Secrets Manager": (0.05, 10_000),
    "secrets": (0.40, 1),
    "bytes of log": (0.50, 1_000_000_000),
    "custom metrics": (0.30, 1),
    "alarms": (0.10, 1),
    "dashboards": (3.00, 1),
}
"""Dollars for so many, a month where it is a thing that is kept. No free tier is taken off."""

READS, WRITES, QUEUED, INVOKED, SECONDS, KEYS_READ, SECRETS, LOGS, METRICS, ALARMS, DASHBOARDS = PRICES

DAYS = 30
A_REQUEST, AN_INVOCATION, A_RECORD = 0.3, 0.1, 0.002
"""Seconds that a function runs: for each outside request, for itself, for each record that it compares. Assumed."""

LOGGED = 2_000
"""Bytes that an invocation logs, Lambda's own lines included. Assumed, after a look at some."""

POLLS = 5 * 3 * 60 * 24 * DAYS
"""Requests a month with which Lambda asks one queue in vain: five at a time, each for 20 seconds. Assumed."""


@dataclass(frozen=True)
class Traffic:
    """What a dealer has in a month: records that are kept in step, of these new ones, and changes."""

    records: int
    new: int
    changed: int


DEALER: Mapping[str, Traffic] = {
    "eautomate_reference_data": Traffic(300, 5, 20),
    "eautomate_agreements": Traffic(2_000, 2_000, 500),
    "eautomate_service_calls": Traffic(3_000, 3_000, 300),
    "eautomate_call_transfers": Traffic(500, 500, 500),
    "eautomate_project_invoices": Traffic(300, 150, 150),
    "eautomate_sales_orders": Traffic(1_000, 400, 800),
    "pcrt_coverage": Traffic(500, 10, 200),
    "zomentum_opportunities": Traffic(1_000, 100, 600),
    "moovila_projects": Traffic(15_000, 1_000, 5_000),
    "moovila_reference_data": Traffic(2_000, 20, 100),
    "zomentum_taxes": Traffic(40, 1, 2),
    "quickpass_contacts": Traffic(5_000, 100, 100),
    "zomentum_products": Traffic(2_000, 50, 400),
}
USUAL = Traffic(10_000, 200, 2_000)
"""Of flows that are not named above: 10,000 records, customers for one, of which each fifth changes once a month."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "table": (READS, WRITES),
    "queue": (QUEUED,),
    "function": (INVOKED, SECONDS),
    "keys": (KEYS_READ,),
    "logs, metrics": (LOGS, METRICS),
}
"""What a flow's month is told by."""


@dataclass(frozen=True)
class Month:
    """A month of one flow: how often it ran, how often of that to compare everything, how much it used by price."""

    traffic: Traffic
    runs: int
    comprehensive: int
    used: Mapping[str, float]

    def dollars(self, *names: str) -> float:
        """What that comes to; of the prices of these names, or of all."""
        return sum(dollars(name, self.used[name]) for name in names or self.used)


@dataclass(frozen=True)
class Standing:
    """Something that a stack is billed for whatever its flows do: how many of it a month."""

    what: str
    number: float
    price: str


def month(costs: Costs) -> Month:
    """A month of one flow at its default cadence. Every change is reckoned to come by itself, which costs most."""
    settings, traffic = flow_class(costs.flow).Settings.model_construct(), DEALER.get(costs.flow, USUAL)
    runs = DAYS if settings.at_hour is not None else DAYS * 24 * 60 // settings.every_minutes
    comprehensive = runs if settings.at_hour is not None else min(DAYS * 24 // settings.comprehensive_hours, runs)
    delta = runs - comprehensive
    parts: tuple[tuple[Cost, int], ...] = (
        (costs.nothing, delta),
        (costs.unchanged, delta * traffic.records),
        (costs.everything, comprehensive),
        (costs.compared, comprehensive * traffic.records),
        (costs.waiting, DAYS * traffic.records),
        (costs.changed, traffic.changed),
        (costs.new, traffic.new),
    )

    def total(*names: str) -> float:
        return sum(cost.get(name, 0) * times for cost, times in parts for name in names)

    requests = total(*(f"{REQUESTS}{system}" for system in costs.systems))
    seconds = requests * A_REQUEST + total(RUN) * AN_INVOCATION + comprehensive * traffic.records * A_RECORD
    used = {
        READS: total(READ),
        WRITES: total(WRITTEN),
        QUEUED: total(QUEUE),
        INVOKED: total(RUN),
        SECONDS: seconds * _gigabytes(costs.flow),
        KEYS_READ: total(KEYS),
        LOGS: total(RUN) * LOGGED,
        METRICS: len(costs.metrics),
    }
    return Month(traffic, runs, comprehensive, used)


def standing() -> Iterator[Standing]:
    """What a stack, with one connection that uses every flow, costs a month before any flow does anything."""
    stack, resources = _stack(), yaml_parse(TEMPLATE.read_text(encoding="utf-8"))["Resources"].values()
    kinds = [resource["Type"] for resource in resources]
    systems = {system for scenario in SCENARIOS for system in flow_class(scenario.flow).systems}
    scheduled = sum(_runs(schedule.expression) for schedule in stack.schedules.values())
    yield Standing("alarms", kinds.count("AWS::CloudWatch::Alarm"), ALARMS)
    yield Standing("dashboard", kinds.count("AWS::CloudWatch::Dashboard"), DASHBOARDS)
    yield Standing("asking empty queues", len(stack.triggers) * POLLS, QUEUED)
    yield Standing("keys, a secret for each outside system", len(systems), SECRETS)
    yield Standing("metrics: requests by system, flows that are paused", len(systems) + 1, METRICS)
    yield Standing("functions on a schedule: runs", scheduled, INVOKED)
    yield Standing("functions on a schedule: GB seconds", scheduled * AN_INVOCATION * _gigabytes("clock"), SECONDS)
    yield Standing("functions on a schedule: bytes of log", scheduled * LOGGED, LOGS)


def dollars(price: str, number: float) -> float:
    """What so many come to at this price."""
    each, so_many = PRICES[price]
    return number * each / so_many


def _stack() -> Stack:
    return read(TEMPLATE, endpoint=ENDPOINT)


def _gigabytes(flow: str) -> float:
    """Memory of a flow's function; the template's usual for one that is not in it."""
    return next((f.memory for f in _stack().functions.values() if f.room == flow), 512) / 1024


def _runs(expression: str) -> int:
    """How often a schedule runs in a month."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    table = timetable(expression, start=start)

    def each() -> Iterator[datetime]:
        at = table.after(start)
        while at is not None:
            yield at
            at = table.after(at)

    return DAYS * sum(1 for _ in takewhile(lambda at: at <= start + timedelta(days=1), each()))
