"""When rate and cron expressions fire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.local.cloud.schedule import ScheduleFault, timetable

START = datetime(2026, 3, 6, 12, 0, 30, tzinfo=UTC)


def fires(expression: str, times: int = 3, *, zone: str = "UTC", start: datetime = START) -> list[str]:
    table, moment, found = timetable(expression, start=start, zone=zone), start, []
    for _ in range(times):
        after = table.after(moment)
        assert after is not None
        moment = after
        found.append(f"{moment:%m-%d %H:%M:%S}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", ["03-06 12:01:30", "03-06 12:02:30", "03-06 12:03:30"]),
        ("rate(5 minutes)", ["03-06 12:05:30", "03-06 12:10:30", "03-06 12:15:30"]),
        ("rate(1 hour)", ["03-06 13:00:30", "03-06 14:00:30", "03-06 15:00:30"]),
        ("rate(2 days)", ["03-08 12:00:30", "03-10 12:00:30", "03-12 12:00:30"]),
        ("cron(0 * * * ? *)", ["03-06 13:00:00", "03-06 14:00:00", "03-06 15:00:00"]),
        ("cron(0/20 6,18 * * ? *)", ["03-06 18:00:00", "03-06 18:20:00", "03-06 18:40:00"]),
        ("cron(30 7 ? * MON-FRI *)", ["03-09 07:30:00", "03-10 07:30:00", "03-11 07:30:00"]),
        ("cron(0 0 ? * FRI-SUN *)", ["03-07 00:00:00", "03-08 00:00:00", "03-13 00:00:00"]),
        ("cron(0 8 1 * ? *)", ["04-01 08:00:00", "05-01 08:00:00", "06-01 08:00:00"]),
        ("cron(15 10 ? JAN,jul 2 *)", ["07-06 10:15:00", "07-13 10:15:00", "07-20 10:15:00"]),
    ],
)
def test_the_next_times(expression: str, expected: list[str]) -> None:
    assert fires(expression) == expected


def test_a_local_time_that_does_not_exist_is_left_out() -> None:
    start = datetime(2026, 3, 7, 0, 0, tzinfo=UTC)  # 2:30 does not exist in Chicago on 8 March 2026
    found = fires("cron(30 2 * * ? *)", zone="America/Chicago", start=start)
    assert found == ["03-07 08:30:00", "03-09 07:30:00", "03-10 07:30:00"]


def test_a_local_time_that_comes_twice_fires_once() -> None:
    start = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)  # 1:30 comes twice in Chicago on 1 November 2026
    assert fires("cron(30 1 * * ? *)", 2, zone="America/Chicago", start=start) == ["11-01 06:30:00", "11-02 07:30:00"]


def test_a_day_that_never_comes_is_never() -> None:
    assert timetable("cron(0 0 30 FEB ? *)", start=START).after(START) is None
    assert timetable("cron(0 0 1 1 ? 2020)", start=START).after(START) is None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(0 minutes)",
        "rate(1 week)",
        "at(2026-01-01T00:00:00)",
        "cron(0 * * * *)",
        "cron(0 0 * * * *)",
        "cron(60 0 * * ? *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 ? * MON#1 *)",
        "cron(0/x 0 * * ? *)",
    ],
)
def test_what_is_not_known_is_refused_by_name(expression: str) -> None:
    with pytest.raises(ScheduleFault, match=r"rate|cron|at\("):
        timetable(expression, start=START)
