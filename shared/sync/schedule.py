"""When a flow is due again, and in which mode."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.sync.flow import FlowSettings
from shared.sync.ports import FlowState
from shared.sync.turns import Mode


def mode_due(state: FlowState, settings: FlowSettings, rules: str, now: datetime) -> Mode:
    """Comprehensive at first, after new settings or rules, when the last one is old enough, and once a day; else delta.

    What runs at an hour of the day runs so seldom that it compares everything each time.
    """
    if state.last_comprehensive is None or state.rules != rules or settings.at_hour is not None:
        return "comprehensive"
    old_enough = now - state.last_comprehensive >= timedelta(hours=settings.comprehensive_hours)
    return "comprehensive" if old_enough else "delta"


def next_due(settings: FlowSettings, started: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The next start: a cadence after this run's start, or the hour of the next local day; never in the past.

    An hour that does not exist means the next instant that does; one that comes twice, its first coming only.
    """
    if settings.at_hour is None:
        return max(started + timedelta(minutes=settings.every_minutes), now)
    today = started.astimezone(zone).date()
    days = (today + timedelta(days=day) for day in (0, 1))
    starts = (datetime.combine(day, time(settings.at_hour), zone).astimezone(UTC) for day in days)
    return max(next(start for start in starts if start > started), now)
