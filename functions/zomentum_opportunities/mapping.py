"""Zomentum's stages in ConnectWise's words, and back; pure.

Both sides are compared by ConnectWise's words: what stage and status an opportunity of Zomentum is to have there. It
stands under its stage's name, and, won or lost, under `Won` or `Lost` first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.zomentum_opportunities.settings import LOST, WON, OpportunitySettings
from shared.sync.record import fold
from shared.systems import zomentum


@dataclass(frozen=True)
class Pipelines:
    """The pipelines of a tenant of Zomentum's."""

    all: Sequence[zomentum.Pipeline] = ()

    def of(self, opportunity: zomentum.Opportunity) -> zomentum.Pipeline | None:
        return next((one for one in self.all if one.id == opportunity.pipeline), None)

    def stage_of(self, opportunity: zomentum.Opportunity) -> str:
        """The name of its stage; empty where its pipeline has no such stage any more."""
        pipeline = self.of(opportunity)
        stages = pipeline.stages if pipeline else ()
        return next((stage.name for stage in stages if stage.id == opportunity.stage), "")

    def for_new(self, settings: OpportunitySettings) -> zomentum.Pipeline | None:
        """Where an opportunity of ConnectWise's goes; None where there is no such pipeline."""
        if settings.pipeline:
            return next((one for one in self.all if fold(one.name) == fold(settings.pipeline)), None)
        return next((one for one in self.all if one.default), self.all[0] if self.all else None)


def columns(opportunity: zomentum.Opportunity, stage: str) -> tuple[str, ...]:
    """Under which names the mappings have an opportunity that is in this stage of Zomentum's."""
    ended = (WON,) if opportunity.won else (LOST,) if opportunity.lost else ()
    return (*ended, stage)


def stage_there(settings: OpportunitySettings, names: Sequence[str]) -> str:
    """ConnectWise's stage for what stands under these names (ZM-18)."""
    return _first(settings.stages, names) or settings.default_stage


def status_there(settings: OpportunitySettings, names: Sequence[str]) -> str:
    """ConnectWise's status for what stands under these names: one that is mapped, else an open one (ZM-33)."""
    return _first(settings.statuses, names) or settings.default_status


def column_of(settings: OpportunitySettings, stage: str, status: str) -> str:
    """The name under which Zomentum has what is so in ConnectWise, by its stage before its status (ZM-20); or empty."""
    by_stage = _back(settings.stages, stage) if settings.uses_stages else ""
    return by_stage or (_back(settings.statuses, status) if settings.uses_statuses else "")


@dataclass(frozen=True)
class Place:
    """Where an opportunity of Zomentum's stands: the id of its stage (empty: it stays), and its status."""

    stage: str
    status: str


def place(pipeline: zomentum.Pipeline, column: str) -> Place | None:
    """The place of this name in a pipeline; None where the pipeline has no stage of that name."""
    stage = next((one.id for one in pipeline.stages if fold(one.name) == fold(column)), "")
    status = {fold(WON): "won", fold(LOST): "lost"}.get(fold(column), "open")
    return Place(stage, status) if stage or status != "open" else None


def _first(table: Mapping[str, str], names: Sequence[str]) -> str:
    known = {fold(name): other for name, other in table.items()}
    return next((known[fold(name)] for name in names if fold(name) in known), "")


def _back(table: Mapping[str, str], name: str) -> str:
    return next((one for one, other in table.items() if name and fold(other) == fold(name)), "")
