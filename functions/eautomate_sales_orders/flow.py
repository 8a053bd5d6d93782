"""The sales order flow, as the engine knows it: ConnectWise masters; an order goes in once (ID966, ID634)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from functions.eautomate_sales_orders.observing import Sources, situations
from functions.eautomate_sales_orders.preflight import check_orders
from functions.eautomate_sales_orders.rights import RIGHTS
from functions.eautomate_sales_orders.rules import decide
from functions.eautomate_sales_orders.scanning import Scanning
from functions.eautomate_sales_orders.settings import SalesOrderSettings
from functions.eautomate_sales_orders.situations import FLOW as NAME
from functions.eautomate_sales_orders.situations import ORDER, OrderSituation, order_ref, watched, watched_made
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems.conditions import called
from shared.systems.connectwise_psa import Order
from shared.systems.connectwise_psa.sales import ORDERS
from shared.systems.eautomate import SalesOrder


class EautomateSalesOrders(Flow[OrderSituation]):
    """ConnectWise has no callback for sales orders, so they are asked for every 15 minutes.

    An e-automate order is numbered `CW` and ConnectWise's own number. By that number one that was cut short while it
    was made is found again: a new order has no custom property yet, and PO numbers come twice. That e-automate takes a
    number that is asked for is assumed. Attachments cannot be copied, since e-automate's API has no operation for them:
    the remarks of the order list the documents, with the address of the order in ConnectWise.
    """

    name = NAME
    Settings = SalesOrderSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    kinds = (ORDER,)

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)
        self._scanning = Scanning(self._sources)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        return self._scanning.page(run, cursor, page)

    def observe(self, changes: Sequence[Change]) -> Sequence[OrderSituation]:
        return situations(changes, self._sources)

    def find(self, text: str) -> Iterable[Ref]:
        """The ConnectWise order of this number, with or without the prefix that it has in e-automate."""
        number = text.casefold().removeprefix(self._sources.settings.number_prefix.casefold())
        return [order_ref(order.id) for order in self._sources.psa.records(ORDERS, called(number, "id"), Order)]

    def preflight(self, may: May) -> Iterable[Check]:
        return check_orders(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        if isinstance(record, Order):
            return watched(record, self._sources.settings)
        return watched_made(record) if isinstance(record, SalesOrder) else None


FLOW = EautomateSalesOrders
