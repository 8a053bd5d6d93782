"""The e-automate adapter: what flows read from a dealer's PublicAPI, and how the engine's steps are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import RecordRejected
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.eautomate.calls import Calls
from shared.systems.eautomate.codes import Codes
from shared.systems.eautomate.contracts import Contracts
from shared.systems.eautomate.gateway import Gateway
from shared.systems.eautomate.items import Items
from shared.systems.eautomate.models import Customer, CustomerRow, check_properties, overlay
from shared.systems.eautomate.orders import SalesOrders
from shared.systems.eautomate.people import People
from shared.systems.eautomate.requests import (
    ExistsCustomer,
    GetCurrentTimeStamp,
    GetCustomer,
    GetCustomerByCustomAttribute,
    GetCustomerDataList,
    GetCustomerList,
    GetServerStatus,
    GetSHAttribute,
    Request,
    SaveCustomer,
)
from shared.systems.eautomate.server_clock import ServerClock
from shared.systems.eautomate.service import NAME, Service
from shared.systems.eautomate.wire import BEGINNING, CustomerData, CustomerListData, CustomerListDetail, EaCode
from shared.systems.http import Http
from shared.systems.rest import Keys

BATCH = 250
"""Customers asked for in one request."""


class Eautomate:
    """One company in one dealer's e-automate.

    Settings beside `base_url` and `company` (the CompanyID): `time_zone`, the IANA zone of the server's clock, and
    `api_version`, sent as Version (20.1). Errors are those of `shared.sync.errors`.
    """

    name = NAME

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        self._service = Service(settings, keys, clock, http)
        self.server_clock = ServerClock(self._service, clock, (settings.model_extra or {}).get("time_zone"))
        self.contracts = Contracts(self._service)
        self.gateway = Gateway(self._service, settings, clock, http)
        self.calls = Calls(self._service, self.server_clock)
        self.codes = Codes(self._service)
        self.people = People(self._service)
        self.items = Items(self._service)
        self.orders = SalesOrders(self._service)
        self._writers: Mapping[str, Callable[[Step], Applied]] = {
            "call": self.calls.apply,
            "contract_import": self.gateway.apply,
            "customer": self._save_customer,
            "item": self.items.apply,
            "sales_order": self.orders.apply,
        }
        self.pace_key = self._service.pace_key

    def __repr__(self) -> str:
        return f"Eautomate({self.pace_key})"

    # Customers

    def changed_customers(self, since: str | None) -> tuple[Sequence[CustomerRow], str]:
        """Who is new or updated since a TimeStamp (None: everyone), and the TimeStamp to ask with next time."""
        rows, timestamp = self._service.changed(GetCustomerList, since)
        return [CustomerRow.read(row) for row in rows if row.CustomerNumber.id], timestamp

    def customers(self, ids: Iterable[str], *, batch: int = BATCH) -> list[Customer]:
        """The customers with these IDs, whole; those that do not exist are left out."""
        return self._customers((EaCode.by_id(int(i)) for i in dict.fromkeys(ids) if _is_id(i)), batch)

    def customers_by_number(self, numbers: Iterable[str], *, batch: int = BATCH) -> list[Customer]:
        """The customers with these numbers, whole; those that do not exist are left out."""
        return self._customers((EaCode.of(n) for n in dict.fromkeys(numbers) if n.strip()), batch)

    def customer(self, id: str) -> Customer | None:  # noqa: A002 (as the engine calls it)
        """The customer with this ID, if there is one."""
        return self._customer(GetCustomer(EaCode.by_id(int(id)))) if _is_id(id) else None

    def customer_by_number(self, number: str) -> Customer | None:
        """The customer with this number, if there is one."""
        return self._customer(GetCustomer(EaCode.of(number))) if number.strip() else None

    def customer_by_attribute(self, name: str, value: str) -> Customer | None:
        """A customer whose custom property has this value, if there is one; of several, whichever comes first."""
        return self._customer(GetCustomerByCustomAttribute(EaCode.of(name), value)) if value.strip() else None

    def knows_property(self, name: str) -> bool:
        """Whether a custom property of this name is defined (assumed: getSHAttribute answers for any of them)."""
        code = self._service.ask(GetSHAttribute(name)).result
        return code is not None and bool(code.id)

    def exists(self, number: str) -> bool:
        """Whether a customer has this number."""
        return bool(self._service.ask(ExistsCustomer(EaCode.of(number))).result)

    # The service itself

    def current_timestamp(self) -> str:
        """The server's clock as a TimeStamp, to begin a run's cursor with."""
        return self._service.result(GetCurrentTimeStamp())

    def status(self) -> str:
        """The service's account of itself and its database; asked without keys."""
        return self._service.ask(GetServerStatus()).result or ""

    def check(self) -> None:
        """Asks whether the keys are accepted, with the secret read anew; CredentialsRefused if they are not."""
        self._service.authorize()

    def may_read(self, what: str) -> None:
        """Asks an operation for as little as it can give; ConfigurationWrong where the user has no right to that."""
        _PROBES[what](self)

    def server_time(self) -> datetime:
        """The server's own clock, in UTC."""
        return self.server_clock.now()

    # Writing

    def apply(self, step: Step) -> Applied:
        """Carries one step out, once, by the part of the adapter that the step's kind belongs to."""
        writer = self._writers.get(step.kind)
        if writer is None:
            raise ValueError(f"{NAME} has no way to {step.verb} a {step.kind}")
        return writer(step)

    def _save_customer(self, step: Step) -> Applied:
        """Updates a customer: reads it whole, lays the step's fields over it, saves it whole and reads it back.

        Nothing is saved where that changes nothing. Raises RecordRejected with code `property_not_configured` where a
        custom property cannot be written (EA-15), and with `not_found` where there is no such customer.
        """
        if step.verb != "update" or not isinstance(step.key, str):
            raise ValueError(f"{NAME} has no way to {step.verb} a {step.kind}")
        data = self._whole_customer(step.key)
        wanted = overlay(data, step.fields)
        if wanted is not data:
            self._service.ask(SaveCustomer(wanted))
            data = self._whole_customer(step.key)
        record = Customer.read(data)
        check_properties(record, step.fields)
        return Applied(step.key, record)

    def _whole_customer(self, key: str) -> CustomerData:
        data = self._service.ask(GetCustomer(EaCode.by_id(int(key)))).result if _is_id(key) else None
        if data is None:
            raise RecordRejected(NAME, f"there is no customer with the ID {key}", code="not_found")
        return data

    def _customer(self, request: Request[CustomerData]) -> Customer | None:
        data = self._service.ask(request).result
        return Customer.read(data) if data is not None and data.CustomerNumber.id else None

    def _customers(self, codes: Iterator[EaCode], batch: int) -> list[Customer]:
        found: list[Customer] = []
        while part := list(islice(codes, batch)):
            found += self._batch(part)
        return found

    def _batch(self, codes: Sequence[EaCode]) -> list[Customer]:
        """One request; where a server refuses it whole for one that does not exist, halves, until that one is alone."""
        rows = tuple(CustomerListDetail(CustomerNumber=code) for code in codes)
        data = self._service.ask(GetCustomerDataList(CustomerListData(BEGINNING, rows))).result
        if data is not None:
            return [Customer.read(item) for item in data if item.CustomerNumber.id]
        if len(codes) == 1:
            return []
        middle = len(codes) // 2
        return self._batch(codes[:middle]) + self._batch(codes[middle:])


_PROBES: Mapping[str, Callable[[Eautomate], object]] = {
    "ExistsItem": lambda eautomate: eautomate.items.exists("-"),
    "getBillCodeList": lambda eautomate: eautomate.codes.bill(),
    "getCallList": lambda eautomate: eautomate.calls.changed(eautomate.current_timestamp()),
    "getCallTypeList": lambda eautomate: eautomate.codes.call_types(),
    "getContractList": lambda eautomate: eautomate.contracts.changed(eautomate.current_timestamp()),
    "getCustomerDataList": lambda eautomate: eautomate.customers(["1"]),
    "getCustomerList": lambda eautomate: eautomate.changed_customers(eautomate.current_timestamp()),
    "getEquipment": lambda eautomate: eautomate.calls.has_equipment("-"),
    "getHoldCodeList": lambda eautomate: eautomate.codes.hold(),
    "getOnHoldCodeList": lambda eautomate: eautomate.codes.on_hold(),
    "getSalesOrderList": lambda eautomate: eautomate.orders.changed(eautomate.current_timestamp()),
    "getSalesRepList": lambda eautomate: eautomate.people.sales_reps(),
    "getTaxCodeList": lambda eautomate: eautomate.codes.tax(),
    "getTechnicianList": lambda eautomate: eautomate.people.technicians(),
    "getTermList": lambda eautomate: eautomate.codes.terms(),
    "getTerritoryList": lambda eautomate: eautomate.codes.territories(),
    "itemUsageForSalesSetting": lambda eautomate: eautomate.items.one_for_all(),
}
"""How each operation is tried: by what changed since just now, or by a short list."""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()
