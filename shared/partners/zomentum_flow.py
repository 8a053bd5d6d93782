"""What the Zomentum flows of records do alike: both systems make such records and change them, each flow one sort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from shared.partners.zomentum_records import RecordSituation
from shared.partners.zomentum_scanning import page_of
from shared.partners.zomentum_sources import ZomentumSources
from shared.sync.flow import Context, Flow, Page
from shared.sync.names import ZOMENTUM
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.record import Fields

S = TypeVar("S", bound=RecordSituation[Any, Any])
R = TypeVar("R", bound=ZomentumSources[Any, Any, Any])


class RecordFlow(Flow[S], Generic[S, R]):
    """A flow of one sort of record. Its looks and scans read from `sources`, which are made of what it `reads`."""

    starts = ZOMENTUM
    two_way = True
    reads: type[R]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.sources = self.reads(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """What changed on either side: ConnectWise's list first, then Zomentum's."""
        return page_of(self.sources, run, cursor, page)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        """Whom a record names is looked up: it may have been linked just now."""
        sources = self.sources
        return sources.fields_of([record])[0] if isinstance(record, (sources.ours, sources.theirs)) else None
