"""Sends a mail once, also where a process dies in between: what it leaves in the table tells the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

from shared.sync.errors import OutcomeUnknown, SyncError
from shared.sync.ports import Leases

CLAIM = timedelta(minutes=15)
"""Longer than the function may run: a claim that is older belongs to a process that died."""

KEPT = timedelta(days=3)
"""How long it is known that a mail went out."""


class Sender(Protocol):
    """What sends a mail; returns when the mail is accepted."""

    def send(self, message: EmailMessage, /) -> object: ...


def sent(window: str) -> str:
    """The name of the lease that is held once the window's mail went out."""
    return f"{window}#sent"


@dataclass(frozen=True)
class Once:
    """Sends the mail of each window once; `holder` names this very process."""

    leases: Leases
    mailer: Sender
    now: datetime
    holder: str

    def send(
        self, window: str, write: Callable[[bool], EmailMessage], record: Callable[[], None] = lambda: None
    ) -> int:
        """Sends the window's mail unless it went out or another process is at it, then records it; how many it sent.

        `write` makes the mail and is told whether it may repeat one: somebody may have died after it was accepted.
        Raises what the mailer raises; a mail that was not accepted counts as never begun.
        """
        if self._held(sent(window)) or not self._acquire(window, CLAIM):
            return 0
        repeat = not self._acquire(f"{window}#begun", KEPT)
        try:
            self.mailer.send(write(repeat))
        except OutcomeUnknown:
            raise
        except SyncError:
            # It was not accepted: the next try is the first one.
            self.leases.release(f"{window}#begun", self.holder)
            self.leases.release(window, self.holder)
            raise
        record()
        self._acquire(sent(window), KEPT)
        return 1

    def _held(self, name: str) -> bool:
        return self.leases.held(name, self.now)

    def _acquire(self, name: str, time: timedelta) -> bool:
        return self.leases.acquire(name, self.holder, self.now, self.now + time)
