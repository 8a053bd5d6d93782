"""When a flow is due again, and in which mode."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.sync.flow import FlowSettings
from shared.sync.ports import FlowState, Mode


def mode_due(state: FlowState, settings: FlowSettings, rules: str, now: datetime) -> Mode:
    """Comprehensive at first, after new settings or rules, and when the last one is old enough; else delta."""
    if state.last_comprehensive is None or state.rules != rules:
        return "comprehensive"
    old_enough = now - state.last_comprehensive >= timedelta(hours=settings.comprehensive_hours)
    return "comprehensive" if old_enough else "delta"


def next_due(settings: FlowSettings, started: datetime, now: datetime) -> datetime:
    """The next start: a cadence after this run's start, but never in the past."""
    return max(started + timedelta(minutes=settings.every_minutes), now)
