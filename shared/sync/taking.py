"""The turns that one batch takes: which of its messages begin one, which ask for one, and how each ends (ADR-0015)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.sync.change import Change
from shared.sync.clock import Clock, Ids, stamp
from shared.sync.errors import FailedRequest, RecordRejected, SyncError
from shared.sync.flow import Flow, Situation
from shared.sync.history import Entry
from shared.sync.issue import LONGEST_DELAY
from shared.sync.link import Intent, Link, Seen, unchanged
from shared.sync.look import Looked
from shared.sync.names import title
from shared.sync.ports import Queue, Store
from shared.sync.record import Ref, fields_hash
from shared.sync.turning import Begun, Turning
from shared.sync.turns import Turn

MARGIN = timedelta(minutes=1)
"""How much longer than its worker can live a turn is nobody else's."""

IN_LINE = timedelta(minutes=15)
"""How long the message that goes on with a turn may wait in the queue before the turn counts as broken off."""

TRIES = 3
"""So often a turn is taken again shortly; then what hinders it becomes an issue, which has its own times."""


@dataclass(frozen=True)
class Taking:
    """The turns of one batch, by the delivery that began them; `roots` are the scopes of the changes that ask."""

    flow: Flow[Situation]
    store: Store
    clock: Clock
    ids: Ids
    remaining: Callable[[], float]
    turning: Turning
    begun: dict[str, Begun]
    roots: dict[str, Ref | None]

    @classmethod
    def of(
        cls,
        flow: Flow[Situation],
        store: Store,
        queue: Queue,
        clock: Clock,
        ids: Ids,
        remaining: Callable[[], float],
    ) -> Taking:
        return cls(flow, store, clock, ids, remaining, Turning(flow.key, store, queue, clock), {}, {})

    def take(self, changes: Sequence[tuple[str, Change]]) -> dict[str, Change]:
        """What is to be looked at, by its delivery, told what its turn is; RetryLater where nobody can tell now."""
        if asking := [(delivery, change) for delivery, change in changes if change.turn is None]:
            try:
                roots = self.flow.roots([change for _, change in asking])
                self.roots.update(zip((delivery for delivery, _ in asking), roots, strict=True))
            except RecordRejected:  # each is then asked for by itself
                self.roots.clear()
        until = self.clock.now() + timedelta(seconds=self.remaining()) + MARGIN
        self.begun.update(self.turning.begin({d: change for d, change in changes if change.turn is not None}, until))
        return {d: self.begun[d].told(change) for d, change in changes if d in self.begun}

    def ask(self, delivery: str, change: Change) -> str:
        """Asks for a turn of the change's scope: how the change is counted."""
        if delivery not in self.roots:
            (self.roots[delivery],) = self.flow.roots([change])
        root = self.roots[delivery]
        if root is None:
            self._forget(change.ref)
            return "skipped"
        turn = self.turning.of([root])[root]
        if change.hint and turn.enabled and turn.status in ("Idle", "Syncing") and self._knows(change.ref):
            return "in_step"
        if self.turning.trigger(turn, by=change.by or "").enabled:
            return "triggered"
        # Enabling looks at everything; until then nothing that is due of it need be sent minute by minute.
        now = self.clock.now()
        for issue in self.store.issues.of_scope(self.flow.key, change.ref):
            if issue.due and issue.due <= now:
                self.store.issues.make_due(issue, now + LONGEST_DELAY)
        return "skipped"

    def _knows(self, ref: Ref) -> bool:
        """Whether all is as the last look left it: then the callback is of our own write, or of nothing that we map."""
        if not isinstance(self.store.links.find(self.flow.key, [ref]).get(ref), Link):
            return False
        seen = self.flow.seen(ref)
        known = self.store.links.find(self.flow.key, [one.ref for one in seen])
        return bool(seen) and all(
            unchanged(known.get(one.ref), one.ref.side, fields_hash(one.fields), self.flow.rules) for one in seen
        )

    def _forget(self, ref: Ref) -> None:
        """Ends the intent of a record that is of no scope any more: nobody would look whether it came to an end."""
        state = self.store.links.find(self.flow.key, [ref]).get(ref)
        if isinstance(state, Intent) and state.due <= self.clock.now():
            self.store.links.forget_intent(self.flow.key, state)

    def end(self, begun: Begun, situation: Situation, looked: Looked, occasion: str) -> None:
        """Ends a turn whose look came to its end, and tells in the history if it was the last one."""
        assert self.flow.turns is not None
        now, stands, window = self.clock.now(), looked.standing, self.flow.turns.window

        def move(turn: Turn) -> Turn:
            facts = dict(situation.facts) or turn.facts
            turn = replace(
                turn, ended=stands.ended, archived=stands.archived, anew=turn.anew and looked.asked, facts=facts
            )
            if turn.enabled:
                turn = turn.disable(now, stands.disabled) if stands.disabled else replace(turn, wake=stands.wake)
            if looked.outcome == "issue":
                return turn.fail(now, imported=looked.imported)
            done = turn.complete(now, window, imported=looked.imported)
            if looked.outcome != "skipped":
                return done
            # Left alone, nothing was brought in step: what changes from here on is still to be read.
            return replace(done, last_delta=turn.last_delta, last_comprehensive=turn.last_comprehensive)

        if stands.disabled:
            self._tell(situation.home, occasion, f"Its sync is disabled until a person enables it. {stands.disabled}")
        elif looked.outcome == "skipped" and looked.reason != _known(situation):
            self._tell(situation.home, occasion, f"Left alone: {looked.reason}")
        self.failed(situation.home, occasion, looked.failures)
        self.turning.end(begun, move)

    def failed(self, record: Ref, occasion: str, errors: Iterable[SyncError]) -> None:
        """MV-05, MV-34: every request that failed is in the log of its scope."""
        for request in filter(None, (error.request for error in errors)):
            answer = f"answered with {request.status}" if request.status else "did not answer"
            asked = f"{request.method} {request.path}".strip()
            self._tell(record, occasion, f"{title(request.system)} {answer}: {asked}: {request.reason}", request)

    def scan_failed(self, scope: Ref, occasion: str, error: SyncError) -> None:
        """A scan is of no project: what kept it from reading on is in the log of the connection."""
        if error.request is not None:
            self.failed(scope, occasion, [error])
        else:
            self._tell(scope, occasion, f"The scan could not read on: {error}")

    def _tell(self, record: Ref, occasion: str, what: str, request: FailedRequest | None = None) -> None:
        now = self.clock.now()
        entry_id = f"{stamp(now)}-{self.ids.token()[:8]}"
        entry = Entry(self.flow.key, record, entry_id, now, "sync", what, occasion=occasion, request=request)
        self.store.journal.record([entry])

    def fail(self, begun: Begun) -> None:
        """Ends a turn that ended in an issue, or waits for an intent: both have a time of their own."""
        self.turning.end(begun, lambda turn: turn.fail(self.clock.now(), compared=False))

    def later(self, begun: Begun, seconds: float) -> bool:
        """Has the turn taken again after so many seconds; False where that was done often enough."""
        if begun.turn.tries + 1 >= TRIES:
            return False
        now = self.clock.now()
        self.turning.end(begun, lambda turn: turn.later(now, now + timedelta(seconds=seconds), by=begun.by))
        return True

    def go_on(self, begun: Begun, ticket: str) -> bool:
        """Whether the message of this ticket, sent now, will go on with the turn."""
        until = self.clock.now() + IN_LINE
        return self.turning.end(begun, lambda turn: turn.go_on(ticket, until))


def _known(situation: Situation) -> str:
    """Why the scope was left alone when it was last looked at; empty if it was not."""
    state = situation.pair.state
    return state.left if isinstance(state, Link) else state.reason if isinstance(state, Seen) else ""
