"""Sends a mail for every attempt of the flows that owe one (EA-47), each once."""

from __future__ import annotations

from collections.abc import Sequence

from functions.error_digest.attempts import DAY, OWED, Attempt, Owed, attempts, concerned, failing, linked
from functions.error_digest.once import Once, Sender, sent
from functions.error_digest.rendering import attempted
from functions.error_digest.sending import Send, each
from shared.sync.clock import Clock
from shared.sync.connection import Connection
from shared.sync.ports import Store
from shared.sync.record import FlowKey

PSA = "connectwise_psa"


def send_attempts(store: Store, mailer: Sender, clock: Clock, *, holder: str) -> int:
    """Mails every connection the attempts that it was not told of yet; how many mails went out."""
    once = Once(store.leases, mailer, clock.now(), holder)
    return each(
        store,
        lambda connection: [
            send for owed in OWED if owed.flow in connection.flows for send in _sends(owed, connection, store, once)
        ],
    )


def _sends(owed: Owed, connection: Connection, store: Store, once: Once) -> list[Send]:
    def sending(attempt: Attempt) -> Send:
        return lambda: once.send(
            attempt.window,
            lambda repeat: attempted(
                connection, owed, attempt, once.now, page=_page(connection, owed, attempt), repeat=repeat
            ),
        )

    return [sending(attempt) for attempt in _untold(owed, connection, store, once)]


def _untold(owed: Owed, connection: Connection, store: Store, once: Once) -> Sequence[Attempt]:
    """Oldest first. What was told is asked for all at once."""
    key = FlowKey(connection.id, owed.flow)
    entries = linked(store.journal.of_flow(key, once.now - DAY))
    issues = failing(owed, store.issues.of_connection(connection.id))
    states = store.links.find(key, concerned(entries, issues))
    found = attempts(owed, key, entries, issues, states, once.now)
    told = store.leases.all_held([sent(attempt.window) for attempt in found], once.now)
    return [attempt for attempt in found if sent(attempt.window) not in told]


def _page(connection: Connection, owed: Owed, attempt: Attempt) -> str:
    """Where what was made opens; empty where nothing was."""
    settings = connection.systems.get(PSA)
    if not attempt.made_id.isdecimal() or settings is None:
        return ""
    # Brings an HTTP client along, which is wanted here and in no other run.
    from shared.systems.connectwise_psa import page  # noqa: PLC0415

    return page(settings, owed.page, int(attempt.made_id))
