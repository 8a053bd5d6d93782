"""The local cloud's time: the machine's own, which a test can turn ahead or hold still."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class LocalClock:
    """A `shared.sync.clock.Clock` that can be turned, never back.

    `start` is what it shows at first (aware; the machine's time if None). It goes on as the machine's does, or with
    `still` stands until it is turned.
    """

    def __init__(self, start: datetime | None = None, *, still: bool = False) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"{start.isoformat()} names no time zone")
        self._base = (start or datetime.now(UTC)).astimezone(UTC)
        self._began = time.monotonic()
        self._turned = timedelta()
        self.still = still

    def now(self) -> datetime:
        """The time shown, in UTC."""
        gone = timedelta() if self.still else timedelta(seconds=time.monotonic() - self._began)
        return self._base + self._turned + gone

    def turn(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Turns the clock ahead; returns what it shows then. ValueError for a turn back."""
        by = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if by < timedelta():
            raise ValueError(f"the clock cannot be turned back (by {by})")
        self._turned += by
        return self.now()

    def turn_to(self, moment: datetime) -> datetime:
        """Turns the clock to a moment, if it is still to come."""
        self._turned += max(moment - self.now(), timedelta())
        return self.now()
