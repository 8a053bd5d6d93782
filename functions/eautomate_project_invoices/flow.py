"""The project invoice flow, as the engine knows it: ConnectWise masters; an invoice becomes a call, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.eautomate_project_invoices.observing import Observing, Sources
from functions.eautomate_project_invoices.preflight import check_project_invoices
from functions.eautomate_project_invoices.rights import RIGHTS
from functions.eautomate_project_invoices.rules import decide
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import FLOW as NAME
from functions.eautomate_project_invoices.situations import (
    KIND,
    PROJECT,
    ProjectInvoiceSituation,
    ref,
    watched,
    watched_call,
)
from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems.conditions import Condition, all_of, at_least, called, changed_since, is_in
from shared.systems.connectwise_psa.projects import PROJECTS, Project
from shared.systems.connectwise_psa.tickets import INVOICES, WorkInvoice
from shared.systems.eautomate import Call


class EautomateProjectInvoices(Flow[ProjectInvoiceSituation]):
    """CEO Juice's ID522: one way, from ConnectWise to e-automate."""

    name = NAME
    Settings = ProjectInvoiceSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    kinds = (KIND, PROJECT)
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {"connectwise_psa": {"invoice": KIND, "project": PROJECT}}

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """Invoices first; then, of what changed, projects, for the sake of their invoices."""
        psa = self._sources.psa
        page = page or {"part": "invoices", "after": 0, "cursor": {"psa": psa.cursor()}}
        since = None if run.mode == "comprehensive" else cursor.get("psa")
        changed = changed_since(moment(since)) if since else None
        if page["part"] == "invoices":
            invoices, ahead = psa.page(INVOICES, changed or self._of_interest(), WorkInvoice, page["after"])
            following = {**page, "part": "projects", "after": 0} if changed else None
        else:
            projects, ahead = psa.page(PROJECTS, changed, Project, page["after"])
            theirs = is_in("project/id", [project.id for project in projects])
            invoices = psa.records(INVOICES, _both(theirs, self._of_interest()), WorkInvoice) if projects else []
            following = None
        if ahead is not None:
            following = {**page, "after": ahead}
        return Page(self._sightings(invoices), next=following, cursor=None if following else page["cursor"])

    def _of_interest(self) -> Condition | None:
        """What is looked for where not only news are: invoices of the statuses and days that the settings take."""
        settings = self._sources.settings
        parts = [is_in("status/name", settings.statuses)] if settings.statuses else []
        if settings.first_day:
            parts.append(at_least("date", settings.first_day))
        return all_of(*parts) if parts else None

    def _sightings(self, invoices: Sequence[WorkInvoice]) -> list[Sighting]:
        """Those that belong to a project; agreements' and tickets' invoices are others', and cost nothing."""
        projects = self._sources.projects(one for one in invoices if one.type != "Agreement")
        return [Sighting(ref(one.id), watched(one, projects[one.id])) for one in invoices if one.id in projects]

    def observe(self, changes: Sequence[Change]) -> Sequence[ProjectInvoiceSituation]:
        return Observing(self._sources, changes).situations()

    def find(self, text: str) -> Iterable[Ref]:
        """The invoice of this number; the projects of this name or id."""
        psa = self._sources.psa
        invoices = psa.records(INVOICES, called(text, "invoiceNumber"), WorkInvoice)
        projects = psa.records(PROJECTS, called(text, "name", "id"), Project)
        return [*(ref(one.id) for one in invoices), *(Ref(PROJECT, "cw", str(one.id)) for one in projects)]

    def preflight(self, may: May) -> Iterable[Check]:
        return check_project_invoices(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        return watched_call(record) if isinstance(record, Call) else None


def _both(one: Condition, other: Condition | None) -> Condition:
    return all_of(one, other) if other else one


FLOW = EautomateProjectInvoices
