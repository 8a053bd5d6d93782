"""Sends what is due: scans by their flow's cadence, retries of issues, looks at what is not yet done, turns."""

from __future__ import annotations

from shared.sync.again import message_for
from shared.sync.change import Message, Scan
from shared.sync.clock import Clock
from shared.sync.ports import Due, Queue, Store
from shared.sync.turning import send_turns


def send_due(store: Store, queue: Queue, clock: Clock) -> int:
    """Queues a message for everything whose time has come; how many.

    Nothing is marked as sent: whoever works on the message moves the time on. Until then each minute sends it again,
    and the queue swallows what it has seen within five minutes, since the occasion stays the same. Turns are put in
    line here, and are sent again in the same way until somebody begins them.
    """
    every = list(store.flows.due(clock.now()))
    messages = [one for due in every if not due.turn and (one := _message(due, clock)) is not None]
    queue.send(messages)
    return len(messages) + send_turns(store, queue, clock, (due for due in every if due.turn))


def _message(due: Due, clock: Clock) -> Message | None:
    if due.ref is None:
        return Scan(connection=due.flow.connection, flow=due.flow.flow, occasion=due.occasion, at=clock.now())
    return message_for(due.flow, due.ref, due.occasion, clock.now())
