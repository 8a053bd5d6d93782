"""The e-automate server's own clock: what time it is there, and any moment as that server writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.sync.clock import Clock
from shared.sync.errors import ConfigurationWrong, RetryLater
from shared.systems.eautomate.requests import Answer, GetCurrentTimeStamp
from shared.systems.eautomate.service import NAME, Service

_QUARTER = timedelta(minutes=15)
"""What zones differ by, and how long an offset that was told is believed."""

_WHERE = f"systems.{NAME}.time_zone"
_FIX = "Set it to the IANA zone of the server, e.g. America/Chicago."


class ServerClock:
    """Local time without a zone is all that e-automate knows.

    `zone` is the IANA name of its zone, as set. Where none is set, the web server's own word tells how far its local
    time is from UTC now, which is an hour off for moments on the other side of a change to or from summer time.
    """

    def __init__(self, service: Service, clock: Clock, zone: object) -> None:
        self._service = service
        self._clock = clock
        self._zone = _zone(zone)
        self._offset = timedelta()
        self._offset_until: datetime | None = None

    @property
    def knows_its_zone(self) -> bool:
        """Whether a zone is set."""
        return self._zone is not None

    def now(self) -> datetime:
        """The server's clock, in UTC: its TimeStamp in the zone that is set, else the web server's own word.

        Where a local time comes twice, the one nearer to our own clock.
        """
        answer = self._service.ask(GetCurrentTimeStamp())
        if self._zone is None:
            return _stamped(answer)
        told = _told(answer)
        if told.tzinfo is not None:
            return told.astimezone(UTC)
        readings = [told.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        return min(readings, key=lambda reading: abs(reading - self._clock.now()))

    def local(self, moment: datetime) -> str:
        """A moment as the server writes it: local, to the second, without a zone. Asks for the time if it must."""
        utc = moment.astimezone(UTC)
        told = utc.astimezone(self._zone) if self._zone else utc + self._told_offset()
        return told.replace(tzinfo=None).isoformat(timespec="seconds")

    def _told_offset(self) -> timedelta:
        now = self._clock.now()
        if self._offset_until is None or now >= self._offset_until:
            answer = self._service.ask(GetCurrentTimeStamp())
            told = _told(answer)
            ahead = told.replace(tzinfo=UTC) - _stamped(answer) if told.tzinfo is None else told.utcoffset()
            self._offset = round((ahead or timedelta()) / _QUARTER) * _QUARTER
            self._offset_until = now + _QUARTER
        return self._offset


def _told(answer: Answer[str]) -> datetime:
    try:
        return datetime.fromisoformat(answer.result or "")
    except ValueError:
        raise RetryLater(f"{NAME} tells its time in no form that can be read", system=NAME) from None


def _stamped(answer: Answer[str]) -> datetime:
    if answer.at is None:
        raise ConfigurationWrong(f"{NAME} does not say in which time zone its clock is", where=_WHERE, fix=_FIX)
    return answer.at


def _zone(name: object) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationWrong(f"no IANA time zone is called {name!r}", where=_WHERE, fix=_FIX) from None
