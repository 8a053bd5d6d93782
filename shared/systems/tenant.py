"""What the engine asks of every adapter that sends through one session: whether its keys hold, what time it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Generic, Protocol, TypeVar

from shared.sync.clock import stamp


class Asked(Protocol):
    """A session as adapters have them: keys, tokens and clock of one tenant."""

    @property
    def pace_key(self) -> str: ...

    def check(self) -> None: ...

    def server_time(self) -> datetime: ...


S = TypeVar("S", bound=Asked)


class Tenant(Generic[S]):
    """One tenant of an outside system; adapters add what is read and written there.

    `pace_key` is `{host}#{company}`: whom a 429 concerns. `overlap` is how far a run reads back before its predecessor
    began.
    """

    name: str
    overlap: ClassVar[timedelta] = timedelta(minutes=2)

    def __init__(self, session: S) -> None:
        self._session = session
        self.pace_key = session.pace_key

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pace_key})"

    def check(self) -> None:
        """Asks whether the keys hold, with the secret read anew; CredentialsRefused if they do not."""
        self._session.check()

    def server_time(self) -> datetime:
        """The system's own clock, in UTC, to the second; at most 15 seconds late, never early."""
        return self._session.server_time()

    def cursor(self) -> str:
        """From where a run's successor reads what changed: the system's own time now, less the overlap, as text."""
        return stamp(self.server_time() - self.overlap)
