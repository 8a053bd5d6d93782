"""The few policies that all flows share: pure functions that take from a plan, and say in its reason what they took.

The limits take nothing away themselves: they have a person asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shared.sync.flow import FlowSettings, Situation
from shared.sync.issue import Issue
from shared.sync.plan import Plan, Step, skip
from shared.sync.record import OTHER, SIDES, Ref, fold
from shared.sync.shapes import NewOnlySettings, SetSettings, TwoWaySettings

Policy = Callable[[FlowSettings, Situation, Plan], Plan]


def held(_settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """A record that a person cancelled is left alone, and so is whoever would be linked to it (EA-44)."""
    cancelled = {pair.home: pair.held for pair in situation.pairs if pair.held}
    if not cancelled:
        return plan
    stopped = dict(cancelled)
    for step in plan.steps:
        if step.verb == "link":
            for end in (Ref(step.kind, side, str(step.fields[side])) for side in SIDES):
                if end in cancelled:
                    stopped[step.record or plan.home] = cancelled[end]
    return _stopped(plan, stopped)


def parted(_settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """What a person unlinked stays apart until a person relinks it; either may be linked to another."""
    pairs = {pair.home: pair for pair in situation.pairs if pair.parted}
    stopped: dict[Ref, str] = {}
    for step in plan.steps:
        pair = pairs.get(step.record or plan.home)
        if step.verb != "link" or pair is None:
            continue
        other = OTHER[pair.home.side]
        if str(step.fields[other]) == pair.parted:
            name = (
                pair.partner_name if other == "partner" else pair.cw_name
            ) or f"the record with the ID {pair.parted}"
            stopped[pair.home] = (
                f"A person unlinked it from {name}, so that the two stay apart until a person links them again: "
                f"crosswise relink {pair.home} {pair.parted}."
            )
    return _stopped(plan, stopped) if stopped else plan


def _stopped(plan: Plan, stopped: Mapping[Ref, str]) -> Plan:
    """The plan without what belongs to these records, each left alone for its reason."""
    if plan.home in stopped:
        return skip(plan.home, stopped[plan.home], name=plan.name)
    gone = [step for step in plan.steps if step.record in stopped]
    because = " ".join(dict.fromkeys(stopped[step.record] for step in gone if step.record))
    rest = plan.without(gone, because) if gone else plan
    return replace(rest, issues=tuple(issue for issue in plan.issues if issue.record not in stopped))


def opt_out(_settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """A record that its owner keeps out is left alone."""
    return skip(plan.home, situation.opted_out, name=plan.name) if situation.opted_out else plan


def filters(settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """Only records whose facts are among those asked for; leaving a filter deletes nothing."""
    reason = left_out(settings, situation.facts)
    return skip(plan.home, reason, name=plan.name) if reason else plan


def left_out(settings: FlowSettings, facts: Mapping[str, str]) -> str:
    """Why the filters leave out a record with these facts; empty where they admit it.

    A fact that is not there at all is not known (of a record that is gone, say), and leaves nothing out.
    """
    for fact, wanted in settings.filters.items():
        if fact not in facts:
            continue
        value = facts[fact]
        if fold(value) not in map(fold, wanted):
            shown = f"is {value!r}" if value else "is empty"
            return f"Its {fact.replace('_', ' ')} {shown}; the filter admits {', '.join(wanted) or 'nothing'}."
    return ""


def create_only(settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """A record is carried over when it is new: no field that both sides have is updated later, and none is deleted.

    But for the fields that are carried all the same (`Situation.later`).
    """
    if not isinstance(settings, NewOnlySettings) or not settings.create_only:
        return plan
    shared = {pair.home: (set(pair.cw or ()) & set(pair.partner or ())) - situation.later for pair in situation.pairs}
    rest, taken = _without_fields(plan, lambda record: shared.get(record, set()))
    if taken:
        rest = replace(
            rest, reason=f"{rest.reason} Only new records are carried over: {', '.join(taken)} stay.".strip()
        )
    kept = {step.record for step in rest.steps if step.verb == "delete"}
    # The link stays as well: without it, what is still there would look new.
    gone = [step for step in rest.steps if step.record in kept and step.verb in ("delete", "unlink")]
    return rest.without(gone, "Only new records are carried over, no deletions.") if gone else rest


def exclude_fields(settings: FlowSettings, _situation: Situation, plan: Plan) -> Plan:
    """Fields that are never updated are taken out of updates; an update left with none is dropped."""
    excluded = set(settings.exclude_fields)
    rest, taken = _without_fields(plan, lambda _record: excluded)
    if not taken:
        return plan
    reason = f"{plan.reason} Not updated, as the settings exclude it: {', '.join(taken)}."
    return replace(rest, reason=reason.strip())


def _without_fields(plan: Plan, unwanted: Callable[[Ref], set[str]]) -> tuple[Plan, list[str]]:
    """The plan that updates no unwanted field of a record, and the fields that it would have updated."""
    steps: list[Step] = []
    taken: set[str] = set()
    for step in plan.steps:
        fields = unwanted(step.record or plan.home) & set(step.fields) if step.verb == "update" else set()
        if not fields:
            steps.append(step)
            continue
        taken |= fields
        if kept := {name: value for name, value in step.fields.items() if name not in fields}:
            before = {name: value for name, value in step.before.items() if name not in fields}
            steps.append(replace(step, fields=kept, before=before))
    conflicts = tuple(one for one in plan.conflicts if one.field not in unwanted(one.record or plan.home))
    return replace(plan, steps=tuple(steps), conflicts=conflicts) if taken else plan, sorted(taken)


def shrink_limit(settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """A person is asked before a list loses many members at once: whoever lists them may have lost sight of them."""
    if not isinstance(settings, SetSettings):
        return plan
    code = settings.shrank
    asks: list[Issue] = []
    steps: list[Step] = []
    for step in plan.steps:
        gone, all_ = _losses(step) if step.verb == "update" else ((), 0)
        if len(gone) < settings.shrink_floor or len(gone) * 100 <= settings.shrink_limit * all_:
            steps.append(step)
            continue
        record = step.record or plan.home
        name = situation.called(record)
        told = f"{name} would lose {len(gone)} of its {all_} members at once: {some(gone)}."
        steps.append(replace(step, ask=True, why=f"{told} {step.why}".strip()))
        asks.append(
            situation.issue(
                code,
                told,
                "If they are to go, approve what is proposed for it. If not, bring them back where they are missing; "
                "the list is compared again by itself.",
                of=(record, name),
            )
        )
    return replace(plan, steps=tuple(steps), asks=(*plan.asks, *asks)) if asks else plan


def _losses(step: Step) -> tuple[tuple[str, ...], int]:
    """The members that an update takes from lists, and how many these have now."""
    lists = {name: set(was) for name, was in step.before.items() if isinstance(was, tuple) and name in step.fields}
    gone = [str(one) for name, was in lists.items() for one in was - set(step.fields[name])]
    return tuple(sorted(gone)), sum(map(len, lists.values()))


def deletion_limit(settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """Promise 7: a person is asked before more records of a scope are deleted than the limit admits.

    What is deleted of a linked record (a line of it) is no record of the scope, and is not counted.
    """
    if not isinstance(settings, TwoWaySettings):
        return plan
    whole = {(link.kind, link.ref(side).id) for pair in situation.pairs if (link := pair.link) for side in SIDES}
    deletes = [
        step for step in plan.steps if step.verb == "delete" and ((step.record or plan.home).kind, step.key) in whole
    ]
    linked = sum(1 for pair in situation.pairs if pair.link)
    limit = min(settings.deletion_limit, max(1, linked * settings.deletion_percent // 100))
    if len(deletes) <= limit:
        return plan
    names = some([str(situation.called(step.record or plan.home)) for step in deletes])
    issue = situation.issue(
        "TOO_MANY_DELETIONS",
        f"{len(deletes)} of {linked} records of {plan.name} are gone on one side and would be deleted on the other: "
        f"{names}. That is more than {limit} at once, so none is deleted yet.",
        "If they are to go, approve what is proposed for them. If not, restore them: all is compared again by itself.",
    )
    steps = tuple(replace(step, ask=True) if step in deletes else step for step in plan.steps)
    return replace(plan, steps=steps, asks=(*plan.asks, issue))


def some(names: Sequence[str]) -> str:
    """The first few of many."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


NAMED = 5
"""So many records are named in an issue that is about more."""

POLICIES: tuple[Policy, ...] = (
    held,
    parted,
    opt_out,
    filters,
    create_only,
    exclude_fields,
    shrink_limit,
    deletion_limit,
)
"""In this order, for every flow; each does nothing unless the settings or the record ask for it."""


def apply(settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """The plan after every policy."""
    for policy in POLICIES:
        plan = policy(settings, situation, plan)
    return plan
