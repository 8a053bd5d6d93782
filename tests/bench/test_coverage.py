"""What nights of a repair shop cost: the bounds, held on a few computers here, and on 20,000 in `make soak`."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from infra.local.bench.coverage import MEMORY, WHOLE, Night, Size, nights
from infra.local.bench.showing import as_json

SIZES = [Size(300, 8, moves=5), *((WHOLE,) if os.environ.get("CROSSWISE_SOAK") else ())]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.computers}")
def test_every_night_stays_within_its_bounds(size: Size) -> None:
    first, moved, nothing = nights(size)
    broken = [f"{night.title}: {one}" for night in (first, moved, nothing) for one in night.bounds if not one.holds]
    assert broken == []

    # The bounds say "at most"; these say that the work was done.
    assert (first.sets, nothing.sets) == (size.clients, 0)
    assert 0 < moved.sets <= size.clients
    assert first.to_automate <= moved.to_automate + 1, "looks ask nothing of Automate: the scan's reading travels"
    assert first.outcomes["queued"] == size.clients
    assert nothing.outcomes == {"scanned": first.outcomes["scanned"]}


QUIET = Night(
    title="nothing",
    computers=1001,
    members=900,
    sets=0,
    requests={"GET Computers": 2, "GET GroupComputers": 1, "GET Groups": 1, "GET Clients": 3, "POST APIToken": 1},
    outcomes={},
    items_read=4,
    items_written=3,
    messages_sent=0,
    runs=1,
    cpu_seconds=0.1,
    peak_bytes=MEMORY,
    seconds=0.1,
)


def test_what_is_just_allowed_is_allowed() -> None:
    assert all(bound["holds"] for bound in as_json(QUIET)["bounds"])
    busy = replace(QUIET, sets=2, requests={**QUIET.requests, "GET Clients": 5}, items_written=100)
    assert all(bound.holds for bound in busy.bounds)


@pytest.mark.parametrize(
    ("night", "broken"),
    [
        (replace(QUIET, requests={"GET Computers": 9}), "requests to Automate: 9 of 8"),
        (replace(QUIET, requests={"PATCH Clients/{id}": 1}), "writes to Automate but for its token: 1 of 0"),
        (replace(QUIET, peak_bytes=MEMORY + 1), "bytes resident at most: 268,435,457 of 268,435,456"),
        (replace(QUIET, items_written=4), "table items written: 4 of 3"),
        (replace(QUIET, errors=("it fell over",)), "runs that failed: 1 of 0"),
    ],
)
def test_one_more_is_too_much(night: Night, broken: str) -> None:
    assert broken in [str(bound) for bound in night.bounds if not bound.holds]
