"""The flow of projects, as the engine knows it: one tree each, in turns, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, get_args

from functions.moovila_projects.observing import Sources
from functions.moovila_projects.preflight import check_projects
from functions.moovila_projects.reading import Any_
from functions.moovila_projects.rights import RIGHTS
from functions.moovila_projects.rules import decide
from functions.moovila_projects.scanning import SWEEPS, Scanning, seen
from functions.moovila_projects.settings import ProjectSettings
from functions.moovila_projects.situations import KINDS, NOTE, PHASE, PROJECT, SCHEDULE, TICKET, TIME, Tree
from shared.partners.moovila import PROJECTS
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.names import MOOVILA, PSA
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.sync.turns import Turns
from shared.systems.conditions import called
from shared.systems.connectwise_psa import planning as psa


class MoovilaProjects(Flow[Tree]):
    """Projects with their phases, tickets, notes, time and schedule entries, in both directions."""

    name = PROJECTS
    Settings = ProjectSettings
    systems = (PSA, MOOVILA)
    starts = MOOVILA
    two_way = True
    kinds = KINDS
    turns = Turns(kind=PROJECT)
    sweeps = SWEEPS
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"project": PROJECT, "ticket": TICKET, "time": TIME, "schedule": SCHEDULE},
        MOOVILA: {
            "project": PROJECT,
            "phase": PHASE,
            "task": TICKET,
            "note": NOTE,
            "time_entry": TIME,
            "scheduled_event": SCHEDULE,
        },
    }
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        return Scanning(self._sources, run, cursor, self.rules).page(page)

    def roots(self, changes: Sequence[Change]) -> Sequence[Ref | None]:
        return self._sources.roots([change.ref for change in changes])

    def seen(self, ref: Ref) -> Sequence[Sighting]:
        return seen(self._sources, ref)

    def observe(self, changes: Sequence[Change]) -> Sequence[Tree]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The ConnectWise projects that are called so, or have this number."""
        reader = self._sources.reader
        for project in reader.cw.records(psa.PROJECTS, called(text, "name"), psa.PlannedProject):
            yield Ref(PROJECT, "cw", project.key)
        if text.strip().isdigit() and reader.record(ref := Ref(PROJECT, "cw", text.strip())) is not None:
            yield ref

    def preflight(self, may: May) -> Iterable[Check]:
        return check_projects(self._sources, may)

    def mapped(self, step: Step, record: object) -> Fields | None:
        """Records of the tree by their words, which are looked up: they may have been linked just now."""
        del step
        if not isinstance(record, get_args(Any_)):
            return None
        return self._sources.knowing([record]).fields(record)

    def called(self, record: object) -> str:
        return self._sources.terms().name(record) if isinstance(record, get_args(Any_)) else ""


FLOW = MoovilaProjects
