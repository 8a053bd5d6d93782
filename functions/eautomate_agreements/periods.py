"""Which days an agreement invoice bills. An invoice does not say so: it follows from its date and the agreement.

Assumed: it bills the agreement's billing cycle that holds its date, or the next one where the agreement's period type
is Future. Cycles of months begin on 1 January, or with the agreement's own dates where its invoicing cycle is
ContractYear; cycles of weeks always with the agreement.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from shared.systems.connectwise_psa import Agreement

MONTHS = {"Monthly": 1, "BiMonthly": 2, "Quarterly": 3, "SemiAnnual": 6, "Yearly": 12}
WEEKS = {"Weekly": 1, "BiWeekly": 2}
"""How long a cycle is, by ConnectWise's word for it; BiMonthly is taken for every other month."""

MONDAY = date(1900, 1, 1)


@dataclass(frozen=True)
class Period:
    """From `start` through `end`."""

    start: date
    end: date

    def meets(self, start: date, end: date) -> bool:
        """Whether any day is in both."""
        return self.start <= end and start <= self.end


def period(day: date, agreement: Agreement, every: str) -> Period | None:
    """What an invoice of this date bills; None where the cycle (`every`, in ConnectWise's word) tells nothing."""
    own = agreement.bill_start or agreement.start
    if every in MONTHS:
        anchor = own if own and agreement.invoicing == "ContractYear" else date(day.year, 1, 1)
        passed = (day.year - anchor.year) * 12 + day.month - anchor.month
        begins: Callable[[int], date] = partial(_months_after, anchor, MONTHS[every])
        cycle = passed // MONTHS[every]
        if begins(cycle) > day:
            cycle -= 1
    elif every in WEEKS:
        anchor = own or MONDAY
        begins = partial(_weeks_after, anchor, WEEKS[every])
        cycle = (day - anchor).days // (7 * WEEKS[every])
    else:
        return None
    if agreement.period == "Future":
        cycle += 1
    return Period(begins(cycle), begins(cycle + 1) - timedelta(days=1))


def _months_after(anchor: date, months: int, cycle: int) -> date:
    """The same day so many months on, or the last of a month that has no such day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months * cycle, 12)
    return date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


def _weeks_after(anchor: date, weeks: int, cycle: int) -> date:
    return anchor + timedelta(weeks=weeks * cycle)
