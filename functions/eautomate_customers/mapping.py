"""Which field of a customer becomes which field of a company or site, and in what form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from functions.eautomate_customers.settings import CustomerSettings
from shared.sync.record import Fields
from shared.systems.connectwise_psa.models import LIMITS, Company, Site
from shared.systems.eautomate.models import Customer

MAPPED = ("name", "address_line1", "address_line2", "city", "state", "zip", "phone", "fax", "website")
"""The fields of ID747, by our names; they are the same on companies and, but for the website, on sites."""

IDENTIFIER_LENGTH = 25


def fold(text: str) -> str:
    """How numbers are compared: trimmed, case-folded (EA-13)."""
    return text.strip().casefold()


def company_fields(customer: Customer, settings: CustomerSettings) -> dict[str, object]:
    """What the customer says of its company, blanks left out: a blank in e-automate erases nothing in ConnectWise."""
    fields: dict[str, object] = {name: value for name, value in _plain(customer).items() if value}
    custom = {
        settings.sales_rep_field: customer.sales_rep,
        settings.on_hold_field: customer.on_hold_code,
    }
    custom.pop("", None)
    if custom:
        fields["custom_fields"] = custom
    return fields


def site_fields(location: Customer, settings: CustomerSettings) -> dict[str, object]:
    """What the location says of its site, blanks left out."""
    fields: dict[str, object] = {name: value for name, value in _plain(location).items() if value}
    fields.pop("website", None)
    if settings.location_number_field:
        fields["custom_fields"] = {settings.location_number_field: location.number.strip()}
    return fields


def too_long(fields: Fields, kind: str) -> dict[str, int]:
    """The fields longer than ConnectWise takes, with its limit in characters."""
    limits = LIMITS[kind]
    return {name: limits[name] for name, value in fields.items() if name in limits and len(str(value)) > limits[name]}


def differing(fields: Fields, record: Company | Site) -> tuple[dict[str, object], dict[str, object]]:
    """The fields in which the record differs from what the master says, and what it has there now."""
    new: dict[str, object] = {}
    old: dict[str, object] = {}
    for name, value in fields.items():
        if name == "custom_fields":
            have = _custom(record)
            assert isinstance(value, Mapping)
            change = {
                caption: v for caption, v in value.items() if caption in have and _text(have[caption]) != _text(v)
            }
            if change:
                new[name] = change
                old[name] = {caption: have[caption] for caption in change}
        elif _text(getattr(record, name)) != _text(value):
            new[name] = value
            old[name] = getattr(record, name)
    return new, old


def watched_customer(customer: Customer, settings: CustomerSettings) -> dict[str, object]:
    """All of a customer that a decision depends on: its hash tells whether another look is owed."""
    properties = customer.properties
    names = (settings.company_property, settings.site_property, settings.opt_out_property)
    return {
        **_plain(customer),
        "number": customer.number.strip(),
        "active": customer.active,
        "parent": customer.parent_id,
        "customer_type": customer.customer_type,
        "branch": customer.branch,
        "sales_rep": customer.sales_rep,
        "on_hold_code": customer.on_hold_code,
        "properties": None if properties is None else {name: properties.get(name) for name in names},
    }


def watched_company(company: Company, settings: CustomerSettings) -> dict[str, object]:
    """All of a company that a decision depends on."""
    captions = (settings.sales_rep_field, settings.on_hold_field)
    return {
        **{name: _text(getattr(company, name)) for name in MAPPED},
        "identifier": company.identifier,
        "account_number": company.account_number,
        "deleted": company.deleted,
        "custom_fields": {caption: _custom(company).get(caption) for caption in captions if caption},
    }


def watched_site(site: Site, settings: CustomerSettings) -> dict[str, object]:
    """All of a site that a decision depends on."""
    fields = {name: _text(getattr(site, name)) for name in MAPPED if name != "website"}
    return {**fields, "number": _text(_custom(site).get(settings.location_number_field, ""))}


def identifiers(customer: Customer) -> tuple[str, ...]:
    """Company IDs to try for a created company, best first: A-Z and 0-9, at most 25 characters."""
    name = re.sub(r"[^A-Z0-9]", "", customer.name.upper())[:IDENTIFIER_LENGTH]
    number = re.sub(r"[^A-Z0-9]", "", customer.number.upper())[: IDENTIFIER_LENGTH - 2]
    joined = name[: IDENTIFIER_LENGTH - len(number)] + number
    return tuple(dict.fromkeys(one for one in (name, joined, f"EA{number}") if one))


def first_free(wanted: Iterable[str], taken: Iterable[str]) -> str:
    """The first identifier that nobody has; empty if all are taken."""
    gone = {fold(one) for one in taken}
    return next((one for one in wanted if fold(one) not in gone), "")


def _plain(customer: Customer) -> dict[str, str]:
    line1, line2 = _address_lines(customer.address)
    values = (
        customer.name, line1, line2, customer.city, customer.state, customer.zip,
        customer.phone, customer.fax, customer.website,
    )  # fmt: skip
    return {name: _text(value) for name, value in zip(MAPPED, values, strict=True)}


def _address_lines(address: str) -> tuple[str, str]:
    """e-automate keeps one address of several lines; ConnectWise has two lines, so what is over joins the second."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    return (lines[0], ", ".join(lines[1:])) if lines else ("", "")


def _custom(record: Company | Site) -> dict[str, object]:
    return {field.caption: field.value for field in record.custom_fields}


def _text(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
