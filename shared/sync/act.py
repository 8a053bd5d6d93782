"""Carries a plan out: each step once, intents before creates, links before what builds on them, history after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.sync.clock import Clock, Ids, stamp
from shared.sync.errors import Conflict, OutcomeUnknown, SyncError
from shared.sync.flow import Flow, Situation
from shared.sync.history import Entry
from shared.sync.link import Intent, Link, Pair, settled
from shared.sync.names import title
from shared.sync.outcome import wake_waiters
from shared.sync.plan import LINKS, Plan, Step
from shared.sync.ports import Store
from shared.sync.record import Fields, Ref, Side, side_of

SETTLE = timedelta(minutes=5)
"""How long after an intent its create may still turn up; younger, nobody creates again."""

RESERVE = 15.0
"""Seconds before the deadline at which no further step is begun."""


class OutOfTime(SyncError):
    """The deadline is near: the change goes back into the queue, and the next look plans what is missing."""


class StillSettling(SyncError):
    """An earlier try's create may still turn up at the other side; its intent brings the record back when due."""


@dataclass
class Done:
    """What carrying a plan out came to, so far: what each side returned per pair, and the links made or removed.

    `intended` are the records under which an intent stood, so that what the table knew of them before is gone.
    """

    sides: dict[tuple[Ref, Side], Fields] = field(default_factory=dict)
    links: dict[Ref, Link | None] = field(default_factory=dict)
    intended: set[Ref] = field(default_factory=set)


class Actor:
    """Applies the steps of one plan after another for one flow of one connection."""

    def __init__(
        self, flow: Flow[Situation], store: Store, clock: Clock, ids: Ids, remaining: Callable[[], float]
    ) -> None:
        self._flow = flow
        self._store = store
        self._clock = clock
        self._ids = ids
        self._remaining = remaining

    def act(self, situation: Situation, plan: Plan, done: Done, *, occasion: str, by: str) -> None:
        """Carries out `plan`, noting in `done` what is done even where a later step fails.

        Raises OutOfTime, StillSettling, Conflict and what adapters raise; nothing is undone, the next look goes on.
        """
        pairs = {pair.home: pair for pair in situation.pairs}
        ids: dict[str, str] = {}
        created: dict[Ref, Step] = {}
        intents: dict[Ref, Intent] = {home: pair.intent for home, pair in pairs.items() if pair.intent}
        for step in plan.steps:
            if self._remaining() < RESERVE:
                raise OutOfTime
            home = step.record or plan.home
            if step.system == LINKS:
                entry = self._link_entry(step.fill(ids), home, created.get(home), occasion, by)
                self._change_link(step.fill(ids), pairs[home], intents.get(home), entry, done)
            elif step.verb == "create" and plan.link_after(step):
                intents[home] = self._intend(step, home, intents.get(home))
                done.intended.add(home)
                created[home] = step.fill(ids)
                ids[step.id] = self._create(created[home], pairs[home], intents[home], done)
            else:
                filled = step.fill(ids)
                ids[step.id] = self._apply(filled, home, pairs.get(home), done)
                what = f"{_PAST[step.verb]} {step.kind} {ids[step.id]} in {title(step.system)}. {step.why}".strip()
                self._store.journal.record([self._entry(home, what, step.before, filled.fields, occasion, by)])

    def _intend(self, step: Step, home: Ref, earlier: Intent | None) -> Intent:
        """Writes the intent of a create; an earlier one must be old enough to be given up."""
        if earlier is not None:
            self.give_up(earlier)
        at = self._flow.context.systems[step.system].server_time()
        intent = Intent(home, self._ids.token(), at, due=self._clock.now() + SETTLE)
        self._store.links.intend(self._flow.key, intent)
        return intent

    def give_up(self, intent: Intent) -> None:
        """Ends an intent whose create has not turned up; StillSettling while it yet may."""
        if self._clock.now() < intent.due:
            raise StillSettling
        self._store.links.forget_intent(self._flow.key, intent)

    def _create(self, step: Step, pair: Pair, intent: Intent, done: Done) -> str:
        """Creates under an intent, which ends at once where the create is known not to have happened."""
        try:
            return self._apply(step, pair.home, pair, done)
        except OutcomeUnknown:
            raise
        except SyncError:
            self._store.links.forget_intent(self._flow.key, intent)
            raise

    def _apply(self, step: Step, home: Ref, pair: Pair | None, done: Done) -> str:
        applied = self._flow.context.systems[step.system].apply(step)
        if applied.record is not None:
            fields = self._flow.mapped(step, applied.record)
            if fields is not None:
                side = side_of(step.system)
                before = done.sides.get((home, side), pair.fields(side) if pair else None)
                done.sides[(home, side)] = _as_looked_at(step, before, fields)
        return applied.id

    def _change_link(self, step: Step, pair: Pair, intent: Intent | None, entry: Entry, done: Done) -> None:
        if step.verb == "unlink":
            if pair.link is None:
                raise Conflict(f"{pair.home} has no link to remove")
            self._store.links.unlink(self._flow.key, pair.link, entry=entry)
            done.links[pair.home] = None
            return
        link = Link(
            step.kind,
            str(step.fields["cw"]),
            str(step.fields["partner"]),
            agreed=step.fields.get("agreed", {}),
            how=step.why,
            cw_name=pair.cw_name,
            partner_name=pair.partner_name,
            linked_at=self._clock.now(),
        )
        self._store.links.link(self._flow.key, link, intent=intent, entry=entry)
        done.links[pair.home] = link

    def _link_entry(self, step: Step, home: Ref, created: Step | None, occasion: str, by: str) -> Entry:
        """The history of a link, and of a record created for it: one entry, written with the link."""
        ids = {side: step.fields[side] for side in ("cw", "partner")}
        if step.verb == "unlink":
            return self._entry(home, f"Unlinked. {step.why}".strip(), ids, {}, occasion, by)
        if created is not None:
            what = f"Created {created.kind} in {title(created.system)} and linked. {step.why}".strip()
            return self._entry(home, what, {}, {**created.fields, **ids}, occasion, by)
        return self._entry(home, f"Linked. {step.why}".strip(), {}, ids, occasion, by)

    def settle(
        self, situation: Situation, done: Done, *, waiting: bool, left: str = "", again: timedelta | None = None
    ) -> None:
        """Writes what both sides look like now, for each linked pair where that is news; Conflict if it changed.

        The home's link is looked at again after `again`, though nothing changes.
        Whoever waits on a link is woken before its first settling, so that a cut in between wakes them next time.
        """
        for pair in situation.pairs:
            link = done.links.get(pair.home, pair.link)
            if link is None:
                continue
            observed = replace(
                pair,
                cw=done.sides.get((pair.home, "cw"), pair.cw),
                partner=done.sides.get((pair.home, "partner"), pair.partner),
            )
            due = self._clock.now() + again if again and pair.home == situation.home else None
            news = settled(link, observed, self._flow.rules, waiting=waiting, left=left, due=due)
            if news != link:
                if not link.settled:
                    wake_waiters(self._store, self._flow.key, link, self._clock.now())
                self._store.links.settle(self._flow.key, news, read=link.revision)

    def _entry(self, record: Ref, what: str, before: Fields, after: Fields, occasion: str, by: str) -> Entry:
        at = self._clock.now()
        entry_id = f"{stamp(at)}-{self._ids.token()[:8]}"
        return Entry(self._flow.key, record, entry_id, at, by, what, before, after, occasion)


def _as_looked_at(step: Step, before: Fields | None, after: Fields) -> Fields:
    """What a write gave back, but what somebody else changed between the look and the write as the look had found it.

    Nobody has decided on that change yet, so the record must not hash as seen: the next scan brings it back.
    """
    if before is None:
        return after
    nested = [value for value in step.fields.values() if isinstance(value, Mapping)]
    written = ["" if value is None else value for values in nested for value in values.values()]
    return {
        name: value if name in step.fields or value in written else before.get(name, value)
        for name, value in after.items()
    }


_PAST: Mapping[str, str] = {
    "create": "Created",
    "update": "Updated",
    "delete": "Deleted",
    "attach": "Attached",
    "note": "Noted",
    "hold": "Put on hold",
}
