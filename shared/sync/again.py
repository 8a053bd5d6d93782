"""The message that looks again at what an issue is about: a record, a scan, a whole flow."""

from __future__ import annotations

from datetime import datetime

from shared.sync.change import Message, Scan, change
from shared.sync.record import FlowKey, Ref

SCAN = "scan"
"""The kind of the scope to which the trouble of a flow's scans belongs."""

MESSAGE = "message"
"""The kind of the scope to which a message that nobody can read belongs; its id is the message's."""

FUNCTION = "function"
"""The kind of the scope to which a failed run of a scheduled function belongs; its id is the function's name."""

PLACE = (MESSAGE, FUNCTION)
"""Scopes that no look settles: their issues end when a person has read them."""

NOWHERE = "-"
"""Stands for the connection of an issue that belongs to none; no connection can be called so."""


def message_for(key: FlowKey, scope: Ref, occasion: str, at: datetime, by: str | None = None) -> Message | None:
    """What looks again at this scope; None where there is nothing to be looked at.

    Whatever an unreadable message meant to say, a comprehensive scan of its flow finds it.
    """
    if key.connection == NOWHERE or scope.kind == FUNCTION:
        return None
    if scope.kind in (SCAN, MESSAGE):
        mode = "comprehensive" if scope.kind == MESSAGE else None
        return Scan(connection=key.connection, flow=key.flow, occasion=occasion, at=at, mode=mode)
    return change(key, scope, occasion, at).model_copy(update={"by": by})
