"""Issues: problems that a person must know of, as `decide` names them and as the table keeps them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.sync.record import FlowKey, Name, Ref, quote

Category = Literal["mapping", "refused", "review", "system"]
"""`mapping`: waits for something to be linked. `refused`: the other side refuses. `review`: a person must look.
`system`: keys, settings, an outside system that does not answer."""

FIRST_DELAY = timedelta(minutes=5)
LONGEST_DELAY = timedelta(hours=24)


@dataclass(frozen=True)
class Awaited:
    """The record whose link an issue waits for; its flow may be another one."""

    flow: str
    ref: Ref


@dataclass(frozen=True)
class Issue:
    """One problem of one record, in words for the person who settles it.

    `message` says what happened, `fix` what to do and where. `waits_on` names the records whose linking would settle
    it. `about` names the other records concerned (candidates). `blocks` is False for a warning.
    """

    code: str
    record: Ref
    name: Name
    message: str
    fix: str
    category: Category = "review"
    waits_on: tuple[Awaited, ...] = ()
    about: tuple[Name, ...] = ()
    blocks: bool = True


@dataclass(frozen=True)
class OpenIssue:
    """An issue as kept: since when, how often tried and mailed, when it is tried again.

    Times are UTC. `scope` is the home record of the plan that raised it. `due` is None where nothing retries it.
    `muted` names the person who wants no mail of it; it is kept, counted and retried all the same.
    """

    flow: FlowKey
    scope: Ref
    issue: Issue
    first_seen: datetime
    attempts: int = 0
    due: datetime | None = None
    times_mailed: int = 0
    last_mailed: datetime | None = None
    muted: str = ""

    @property
    def key(self) -> str:
        """The sort key under its connection: `issue#{flow}#{scope}#{record}#{code}`."""
        parts = (self.flow.flow, quote(str(self.scope)), quote(str(self.issue.record)), self.issue.code)
        return "issue#" + "#".join(parts)

    def tried_again(self, issue: Issue, now: datetime) -> OpenIssue:
        """The same issue after another try that ended in it: the wait doubles, from 5 minutes to 24 hours."""
        return replace(self, issue=issue, attempts=self.attempts + 1, due=now + delay(self.attempts + 1))


def delay(attempts: int) -> timedelta:
    """How long to wait after the given number of tries (0: the first)."""
    return min(FIRST_DELAY * (1 << min(attempts, 16)), LONGEST_DELAY)
