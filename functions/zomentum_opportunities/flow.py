"""The flow of opportunities, as the engine knows it: both sides make them, change them, and are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.zomentum_opportunities.observing import Sources
from functions.zomentum_opportunities.preflight import check_opportunities
from functions.zomentum_opportunities.rights import RIGHTS
from functions.zomentum_opportunities.rules import decide
from functions.zomentum_opportunities.scanning import Scanning
from functions.zomentum_opportunities.settings import OpportunitySettings
from functions.zomentum_opportunities.situations import DOCUMENT, KIND, OpportunitySituation
from shared.partners.zomentum import OPPORTUNITIES
from shared.partners.zomentum_flow import RecordFlow
from shared.sync.change import Change
from shared.sync.flow import Context, Page
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Ref
from shared.systems import zomentum
from shared.systems.conditions import called


class ZomentumOpportunities(RecordFlow[OpportunitySituation, Sources]):
    """Opportunities of Zomentum and of ConnectWise, in both directions, once company and contact are linked."""

    name = OPPORTUNITIES
    Settings = OpportunitySettings
    systems = (PSA, ZOMENTUM)
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"opportunity": KIND},
        ZOMENTUM: {zomentum.Opportunity.entity: KIND, zomentum.Document.entity: DOCUMENT},
    }
    rights = RIGHTS

    reads = Sources
    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._scanning = Scanning(self.sources)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        return self._scanning.page(run, cursor, page)

    def observe(self, changes: Sequence[Change]) -> Sequence[OpportunitySituation]:
        return self.sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The opportunities of this name, on either side, and ConnectWise's of this id."""
        for ours in self.sources.our_records(called(text, "name", "id")):
            yield Ref(KIND, "cw", ours.key)
        for pipeline in self.sources.pipelines.all:
            for theirs in self.sources.zomentum.opportunities(pipeline.id, zomentum.equals("name", text)):
                yield Ref(KIND, "partner", theirs.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_opportunities(self.sources, may)


FLOW = ZomentumOpportunities
