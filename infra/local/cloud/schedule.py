"""When schedules fire: `rate(...)` and `cron(...)` as EventBridge reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.+)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_YEARS_AHEAD = 5


class ScheduleFault(ValueError):
    """An expression that EventBridge would refuse, or one that the local cloud does not know."""


class Timetable(Protocol):
    """Says when something fires."""

    def after(self, moment: datetime) -> datetime | None:
        """The first time after `moment`, in UTC; None if there is none within five years."""
        ...


@dataclass(frozen=True)
class Rate:
    """Every `period`, counted from `start`."""

    period: timedelta
    start: datetime

    def after(self, moment: datetime) -> datetime | None:
        passed = max((moment - self.start) // self.period, 0)
        return self.start + (passed + 1) * self.period


@dataclass(frozen=True)
class Cron:
    """Every local time whose parts are all named. A local time that does not exist is left out, one that comes twice
    counts once."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        day = moment.astimezone(self.zone).date()
        last = day.replace(year=day.year + _YEARS_AHEAD, day=1)
        while day <= last:
            if self._falls_on(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = self._instant(day, hour, minute)
                        if found is not None and found > moment:
                            return found
            day += timedelta(days=1)
        return None

    def _falls_on(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 + 1 in self.weekdays
        )

    def _instant(self, day: date, hour: int, minute: int) -> datetime | None:
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        instant = local.astimezone(UTC)
        exists = instant.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None)
        return instant if exists else None


def timetable(expression: str, *, start: datetime, zone: str = "UTC") -> Timetable:
    """Reads a schedule expression; `start` is when the schedule was made, from which a rate counts."""
    if rate := _RATE.fullmatch(expression):
        return _rate(expression, int(rate[1]), rate[2], bool(rate[3]), start)
    if cron := _CRON.fullmatch(expression):
        return _cron(expression, cron[1].split(), ZoneInfo(zone))
    raise ScheduleFault(f"{expression!r} is neither rate(...) nor cron(...)")


def _rate(expression: str, number: int, unit: str, plural: bool, start: datetime) -> Rate:
    if number < 1 or plural != (number != 1):
        raise ScheduleFault(f"{expression!r}: EventBridge wants rate(1 minute), rate(5 minutes)")
    return Rate(timedelta(**{f"{unit}s": number}), start)


def _cron(expression: str, parts: list[str], zone: tzinfo) -> Cron:
    if len(parts) != 6:
        raise ScheduleFault(f"{expression!r} needs six fields: minutes hours day-of-month month day-of-week year")
    if "?" not in (parts[2], parts[4]):
        raise ScheduleFault(f"{expression!r}: one of day-of-month and day-of-week must be ?")
    months = {name: number for number, name in enumerate(_MONTHS, 1)}
    weekdays = {name: number for number, name in enumerate(_DAYS, 1)}
    return Cron(
        minutes=_field(expression, parts[0], 0, 59),
        hours=_field(expression, parts[1], 0, 23),
        days=_field(expression, parts[2], 1, 31),
        months=_field(expression, parts[3], 1, 12, months),
        weekdays=_field(expression, parts[4], 1, 7, weekdays),
        years=_field(expression, parts[5], 1970, 2199),
        zone=zone,
    )


def _field(
    expression: str, text: str, lowest: int, highest: int, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    """The numbers that one field of a cron expression names."""

    def number(part: str) -> int:
        value = (names or {}).get(part.upper())
        if value is None:
            if not part.isdigit() or not lowest <= int(part) <= highest:
                raise ScheduleFault(f"{expression!r}: {part!r} is not known here ({lowest} to {highest})")
            value = int(part)
        return value

    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = lowest, highest
        elif "-" in span:
            first, last = (number(end) for end in span.split("-", 1))
        else:
            first = number(span)
            last = highest if step else first
        if step and (not step.isdigit() or int(step) < 1):
            raise ScheduleFault(f"{expression!r}: {step!r} is no step")
        if first <= last:
            found.update(range(first, last + 1, int(step or 1)))
        else:  # FRI-MON goes over the end
            found.update([*range(first, highest + 1), *range(lowest, last + 1)][:: int(step or 1)])
    return frozenset(found)
