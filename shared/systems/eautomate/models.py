"""e-automate's customers as Crosswise knows them, and how changed fields are laid over a whole e-automate record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from shared.sync.errors import RecordRejected
from shared.sync.record import Fields
from shared.systems.eautomate.service import NAME
from shared.systems.eautomate.wire import CustomerData, CustomerListDetail, CustomProperty, Struct
from shared.systems.eautomate.xml import printable

FIELDS: Mapping[str, str] = {
    "name": "CustomerName",
    "attn": "Attn",
    "address": "Address",
    "city": "City",
    "state": "State",
    "zip": "Zip",
    "country": "Country",
    "county": "County",
    "phone": "Phone1",
    "phone2": "Phone2",
    "fax": "Fax",
    "email": "Email",
    "website": "WebSite",
    "active": "Active",
    "prospect": "Prospect",
    "on_hold": "OnHold",
    "on_hold_code": "OnHoldCode",
    "customer_type": "CustomerTypeCode",
    "branch": "BranchNumber",
    "territory": "TerritoryCode",
    "sales_rep": "SalesRep",
    "remarks": "Remarks",
}
"""What can be read and written, by our name and the vendor's. Custom properties are apart."""

PROPERTIES = "properties"
NOT_CONFIGURED = "property_not_configured"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CustomerRow(_Model):
    """A line of the customer list: who changed, no more."""

    id: str
    number: str
    name: str = ""
    active: bool = True

    @classmethod
    def read(cls, row: CustomerListDetail) -> Self:
        return cls(
            id=row.CustomerNumber.id,
            number=row.CustomerNumber.plain,
            name=row.CustomerName.plain,
            active=row.Active.plain,
        )


class Customer(_Model):
    """A customer, or one of its locations: then `parent_id` and `parent_number` name the customer.

    `id` is e-automate's numeric ID, which lasts; `number` is what people call the customer by. What e-automate gives no
    value for is blank or False. Codes are codes, not IDs. `properties` are the custom properties by name; None where
    the customer has no custom property configuration, so that none can be written (EA-15). An empty list of them
    counts as none: those of a configuration are assumed to be listed while blank, too.
    """

    id: str
    number: str
    name: str = ""
    attn: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    county: str = ""
    phone: str = ""
    phone2: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""
    active: bool = True
    prospect: bool = False
    on_hold: bool = False
    on_hold_code: str = ""
    parent_id: str = ""
    parent_number: str = ""
    customer_type: str = ""
    branch: str = ""
    territory: str = ""
    sales_rep: str = ""
    remarks: str = ""
    properties: Mapping[str, str] | None = None

    @classmethod
    def read(cls, data: CustomerData) -> Self:
        return cls(
            id=data.CustomerNumber.id,
            number=data.CustomerNumber.plain,
            parent_id=data.ParentLocationNumber.id,
            parent_number=data.ParentLocationNumber.plain,
            properties=_properties(data),
            **{ours: getattr(data, theirs).plain for ours, theirs in FIELDS.items()},
        )


def overlay(data: CustomerData, changed: Fields) -> CustomerData:
    """The record with `changed` laid over it: the very same object where that changes nothing.

    `changed` holds fields of `Customer` by name; blank text clears a field. `properties` holds those to set, the others
    stay. Raises RecordRejected where the record has no custom property configuration, ValueError for a field that is
    not in `FIELDS`.
    """
    news: dict[str, Any] = {}
    for name, value in changed.items():
        if name == PROPERTIES:
            listed = _set_properties(data, value)
            if listed != data.CustomProperties:
                news["CustomProperties"] = listed
        elif name not in FIELDS:
            raise ValueError(f"a customer's {name!r} cannot be written to e-automate")
        else:
            now: Struct = getattr(data, FIELDS[name])
            wanted = printable(value) if isinstance(value, str) else value
            if type(wanted) is not type(now.plain):
                raise ValueError(f"a customer's {name!r} is {type(now.plain).__name__}, not {type(wanted).__name__}")
            if wanted != now.plain:
                news[FIELDS[name]] = now.of(wanted)
    return replace(data, **news) if news else data


def check_properties(customer: Customer, changed: Fields) -> None:
    """Raises RecordRejected where a property that was just saved is not there: the server passed over it."""
    for name in changed.get(PROPERTIES) or ():
        if name not in (customer.properties or {}):
            raise _not_configured(customer.number, name)


def _properties(data: CustomerData) -> Mapping[str, str] | None:
    if not data.CustomProperties:
        return None
    return {p.Name: p.Value or "" for p in data.CustomProperties if p.Name}


def _set_properties(data: CustomerData, wanted: Mapping[str, str]) -> tuple[CustomProperty, ...]:
    """All properties: those there with their IDs, one that is missing by its name alone."""
    if not data.CustomProperties:
        raise _not_configured(data.CustomerNumber.plain, next(iter(wanted)))
    wanted = {name: printable(value) for name, value in wanted.items()}
    listed = [
        replace(p, Value=wanted[p.Name]) if p.Name in wanted and (p.Value or "") != wanted[p.Name] else p
        for p in data.CustomProperties
    ]
    there = {p.Name for p in data.CustomProperties}
    listed += [CustomProperty(Name=name, Value=value) for name, value in wanted.items() if name not in there]
    return tuple(listed)


def _not_configured(number: str, name: str) -> RecordRejected:
    return RecordRejected(
        NAME,
        f"customer {number} has no custom property {name}: assign it a custom property configuration that holds it",
        code=NOT_CONFIGURED,
        field=name,
    )
