"""Which attempts to create something a mail of its own is owed for (EA-47), from what the table holds of them. Pure.

What came to be stands in the history. What failed is an open issue: `attempts` counts on with each retry, and the delay
tells when each was. An attempt that failed and was mended within minutes is told by its success alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.partners.eautomate import CALL_TRANSFERS
from shared.sync.again import FUNCTION, MESSAGE, SCAN
from shared.sync.clock import stamp
from shared.sync.history import BY_HAND, Entry
from shared.sync.issue import OpenIssue, delay
from shared.sync.link import Intent, Link, State
from shared.sync.pausing import CONNECTION
from shared.sync.record import NAMELESS, FlowKey, Name, Ref

DAY = timedelta(days=1)
"""What was tried longer ago is not told any more; shorter than it is known which mails went out."""


@dataclass(frozen=True)
class Owed:
    """A flow of which people want to hear of every attempt: what `made` is to come of `tried`, both as people say.

    `page` is ConnectWise's name of the page on which what was made opens.
    """

    flow: str
    tried: str
    made: str
    page: str


OWED = (Owed(CALL_TRANSFERS, "call", "ticket", "ServiceFV"),)

_NO_RECORD = {CONNECTION, SCAN, MESSAGE, FUNCTION}
_UNSURE = {"NOT_NOW", "CRASHED"}
"""Issues that say only that no look came to its end: an attempt was made only where it left its intent."""


@dataclass(frozen=True)
class Attempt:
    """One attempt: its result, what was tried, what it made (if it did), and in words what happened and what to do.

    `number` counts from 1; 0 where it is not known, as of one that came off. `at` and `next_try` are UTC. `window`
    names its mail.
    """

    result: Literal["OK", "FAIL"]
    tried: Name
    message: str
    at: datetime
    window: str
    made: str = ""
    made_id: str = ""
    fix: str = ""
    number: int = 0
    next_try: datetime | None = None
    about: Sequence[Name] = ()


def concerned(entries: Iterable[Entry], issues: Iterable[OpenIssue]) -> set[Ref]:
    """The records whose links or intents `attempts` asks for."""
    return {entry.record for entry in entries} | {open_.scope for open_ in issues}


def linked(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of what the sync created, or found that it had created; not of what a person linked."""
    return [entry for entry in entries if entry.links and entry.occasion != BY_HAND]


def failing(owed: Owed, issues: Iterable[OpenIssue]) -> list[OpenIssue]:
    """The issues of records that keep one of them from being created, but for those that nobody wants to hear of."""
    return [
        open_
        for open_ in issues
        if open_.flow.flow == owed.flow
        and open_.issue.blocks
        and not open_.muted
        and open_.scope.kind not in _NO_RECORD
    ]


def attempts(
    owed: Owed,
    key: FlowKey,
    entries: Sequence[Entry],
    issues: Sequence[OpenIssue],
    states: Mapping[Ref, State],
    now: datetime,
) -> list[Attempt]:
    """Every attempt of the last day, as it happened; `entries` and `issues` are those of `linked` and `failing`."""
    found = [_came_off(owed, key, entry, states.get(entry.record)) for entry in entries]
    found += [one for open_ in issues for one in _failed(key, open_, states.get(open_.scope))]
    return sorted((one for one in found if now - one.at < DAY), key=lambda one: one.at)


def _came_off(owed: Owed, key: FlowKey, entry: Entry, state: State | None) -> Attempt:
    called = state.partner_name if isinstance(state, Link) and entry.record.side == "partner" else ""
    made = str(entry.after["cw"])
    return Attempt(
        "OK",
        Name(called or f"{owed.tried} {entry.record.id}"),
        entry.what,
        entry.at,
        f"attempt#{key.connection}#{key.flow}#{entry.record}#{entry.id}",
        made=f"{owed.made} {made}",
        made_id=made,
    )


def _failed(key: FlowKey, open_: OpenIssue, state: State | None) -> Iterator[Attempt]:
    """None where the record was created: what it lacks since is an issue, but no failed attempt to create it."""
    if isinstance(state, Link) or (open_.issue.code in _UNSURE and not isinstance(state, Intent)):
        return
    issue = open_.issue
    for number in range(open_.attempts + 1):
        yield Attempt(
            "FAIL",
            issue.name if issue.name != NAMELESS else Name(str(open_.scope)),
            issue.message,
            _tried_at(open_, number),
            f"attempt#{key.connection}#{open_.key}#{stamp(open_.first_seen)}#{number}",
            fix=issue.fix,
            number=number + 1,
            next_try=open_.due,
            about=tuple(name for name in issue.about if name.url),
        )


def _tried_at(open_: OpenIssue, number: int) -> datetime:
    """When the try of this number (from 0) was, as near as the delays tell."""
    if number == 0 or open_.due is None:
        return open_.first_seen
    last = open_.due - delay(open_.attempts)
    later = sum((delay(each) for each in range(number, open_.attempts)), timedelta())
    return max(last - later, open_.first_seen)
