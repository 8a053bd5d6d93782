"""Scans: one run per connection and flow, page after page, the cursor moved only when the last page is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.sync.change import Change, Scan, change
from shared.sync.clock import Clock
from shared.sync.errors import RetryLater
from shared.sync.flow import Flow, Page, Sighting, Situation
from shared.sync.link import Link, unchanged
from shared.sync.ports import Queue, Run, Store
from shared.sync.record import Ref, digest, fields_hash
from shared.sync.schedule import mode_due, next_due
from shared.sync.sweep import Sweep
from shared.sync.turning import Turning
from shared.sync.turns import Mode

CLAIM = timedelta(minutes=15)
"""How long a run is nobody else's without a sign of life; more than one invocation may last."""

HANDOVER = 45.0
"""Seconds before the deadline at which the rest of a run is queued as a new message."""


@dataclass(frozen=True)
class Scanner:
    """Reads one flow's sources and queues what changed."""

    flow: Flow[Situation]
    store: Store
    queue: Queue
    clock: Clock
    remaining: Callable[[], float]

    def scan(self, message: Scan) -> Counter[str]:
        """Goes on with a run until it is done or its time is nearly spent; counts what it saw and queued.

        A run that cannot go on (RetryLater and the like) is left as it is: the same message reads the same page again.
        """
        counts: Counter[str] = Counter()
        run = self._run(message)
        if run is None:
            return counts
        total = Counter(message.counts or {})
        state = self.store.flows.state(self.flow.key)
        position = message.page
        sweep = Sweep.of(message.met) if run.mode == "comprehensive" and self.flow.sweeps else None
        sent: set[str] = set()
        while True:
            page = self.flow.scan(run, state.cursor, position)
            queued = self._send(run, self._news(run, page.sightings, sweep), sent)
            counts.update(scanned=len(page.sightings), queued=queued)
            if page.next is None:
                if sweep is not None:
                    lacked = self._news(run, sweep.lacked(self.flow, self.store, run))
                    counts.update(queued=self._send(run, lacked, sent), unswept=int(sweep.given_up))
                if not self._finish(run, page, total + counts):
                    # Paused, or taken over after its claim ran out: the cursor stands, and the next run reads it all.
                    counts["overtaken"] += 1
                return counts
            if page.next == position:
                raise RetryLater(f"the scan of {self.flow.name} does not move on from {position}")
            position = page.next
            if self.remaining() < HANDOVER:
                self._hand_over(message, run, position, total + counts, sweep)
                return counts

    def _run(self, message: Scan) -> Run | None:
        """The run that this message is for, claimed; None where another one holds or it is no longer current."""
        now = self.clock.now()
        if message.run is not None:
            run = self.store.flows.state(self.flow.key).run
            if run is None or run.id != message.run:
                return None
            return run if self.store.flows.extend(self.flow.key, run.id, now + CLAIM) else None
        state = self.store.flows.state(self.flow.key)
        mode: Mode = message.mode or mode_due(state, self.flow.context.settings, self.flow.rules, now)
        # Named after the message, so that its second delivery goes on with the run that the first began.
        run = Run(message.deduplication[:16], mode, now, now + CLAIM, self.flow.rules)
        return run if self.store.flows.claim(self.flow.key, run, now) else None

    def _news(self, run: Run, sightings: Sequence[Sighting], sweep: Sweep | None = None) -> Sequence[Change]:
        """A change for every sighting that differs from what the table has already seen, or one for all of a scope."""
        known = self.store.links.find(self.flow.key, [sighting.ref for sighting in sightings])
        if sweep is not None:
            sweep.meet(ref for ref, state in known.items() if isinstance(state, Link))
        news: dict[Ref, list[Sighting]] = {}
        for sighting in sightings:
            hash_ = fields_hash(sighting.fields)
            if not unchanged(known.get(sighting.ref), sighting.ref.side, hash_, self.flow.rules):
                news.setdefault(sighting.scope or sighting.ref, []).append(sighting)
        now = self.clock.now()

        def one(scope: Ref, differ: Sequence[Sighting]) -> Change:
            occasion = digest([run.id, *(fields_hash(sighting.fields) for sighting in differ)])[:24]
            carried = next((sighting.carried for sighting in differ if sighting.carried is not None), None)
            return change(self.flow.key, scope, occasion, now, carried=carried)

        return [one(scope, differ) for scope, differ in news.items()]

    def _send(self, run: Run, news: Sequence[Change], sent: set[str]) -> int:
        """Queues what this run has not sent yet (a record may stand in several of its lists); how many."""
        if self.flow.turns is not None:
            return self._ask(run, news, sent)
        fresh = [one for one in news if one.deduplication not in sent]
        self.queue.send(fresh)
        sent.update(one.deduplication for one in fresh)
        return len(fresh)

    def _ask(self, run: Run, news: Sequence[Change], sent: set[str]) -> int:
        """Asks for a turn of each scope that this run has not asked for yet; how many."""
        roots = {root for root in (self.flow.roots(news) if news else ()) if root and str(root) not in sent}
        spread = timedelta(minutes=self.flow.context.settings.spread_minutes)
        turning = Turning(self.flow.key, self.store, self.queue, self.clock)
        asked = turning.differs(run, sorted(roots), spread)
        sent.update(map(str, roots))
        return asked

    def _hand_over(
        self, message: Scan, run: Run, position: dict[str, object], counts: Counter[str], sweep: Sweep | None
    ) -> None:
        update = {"run": run.id, "page": position, "counts": dict(counts), "mode": run.mode, "at": self.clock.now()}
        self.queue.send([message.model_copy(update={**update, "met": sweep.text() if sweep else None})])

    def _finish(self, run: Run, page: Page, counts: Counter[str]) -> bool:
        now = self.clock.now()
        context = self.flow.context
        due = next_due(context.settings, run.started, now, context.connection.zone)
        cursor = page.cursor or {}
        return self.store.flows.finish(self.flow.key, run, cursor=cursor, at=now, due=due, counts=dict(counts))
