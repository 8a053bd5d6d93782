"""Sends each connection its digest once per window, also where a process dies in between."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

from functions.error_digest.rendering import message
from functions.error_digest.report import Report, report
from shared.sync.clock import Clock
from shared.sync.connection import Connection
from shared.sync.errors import OutcomeUnknown, SyncError
from shared.sync.issue import OpenIssue
from shared.sync.ports import Store

logger = logging.getLogger("crosswise")

CLAIM = timedelta(minutes=15)
"""Longer than the function may run: a claim that is older belongs to a process that died."""

KEPT = timedelta(days=3)


class Sender(Protocol):
    """What sends a mail; returns when the mail is accepted."""

    def send(self, message: EmailMessage, /) -> object: ...


def send_digests(store: Store, mailer: Sender, clock: Clock, *, holder: str) -> int:
    """Mails every connection whose hour it is and that has something new; how many mails went out.

    One that cannot be mailed does not hold up the others: its error is raised after them, so that the run is repeated.
    """
    sent, errors = 0, []
    for connection in store.flows.connections():
        try:
            sent += _send(connection, store, mailer, clock, holder)
        except SyncError as error:
            logger.exception("a digest was not sent", extra={"connection": connection.id})
            errors.append(error)
    if errors:
        raise errors[0]
    return sent


def _send(connection: Connection, store: Store, mailer: Sender, clock: Clock, holder: str) -> int:
    now = clock.now()
    local = now.astimezone(connection.zone)
    if not connection.mail.recipients or local.hour not in connection.mail.hours:
        return 0
    found = report(connection, store.issues.of_connection(connection.id), now)
    if found is None:
        return 0
    window = f"digest#{connection.id}#{now:%Y-%m-%dT%H}"
    if store.leases.held(f"{window}#sent", now) or not store.leases.acquire(window, holder, now, now + CLAIM):
        return 0
    # Begun by somebody whose claim ran out without `sent`: he may have died after the mail was accepted.
    repeat = not store.leases.acquire(f"{window}#begun", holder, now, now + KEPT)
    try:
        mailer.send(message(connection, found, now, repeat=repeat))
    except OutcomeUnknown:
        raise
    except SyncError:
        # It was not accepted: the next try is the first one.
        store.leases.release(f"{window}#begun", holder)
        store.leases.release(window, holder)
        raise
    _mailed(store, found, now)
    store.leases.acquire(f"{window}#sent", holder, now, now + KEPT)
    return 1


def _mailed(store: Store, found: Report, now: datetime) -> None:
    told: list[OpenIssue] = [row for group in found.groups for row in group.rows]
    store.issues.mailed(told, now)
