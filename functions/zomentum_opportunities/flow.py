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
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems import zomentum
from shared.systems.conditions import called
from shared.systems.connectwise_psa.opportunities import Opportunity


class ZomentumOpportunities(Flow[OpportunitySituation]):
    """Opportunities of Zomentum and of ConnectWise, in both directions, once company and contact are linked."""

    name = OPPORTUNITIES
    Settings = OpportunitySettings
    systems = (PSA, ZOMENTUM)
    starts = ZOMENTUM
    two_way = True
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"opportunity": KIND},
        ZOMENTUM: {zomentum.Opportunity.entity: KIND, zomentum.Document.entity: DOCUMENT},
    }
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)
        self._scanning = Scanning(self._sources)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        return self._scanning.page(run, cursor, page)

    def observe(self, changes: Sequence[Change]) -> Sequence[OpportunitySituation]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The opportunities of this name, on either side, and ConnectWise's of this id."""
        for ours in self._sources.our_records(called(text, "name", "id")):
            yield Ref(KIND, "cw", ours.key)
        for pipeline in self._sources.pipelines.all:
            for theirs in self._sources.zomentum.opportunities(pipeline.id, zomentum.equals("name", text)):
                yield Ref(KIND, "partner", theirs.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_opportunities(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        """Whom it names by their words, which are looked up: they may have been linked just now."""
        if isinstance(record, Opportunity | zomentum.Opportunity):
            return self._sources.fields(record, self._sources.known([record]))
        return None


FLOW = ZomentumOpportunities
