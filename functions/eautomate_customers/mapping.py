"""Which field of a customer becomes which field of a company or site, and how two records are compared.

All of it in one flat form: our field names, texts with their blanks trimmed. Custom fields stand among the others under
what they hold (`sales_rep`, `on_hold_code`, `location_number`) and get their captions only when they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from functions.eautomate_customers.settings import CustomerSettings
from shared.sync.record import fold
from shared.systems.connectwise_psa import LIMITS, Company, Site
from shared.systems.eautomate import Customer

Kind = Literal["company", "site"]
Values = Mapping[str, str]

COMPANY_FIELDS = ("name", "address_line1", "address_line2", "city", "state", "zip", "phone", "fax", "website")
"""The fields of ID747, by our names."""

SITE_FIELDS = tuple(name for name in COMPANY_FIELDS if name != "website")
ADDRESSED = ("name", "address_line1", "address_line2", "city", "state", "zip")
"""By what a location finds a site that nobody linked: name and address, exactly."""


def captions(kind: Kind, settings: CustomerSettings) -> Values:
    """The captions of the custom fields in use, by what they hold."""
    if kind == "site":
        return {"location_number": settings.location_number_field}
    named = {"sales_rep": settings.sales_rep_field, "on_hold_code": settings.on_hold_field}
    return {name: caption for name, caption in named.items() if caption}


def wanted(kind: Kind, customer: Customer, settings: CustomerSettings) -> dict[str, str]:
    """What e-automate says of the company or site.

    A blank in e-automate erases nothing in ConnectWise, so blanks are left out; but an address is one thing, so that a
    blank second line stands, and so does a custom field, or a hold that was lifted would stay for ever.
    """
    values = _told(customer)
    kept = {
        name: values[name]
        for name in (COMPANY_FIELDS if kind == "company" else SITE_FIELDS)
        if values[name] or (name == "address_line2" and values["address_line1"])
    }
    held = {
        "sales_rep": customer.sales_rep,
        "on_hold_code": customer.on_hold_code,
        "location_number": customer.number,
    }
    return kept | {name: text(held[name]) for name in captions(kind, settings)}


def present(record: Company | Site, settings: CustomerSettings) -> dict[str, str | None]:
    """What the company or site has in those fields; None for a custom field that ConnectWise does not know."""
    kind: Kind = "company" if isinstance(record, Company) else "site"
    names = COMPANY_FIELDS if kind == "company" else SITE_FIELDS
    custom = {
        name: text(record.custom_field(caption)) if record.has_custom_field(caption) else None
        for name, caption in captions(kind, settings).items()
    }
    plain = {name: text(getattr(record, name)) for name in names}
    if isinstance(record, Company):
        plain["account_number"] = text(record.account_number)
    return plain | custom


def written(kind: Kind, values: Values, settings: CustomerSettings) -> dict[str, object]:
    """Values as a step has them: custom fields by caption, nothing (which clears the field) for a blank."""
    named = captions(kind, settings)
    fields: dict[str, object] = {name: value or None for name, value in values.items() if name not in named}
    if custom := {named[name]: value or None for name, value in values.items() if name in named}:
        fields["custom_fields"] = custom
    return fields


@dataclass(frozen=True)
class Differences:
    """How a record differs from what e-automate says.

    `new` is to be written over `old`. Left out of both: what is `excluded` by the settings, `too_long` for ConnectWise
    (with its limit in characters), and the captions of custom fields that ConnectWise does not know (`undefined`).
    """

    new: Values = field(default_factory=dict)
    old: Values = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    too_long: Mapping[str, int] = field(default_factory=dict)
    undefined: tuple[str, ...] = ()


def differences(said: Values, record: Company | Site, settings: CustomerSettings) -> Differences:
    """Compares what e-automate says with what the record has."""
    kind: Kind = "company" if isinstance(record, Company) else "site"
    now = present(record, settings)
    differing = {name for name, value in said.items() if value != now[name]}
    excluded = differing & set(settings.exclude_fields)
    long = too_long(kind, {name: value for name, value in said.items() if name not in settings.exclude_fields})
    undefined = {name for name in said if now[name] is None} - excluded
    left = [name for name in said if name in differing - excluded - set(long) - undefined]
    return Differences(
        {name: said[name] for name in left},
        {name: now[name] or "" for name in left},
        tuple(sorted(excluded)),
        long,
        tuple(sorted(captions(kind, settings)[name] for name in undefined)),
    )


def too_long(kind: Kind, values: Values) -> dict[str, int]:
    """The values longer than ConnectWise takes, with its limit in characters."""
    limits = LIMITS[kind]
    return {name: limits[name] for name, value in values.items() if len(value) > limits.get(name, len(value))}


def same_address(location: Customer, site: Site) -> bool:
    """Whether name and address are exactly the same, blanks at either end and line breaks aside."""
    values = _told(location)
    return all(text(getattr(site, name)) == values[name] for name in ADDRESSED)


def carried(company: Company) -> tuple[str, ...]:
    """What stands in the two fields by which a company is matched (EA-13), the Account ID first, blanks trimmed."""
    values = (company.account_number.strip(), company.identifier.strip())
    return tuple(value for value in values if value)


def carries(company: Company, number: str) -> bool:
    """Whether a customer number stands in Company ID or Account ID, trimmed and case-folded (EA-13)."""
    return fold(number) in map(fold, carried(company))


def watched_customer(customer: Customer, settings: CustomerSettings) -> dict[str, object]:
    """All of a customer that a decision depends on: its hash tells whether another look is owed."""
    properties = customer.properties
    names = (settings.company_property, settings.site_property, settings.opt_out_property)
    return {
        **_told(customer),
        "number": text(customer.number),
        "active": customer.active,
        "parent": customer.parent_id,
        "customer_type": text(customer.customer_type),
        "branch": text(customer.branch),
        "sales_rep": text(customer.sales_rep),
        "on_hold_code": text(customer.on_hold_code),
        "properties": None if properties is None else {name: properties.get(name) for name in names},
    }


def watched(record: Company | Site, settings: CustomerSettings) -> dict[str, object]:
    """All of a company or site that a decision depends on."""
    values: dict[str, object] = {**present(record, settings)}
    if isinstance(record, Company):
        values |= {"identifier": record.identifier, "deleted": record.deleted}
    return values


def text(value: object) -> str:
    """A value as text, every run of blanks and line breaks as one blank."""
    return "" if value is None else " ".join(str(value).split())


def _told(customer: Customer) -> dict[str, str]:
    line1, line2 = _address_lines(customer.address.splitlines())
    values = (
        customer.name, line1, line2, customer.city, customer.state, customer.zip,
        customer.phone, customer.fax, customer.website,
    )  # fmt: skip
    return {name: text(value) for name, value in zip(COMPANY_FIELDS, values, strict=True)}


def _address_lines(lines: Iterable[str]) -> tuple[str, str]:
    """e-automate keeps one address of several lines; ConnectWise has two, so what is over joins the second."""
    told = [line.strip() for line in lines if line.strip()]
    return (told[0], ", ".join(told[1:])) if told else ("", "")
