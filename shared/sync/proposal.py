"""Proposals: plans kept for a person to approve, one for each record, each approval good for one fingerprint only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from shared.sync.plan import Plan, Step
from shared.sync.record import FlowKey, Name, Ref, digest

Verdict = Literal["open", "approved", "rejected"]


@dataclass(frozen=True)
class Proposal:
    """What would be written for one record of a scope, and what a person said to it.

    `fingerprint` names these very steps; `by`, `at` (UTC) and `reason` are the person's. `steps` are for reading:
    what is carried out is always planned anew, and only if it comes out the same.
    """

    flow: FlowKey
    scope: Ref
    record: Ref
    name: Name
    why: str
    steps: tuple[Step, ...]
    fingerprint: str
    proposed: datetime
    verdict: Verdict = "open"
    by: str = ""
    at: datetime | None = None
    reason: str = ""


class Proposals(Protocol):
    """Kept proposals."""

    def of_scope(self, key: FlowKey, scope: Ref) -> Sequence[Proposal]: ...

    def of_flow(self, key: FlowKey) -> Sequence[Proposal]: ...

    def put(self, proposal: Proposal) -> None: ...

    def judge(self, proposal: Proposal) -> None:
        """Writes a person's verdict; Conflict if the kept proposal has another fingerprint by now."""
        ...

    def remove(self, proposal: Proposal) -> None: ...


@dataclass(frozen=True)
class Sorted:
    """A plan divided: what may be done now (`plan`), and the proposals by what was said to them."""

    plan: Plan
    kept: tuple[Proposal, ...] = ()
    rejected: tuple[Proposal, ...] = ()
    approved: tuple[Proposal, ...] = ()


def sort(
    key: FlowKey,
    plan: Plan,
    known: Sequence[Proposal],
    now: datetime,
    *,
    everything: bool,
    called: Callable[[Ref], Name] | None = None,
) -> Sorted:
    """Takes out of a plan what needs a person's word and has not got it for just these steps.

    With `everything` (preview) that is every step; otherwise the records with a step that asks. A proposal whose steps
    have changed is asked anew, whatever was said to the old one. `called` names the records of the scope.
    """
    before = {one.record: one for one in known}
    kept: list[Proposal] = []
    rejected: list[Proposal] = []
    approved: list[Proposal] = []
    held: list[Step] = []
    for record, steps in _by_record(plan).items():
        if not (everything or any(step.ask for step in steps)):
            continue
        fingerprint = fingerprint_of(record, steps)
        one = before.get(record)
        if one is None or one.fingerprint != fingerprint:
            own = record != plan.home
            name = called(record) if called and own else plan.name
            why = " ".join(step.why for step in steps if step.why) if own else ""
            one = Proposal(key, plan.home, record, name, why or plan.reason, steps, fingerprint, now)
        if one.verdict == "approved":
            approved.append(one)
            continue
        held += steps
        (rejected if one.verdict == "rejected" else kept).append(one)
    because = ""
    if kept:
        because = "It waits for a person's approval."
    elif rejected:
        because = f"{rejected[0].by} rejected it: {rejected[0].reason}"
    rest = plan.without(held, because) if held else plan
    return Sorted(rest, tuple(kept), tuple(rejected), tuple(approved))


def fingerprint_of(record: Ref, steps: Sequence[Step]) -> str:
    """Names just these steps for this record; words and order of other records aside."""
    told: list[Any] = [[s.id, s.system, s.kind, s.verb, s.key, dict(s.fields)] for s in steps]
    return digest([str(record), told])


def approve(proposal: Proposal, by: str, at: datetime) -> Proposal:
    return replace(proposal, verdict="approved", by=by, at=at, reason="")


def reject(proposal: Proposal, by: str, at: datetime, reason: str) -> Proposal:
    return replace(proposal, verdict="rejected", by=by, at=at, reason=reason)


def _by_record(plan: Plan) -> dict[Ref, tuple[Step, ...]]:
    found: dict[Ref, tuple[Step, ...]] = {}
    for step in plan.steps:
        record = step.record or plan.home
        found[record] = (*found.get(record, ()), step)
    return found
