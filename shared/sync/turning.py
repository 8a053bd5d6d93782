"""The engine's hand on turns: reads one, asks it for the next, writes that unless somebody was first, sends for it.

A turn is found by either end of its scope's link, so that one that began before the link was made stays the same one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from shared.sync.change import Change, change
from shared.sync.clock import Clock
from shared.sync.errors import Conflict, RetryLater
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.outcome import raise_issue
from shared.sync.ports import Due, Queue, Run, Store
from shared.sync.record import SIDES, FlowKey, Name, Ref, digest
from shared.sync.turns import Mode, Turn

logger = logging.getLogger("crosswise")

WRITES = 5
"""How often a write that somebody else was before is made anew."""

BROKEN_OFF = 3
"""So many times in a row, and a person must know of it."""

Move = Callable[[Turn], Turn]


@dataclass(frozen=True)
class Begun:
    """A turn that a message has begun: as it stands, and the person who asked for it, if one did."""

    turn: Turn
    by: str

    def told(self, message: Change) -> Change:
        """The message, with what the look must know of the turn."""
        update = {"mode": self.turn.mode, "since": self.turn.last_completed, "by": self.by or None}
        return message.model_copy(update=update)


@dataclass(frozen=True)
class Turning:
    """The turns of one flow of one connection. Raises RetryLater where the table does not answer, or is too busy."""

    key: FlowKey
    store: Store
    queue: Queue
    clock: Clock

    def of(self, scopes: Iterable[Ref]) -> dict[Ref, Turn]:
        """The turn of each scope; a new one, not written yet, where there is none."""
        states = self.store.links.find(self.key, scopes := list(dict.fromkeys(scopes)))
        ends: dict[Ref, Sequence[Ref]] = {}
        for scope in scopes:
            link = states.get(scope)
            ends[scope] = [link.ref(side) for side in SIDES] if isinstance(link, Link) else [scope]
        known = self.store.turns.find(self.key, {end for both in ends.values() for end in both})
        return {
            scope: next((known[end] for end in both if end in known), Turn(both[0])) for scope, both in ends.items()
        }

    def trigger(self, turn: Turn, mode: Mode = "delta", *, by: str = "", after: datetime | None = None) -> Turn:
        """Asks for a turn; one that is eligible at once is put in line at once."""
        now = self.clock.now()
        return self.ask(turn, lambda one: one.trigger(now, mode, by=by, after=after))

    def ask(self, turn: Turn, move: Move) -> Turn:
        """Makes this move of a turn, and puts it in line where that makes it eligible."""
        now = self.clock.now()
        before, after = self._write(turn, lambda one: move(one).queue(now))
        if after.status == "In Queue" and before.status != "In Queue":
            self.queue.send([message(self.key, after, now)])
        return after

    def differs(self, run: Run, scopes: Iterable[Ref], spread: timedelta) -> int:
        """Asks for a turn of each scope in which a run found differences; those of a comprehensive one are spread."""
        turns = [turn for turn in self.of(scopes).values() if turn.enabled]
        for turn in turns:
            if run.mode == "delta":
                self.trigger(turn)
            else:
                self._compare(turn, run, spread)
        return len(turns)

    def _compare(self, turn: Turn, run: Run, spread: timedelta) -> None:
        now, after = self.clock.now(), run.started + spread_of(turn.scope, spread)

        def differs(one: Turn) -> Turn:
            asked = one.trigger(now, "comprehensive", after=after)
            return replace(asked, differed=run.started) if one.enabled else one

        self.ask(turn, differs)

    def begin(self, messages: Mapping[str, Change], until: datetime) -> dict[str, Begun]:
        """Takes the turn of each message, by its delivery; those absent are not theirs to take, or disabled."""
        begun: dict[str, Begun] = {}
        turns = self.of(one.ref for one in messages.values()) if messages else {}
        for delivery, one in messages.items():
            turn = turns[one.ref]
            if turn.scope != one.ref:
                self._retire(one, turn)
                continue
            before, after = self._write(turn, partial(self._taken, one, until))
            if after.ticket != before.ticket and after.status == "Syncing":
                begun[delivery] = Begun(after, before.by or one.by or "")
        return begun

    def end(self, begun: Begun, move: Move) -> bool:
        """Ends the turn that was begun, by this move; False where it is not ours any more."""
        turn, now = begun.turn, self.clock.now()

        def ours(one: Turn) -> Turn:
            return move(one).queue(now) if one.ticket == turn.ticket and one.status == "Syncing" else one

        before, after = self._write(turn, ours)
        if before == after:
            logger.warning("a turn was overtaken", extra={"flow": self.key.flow, "scope": str(turn.scope)})
        elif after.status == "In Queue":
            self.queue.send([message(self.key, after, now)])
        return before != after

    def _taken(self, one: Change, until: datetime, turn: Turn) -> Turn:
        if one.turn is None or not turn.takes(one.turn):
            return turn
        taken = turn.begin(until)
        return taken if turn.enabled else taken.drop(self.clock.now())

    def _retire(self, one: Change, turn: Turn) -> None:
        """Two turns came to be of one pair before it was linked: the one that stays takes over what the other was."""
        other = self.store.turns.find(self.key, [one.ref]).get(one.ref)
        if other is not None and one.turn is not None and other.takes(one.turn):
            self.trigger(turn, other.mode, by=other.by)
            self.store.turns.remove(self.key, other)

    def _write(self, turn: Turn, move: Move) -> tuple[Turn, Turn]:
        """The turn before and after; equal where there was nothing to do."""
        for _ in range(WRITES):
            after = move(turn)
            if after == turn:
                return turn, turn
            try:
                return turn, self.store.turns.put(self.key, after)
            except Conflict:
                turn = self.store.turns.find(self.key, [turn.scope]).get(turn.scope, Turn(turn.scope))
        raise RetryLater(f"the turn of {turn.scope} is being changed by others")


def message(key: FlowKey, turn: Turn, now: datetime) -> Change:
    """What takes a turn that is in line."""
    return change(key, turn.scope, turn.ticket, now).model_copy(update={"turn": turn.ticket})


def spread_of(scope: Ref, over: timedelta) -> timedelta:
    """Where in this span the scope comes: always at the same place, so that all together fill it evenly."""
    seconds = int(over.total_seconds())
    return timedelta(seconds=int(digest(str(scope))[:8], 16) % seconds) if seconds else timedelta()


def send_turns(store: Store, queue: Queue, clock: Clock, due: Iterable[Due]) -> int:
    """Does to turns what their time has come for, and sends the messages of those in line; how many."""
    flows: dict[FlowKey, list[Ref]] = {}
    for its in due:
        if its.ref is not None:
            flows.setdefault(its.flow, []).append(its.ref)
    sent = 0
    for key, scopes in flows.items():
        if store.flows.state(key).paused:
            continue  # each is still due when it goes on
        turns = store.turns.find(key, scopes).values()
        messages = [one for turn in turns if (one := _tick(store, key, turn, clock.now())) is not None]
        queue.send(messages)
        sent += len(messages)
    return sent


def _tick(store: Store, key: FlowKey, turn: Turn, now: datetime) -> Change | None:
    after = turn.tick(now)
    if after.tries > turn.tries and after.tries >= BROKEN_OFF:
        raise_issue(store, key, turn.scope, _broken_off(turn, after), now)
    if after != turn:
        try:
            after = store.turns.put(key, after)
        except Conflict:
            return None  # somebody moved it just now, and sees to it
    return message(key, after, now) if after.status == "In Queue" else None


def _broken_off(turn: Turn, after: Turn) -> Issue:
    name = Name(f"{turn.scope.kind} {turn.scope.id}")
    return Issue(
        "SYNC_BROKE_OFF",
        turn.scope,
        name,
        f"The sync of {name} broke off {after.tries} times before it came to its end. It is tried again by itself.",
        "See the function's log for what ends it; a scope that is too large for one run goes on where it was.",
        category="system",
    )
