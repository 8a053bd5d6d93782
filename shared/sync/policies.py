"""The few policies that all flows share: pure functions that take from a plan, and say in its reason what they took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from shared.sync.flow import FlowSettings, Situation
from shared.sync.plan import Plan, Step, skip
from shared.sync.record import SIDES, Ref

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
    """Why the filters leave out a record with these facts; empty where they admit it."""
    for fact, wanted in settings.filters.items():
        value = facts.get(fact, "")
        if value.casefold() not in {one.strip().casefold() for one in wanted}:
            shown = f"is {value!r}" if value else "is empty"
            return f"Its {fact.replace('_', ' ')} {shown}; the filter admits {', '.join(wanted) or 'nothing'}."
    return ""


def exclude_fields(settings: FlowSettings, _situation: Situation, plan: Plan) -> Plan:
    """Fields that are never updated are taken out of updates; an update left with none is dropped."""
    excluded = set(settings.exclude_fields)
    steps: list[Step] = []
    taken: set[str] = set()
    for step in plan.steps:
        if step.verb == "update" and excluded & set(step.fields):
            taken |= excluded & set(step.fields)
            kept = {name: value for name, value in step.fields.items() if name not in excluded}
            if kept:
                before = {name: value for name, value in step.before.items() if name not in excluded}
                steps.append(replace(step, fields=kept, before=before))
            continue
        steps.append(step)
    if not taken:
        return plan
    reason = f"{plan.reason} Not updated, as the settings exclude it: {', '.join(sorted(taken))}."
    return replace(plan, steps=tuple(steps), reason=reason.strip())


POLICIES: tuple[Policy, ...] = (held, opt_out, filters, exclude_fields)
"""In this order, for every flow; each does nothing unless the settings or the record ask for it."""


def apply(settings: FlowSettings, situation: Situation, plan: Plan) -> Plan:
    """The plan after every policy."""
    for policy in POLICIES:
        plan = policy(settings, situation, plan)
    return plan
