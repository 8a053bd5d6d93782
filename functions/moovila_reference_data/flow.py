"""The flow of reference data, as the engine knows it: what projects refer to, from ConnectWise into Moovila (MV-22).

It runs every four hours and on demand, and is no part of a project's sync. Which users are active (MV-24) belongs here:
it is about people, not about any one project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.moovila_reference_data.observing import COMPANIES, THEIRS, Sources, their_row
from functions.moovila_reference_data.preflight import check_reference_data
from functions.moovila_reference_data.rights import RIGHTS
from functions.moovila_reference_data.rules import decide
from functions.moovila_reference_data.settings import USERS, ReferenceSettings
from functions.moovila_reference_data.situations import CUSTOMERS, KINDS, ReferenceSituation
from shared.partners.moovila import REFERENCE_DATA
from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.names import MOOVILA, PSA
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import SIDES, Fields, Ref
from shared.systems.conditions import called, changed_since
from shared.systems.connectwise_psa import Company


class MoovilaReferenceData(Flow[ReferenceSituation]):
    """Companies, company statuses, note categories and work types; users, if settings say so."""

    name = REFERENCE_DATA
    Settings = ReferenceSettings
    systems = (PSA, MOOVILA)
    starts = MOOVILA
    kinds = tuple(KINDS)
    sweeps = tuple((kind, side) for kind in KINDS for side in SIDES)
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {PSA: {"company": CUSTOMERS, "member": USERS}}
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """One kind a page, of companies as many as a list gives at once.

        Tables are short, and read whole. Of companies a delta run reads what changed; a comprehensive one reads all,
        and Moovila's side as well.
        """
        kinds = self.context.settings.pulled
        page = page or {"kinds": kinds, "after": None, "cursor": {PSA: self._sources.cw.cursor()}}
        kind, *left = page["kinds"]
        after = None
        if kind == CUSTOMERS:
            since = cursor.get(PSA) if run.mode == "delta" else None
            condition = changed_since(moment(since)) if since else None
            found, after = self._sources.cw.page(COMPANIES, condition, Company, page["after"])
            rows = {one.key: self._sources.company(one) for one in found}
        else:
            rows = self._sources.ours(kind)
        sightings = [Sighting(Ref(kind, "cw", id_), row.fields) for id_, row in rows.items()]
        if run.mode == "comprehensive" and after is None:
            there = self._sources.theirs(kind)
            sightings += [Sighting(Ref(kind, "partner", id_), row.fields) for id_, row in there.items()]
        going = {**page, "after": after, "kinds": page["kinds"] if after else left}
        return Page(sightings, next=going) if going["kinds"] else Page(sightings, cursor=page["cursor"])

    def observe(self, changes: Sequence[Change]) -> Sequence[ReferenceSituation]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The companies that people call so; the tables are read whole by every scan."""
        for one in self._sources.cw.records(COMPANIES, called(text, "name", "identifier"), Company):
            yield Ref(CUSTOMERS, "cw", one.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_reference_data(self._sources, may)

    def mapped(self, step: Step, record: object) -> Fields | None:
        kind = next((one.name for one in KINDS.values() if one.written == step.kind), "")
        return their_row(kind, record).fields if kind and isinstance(record, THEIRS[kind]) else None


FLOW = MoovilaReferenceData
