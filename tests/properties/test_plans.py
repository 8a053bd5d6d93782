"""Plans and policies: what is taken away takes along what builds on it, and nothing is ever added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.sync import policies
from shared.sync.flow import FlowSettings, Situation
from shared.sync.plan import Created, Plan, Step
from shared.sync.proposal import Proposal, approve, fingerprint_of, reject, sort
from shared.sync.record import Fields, FlowKey, Ref
from tests.effort import effort
from tests.properties import made

KEY = FlowKey("acme", "eautomate_customers")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOMES = tuple(Ref(made.KINDS[0], "partner", number) for number in "123")
plans = made.plans(HOMES)


def _dependants(plan: Plan, gone: set[str]) -> set[str]:
    """What builds on these steps, directly or by others: found by going round until nothing is new."""
    while True:
        more = gone | {step.id for step in plan.steps if step.needs() & gone}
        if more == gone:
            return gone
        gone = more


@given(plans, st.data())
@effort(80, 20_000)
def test_a_plan_without_steps_is_without_all_that_build_on_them(plan: Plan, data: st.DataObject) -> None:
    taken = data.draw(st.lists(st.sampled_from(plan.steps), unique_by=id)) if plan.steps else []
    rest = plan.without(taken, "Taken.")
    gone = _dependants(plan, {step.id for step in taken})
    assert rest.steps == tuple(step for step in plan.steps if step.id not in gone)
    assert rest == replace(plan, steps=rest.steps, reason=rest.reason)
    assert rest.reason.endswith("Taken.")


@given(plans, st.data())
@effort(80, 10_000)
def test_taking_steps_one_by_one_or_at_once_is_the_same(plan: Plan, data: st.DataObject) -> None:
    assume(plan.steps)
    taken = data.draw(st.permutations(data.draw(st.lists(st.sampled_from(plan.steps), unique_by=id))))
    rest = plan
    for step in taken:
        rest = rest.without([step], "")
    assert rest.steps == plan.without(taken, "").steps
    assert plan.without(taken, "").without(taken, "").steps == rest.steps


@given(plans)
@effort(80, 10_000)
def test_filling_leaves_no_reference_and_changes_nothing_else(plan: Plan) -> None:
    ids = {step.id: f"id of {step.id}" for step in plan.steps if step.verb == "create"}
    for step in plan.steps:
        filled = step.fill(ids)
        assert not filled.needs()
        assert filled == replace(step, key=filled.key, fields=filled.fields)
        assert set(filled.fields) == set(step.fields)
        if not step.needs():
            assert filled == step
        if isinstance(step.key, Created):
            assert filled.key == ids[step.key.step]


@given(plans)
@effort(80, 10_000)
def test_words_do_not_change_a_fingerprint_and_steps_do(plan: Plan) -> None:
    told = replace(plan, reason="Otherwise.", steps=tuple(replace(step, why="Because.") for step in plan.steps))
    assert told.fingerprint == plan.fingerprint
    if plan.steps:
        assert replace(plan, steps=plan.steps[:-1]).fingerprint != plan.fingerprint


# Policies


def _within(less: Iterable[Step], more: Iterable[Step]) -> bool:
    """Whether every step of the one is a step of the other, in its order, with some of its fields at most."""
    rest = iter(more)
    return all(any(_less(step, other) for other in rest) for step in less)


def _less(step: Step, other: Step) -> bool:
    same = step == replace(other, fields=step.fields, before=step.before)
    return same and _some(step.fields, other.fields) and _some(step.before, other.before)


def _some(less: Fields, more: Fields) -> bool:
    return all(name in more and more[name] == value for name, value in less.items())


@given(made.flow_settings, made.situations(), st.data())
@effort(120, 30_000)
def test_policies_only_take_away(settings: FlowSettings, situation: Situation, data: st.DataObject) -> None:
    plan = data.draw(made.plans(tuple(pair.home for pair in situation.pairs)))
    for policy in (*policies.POLICIES, policies.apply):
        kept = policy(settings, situation, plan)
        assert _within(kept.steps, plan.steps)
        assert set(kept.issues) <= set(plan.issues)
        assert (kept.home, kept.name) == (plan.home, plan.name)
        assert kept.skipped or not plan.skipped
        if kept.steps != plan.steps:
            assert kept.reason, "what was taken has no answer to: why did this not sync?"
            assert kept.reason != plan.reason


@given(made.flow_settings, made.situations(), st.data())
@effort(120, 30_000)
def test_policies_applied_again_change_nothing(
    settings: FlowSettings, situation: Situation, data: st.DataObject
) -> None:
    plan = data.draw(made.plans(tuple(pair.home for pair in situation.pairs)))
    for policy in (*policies.POLICIES, policies.apply):
        once = policy(settings, situation, plan)
        assert policy(settings, situation, once) == once


@given(made.situations(), st.data())
@effort(80, 10_000)
def test_without_settings_and_opt_out_policies_do_nothing(situation: Situation, data: st.DataObject) -> None:
    free = replace(situation, opted_out="", pairs=tuple(replace(pair, state=None) for pair in situation.pairs))
    plan = data.draw(made.plans(tuple(pair.home for pair in situation.pairs)))
    assert policies.apply(FlowSettings(), free, plan) == plan


@given(made.flow_settings, made.situations(), st.data())
@effort(80, 10_000)
def test_an_excluded_field_is_never_updated(settings: FlowSettings, situation: Situation, data: st.DataObject) -> None:
    plan = data.draw(made.plans(tuple(pair.home for pair in situation.pairs)))
    kept = policies.apply(settings, situation, plan)
    assert not any(set(settings.exclude_fields) & set(step.fields) for step in kept.steps if step.verb == "update")


# Proposals


def _asks(plan: Plan, everything: bool) -> set[Ref]:
    return {step.record or plan.home for step in plan.steps if everything or step.ask}


@given(plans, st.booleans())
@effort(80, 20_000)
def test_nothing_is_done_that_waits_for_a_persons_word(plan: Plan, everything: bool) -> None:
    divided = sort(KEY, plan, [], NOW, everything=everything)
    asked = _asks(plan, everything)
    assert {proposal.record for proposal in divided.kept} == asked
    assert not divided.approved
    assert not divided.rejected
    assert not any((step.record or plan.home) in asked for step in divided.plan.steps)
    proposed = [step for proposal in divided.kept for step in proposal.steps]
    assert sorted(step.id for step in proposed) == sorted(
        step.id for step in plan.steps if (step.record or plan.home) in asked
    )


@given(plans, st.booleans(), st.data())
@effort(80, 20_000)
def test_an_approval_holds_for_just_these_steps(plan: Plan, everything: bool, data: st.DataObject) -> None:
    first = sort(KEY, plan, [], NOW, everything=everything)
    verdicts = {one.record: data.draw(st.sampled_from(["open", "approved", "rejected"])) for one in first.kept}
    known: list[Proposal] = []
    for one in first.kept:
        match verdicts[one.record]:
            case "approved":
                known.append(approve(one, "ada", NOW))
            case "rejected":
                known.append(reject(one, "ada", NOW, "no"))
            case _:
                known.append(one)
    again = sort(KEY, replace(plan, reason="In other words."), known, NOW, everything=everything)
    for found, verdict in ((again.kept, "open"), (again.approved, "approved"), (again.rejected, "rejected")):
        assert {one.record for one in found} == {record for record, said in verdicts.items() if said == verdict}
    done = {step.record or plan.home for step in again.plan.steps}
    assert done <= {record for record, said in verdicts.items() if said == "approved"} | (
        {step.record or plan.home for step in plan.steps} - set(verdicts)
    )
    other = sort(KEY, _otherwise(plan), known, NOW, everything=everything)
    assert not other.approved
    assert not other.rejected


def _otherwise(plan: Plan) -> Plan:
    """The same plan, each step of it writing something else."""
    return replace(plan, steps=tuple(replace(step, fields={**step.fields, "more": 1}) for step in plan.steps))


@given(plans)
@effort(80, 10_000)
def test_a_proposals_fingerprint_does_not_hear_words(plan: Plan) -> None:
    spoken = tuple(replace(step, why="Because.", before={}, ask=not step.ask) for step in plan.steps)
    assert fingerprint_of(plan.home, spoken) == fingerprint_of(plan.home, plan.steps)
