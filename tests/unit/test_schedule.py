"""When a flow runs next: after its cadence, or at an hour of the connection's own day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sync.flow import FlowSettings
from shared.sync.ports import FlowState
from shared.sync.record import FlowKey
from shared.sync.schedule import mode_due, next_due
from tests.effort import effort

CHICAGO = ZoneInfo("America/Chicago")


def next_at(hour: int, started: str, zone: ZoneInfo = CHICAGO, took: timedelta = timedelta(minutes=3)) -> str:
    """The next start (UTC) of a flow at this hour, by the start of the last run (UTC)."""
    began = datetime.fromisoformat(f"{started}+00:00")
    return f"{next_due(FlowSettings(at_hour=hour), began, began + took, zone):%m-%d %H:%M}"


def test_without_an_hour_it_runs_after_its_cadence_but_never_in_the_past() -> None:
    began = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    settings = FlowSettings(every_minutes=15)
    assert next_due(settings, began, began, CHICAGO) == began + timedelta(minutes=15)
    late = began + timedelta(hours=1)
    assert next_due(settings, began, late, CHICAGO) == late


@pytest.mark.parametrize(("hour", "mode"), [(None, "delta"), (2, "comprehensive")])
def test_what_runs_once_a_day_compares_everything_each_time(hour: int | None, mode: str) -> None:
    now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    state = FlowState(FlowKey("demo", "pcrt_coverage"), last_comprehensive=now - timedelta(minutes=1), rules="1")
    assert mode_due(state, FlowSettings(at_hour=hour), "1", now) == mode


@pytest.mark.rule("PC-03")
@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("2026-11-10T08:00:20", "11-11 08:00"),
        ("2026-11-10T07:59:59", "11-10 08:02"),
        ("2026-11-10T20:00:00", "11-11 08:00"),
        ("2026-11-10T03:00:00", "11-10 08:00"),
        ("2027-03-13T08:00:00", "03-14 08:00"),
        ("2027-03-14T08:00:00", "03-15 07:00"),
        ("2026-10-31T07:00:00", "11-01 08:00"),
    ],
)
def test_at_an_hour_it_runs_once_a_local_day(started: str, expected: str) -> None:
    """Two o'clock in Chicago: 8:00 UTC in winter; on 14 March 2027 it does not exist, and 3:00 is meant."""
    assert next_at(2, started) == expected


def test_an_hour_that_comes_twice_is_met_once() -> None:
    """One o'clock comes at 6:00 and at 7:00 UTC on 1 November 2026."""
    assert next_at(1, "2026-10-31T06:00:00") == "11-01 06:00"
    assert next_at(1, "2026-11-01T06:00:00") == "11-02 07:00"
    assert next_at(1, "2026-11-01T07:30:00") == "11-02 07:00"


@effort(60, 5000)
@given(
    st.integers(0, 23),
    st.integers(0, 6 * 365 * 24 * 60),
    st.sampled_from(["America/Chicago", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_the_next_start_is_that_hour_within_about_a_day(hour: int, minutes: int, name: str) -> None:
    started = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = next_due(FlowSettings(at_hour=hour), started, started, ZoneInfo(name))
    assert started < due <= started + timedelta(hours=25)
    assert due.astimezone(ZoneInfo(name)).hour in (hour, (hour + 1) % 24), "an hour later where it does not exist"
