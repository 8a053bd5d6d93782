"""The reference data flow, as the engine knows it: it links, and writes to neither system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.eautomate_reference_data.observing import Registers
from functions.eautomate_reference_data.preflight import check_reference_data
from functions.eautomate_reference_data.rights import RIGHTS
from functions.eautomate_reference_data.rules import decide
from functions.eautomate_reference_data.settings import ReferenceSettings
from functions.eautomate_reference_data.situations import ReferenceSituation
from shared.partners.eautomate import REFERENCE_DATA, TECHNICIAN
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields
from shared.systems.connectwise_psa import Psa
from shared.systems.eautomate import Eautomate


class EautomateReferenceData(Flow[ReferenceSituation]):
    """Who and what is the same on both sides (ADR-0005): other flows build on these links, none is required.

    A member that ConnectWise tells of is looked at as a technician at once; as a sales rep with the next scan.
    """

    name = REFERENCE_DATA
    Settings = ReferenceSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {"connectwise_psa": {"member": TECHNICIAN.kind}}

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._psa, self._eautomate = context.system(Psa), context.system(Eautomate)
        self._registers = Registers(context.links, self._psa, self._eautomate, context.settings)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """One kind a page; the lists are short and have no cursor, so that every run reads all of them."""
        del run, cursor
        kind, *left = page["kinds"] if page else self.context.settings.kinds
        return Page(self._registers.sightings(kind), next={"kinds": left} if left else None)

    def observe(self, changes: Sequence[Change]) -> Sequence[ReferenceSituation]:
        return self._registers.situations(changes)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_reference_data(self._psa, self._eautomate, self.context.settings, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        del record
        return None


FLOW = EautomateReferenceData
