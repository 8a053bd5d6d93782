"""The e-automate simulator: one HTTP server with the SOAP PublicAPI and the contract import gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from infra.local.simulators.eautomate import seed as seeds
from infra.local.simulators.eautomate import soap
from infra.local.simulators.eautomate.calls import Calls
from infra.local.simulators.eautomate.codes import Codes
from infra.local.simulators.eautomate.contract_imports import ContractImports
from infra.local.simulators.eautomate.contracts import Contracts
from infra.local.simulators.eautomate.customers import Customers
from infra.local.simulators.eautomate.equipment import Equipment
from infra.local.simulators.eautomate.gateway import Gateway, problem
from infra.local.simulators.eautomate.health import Health, Login
from infra.local.simulators.eautomate.items import Items
from infra.local.simulators.eautomate.orders import SalesInvoices, SalesOrders
from infra.local.simulators.eautomate.properties import CustomProperties
from infra.local.simulators.eautomate.schema import load_schema
from infra.local.simulators.eautomate.service import PublicApi, fault_response, page
from infra.local.simulators.eautomate.soap import SoapFault
from infra.local.simulators.eautomate.store import Company, Row, ServerClock
from infra.local.simulators.server import Fault, Request, Response, Simulator, utc_now


class EautomateSimulator(Simulator):
    """One e-automate company, served.

    `login` is what clients must send (user demo, password demo, company 1); `utc_offset` is what the server's
    local clock is ahead of UTC, and `server_clock.offset` changes it. `customers` seeded customers are there
    from the start, `location_share` of them locations of others.

    Requests are counted, and faults ordered, by the operation's name (`getCustomerList`). A "status" fault of
    500 is a SOAP fault, one of another status a page of the web server. Records are reached through `customers`,
    `items`, `equipment`, `contracts`, `contract_imports`, `calls`, `sales_orders`, `sales_invoices` and `codes`, by
    the service's own field names; `add_customer`, `edit_customer` and `set_property` are short ways to the first.
    """

    name = "eautomate"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        customers: int = 0,
        location_share: float = 0.2,
        utc_offset: timedelta = timedelta(hours=-5),
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.login = Login()
        self.server_clock = ServerClock(clock, utc_offset)
        self.company = Company(self.server_clock, self.lock)
        self.codes = Codes(self.company)
        self.properties = CustomProperties(self.company)
        self.customers = Customers(self.company, self.properties)
        self.health = Health(self.company, self.login)
        self.items = Items(self.company, self.properties)
        self.equipment = Equipment(self.company, self.properties)
        self.contracts = Contracts(self.company, self.properties)
        self.calls = Calls(self.company, self.properties)
        self.sales_invoices = SalesInvoices(self.company, self.properties)
        self.sales_orders = SalesOrders(self.company, self.properties, self.items, self.sales_invoices)
        self.contract_imports = ContractImports(self.company, self.contracts)
        served = (
            self.health,
            self.codes,
            self.properties,
            self.customers,
            self.items,
            self.equipment,
            self.contracts,
            self.calls,
            self.sales_invoices,
            self.sales_orders,
        )
        operations = {name: call for part in served for name, call in part.operations().items()}
        self._api = PublicApi(load_schema(), operations, self.login)
        self._gateway = Gateway(self.login, self.contracts, self.contract_imports)
        seeds.add_customers(self.customers, self.random, customers, location_share)

    def operation(self, request: Request) -> str:
        """The operation that the SOAPAction names, else method and path."""
        return self._api.name(request) or self._gateway.name(request) or super().operation(request)

    def handle(self, request: Request) -> Response:
        """Answer a request by its path."""
        self.contract_imports.settle()
        if self._gateway.name(request) is not None:
            return self._gateway.serve(request)
        if self._api.serves(request.path):
            return self._api.serve(request)
        return page(404, "There is nothing here.")

    def refusal(self, fault: Fault, request: Request) -> Response:
        """As the service would fail: a SOAP fault for 500, the web server's own page for the rest."""
        text = f"Fault ordered: {fault.status}"
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        media = soap.content_type(request.headers.get("content-type", "")).media
        if fault.status == 500 and media in soap.MEDIA_TYPES:
            return fault_response(soap.MEDIA_TYPES[media], SoapFault("Server", text))
        if self._gateway.name(request) is not None:
            return problem(fault.status, "FAULT_ORDERED", text, headers=headers)
        return page(fault.status, text, headers)

    def add_customer(
        self,
        number: str,
        name: str,
        *,
        parent: str | None = None,
        configured: bool | Iterable[str] = True,
        **fields: Any,
    ) -> Row:
        """See `Customers.add`."""
        return self.customers.add(number, name, parent=parent, configured=configured, **fields)

    def edit_customer(self, number: str, **fields: Any) -> Row:
        """See `Customers.edit`."""
        return self.customers.edit(number, **fields)

    def set_property(self, number: str, name: str, value: str) -> None:
        """See `Customers.set_property`."""
        self.customers.set_property(number, name, value)
