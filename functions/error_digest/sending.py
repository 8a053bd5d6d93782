"""Sends each connection its digests, each once per window."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from functions.error_digest.once import Once, Sender
from functions.error_digest.rendering import digest
from functions.error_digest.report import Report, reports
from shared.sync.clock import Clock
from shared.sync.connection import Connection
from shared.sync.errors import SyncError
from shared.sync.ports import Store

logger = logging.getLogger("crosswise")

T = TypeVar("T")

Send = Callable[[], int]
"""Sends one mail, or none where it went out already; how many."""


def send_digests(store: Store, mailer: Sender, clock: Clock, *, holder: str) -> int:
    """Mails every connection whose hour it is and that has something new; how many mails went out."""
    once = Once(store.leases, mailer, clock.now(), holder)
    return each(store, lambda connection: _digests(connection, store, once))


def each(store: Store, mails: Callable[[Connection], Sequence[Send]]) -> int:
    """Sends the mails of every connection that has recipients; how many went out.

    One that cannot be sent does not hold up the others: its error is raised after them, so that the run is repeated.
    """
    tried = _Tried()
    for connection in store.flows.connections():
        if connection.mail.recipients:
            for send in tried.go(connection, partial(mails, connection)) or ():
                tried.number += tried.go(connection, send) or 0
    if tried.errors:
        raise tried.errors[0]
    return tried.number


@dataclass
class _Tried:
    """What came of a run so far."""

    number: int = 0
    errors: list[SyncError] = field(default_factory=list)

    def go(self, connection: Connection, step: Callable[[], T]) -> T | None:
        """What the step gives; None where it failed, which is kept."""
        try:
            return step()
        except SyncError as error:
            logger.exception("a mail was not sent", extra={"connection": connection.id})
            self.errors.append(error)
            return None


def _digests(connection: Connection, store: Store, once: Once) -> list[Send]:
    if once.now.astimezone(connection.zone).hour not in connection.mail.hours:
        return []

    def sending(report: Report) -> Send:
        window = f"digest#{connection.id}#{once.now:%Y-%m-%dT%H}#{report.digest.name}"
        rows = [row for group in report.groups for row in group.rows]
        return lambda: once.send(
            window,
            lambda repeat: digest(connection, report, once.now, repeat=repeat),
            lambda: store.issues.mailed(rows, once.now),
        )

    return [sending(report) for report in reports(connection, store.issues.of_connection(connection.id), once.now)]
