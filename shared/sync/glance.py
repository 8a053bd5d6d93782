"""A look without its writes: what a flow would decide now, of records that the table may know nothing of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.sync import policies
from shared.sync.change import change
from shared.sync.finding import address
from shared.sync.flow import Flow, Situation
from shared.sync.plan import LINKS, Outcome
from shared.sync.record import Ref

OCCASION = "a person's question"


class Raised(BaseModel):
    """An issue that a look would raise. `waits_on` are flow and address of the links awaited."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    fix: str
    waits_on: tuple[str, ...] = ()


class Glance(BaseModel):
    """What a look at one record would come to now; as JSON it travels from the flow's function to whoever asked.

    `record` is the address of the plan's home, `outcome` how the look would end if nothing failed, `steps` what it
    would write, in words. `missing`: the flow asked for just this record, and its system has none of this id.
    """

    model_config = ConfigDict(frozen=True)

    record: str
    name: str
    outcome: Outcome
    reason: str
    issues: tuple[Raised, ...] = ()
    steps: tuple[str, ...] = ()
    missing: bool = False

    @property
    def ref(self) -> Ref:
        return Ref.parse(self.record)


def glances(flow: Flow[Any], text: str, now: datetime) -> list[Glance]:
    """Of each record of the flow's sources that the text may mean (see `Flow.find`), what a look would come to.

    Reads as a look does, and raises what a look raises; writes nothing, neither outside nor to the table.
    """
    asked = address(text)
    if asked is not None:
        refs = [asked] if asked.kind in flow.kinds else []
    else:
        refs = list(dict.fromkeys(flow.find(text.strip())))
    if not refs:
        return []
    situations = flow.observe([change(flow.key, ref, OCCASION, now) for ref in refs])
    # Two records may be of one scope, which is told once.
    return [_glance(flow, situation) for situation in {one.home: one for one in situations}.values()]


def _glance(flow: Flow[Any], situation: Situation) -> Glance:
    plan = policies.apply(flow.context.settings, situation, flow.decide(situation))
    home = situation.home
    # Of kinds that it sweeps a flow reads each record by its id; others it may know by what names them alone.
    read = (home.kind, home.side) in flow.sweeps and situation.link is None
    return Glance(
        record=str(home),
        name=str(plan.name or situation.name),
        outcome=plan.outcome,
        reason=plan.reason,
        issues=tuple(
            Raised(
                code=issue.code,
                message=issue.message,
                fix=issue.fix,
                waits_on=tuple(f"{awaited.flow} {awaited.ref}" for awaited in issue.waits_on),
            )
            for issue in plan.issues
        ),
        steps=tuple(f"{step.verb} {step.kind}" for step in plan.steps if step.system != LINKS),
        missing=read and situation.pair.fields(home.side) is None,
    )
