"""The two-way tree whose projects take turns: archived ones stand, ended ones are taken out after some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import ClassVar

from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.link import Link
from shared.sync.plan import Plan, skip
from shared.sync.record import Ref
from shared.sync.shapes import TurnSettings
from shared.sync.turns import Turns
from tests.shapes.projects import Projects, ProjectSettings, Tree

ENDED = ("completed", "cancelled")


class TurnedSettings(ProjectSettings, TurnSettings):
    pass


@dataclass(frozen=True, kw_only=True)
class TurnedTree(Tree):
    archived: bool = False
    ended: datetime | None = None
    mode: str = field(default="", compare=False)


class TurnedProjects(Projects):
    Settings = TurnedSettings
    turns: ClassVar[Turns | None] = Turns(kind="project")

    def roots(self, changes: Sequence[Change]) -> Sequence[Ref | None]:
        states = self.context.links.find({change.ref for change in changes})
        projects = [self._project(change.ref, states.get(change.ref)) for change in changes]
        known = self.context.links.find(set(projects))
        homes = {ref: state.ref("cw") for ref, state in known.items() if isinstance(state, Link)}
        return [homes.get(one, one) if one.kind == "project" else None for one in projects]

    def observe(self, changes: Sequence[Change]) -> Sequence[TurnedTree]:
        self.modes.extend(f"{change.mode} {change.id}" for change in changes)
        return [
            self._turned(tree, change.mode or "")
            for tree, change in zip(super().observe(changes), changes, strict=True)
        ]

    modes: ClassVar[list[str]] = []
    """What was looked at, and how; tests empty it."""

    def _turned(self, tree: Tree, mode: str) -> TurnedTree:
        kept = {one.name: getattr(tree, one.name) for one in fields(tree)}
        ids = tree.nodes[0].ids if tree.nodes else {}
        partner = self.sides["partner"].records.get(ids.get("partner", ""), {})
        cw = self.sides["cw"].records.get(ids.get("cw", ""), {})
        ended = moment(cw["since"]) if cw.get("status") in ENDED else None
        kept["facts"] = {name: str(cw[name]) for name in ("board", "customer") if name in cw}
        return TurnedTree(**kept, archived=bool(partner.get("archived")), ended=ended, mode=mode)

    @staticmethod
    def decide(situation: Tree) -> Plan:
        assert isinstance(situation, TurnedTree)
        if situation.archived:
            why = "It is archived in Moovila."
            return replace(skip(situation.home, why, name=situation.name), stands=why)
        return replace(Projects.decide(situation), ended=situation.ended)
