"""MV-02, MV-25: when a scope takes no more turns, counted in the days of the connection's own zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.sync.plan import Plan
from shared.sync.record import Name, Ref
from shared.sync.standing import Standing, standing
from shared.sync.turns import Turn, Turns

SCOPE = Ref("project", "cw", "25")
TURNS = Turns(kind="project")
CHICAGO = ZoneInfo("America/Chicago")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asked(now: str, *, ended: str | None = "2026-08-04T03:00", turn: Turn | None = None, days: int = 90) -> Standing:
    plan = Plan(SCOPE, "", name=Name("Office move"), ended=at(ended) if ended else None)
    return standing(turn or Turn(SCOPE), plan, TURNS, days, CHICAGO, at(now))


@pytest.mark.rule("MV-25")
def test_days_are_counted_in_the_connections_zone_over_a_change_of_the_hour() -> None:
    """It ended on the evening of August 3rd in Chicago; there the ninetieth day, November 1st, begins at five, UTC."""
    assert asked("2026-10-24T05:00").wake == at("2026-10-25T05:00")
    soon = asked("2026-10-25T05:00")
    assert (soon.wake, [issue.code for issue in soon.issues]) == (at("2026-11-01T05:00"), ["AUTO_DISABLE_SOON"])
    assert "since 2026-08-03. On 2026-11-01" in soon.issues[0].message
    assert asked("2026-11-01T04:59").disabled == ""
    assert asked("2026-11-01T05:00") == Standing(
        "It has been completed or cancelled for 90 days, since 2026-08-03.", ended=at("2026-08-04T03:00")
    )


@pytest.mark.rule("MV-25")
def test_the_count_goes_on_through_a_change_between_the_two_and_ends_with_either() -> None:
    counting = Turn(SCOPE, ended=at("2026-08-01T12:00"))
    assert asked("2026-09-01T12:00", turn=counting).ended == at("2026-08-01T12:00")
    assert asked("2026-09-01T12:00", turn=counting, ended=None) == Standing()


@pytest.mark.rule("MV-25")
def test_the_number_of_days_can_be_set_and_none_means_never() -> None:
    assert asked("2026-09-01T12:00", days=10).disabled
    assert asked("2026-09-01T12:00", days=0) == Standing()
    week = asked("2026-08-05T12:00", days=5)
    assert week.issues, "with fewer days than a week people are told at once"


@pytest.mark.rule("MV-02")
def test_what_is_archived_stands_whatever_its_status() -> None:
    plan = Plan(SCOPE, "", skipped=True, stands="It is archived in Moovila.", ended=at("2020-01-01T00:00"))
    told = standing(Turn(SCOPE), plan, TURNS, 90, CHICAGO, at("2026-09-01T12:00"))
    assert told == Standing("It is archived in Moovila.", archived=True)
