"""What becomes of a dead letter: an issue of its record, of its connection, or of none.

Whatever a letter holds, there is an issue for it, and a letter that comes twice makes one. Nothing of its text is kept
but names and ids of the form that ours have: nobody knows what else is in a message that cannot be read.

The issue of a change is its record's: as a change says only that the record may differ, record and flow are all that a
retry sends. No clock retries it, since what crashed ten times would crash again and fill its queue; the next look that
ends well, by whatever cause, closes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions import wiring
from shared.sync.again import FUNCTION, MESSAGE, NOWHERE, SCAN
from shared.sync.change import Change, Message, Scan, read
from shared.sync.errors import ConfigurationWrong, MalformedMessage
from shared.sync.issue import Issue, OpenIssue
from shared.sync.ports import Store
from shared.sync.record import FlowKey, Name, Ref

UNKNOWN = "unknown"

_CONNECTION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ID = re.compile(r"[^\x00-\x1f\ud800-\udfff]{1,64}")
"""Short enough for a key of the table, which holds it twice."""
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True)
class Letter:
    """A dead letter; `fifo` tells the messages of flows from the failed runs of scheduled functions."""

    id: str
    body: str
    fifo: bool

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Letter:
        """From a record of Lambda's SQS event."""
        return cls(record["messageId"], record["body"], str(record["eventSourceARN"]).endswith(".fifo"))


def keep(store: Store, letter: Letter, now: datetime) -> None:
    """Keeps the letter's issue. What the table raises is raised: the letter must come again."""
    key, issue = _message(store, letter) if letter.fifo else _run(store, letter)
    known = next(
        (one for one in store.issues.of_scope(key, issue.record) if one.issue.code == issue.code),
        OpenIssue(key, issue.record, issue, first_seen=now, attempts=-1),
    )
    if known.attempts < 0 or known.issue != issue:  # the same letter again is no further try
        store.issues.keep(replace(known, issue=issue, attempts=known.attempts + 1, due=None))


def _message(store: Store, letter: Letter) -> tuple[FlowKey, Issue]:
    """The issue of a flow's message."""
    said = _said(letter.body)
    message = _readable(letter.body, said)
    connection = _connection(store, said.get("connection"))
    flow = said.get("flow") if said.get("flow") in wiring.FLOWS else UNKNOWN
    key = FlowKey(connection, str(flow))
    if message is None or connection == NOWHERE or flow == UNKNOWN:
        return key, _unreadable(key, letter)
    return key, _crashed(key, message, letter)


def _readable(body: str, said: Mapping[str, Any]) -> Message | None:
    """The message, as far as it names a record or a scan; also of one that an earlier or later version sent."""
    try:
        message = read(body)
    except MalformedMessage:
        kept = {name: value for name, value in said.items() if name in ("connection", "flow", "kind", "side", "id")}
        try:
            message = read(json.dumps({**kept, "type": "change", "occasion": "rebuilt", "at": "2000-01-01T00:00:00Z"}))
        except MalformedMessage:
            return None
    if isinstance(message, Change) and not (_KIND.fullmatch(message.kind) and _ID.fullmatch(message.id)):
        return None
    return message


def _crashed(key: FlowKey, message: Message, letter: Letter) -> Issue:
    if isinstance(message, Scan):
        ref, called, told = Ref(SCAN, "cw", key.flow), key.flow, f"A scan of {key.flow}"
        fix = "Nothing is lost: the next scan reads the same again."
    else:
        ref, called = message.ref, f"{message.kind} {message.id}"
        told = f"The look at {called} ({message.ref})"
        fix = "The record is looked at again by every comprehensive scan that finds it changed."
    return Issue(
        "CRASHED",
        ref,
        Name(called),
        f"{told} broke off every time it was tried, and was given up (message {letter.id}).",
        f"See what the function of {key.flow} logged, and mend that; then: crosswise retry '{ref}'. {fix}",
        category="system",
    )


def _unreadable(key: FlowKey, letter: Letter) -> Issue:
    queue = f"the queue of {key.flow}" if key.flow != UNKNOWN else "a flow's queue"
    whose = "" if key.connection == NOWHERE else f" It concerns {key.connection}."
    ref = Ref(MESSAGE, "cw", letter.id)
    again = "compares everything once, and " if key.connection != NOWHERE and key.flow != UNKNOWN else ""
    return Issue(
        "MALFORMED_MESSAGE",
        ref,
        Name(f"message {letter.id}"),
        f"A message in {queue} could not be read by anybody.{whose} Its content is not kept.",
        f"Only Crosswise may send to its queues; see who else does. Then: crosswise retry '{ref}', which {again}"
        "closes this.",
        category="system",
    )


def _run(store: Store, letter: Letter) -> tuple[FlowKey, Issue]:
    """The issue of a scheduled function's failed run."""
    said = _said(letter.body)
    context, answer, event = (_part(said, name) for name in ("requestContext", "responsePayload", "requestPayload"))
    _, _, named = str(context.get("functionArn", "")).partition(":function:")
    function = _word(named.split(":")[0]) or UNKNOWN
    at, error, request = _word(said.get("timestamp")), _word(answer.get("errorType")), _word(context.get("requestId"))
    why = f" ({error})" if error else ""
    ref = Ref(FUNCTION, "cw", function)
    return FlowKey(_connection(store, event.get("connection")), function), Issue(
        "FUNCTION_FAILED",
        ref,
        Name(f"function {function}"),
        f"{function} failed{f' at {at}' if at else ''}{why}, and was not repeated any more.",
        f"See its log{f' of request {request}' if request else ''} and mend the cause; its schedule runs it again by "
        f"itself. Once read: crosswise retry '{ref}' closes this.",
        category="system",
    )


def _connection(store: Store, name: object) -> str:
    """The connection of this name; NOWHERE if there is none."""
    if not isinstance(name, str) or not _CONNECTION.fullmatch(name):
        return NOWHERE
    try:
        return name if store.flows.connection(name) else NOWHERE
    except ConfigurationWrong:  # it is there, though its settings cannot be read
        return name


def _said(body: str) -> Mapping[str, Any]:
    """The object that a body holds; an empty one where it holds none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
