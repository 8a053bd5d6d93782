"""Carries a plan out: each step once, intents before creates, links before what builds on them, history after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.sync.clock import Clock, Ids, stamp
from shared.sync.errors import Conflict, OutcomeUnknown, RecordRejected, SyncError
from shared.sync.flow import Flow, Situation
from shared.sync.history import Entry
from shared.sync.link import Intent, Link, Pair, settled
from shared.sync.merge import agreement, still_unsure
from shared.sync.names import title
from shared.sync.outcome import wake_waiters
from shared.sync.plan import LINKS, FieldConflict, Plan, Step
from shared.sync.ports import Applied, GivesFiles, Store, TakesFiles
from shared.sync.record import SIDES, Fields, Ref, Side, side_of

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

    `names` are what people call what was returned. `written` are the mapped fields that were written, per pair;
    `unsure` those of which nobody knows, since the answer was lost. `intended` are the records under which an intent
    stood, so that what the table knew of them before is gone. `refused` are the records of the scope, other than its
    home, that a side refused; the rest of the plan goes on without them. `wrote` are the sides on which anything was
    written.
    """

    sides: dict[tuple[Ref, Side], Fields] = field(default_factory=dict)
    names: dict[tuple[Ref, Side], str] = field(default_factory=dict)
    written: dict[Ref, set[str]] = field(default_factory=dict)
    unsure: dict[Ref, set[str]] = field(default_factory=dict)
    links: dict[Ref, Link | None] = field(default_factory=dict)
    intended: set[Ref] = field(default_factory=set)
    refused: dict[Ref, RecordRejected] = field(default_factory=dict)
    wrote: set[Side] = field(default_factory=set)


@dataclass(frozen=True)
class _Doing:
    """One plan on its way: the pairs of its scope, the ids that its creates got, and the intents that stand."""

    plan: Plan
    pairs: Mapping[Ref, Pair]
    intents: dict[Ref, Intent]
    occasion: str
    by: str
    ids: dict[str, str] = field(default_factory=dict)
    created: dict[Ref, Step] = field(default_factory=dict)
    told: list[FieldConflict] = field(default_factory=list)

    def pair_of(self, record: Ref) -> Pair | None:
        """The pair that a step on this record changes: its own, else the home's, of whose set it is a part."""
        return self.pairs.get(record) or self.pairs.get(self.plan.home)


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
        doing = _Doing(
            plan,
            pairs={pair.home: pair for pair in situation.pairs},
            intents={pair.home: pair.intent for pair in situation.pairs if pair.intent},
            occasion=occasion,
            by=by,
        )
        undone: set[str] = set()
        for step in plan.steps:
            if self._remaining() < RESERVE:
                raise OutOfTime
            home = step.record or plan.home
            if home in done.refused or step.needs() & undone:
                undone.add(step.id)
                continue
            try:
                self._carry_out(step, home, doing, done)
            except RecordRejected as refusal:
                if home == plan.home:
                    raise
                done.refused[home] = refusal
                undone.add(step.id)

    def _carry_out(self, step: Step, home: Ref, doing: _Doing, done: Done) -> None:
        filled = step.fill(doing.ids)
        if step.system == LINKS:
            entry = self._link_entry(filled, home, doing)
            self._change_link(filled, doing, home, entry, done)
        elif step.verb == "create" and doing.plan.link_after(step):
            doing.intents[home] = self._intend(step, home, doing)
            done.intended.add(home)
            doing.created[home] = filled
            doing.ids[step.id] = self._create(filled, home, doing, done)
        else:
            self._keep_conflicts(filled, home, doing)
            try:
                doing.ids[step.id] = self._apply(filled, home, doing, done)
            except OutcomeUnknown:
                if step.verb == "delete":  # the next look may find it gone, and nobody could tell any more what it said
                    self._tell(filled, str(filled.key), home, doing, "The answer was lost.")
                raise
            self._tell(filled, doing.ids[step.id], home, doing)

    def _tell(self, step: Step, id_: str, home: Ref, doing: _Doing, more: str = "") -> None:
        """What was done is in the history of its record."""
        what = " ".join(
            filter(None, (f"{_PAST[step.verb]} {step.kind} {id_} in {title(step.system)}.", step.why, more))
        )
        self._store.journal.record([self._entry(home, what, step.before, step.fields, doing)])

    def _intend(self, step: Step, home: Ref, doing: _Doing) -> Intent:
        """Writes the intent of a create; an earlier one must be old enough to be given up."""
        if (earlier := doing.intents.get(home)) is not None:
            self.give_up(earlier)
        at = self._flow.context.systems[step.system].server_time()
        scope = None if home == doing.plan.home else doing.plan.home
        intent = Intent(home, self._ids.token(), at, due=self._clock.now() + SETTLE, scope=scope)
        self._store.links.intend(self._flow.key, intent)
        return intent

    def give_up(self, intent: Intent) -> None:
        """Ends an intent whose create has not turned up; StillSettling while it yet may."""
        if self._clock.now() < intent.due:
            raise StillSettling
        self._store.links.forget_intent(self._flow.key, intent)

    def _create(self, step: Step, home: Ref, doing: _Doing, done: Done) -> str:
        """Creates under an intent, which ends at once where the create is known not to have happened."""
        try:
            return self._apply(step, home, doing, done)
        except OutcomeUnknown:
            raise
        except SyncError:
            self._store.links.forget_intent(self._flow.key, doing.intents[home])
            raise

    def _apply(self, step: Step, home: Ref, doing: _Doing, done: Done) -> str:
        pair = doing.pair_of(home)
        try:
            applied = self._applied(step.handed())
        except OutcomeUnknown:
            if pair is not None:
                done.unsure.setdefault(pair.home, set()).update(step.fields)
            raise
        done.wrote.add(side_of(step.system))
        fields = self._flow.mapped(step, applied.record) if applied.record is not None else None
        if fields is not None and pair is not None:
            side = side_of(step.system)
            before = done.sides.get((pair.home, side), pair.fields(side))
            done.sides[(pair.home, side)] = _as_looked_at(step, before, fields)
            done.names[(pair.home, side)] = self._flow.called(applied.record)
            done.written.setdefault(pair.home, set()).update(set(step.fields) & set(fields))
        return applied.id

    def _applied(self, step: Step) -> Applied:
        """What the step's system made of it; of an `attach`, with the file, fetched where `file` says just before."""
        systems = self._flow.context.systems
        if step.verb != "attach":
            return systems[step.system].apply(step)
        ((holder, record_id),) = step.fields["file"].items()
        gives, takes = systems[holder], systems[step.system]
        assert isinstance(gives, GivesFiles)
        assert isinstance(takes, TakesFiles)
        return takes.attach(step, gives.download(record_id))

    def _keep_conflicts(self, step: Step, home: Ref, doing: _Doing) -> None:
        """Before a value is given up for the other side's, the history has both; rather twice than not at all."""
        side = side_of(step.system)
        lost = [
            one
            for one in doing.plan.conflicts
            if (one.record or doing.plan.home) == home and one.kept != side and one not in doing.told
        ]
        doing.told.extend(lost)
        self._store.journal.record([self._conflict_entry(one, home, doing) for one in lost])

    def _change_link(self, step: Step, doing: _Doing, home: Ref, entry: Entry, done: Done) -> None:
        pair = doing.pairs[home]
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
            scope=self._scope(pair, doing.plan.home, done),
        )
        self._store.links.link(self._flow.key, link, intent=doing.intents.get(home), entry=entry)
        done.links[pair.home] = link

    def _link_entry(self, step: Step, home: Ref, doing: _Doing) -> Entry:
        """The history of a link, and of a record created for it: one entry, written with the link."""
        ids: Fields = {side: step.fields[side] for side in SIDES}
        created = doing.created.get(home)
        if step.verb == "unlink":
            return self._entry(home, f"Unlinked. {step.why}".strip(), ids, {}, doing)
        if created is not None:
            what = f"Created {created.kind} in {title(created.system)} and linked. {step.why}".strip()
            return self._entry(home, what, {}, {**created.fields, **ids}, doing)
        return self._entry(home, f"Linked. {step.why}".strip(), {}, ids, doing)

    def _conflict_entry(self, one: FieldConflict, home: Ref, doing: _Doing) -> Entry:
        names = {side_of(system): title(system) for system in self._flow.systems}
        kept, lost = (one.cw, one.partner) if one.kept == "cw" else (one.partner, one.cw)
        what = (
            f"The sides disagree on {one.field}: {names['cw']} has {one.cw}, {names['partner']} has {one.partner}. "
            f"What {names[one.kept]} has is kept."
        )
        entry = self._entry(home, what, {one.field: lost}, {one.field: kept}, doing)
        return replace(entry, conflict=True)

    def settle(
        self,
        situation: Situation,
        done: Done,
        *,
        waiting: Callable[[Pair], bool],
        left: str = "",
        again: timedelta | None = None,
    ) -> None:
        """Writes what both sides look like now, for each linked pair where that is news; Conflict if it changed.

        `left` and `again` are of the home: why the scope is left alone, and that it is looked at again after so long,
        though nothing changes. Whoever waits on a link is woken before its first settling, so that a cut in between
        wakes them next time.
        """
        for pair in situation.pairs:
            link = done.links.get(pair.home, pair.link)
            if link is None:
                continue
            observed = _as_written(situation, pair, done)
            own = pair.home == situation.home
            agreed = link.agreed
            if self._flow.two_way:
                agreed = agreement(link.agreed, observed, done.written.get(pair.home, ()))
            news = settled(
                link,
                observed,
                self._flow.rules,
                waiting=waiting(pair),
                left=left if own else "",
                due=self._clock.now() + again if again and own else None,
                scope=self._scope(pair, situation.home, done),
                agreed=agreed,
                unsure=still_unsure(link.unsure, agreed, observed),
            )
            if news != link:
                if not link.settled:
                    wake_waiters(self._store, self._flow.key, link, self._clock.now())
                self._store.links.settle(self._flow.key, news, read=link.revision)

    def keep_agreed(self, situation: Situation, done: Done) -> None:
        """After a plan was cut short: what it wrote is agreed on, though not all is done; Conflict if it changed.

        Else the next look would take what we wrote for an edit of the side that it was written to, and carry it back
        over whatever the other side says by then. What it may have written is kept, too (`Link.unsure`).
        """
        if not self._flow.two_way:
            return
        for pair in situation.pairs:
            link, written = done.links.get(pair.home, pair.link), done.written.get(pair.home, set())
            maybe = done.unsure.get(pair.home, set())
            if link is None or not (written or maybe):
                continue
            observed = _as_written(situation, pair, done)
            agreed = agreement(link.agreed, observed, written) if written else link.agreed
            unsure = still_unsure({*link.unsure, *maybe}, agreed, observed)
            if (agreed, unsure) != (link.agreed, link.unsure):
                news = replace(link, agreed=agreed, unsure=unsure)
                self._store.links.settle(self._flow.key, news, read=link.revision)

    def _scope(self, pair: Pair, home: Ref, done: Done) -> Ref | None:
        """The home of the scope that a pair is part of; one that takes turns goes by ConnectWise's id once linked."""
        if pair.home == home:
            return None
        link = done.links.get(home)
        return link.ref("cw") if link and self._flow.turns else home

    def _entry(self, record: Ref, what: str, before: Fields, after: Fields, doing: _Doing) -> Entry:
        at = self._clock.now()
        entry_id = f"{stamp(at)}-{self._ids.token()[:8]}"
        return Entry(self._flow.key, record, entry_id, at, doing.by, what, before, after, doing.occasion)


def _as_written(situation: Situation, pair: Pair, done: Done) -> Pair:
    """The pair with what our writes gave back, as both read by now."""
    known = {side: done.sides.get((pair.home, side), pair.fields(side)) for side in SIDES}
    sides = {side: None if one is None else situation.after(one, done.links) for side, one in known.items()}
    cw_name, partner_name = (done.names.get((pair.home, side), "") for side in SIDES)
    return replace(
        pair,
        cw=sides["cw"],
        partner=sides["partner"],
        cw_name=cw_name or pair.cw_name,
        partner_name=partner_name or pair.partner_name,
    )


def _as_looked_at(step: Step, before: Fields | None, after: Fields) -> Fields:
    """What a write gave back, but what somebody else changed between the look and the write as the look had found it.

    Nobody has decided on that change yet, so the record must not hash as seen: the next scan brings it back. What the
    answer does not show at all is as it was: it may be one of many records that a set is made of.
    """
    if before is None:
        return after
    nested = [value for value in step.fields.values() if isinstance(value, Mapping)]
    written = ["" if value is None else value for values in nested for value in values.values()]
    written += [value for value in step.fields.values() if isinstance(value, tuple)]
    looked = {
        name: value if name in step.fields or value in written else before.get(name, value)
        for name, value in after.items()
    }
    return {**before, **looked}


_PAST: Mapping[str, str] = {
    "create": "Created",
    "update": "Updated",
    "delete": "Deleted",
    "attach": "Attached",
    "note": "Noted",
    "hold": "Put on hold",
}
