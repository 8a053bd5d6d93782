"""Whether a scope still takes turns: archived ones stand until a person enables them, ended ones after some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.sync.issue import Issue
from shared.sync.plan import Plan
from shared.sync.turns import Turn, Turns


@dataclass(frozen=True)
class Standing:
    """What a look means for the scope's next turns.

    `disabled` is why it takes none (empty: it does), `archived` that it was put away; `ended` is since when it is
    completed or cancelled, `wake` when that must be looked at again, though nothing changes, and `issues` are what
    people are told of it.
    """

    disabled: str = ""
    archived: bool = False
    ended: datetime | None = None
    wake: datetime | None = None
    issues: tuple[Issue, ...] = ()


def standing(turn: Turn, plan: Plan, turns: Turns, days: int, zone: ZoneInfo, now: datetime) -> Standing:
    """MV-02, MV-25. Days are those of the zone, from the one on which it ended (or was enabled again) on.

    A change between completed and cancelled does not begin the count anew: `turn.ended` is since when it is either.
    """
    if plan.stands:
        return Standing(plan.stands, archived=True)
    if plan.ended is None or not days:
        return Standing()
    ended = turn.ended or min(plan.ended, now)
    last, warned = _day(ended, days, zone), _day(ended, max(days - turns.warned.days, 0), zone)
    since = f"{ended.astimezone(zone):%Y-%m-%d}"
    if now >= last:
        return Standing(f"It has been completed or cancelled for {days} days, since {since}.", ended=ended)
    if now < warned:
        return Standing(ended=ended, wake=warned)
    soon = Issue(
        "AUTO_DISABLE_SOON",
        plan.home,
        plan.name,
        f"{plan.name} has been completed or cancelled since {since}. On {last.astimezone(zone):%Y-%m-%d} it is taken "
        "out of the sync.",
        "Nothing, if it is done. Otherwise open it again, or enable it after that day; the days then count anew.",
        blocks=False,
    )
    return Standing(ended=ended, wake=last, issues=(soon,))


def _day(since: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The beginning of the local day so many days later, in UTC."""
    local = since.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(local, time(), zone).astimezone(UTC)
