"""One look at one record: decide, apply the policies, act, keep what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from shared.sync import policies
from shared.sync.act import Actor, Done
from shared.sync.clock import Clock, Ids, stamp
from shared.sync.errors import ConfigurationWrong, RecordRejected, SyncError
from shared.sync.flow import Flow, Situation
from shared.sync.history import Entry
from shared.sync.issue import Issue, OpenIssue
from shared.sync.link import Pair, Seen
from shared.sync.names import title
from shared.sync.outcome import keep_issues, remember
from shared.sync.plan import Outcome, Plan
from shared.sync.ports import Store
from shared.sync.proposal import Proposal, Sorted, sort
from shared.sync.record import SIDES, Fields, Name, Ref
from shared.sync.standing import Standing, standing
from shared.sync.turns import Turn


@dataclass(frozen=True)
class Looked:
    """What a look came to: its outcome, whether it wrote on the partner's side, whether a person has a say in it.

    `reason` is the plan's, `failures` are what a side refused. `standing` is what it means for the scope's next turns,
    where it takes turns.
    """

    outcome: Outcome
    imported: bool = False
    asked: bool = False
    reason: str = ""
    failures: tuple[SyncError, ...] = ()
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True)
class Looker:
    """Takes situations of one flow of one connection to their outcome."""

    flow: Flow[Situation]
    store: Store
    clock: Clock
    ids: Ids
    remaining: Callable[[], float]

    def look(self, situation: Situation, *, occasion: str, by: str, turn: Turn | None = None) -> Looked:
        """Brings one scope in step as far as it can be, in its turn if it takes any; whatever is left is an issue.

        Raises what the engine must treat as more than this record's trouble: RetryLater, CredentialsRefused, Conflict,
        OutOfTime, StillSettling. What was done until then stays; the next look plans what is missing.
        """
        decided = self.flow.decide(situation)
        stands = self._standing(decided, turn)
        decided = _with(decided, *stands.issues)
        planned = policies.apply(self.flow.context.settings, situation, decided)
        divided = self._ask(planned, situation, everything=turn is not None and turn.anew)
        plan = _with(divided.plan, *_asked(divided))
        done = Done()
        actor = Actor(self.flow, self.store, self.clock, self.ids, self.remaining)
        for pair in situation.pairs:
            if pair.intent and not any(
                s.verb in ("create", "link") and (s.record or plan.home) == pair.home for s in plan.steps
            ):
                actor.give_up(pair.intent)
                done.intended.add(pair.home)
        failures: list[SyncError] = []
        try:
            actor.act(situation, plan, done, occasion=occasion, by=by)
        except RecordRejected as refusal:
            failures.append(refusal)
            plan = _stopped(plan, _refused(situation, plan.home, plan.name, refusal))
        except ConfigurationWrong as fault:
            failures.append(fault)
            plan = _stopped(plan, _wrong(plan, fault))
        except SyncError:
            actor.keep_agreed(situation, done)
            raise
        else:
            for proposal in divided.approved:
                if proposal.record not in done.refused:
                    self.store.proposals.remove(proposal)
        refusals = (
            _refused(situation, record, situation.called(record), refusal) for record, refusal in done.refused.items()
        )
        plan = _with(plan, *refusals)
        now = self.clock.now()
        self._tell(keep_issues(self.store, self.flow.key, situation.home, plan.issues, now), occasion, by)
        linked = {link.ref(side) for link in done.links.values() if link for side in SIDES}
        unlinked = [
            replace(pair, state=None) if pair.home in done.intended else pair
            for pair in situation.pairs
            if not pair.link and pair.home not in linked
        ]
        troubles = _troubles(plan, divided)
        remember(self.store, self.flow, unlinked, plan, troubles)
        outcome = plan.outcome
        if outcome != "issue" and divided.kept:
            outcome = "proposed"
        elif outcome != "issue" and divided.rejected and not plan.steps:
            outcome = "skipped"
        less = outcome in ("applied", "in_step") and _written(planned) != _written(decided)
        left = plan.reason if outcome == "skipped" or less else ""
        stuck = outcome in ("issue", "proposed") or bool(divided.rejected)

        def waiting(pair: Pair) -> bool:
            """The home waits for its whole scope, a part of it only for itself."""
            return stuck if pair.home == situation.home else pair.home in troubles

        actor.settle(situation, done, waiting=waiting, left=left, again=plan.again)
        asked, failed = bool(divided.kept or divided.rejected), (*failures, *done.refused.values())
        return Looked(outcome, "partner" in done.wrote, asked, plan.reason, failed, stands)

    def _standing(self, plan: Plan, turn: Turn | None) -> Standing:
        if turn is None or self.flow.turns is None:
            return Standing()
        context = self.flow.context
        days = context.settings.auto_disable_days
        return standing(turn, plan, self.flow.turns, days, context.connection.zone, self.clock.now())

    def _tell(self, settled: Sequence[OpenIssue], occasion: str, by: str) -> None:
        """What is settled is in the history of its record: the issue itself is gone."""
        at = self.clock.now()
        self.store.journal.record(
            [
                Entry(
                    one.flow,
                    one.issue.record,
                    f"{stamp(at)}-{self.ids.token()[:8]}",
                    at,
                    by,
                    f"Settled: {one.issue.message}",
                    before={"issue": one.issue.code},
                    occasion=occasion,
                )
                for one in settled
            ]
        )

    def _tell_asked_anew(self, old: Proposal) -> None:
        """Whoever approved what is not true any more finds in the history why it was not done."""
        at = self.clock.now()
        what = f"Asked anew: what {old.by} approved is not what would be done by now."
        self.store.journal.record(
            [Entry(old.flow, old.record, f"{stamp(at)}-{self.ids.token()[:8]}", at, "sync", what)]
        )

    def _ask(self, plan: Plan, situation: Situation, *, everything: bool) -> Sorted:
        """Keeps for a person what he must approve; what he approved, or need not, stays in the plan."""
        preview = everything or self.flow.context.settings.preview
        asked_before = any(isinstance(p.state, Seen) or (p.link and p.link.waiting) for p in situation.pairs)
        if not (preview or asked_before or any(step.ask for step in plan.steps)):
            return Sorted(plan)
        known = self.store.proposals.of_scope(self.flow.key, plan.home)
        divided = sort(self.flow.key, plan, known, self.clock.now(), everything=preview, called=situation.called)
        approved = {one.record: one for one in known if one.verdict == "approved"}
        for proposal in divided.kept:
            if proposal not in known:
                if old := approved.get(proposal.record):
                    self._tell_asked_anew(old)
                self.store.proposals.put(proposal)
        current = {one.record for one in (*divided.kept, *divided.rejected, *divided.approved)}
        for gone in known:
            if gone.record not in current:
                self.store.proposals.remove(gone)
        return divided


def _written(plan: Plan) -> list[tuple[str, Fields]]:
    """What a plan writes: policies may have taken something from it."""
    return [(step.id, step.fields) for step in plan.steps]


def _with(plan: Plan, *issues: Issue) -> Plan:
    return replace(plan, issues=(*plan.issues, *issues)) if issues else plan


def _stopped(plan: Plan, issue: Issue) -> Plan:
    return replace(_with(plan, issue), reason=issue.message)


def _asked(divided: Sorted) -> tuple[Issue, ...]:
    """What the plan asks a person, as far as he has not answered: about a record of the scope, or about all of it."""
    open_ = {proposal.record for proposal in divided.kept}
    plan = divided.plan
    return tuple(issue for issue in plan.asks if open_ and issue.record in (plan.home, *open_))


def _troubles(plan: Plan, divided: Sorted) -> dict[Ref, str]:
    """Why records of the scope are not in step, each in its own words."""
    said = {one.record: f"{one.by} rejected it: {one.reason}" for one in divided.rejected}
    asked = {one.record: f"{one.why} It waits for a person's approval." for one in divided.kept}
    issues = {issue.record: issue.message for issue in plan.issues if issue.blocks}
    return {**said, **asked, **issues}


def _refused(situation: Situation, record: Ref, name: Name, refusal: RecordRejected) -> Issue:
    return Issue(
        "REFUSED",
        record,
        name,
        f"{title(refusal.system)} refused {name}: {refusal.words}",
        "Correct the record as the message says, on the side that masters it; it is tried again by itself.",
        category="refused",
        about=situation.about,
    )


def _wrong(plan: Plan, fault: ConfigurationWrong) -> Issue:
    where = f" ({fault.where})" if fault.where else ""
    return Issue(
        "CONFIGURATION_WRONG",
        plan.home,
        plan.name,
        f"{fault.what}{where}",
        fault.fix or "Correct the setting; the record is tried again by itself.",
        category="system",
    )
