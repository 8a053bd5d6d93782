"""The coverage flow, as the engine knows it: each night PCRT's subscriptions list whom Automate's plans cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from functions.pcrt_coverage.observing import Sources, Told
from functions.pcrt_coverage.preflight import check_coverage
from functions.pcrt_coverage.rights import RIGHTS
from functions.pcrt_coverage.rules import decide
from functions.pcrt_coverage.settings import CoverageSettings
from functions.pcrt_coverage.situations import CLIENT, CoverageSituation, client_ref, covered, member_field, watched
from functions.pcrt_coverage.situations import FLOW as NAME
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.names import AUTOMATE, PCRT
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems.connectwise_automate import Automate
from shared.systems.connectwise_automate.conditions import equals
from shared.systems.pcrt import Pcrt

SETS = 250
"""Clients that one step of a scan gives, each with its whole set."""


class PcrtCoverage(Flow[CoverageSituation]):
    """The set is one client of Automate: its computers, its PCRT group, and whom the group's subscriptions list.

    Automate tells nobody what changed, and a run reads all of it, once a day and after hours (PC-03). One reading is
    kept while a function runs; a run that another function goes on with reads again, and goes on behind its last set.
    """

    name = NAME
    Settings = CoverageSettings
    systems = (AUTOMATE, PCRT)
    revision = 1
    kinds = (CLIENT,)
    sweeps = ((CLIENT, "cw"),)
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        automate, pcrt = context.system(Automate), context.system(Pcrt)
        self._sources = Sources(context.links, automate, pcrt, context.settings, context.connection.zone)
        self._sets: list[tuple[Told, CoverageSituation]] | None = None

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        del run, cursor  # every run reads all there is
        if self._sets is None:
            self._sets = list(self._sources.everything())
        behind = page["after"] if page else 0
        ahead = [one for one in self._sets if int(one[1].home.id) > behind]
        sightings = [sighting for told, s in ahead[:SETS] for sighting in self._sightings(told, s)]
        if len(ahead) > SETS:
            return Page(sightings, next={"after": int(ahead[SETS - 1][1].home.id)})
        return Page(sightings, cursor={})

    def _sightings(self, told: Told, s: CoverageSituation) -> Iterable[Sighting]:
        """Both sides of a set, each with what Automate said of it, so that the look reads PCRT only."""
        carried = self._sources.carried(told)
        yield Sighting(s.home, covered(s), carried)
        if s.group is not None and s.is_alone:
            yield Sighting(Ref(CLIENT, "partner", s.group.key), watched(s), carried, scope=s.home)

    def observe(self, changes: Sequence[Change]) -> Sequence[CoverageSituation]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The clients of the computers that are called so, or have this serial number."""
        automate = self._sources.automate
        computers = (one for name in ("ComputerName", "SerialNumber") for one in automate.computers(equals(name, text)))
        return [client_ref(one.client_id) for one in computers]

    def mapped(self, step: Step, record: object) -> Fields | None:
        """Of a set, only the list that was written is shown."""
        if isinstance(record, Mapping):
            return {member_field(str(step.key)): record["members"]}
        return None

    def preflight(self, may: May) -> Iterable[Check]:
        sources = self._sources
        return check_coverage(sources.automate, sources.pcrt, sources.settings, may)


FLOW = PcrtCoverage
