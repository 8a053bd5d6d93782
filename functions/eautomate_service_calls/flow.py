"""The service call flow, as the engine knows it: ConnectWise masters; a ticket or an invoice becomes a call, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.eautomate_service_calls.observing import situations
from functions.eautomate_service_calls.preflight import check_service_calls
from functions.eautomate_service_calls.rights import RIGHTS
from functions.eautomate_service_calls.rules import decide
from functions.eautomate_service_calls.scanning import Scanning
from functions.eautomate_service_calls.settings import ServiceCallSettings
from functions.eautomate_service_calls.situations import FLOW as NAME
from functions.eautomate_service_calls.situations import INVOICE, TICKET, TIME, CallSituation
from functions.eautomate_service_calls.sources import Sources
from functions.eautomate_service_calls.subjects import meant
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref


class EautomateServiceCalls(Flow[CallSituation]):
    """CEO Juice's ID965: one way, from ConnectWise to e-automate."""

    name = NAME
    Settings = ServiceCallSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    kinds = (TICKET, INVOICE, TIME)
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "connectwise_psa": {"ticket": TICKET, "time": TIME, "invoice": INVOICE}
    }

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)
        self._scanning = Scanning(self._sources)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        return self._scanning.page(run, cursor, page)

    def observe(self, changes: Sequence[Change]) -> Sequence[CallSituation]:
        return situations(changes, self._sources)

    def find(self, text: str) -> Iterable[Ref]:
        """The tickets or invoices that a number means, also that of a call."""
        return meant(text, self._sources)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_service_calls(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        """A call gets its time once; what becomes of it there is not compared."""
        del record
        return None


FLOW = EautomateServiceCalls
