"""What syncs cost: the bounds, held on a smaller bench in every test run, and on the whole one in `make soak`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from infra.local.bench.figures import MEMORY, PAGE, Deliveries, Figures
from infra.local.bench.rounds import rounds
from infra.local.bench.showing import as_json
from infra.local.bench.stage import Size

SMALL = Size(100, 25, edits=20)
LARGE = (Size(2_000, 500), Size(10_000, 2_500))
SIZES = [SMALL, *(LARGE if os.environ.get("CROSSWISE_SOAK") else ())]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.customers}")
def test_every_round_stays_within_its_bounds(size: Size) -> None:
    """One run of the bench for all of them: a first sync of thousands is not made twice."""
    first, edits, nothing, compared = rounds(size)
    broken = [
        f"{figures.title}: {bound}"
        for figures in (first, edits, nothing, compared)
        for bound in figures.bounds
        if not bound.holds
    ]
    assert broken == []

    # The bounds say "at most"; these say that the work was done.
    assert first.outcomes["scanned"] == size.customers + size.locations
    assert first.companies > 0.9 * size.customers
    assert first.requests["connectwise_psa"]["POST /company/companies"] == first.companies
    assert 0 < edits.writes_to("connectwise_psa") <= size.edits
    assert nothing.outcomes.get("queued", 0) == compared.outcomes.get("queued", 0) == 0
    assert compared.outcomes["scanned"] >= size.customers + size.locations

    # A property that is written back costs e-automate three requests: read, save, read back.
    to_eautomate = first.requests["eautomate"]
    assert to_eautomate["getCustomerList"] <= first.deliveries.scans
    assert to_eautomate["getCustomer"] == 2 * to_eautomate["saveCustomer"]
    assert to_eautomate["saveCustomer"] <= size.customers + size.locations
    assert sum(edits.requests["eautomate"].values()) <= 2 + 2 * edits.deliveries.batches
    assert sum(nothing.requests["eautomate"].values()) <= 2

    assert {system: first.opened[system] for system in first.opened} == dict.fromkeys(first.opened, 1) or (
        size is not SMALL  # a connection that idles for half a minute is let go, and opened again
    )


QUIET = Figures(
    title="nothing",
    changed=0,
    companies=2 * PAGE + 1,
    with_locations=7,
    locations=9,
    comprehensive=False,
    deliveries=Deliveries(batches=1, scans=1),
    outcomes={},
    requests={"connectwise_psa": {"GET /company/companies": 5}, "eautomate": {"getCustomerList": 1}},
    connected={"connectwise_psa": 1, "eautomate": 1},
    opened={"connectwise_psa": 1, "eautomate": 1},
    aws={"dynamodb.UpdateItem": 2},
    items_read=4,
    items_written=2,
    messages_sent=0,
    runs=1,
    cpu_seconds=0.1,
    peak_bytes=MEMORY,
    seconds=0.1,
)
BUSY = replace(
    QUIET,
    title="20 edits",
    changed=20,
    deliveries=Deliveries(batches=4, scans=1, changes=20, of_customers=3, of_companies=5),
    requests={
        "connectwise_psa": {"GET /company/companies": 6, "GET /company/companies/{id}/sites": 5, "PATCH": 20},
        "eautomate": {},
    },
    messages_sent=20,
    items_written=60,
)


@pytest.mark.parametrize("figures", [QUIET, BUSY, replace(QUIET, comprehensive=True)], ids=lambda one: one.title)
def test_what_is_just_allowed_is_allowed(figures: Figures) -> None:
    assert [str(bound) for bound in figures.bounds if not bound.holds] == []
    assert all(bound["holds"] for bound in as_json(figures)["bounds"])


@pytest.mark.parametrize(
    ("figures", "change", "broken"),
    [
        (
            QUIET,
            {"requests": {"connectwise_psa": {"GET /companies": 6}, "eautomate": {}}},
            "requests to ConnectWise: 6 of 5",
        ),
        (QUIET, {"items_written": 3}, "table items written: 3 of 2"),
        (QUIET, {"messages_sent": 1}, "messages sent: 1 of 0"),
        (QUIET, {"deliveries": Deliveries(2, 1, 1)}, "changes delivered: 1 of 0"),
        (QUIET, {"connected": {"eautomate": 2}}, "connections to eautomate at once: 2 of 1"),
        (QUIET, {"peak_bytes": MEMORY + 1}, "bytes resident at most: 134,217,729 of 134,217,728"),
        (QUIET, {"errors": ("it fell over",)}, "runs that failed: 1 of 0"),
        (BUSY, {"messages_sent": 21}, "messages sent: 21 of 20"),
        (
            BUSY,
            {"requests": {"connectwise_psa": {"GET /companies": 10, "PATCH": 21}, "eautomate": {}}},
            "writes to ConnectWise: 21 of 20",
        ),
        (
            BUSY,
            {"requests": {"connectwise_psa": {"GET /companies": 17, "PATCH": 20}, "eautomate": {}}},
            "requests to ConnectWise: 37 of 35",
        ),
    ],
)
def test_one_more_is_too_much(figures: Figures, change: dict[str, Any], broken: str) -> None:
    assert broken in [str(bound) for bound in replace(figures, **change).bounds if not bound.holds]
