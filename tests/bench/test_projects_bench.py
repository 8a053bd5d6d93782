"""What syncs of projects cost: the bounds, held on few here, on 15,000 tickets where CROSSWISE_SOAK is set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.local.bench.projects import MEMORY, WHOLE, Round, Size, rounds
from infra.local.bench.showing import as_json
from tests.effort import SOAK

SIZES = [Size(2, 4, edits=2), *((WHOLE,) if SOAK else ())]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.projects}")
def test_every_round_stays_within_its_bounds(size: Size) -> None:
    first, nothing, edits, compared = every = rounds(size)
    assert [f"{one.title}: {bound}" for one in every for bound in one.bounds if not bound.holds] == []

    # The bounds say "at most"; these say that the work was done.
    assert first.outcomes["applied"] == size.projects
    assert first.moovila["POST projects/{id}/tasks"] == first.records["tickets"] == size.projects * size.tickets
    assert edits.moovila["PATCH tasks/{id}"] == edits.edited == size.edits
    assert edits.asked("/project/tickets/{id}/notes") == size.edits, "one request for each that changed"
    assert nothing.outcomes == {}, "nothing was seen"
    assert compared.outcomes.keys() == {"scanned"}
    assert compared.outcomes["scanned"] > 2 * compared.records["tickets"], "it has read both sides"


RECORDS = {"projects": 3, "tickets": 1001, "time": 6, "schedule": 1000}
QUIET = Round(
    title="nothing",
    mode="delta",
    edited=0,
    looked=0,
    records=RECORDS,
    requests={"GET /project/projects": 1, "GET /project/tickets": 5},
    moovila={},
    outcomes={},
    items_read=4,
    items_written=3,
    messages_sent=0,
    runs=1,
    cpu_seconds=0.1,
    peak_bytes=MEMORY,
    seconds=0.1,
)
BUSY = replace(
    QUIET,
    edited=2,
    looked=2,
    requests={"GET /project/tickets": 23, "GET /project/tickets/{id}/notes": 2},
    items_written=100,
    messages_sent=2,
)
WHOLLY = replace(
    QUIET,
    mode="comprehensive",
    requests={
        "GET /project/projects": 3,
        "GET /project/tickets": 4,
        "GET /schedule/entries": 3,
        "GET /time/entries": 3,
        "GET /project/projects/{id}/phases": 3,
        "GET /project/projects/{id}/notes": 3,
        "GET /project/projects/{id}/teamMembers": 3,
    },
)


@pytest.mark.parametrize("just", [QUIET, BUSY, WHOLLY], ids=["quiet", "busy", "wholly"])
def test_what_is_just_allowed_is_allowed(just: Round) -> None:
    assert [str(bound) for bound in just.bounds if not bound.holds] == []
    assert all(bound["holds"] for bound in as_json(just)["bounds"])


@pytest.mark.parametrize(
    ("one", "broken"),
    [
        (replace(QUIET, requests={"GET /project/tickets": 7}), "requests to ConnectWise: 7 of 6"),
        (replace(QUIET, requests={"GET /project/tickets/{id}/notes": 1}), "reads of tickets' notes: 1 of 0"),
        (replace(QUIET, items_written=4), "table items written: 4 of 3"),
        (replace(QUIET, messages_sent=1), "messages sent: 1 of 0"),
        (replace(QUIET, peak_bytes=MEMORY + 1), "bytes resident at most: 268,435,457 of 268,435,456"),
        (replace(QUIET, errors=("it fell over",)), "runs that failed: 1 of 0"),
        (replace(BUSY, requests={"GET /project/tickets": 26}), "requests to ConnectWise: 26 of 25"),
        (replace(BUSY, requests={"GET /project/tickets/{id}/notes": 3}), "reads of tickets' notes: 3 of 2"),
        (replace(BUSY, requests={"PATCH /project/tickets/{id}": 1}), "writes to ConnectWise: 1 of 0"),
        (replace(WHOLLY, requests={"GET /project/projects/{id}": 4}), "requests for projects: 4 of 3"),
        (replace(WHOLLY, requests={"GET /project/projects/{id}/phases": 4}), "requests for phases: 4 of 3"),
    ],
)
def test_one_more_is_too_much(one: Round, broken: str) -> None:
    assert broken in [str(bound) for bound in one.bounds if not bound.holds]
