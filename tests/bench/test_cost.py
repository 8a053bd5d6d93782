"""What a record costs: cost.md tells it as it is measured, and what is in step costs a run nothing but reads."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.bench import prices
from tests.bench.cost import PATH, assembled, flow_section, money_row
from tests.bench.costs import Costs, costs_of
from tests.bench.meter import KEYS, MAILS, QUEUE, READ, REQUESTS, RUN, WRITTEN
from tests.bench.units import Index, read_units, size, unfiltered, write_units
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import Scenario

FREE = Costs("eautomate_customers", ("connectwise_psa", "eautomate"), frozenset(), *[{}] * 9)
"""What costs nothing at all."""

STALE = "look why it costs otherwise, then write cost.md anew: python -m tests.bench.cost"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.flow)
def test_a_flow_costs_what_the_document_tells(scenario: Scenario) -> None:
    """And a record in step costs a run nothing but reads of the table."""
    costs = costs_of(scenario)
    assert {*costs.unchanged, *costs.compared} <= {READ}
    told = PATH.read_text(encoding="utf-8")
    assert _section(told, scenario.flow) == flow_section(costs), STALE
    assert money_row(costs) in told, STALE


def test_the_rest_of_the_document_follows_from_it() -> None:
    told = PATH.read_text(encoding="utf-8")
    flows = [scenario.flow for scenario in SCENARIOS]
    rows = [line for line in told.splitlines(keepends=True) if line.split(" | ")[0].removeprefix("| ") in flows]
    assert told == assembled([_section(told, flow) for flow in flows], rows), STALE


def _section(told: str, flow: str) -> str:
    """What the document tells of a flow; nothing where it tells nothing."""
    found = re.search(rf"\n## {flow}\n.*?\|\n(?=\n## )", told, re.DOTALL)
    return found[0] if found else ""


def test_mail_for_a_record_is_not_left_out() -> None:
    with pytest.raises(ValueError, match="eautomate_customers sends mail"):
        flow_section(replace(FREE, new={MAILS: 1}))


# What DynamoDB bills

DUE = Index(("due_pk", "due_at"), frozenset({"pk", "sk", "due_pk", "due_at", "token"}))
LOG = Index(("log_pk", "log_sk"))


def item(length: int = 0, **more: str) -> Any:
    """An item of one attribute of so many bytes, its name's two included, and more."""
    own = {"pk": {"S": "x" * (length - 2)}} if length else {}
    return own | {name: {"S": value} for name, value in more.items()}


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert size(item(1024)) == 1024
    assert size({"name": {"S": "Zürich"}}) == 4 + 7
    assert size({"n": {"N": "-1234"}}) == 1 + 2 + 1 + 1
    assert size({"b": {"BOOL": True}}) == 2
    assert size({"m": {"M": {"ab": {"S": "c"}}}}) == 1 + 3 + 1 + 2 + 1
    assert size({"l": {"L": [{"S": "c"}]}}) == 1 + 3 + 1 + 1


@pytest.mark.parametrize(
    ("items", "consistent", "units"),
    [
        ([], True, 1),
        ([], False, 0.5),
        ([item(4096)], True, 1),
        ([item(4097)], True, 2),
        ([item(2048), item(2048)], True, 1),
        ([item(2048), item(2049)], False, 1),
    ],
)
def test_reads_are_billed_by_four_kilobytes(items: list[Any], consistent: bool, units: float) -> None:
    assert read_units(items, consistent=consistent) == units


@pytest.mark.parametrize(
    ("before", "after", "together", "units"),
    [
        ({}, item(1024), False, 1),
        ({}, item(1025), False, 2),
        (item(1025), item(10), False, 2),
        (item(10), {}, False, 1),
        ({}, {}, False, 1),
        ({}, item(1025), True, 4),
        ({}, item(10, due_pk="due", due_at="1"), False, 2),
        (item(10, due_pk="due", due_at="1"), item(11, due_pk="due", due_at="1"), False, 2),
        (item(10, due_pk="due", due_at="1", name="old"), item(10, due_pk="due", due_at="1", name="new"), False, 1),
        (item(10, due_pk="due", due_at="1"), item(10, due_pk="due", due_at="2"), False, 3),
        (item(10, due_pk="due", due_at="1"), item(10), True, 3),
        ({}, item(1000, log_pk="log", log_sk="1" * 100), True, 6),
    ],
)
def test_writes_are_billed_by_the_kilobyte_and_by_index(before: Any, after: Any, together: bool, units: int) -> None:
    assert write_units(before, after, (DUE, LOG), together=together) == units


def test_indexes_are_read_from_the_tables_definition() -> None:
    definition = {
        "KeySchema": [{"AttributeName": "pk"}, {"AttributeName": "sk"}],
        "GlobalSecondaryIndexes": [
            {
                "KeySchema": [{"AttributeName": "due_pk"}, {"AttributeName": "due_at"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["token"]},
            },
            {
                "KeySchema": [{"AttributeName": "log_pk"}, {"AttributeName": "log_sk"}],
                "Projection": {"ProjectionType": "ALL"},
            },
        ],
    }
    assert Index.all_of(definition) == (DUE, LOG)


def test_a_query_is_billed_for_what_its_filter_leaves_out() -> None:
    query = {
        "KeyConditionExpression": "#pk = :flow",
        "FilterExpression": "#type = :link",
        "ExpressionAttributeNames": {"#pk": "pk", "#type": "type"},
        "ExpressionAttributeValues": {":flow": {"S": "f"}, ":link": {"S": "link"}},
    }
    assert unfiltered(query) == {
        "KeyConditionExpression": "#pk = :flow",
        "ExpressionAttributeNames": {"#pk": "pk"},
        "ExpressionAttributeValues": {":flow": {"S": "f"}},
    }


# What it comes to


def test_a_month_is_its_runs_its_records_and_their_changes() -> None:
    per_month = prices.month(replace(FREE, nothing={READ: 1}, compared={WRITTEN: 1}, new={QUEUE: 1}, changed={KEYS: 1}))
    assert (per_month.runs, per_month.comprehensive) == (30 * 96, 30)
    traffic = per_month.traffic
    assert per_month.used[prices.READS] == 30 * 95
    assert per_month.used[prices.WRITES] == 30 * traffic.records
    assert per_month.used[prices.QUEUED] == traffic.new
    assert per_month.used[prices.KEYS_READ] == traffic.changed
    assert per_month.dollars(prices.WRITES) == pytest.approx(30 * traffic.records * 0.625 / 1_000_000)


def test_a_function_is_paid_by_the_time_that_others_take_to_answer() -> None:
    idle, busy = (
        prices.month(replace(FREE, nothing={RUN: 1, f"{REQUESTS}eautomate": requests})).used[prices.SECONDS]
        for requests in (0, 1)
    )
    assert busy - idle == pytest.approx(30 * 95 * 0.3 * 0.5)


def test_a_stack_is_paid_for_while_it_stands() -> None:
    there = {one.what: one.number for one in prices.standing()}
    assert there["keys, a secret for each outside system"] >= 4
    assert there["functions on a schedule: runs"] > 30 * 24 * 60
    assert there["asking empty queues"] % (30 * 24 * 60 * 15) == 0
