"""The turn of a scope that one worker at a time keeps in step: its sync state, and the only moves there are (ADR-0015).

    Idle ──trigger──> Requested ──queue──> In Queue ──begin──> Syncing ──complete, fail──> Idle
                          ^                                       │
                          └── again, later, broken off ───────────┘   (by way of Idle, in one write)

Pure: whoever calls reads a turn, asks it for the next one, and writes that on condition that nobody did meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.sync.issue import delay
from shared.sync.record import Ref

Mode = Literal["delta", "comprehensive"]
Status = Literal["Idle", "Requested", "In Queue", "Syncing"]


@dataclass(frozen=True)
class Turns:
    """What a flow says of its scopes' turns.

    `kind` is the kind of pair that stands for a scope. For `window` after a completed delta the next turn is not
    eligible; `warned` is how long before it is disabled by itself a scope's people are told.
    """

    kind: str
    window: timedelta = timedelta(minutes=10)
    warned: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Turn:
    """Where the sync of one scope stands. Times are UTC; None means never, or not due.

    `mode` is that of the turn asked for or under way, `by` the person who asked, if one did. `again` says that another
    trigger came since, and in which mode. `due` is from when on a requested turn is eligible, or until when the one
    under way is nobody else's. `ticket` names the message that may take the turn further, or who is at it. `tries` are
    those in a row that came to no end. `not_before` ends the window after a delta.

    `last_import` is when something was last written into the partner's system (MV-12); `differed` when a comprehensive
    scan last found a difference. `disabled` says why no turn is taken, if so; `disconnected` when that became final.
    `ended` is since when the scope is completed or cancelled, as this is counted, and `wake` when it must be looked at
    for that, though nothing changes; `archived` that the partner's side has put it away. Of a pair made `anew` after a
    disconnection nothing is written unless a person has approved it. `owes`: a comprehensive turn ended before anything
    was compared, so that the next one is comprehensive, whoever asks for it. `facts` are what the last look knew of it
    (board, customer). `revision` counts writes; 0: there was none yet.
    """

    scope: Ref
    status: Status = "Idle"
    mode: Mode = "delta"
    by: str = ""
    again: Mode | None = None
    due: datetime | None = None
    ticket: str = ""
    tries: int = 0
    not_before: datetime | None = None
    last_delta: datetime | None = None
    last_comprehensive: datetime | None = None
    last_import: datetime | None = None
    differed: datetime | None = None
    disabled: str = ""
    disconnected: datetime | None = None
    ended: datetime | None = None
    wake: datetime | None = None
    anew: bool = False
    archived: bool = False
    owes: bool = False
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    revision: int = 0

    @property
    def enabled(self) -> bool:
        return not self.disabled

    @property
    def last_completed(self) -> datetime | None:
        """When a sync last came to its end, in either mode (MV-30)."""
        return max((at for at in (self.last_delta, self.last_comprehensive) if at), default=None)

    @property
    def last_mode(self) -> Mode | None:
        """The mode of that sync."""
        if self.last_completed is None:
            return None
        return "comprehensive" if self.last_completed == self.last_comprehensive else "delta"

    @property
    def next_due(self) -> datetime | None:
        """When the clock must come by."""
        return self.wake if self.status == "Idle" else self.due

    # Asking for it

    def trigger(self, now: datetime, mode: Mode = "delta", *, by: str = "", after: datetime | None = None) -> Turn:
        """Asks for a turn, eligible when the window ends, and not before `after`.

        Where one is outstanding, this sets `again`: the turn that begins next honours it, together with all others that
        came before it; one that is under way has read already, so that another follows. A disabled scope takes none.
        """
        if not self.enabled:
            return self
        mode = "comprehensive" if self.owes else mode
        eligible = max(now, self.not_before or now, after or now)
        if self.status == "Idle":
            return replace(self, status="Requested", mode=mode, by=by, due=eligible)
        again = stronger(self.again or mode, mode)
        if self.status == "Syncing":
            return replace(self, again=again, by=by or self.by)
        due = min(self.due or eligible, eligible)
        return replace(self, again=again, mode=stronger(self.mode, mode), by=by or self.by, due=due)

    def queue(self, now: datetime) -> Turn:
        """Puts an eligible turn in line; as it is where it is not eligible yet."""
        if self.status != "Requested" or (self.due and self.due > now):
            return self
        return replace(self, status="In Queue", due=now, ticket=f"turn-{self.revision + 1}")

    # Taking it

    def takes(self, ticket: str) -> bool:
        """Whether the message of this ticket may begin the turn, or go on with it."""
        return self.ticket == ticket and self.status in ("In Queue", "Syncing")

    def begin(self, until: datetime) -> Turn:
        """Takes the turn, nobody else's until then. What triggered it so far is what it is going to read."""
        return replace(self, status="Syncing", again=None, by="", due=until, ticket=f"held-{self.ticket}")

    def go_on(self, ticket: str, until: datetime) -> Turn:
        """The message of this ticket goes on with the turn that is under way."""
        return replace(self, due=until, ticket=ticket)

    # Ending it

    def complete(self, now: datetime, window: timedelta, *, imported: bool = False) -> Turn:
        """It came to its end: both sides are the merge, or a rule leaves the scope alone."""
        times = {"last_delta": now, "not_before": now + window} if self.mode == "delta" else {"last_comprehensive": now}
        owes = self.owes and self.mode == "delta"
        done = replace(self, tries=0, owes=owes, last_import=now if imported else self.last_import)
        return _idle(replace(done, **times), now)  # type: ignore[arg-type]

    def fail(self, now: datetime, *, imported: bool = False, compared: bool = True) -> Turn:
        """It ended in an issue, whose own retries trigger the next one; that is no completion, and begins no window.

        Not `compared`: it never came to the end of its plan, so that a comprehensive one is still owed.
        """
        owes = self.owes or (not compared and self.mode == "comprehensive")
        return _idle(replace(self, tries=0, owes=owes, last_import=now if imported else self.last_import), now)

    def later(self, now: datetime, due: datetime, by: str = "") -> Turn:
        """It could not be worked on for now: the same turn is taken again."""
        idle = replace(self, status="Idle", due=None, ticket="", again=None, by="")
        asked = idle.trigger(now, stronger(self.mode, self.again or self.mode), by=by or self.by, after=due)
        return replace(asked, tries=self.tries + 1)

    def broken_off(self, now: datetime) -> Turn:
        """Whoever had taken it is gone: the same turn is taken again, each time after a longer wait."""
        return self.later(now, now + delay(self.tries) if self.tries else now)

    def drop(self, now: datetime) -> Turn:
        """A turn of a disabled scope ends as it begins: nothing is read or written."""
        return _idle(self, now)

    # What a person decides

    def disable(self, now: datetime, why: str) -> Turn:
        """No turn is taken any more. One that is under way ends first; one that is outstanding ends as it begins."""
        due = max(now, self.not_before or now) if self.status == "Requested" else self.due
        return replace(self, disabled=why, wake=None, due=due)

    def enable(self, now: datetime, by: str) -> Turn:
        """Takes part again, after everything is compared once; an auto-disable counts anew from now on (MV-25)."""
        if self.disconnected:
            raise ValueError(f"{self.scope} is disconnected, which is final")
        enabled = replace(self, disabled="", ended=now if self.ended else None)
        return enabled.trigger(now, "comprehensive", by=by)

    def disconnect(self, now: datetime, why: str) -> Turn:
        """Disables it for good (MV-21)."""
        return replace(self.disable(now, why), disconnected=now)

    def pair_anew(self, now: datetime, by: str) -> Turn:
        """A new pair of the same records: it knows no times of the old one, and compares everything."""
        fresh = Turn(self.scope, anew=True, facts=self.facts, revision=self.revision)
        if self.status != "Idle":  # what is under way ends as it would have
            fresh = replace(fresh, status=self.status, mode=self.mode, due=self.due, ticket=self.ticket)
        return fresh.trigger(now, "comprehensive", by=by)

    # The clock

    def tick(self, now: datetime) -> Turn:
        """What the time alone does to it: woken, put in line, or found broken off."""
        turn = self
        if turn.status == "Idle" and turn.wake and turn.wake <= now:
            turn = replace(turn, wake=None).trigger(now)
        elif turn.status == "Syncing" and turn.due and turn.due <= now:
            turn = turn.broken_off(now)
        return turn.queue(now)


def stronger(one: Mode, other: Mode) -> Mode:
    """A comprehensive turn does all that a delta does."""
    return "comprehensive" if "comprehensive" in (one, other) else "delta"


def _idle(turn: Turn, now: datetime) -> Turn:
    """Idle, and at once requested again where that was triggered meanwhile."""
    idle = replace(turn, status="Idle", due=None, ticket="", again=None, by="")
    return idle.trigger(now, turn.again, by=turn.by) if turn.again else idle
