"""How steps become requests to ConnectWise PSA: a row per kind of record says where it lives and how it is written.

A create is a POST of the fields given. An update is a PATCH of those that differ, references whole; it always carries
a `customFields` operation, because ConnectWise may refuse a PATCH without one, and an empty one changes nothing. Custom
fields are written as the whole array, of which a step names only the captions to change.

ConnectWise has no idempotency keys. What a flow looks for after a lost answer (promise 2): a company by its account
number, a site by the custom field that carries its number, a ticket by its external reference, a contact, an
opportunity or a catalogue item (and a company that another partner made) by a custom field that carries the partner's
id. What belongs to an opportunity: see `opportunities`; a project and what is in it: see `planning`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from shared.sync.errors import ConfigurationWrong
from shared.sync.plan import Step
from shared.sync.record import Fields
from shared.systems.connectwise_psa.contacts import ADDED, CONTACTS, ITEMS, REACHED_BY, Contact, Types, new_items
from shared.systems.connectwise_psa.finance import AGREEMENTS, INVOICES, Agreement, Invoice
from shared.systems.connectwise_psa.kinds import Field, Kind, Plain, To, ToSeveral, scalar
from shared.systems.connectwise_psa.models import (
    Company,
    CustomField,
    Site,
    same_caption,
)
from shared.systems.connectwise_psa.opportunities import (
    COMPONENTS,
    FORECAST,
    NOTES,
    OPPORTUNITIES,
    ForecastLine,
    Opportunity,
    OpportunityNote,
    OpportunityProduct,
    ProductComponent,
)
from shared.systems.connectwise_psa.planned import PLANNED
from shared.systems.connectwise_psa.sales import CATALOG, ORDERS, PRODUCTS, Order, Product
from shared.systems.connectwise_psa.tickets import SERVICE_TICKETS, Ticket
from shared.systems.rest import changed

CUSTOM_FIELDS = "custom_fields"


_ADDRESS: Mapping[str, Field] = {
    "address_line1": Plain("addressLine1", 50),
    "address_line2": Plain("addressLine2", 50),
    "city": Plain("city", 50),
    "zip": Plain("zip", 12),
    "country": To("country"),
    "phone": Plain("phoneNumber", 30),
    "fax": Plain("faxNumber", 30),
}

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "company",
            "company/companies",
            Company,
            {
                **_ADDRESS,
                "identifier": Plain("identifier", 156),
                "name": Plain("name", 156),
                "account_number": Plain("accountNumber"),
                "state": Plain("state", 50),
                "website": Plain("website", 255),
                "status": To("status"),
                "types": ToSeveral("types"),
                "territory": To("territory"),
            },
            only_new=frozenset({"types"}),
        ),
        Kind(
            "site",
            "company/companies/{parent}/sites",
            Site,
            {
                **_ADDRESS,
                "name": Plain("name", 156),
                "state": To("stateReference", by="identifier"),
                "inactive": Plain("inactiveFlag"),
            },
            parent="company_id",
        ),
        Kind(
            "contact",
            CONTACTS,
            Contact,
            {
                "first_name": Plain("firstName"),
                "last_name": Plain("lastName"),
                "title": Plain("title"),
                "company": To("company", by="id"),
                "type_ids": Plain("typeIds"),
                "ignore_duplicates": Plain("ignoreDuplicates"),
            },
            only_new=frozenset({"type_ids", "ignore_duplicates"}),
            reached=True,
        ),
        Kind(
            "opportunity",
            OPPORTUNITIES,
            Opportunity,
            {
                "name": Plain("name", 100),
                "description": Plain("notes"),
                "company": To("company", by="id"),
                "contact": To("contact", by="id"),
                "close_date": Plain("expectedCloseDate"),
                "stage": To("stage"),
                "status": To("status"),
                "rating": To("rating"),
                "sales_rep": To("primarySalesRep", by="identifier"),
                "location_id": Plain("locationId"),
                "department_id": Plain("businessUnitId"),
            },
        ),
        Kind(
            "forecast_item",
            FORECAST,
            ForecastLine,
            {
                "item": To("catalogItem", by="id"),
                "description": Plain("forecastDescription", 50),
                "type": Plain("forecastType"),
                "status": To("status"),
                "position": Plain("sequenceNumber"),
                "quantity": Plain("quantity"),
                "revenue": Plain("revenue"),
                "cost": Plain("cost"),
            },
            parent="opportunity",
            within="forecastItems",
            part=True,
        ),
        Kind("opportunity_note", NOTES, OpportunityNote, {"text": Plain("text")}, parent="opportunity"),
        Kind(
            "product",
            PRODUCTS,
            OpportunityProduct,
            {
                "opportunity": To("opportunity", by="id"),
                "item": To("catalogItem", by="id"),
                "billable": Plain("billableOption"),
                "quantity": Plain("quantity"),
                "price": Plain("price"),
                "cost": Plain("cost"),
            },
            only_new=frozenset({"opportunity", "item"}),
            part=True,
        ),
        Kind(
            "product_component",
            COMPONENTS,
            ProductComponent,
            {
                "item": To("catalogItem", by="id"),
                "quantity": Plain("quantity"),
                "price": Plain("price"),
                "cost": Plain("cost"),
            },
            parent="product",
            part=True,
        ),
        Kind(
            "item",
            CATALOG,
            Product,
            {
                "identifier": Plain("identifier", 75),
                "description": Plain("description", 60),
                "customer_description": Plain("customerDescription", 6000),
                "type": To("type", by="id"),
                "product_class": Plain("productClass"),
                "category": To("category", by="id"),
                "subcategory": To("subcategory", by="id"),
                "price": Plain("price"),
                "cost": Plain("cost"),
                "taxable": Plain("taxableFlag"),
                "manufacturer_part_number": Plain("manufacturerPartNumber", 50),
            },
        ),
        # Custom fields are all that is written of these: what they bill is ConnectWise's.
        Kind("agreement", AGREEMENTS, Agreement, {}),
        Kind("invoice", INVOICES, Invoice, {}),
        Kind("order", ORDERS, Order, {}),
        *PLANNED,
        Kind(
            "ticket",
            SERVICE_TICKETS,
            Ticket,
            {
                "summary": Plain("summary", 100),
                "company": To("company", by="id"),
                "site": To("site", by="id"),
                "board": To("board"),
                "status": To("status"),
                "type": To("type"),
                "priority": To("priority"),
                "source": To("source"),
                "external_ref": Plain("externalXRef", 100),
                "po_number": Plain("poNumber", 50),
                "description": Plain("initialDescription"),
            },
            only_new=frozenset({"description"}),
            read_back=True,
        ),
    )
}

LIMITS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        kind.name: MappingProxyType(
            {ours: how.limit for ours, how in kind.fields.items() if isinstance(how, Plain) and how.limit is not None}
        )
        for kind in KINDS.values()
    }
)
"""The most characters that ConnectWise takes, by kind and our field name. Nothing is cut here: rules decide."""

Known = Callable[[], Sequence[CustomField]]
"""Fetches custom fields as ConnectWise has them; asked only where a step needs them."""


def kind_of(step: Step) -> Kind:
    """The row for a step; ValueError for a kind that no flow writes."""
    try:
        return KINDS[step.kind]
    except KeyError:
        raise ValueError(f"no step writes a {step.kind!r} in ConnectWise PSA") from None


def new_record(kind: Kind, fields: Mapping[str, Any], known: Known, types: Types) -> dict[str, Any]:
    """The body of a POST; `known` brings the custom fields that are defined for the kind, `types` those of items."""
    body = {how.name: how.written(value) for how, value in _written(kind, fields) if value is not None}
    if kind.reached and (items := new_items(fields, types)):
        body[ITEMS] = items
    if wanted := fields.get(CUSTOM_FIELDS):
        changed = merged(kind, known(), wanted)
        body["customFields"] = [entry for entry in changed if entry["value"] is not None]
    return body


def patch(
    kind: Kind, step: Step, known: Known, items: Callable[[Fields], list[dict[str, Any]]] = lambda _: []
) -> list[dict[str, Any]]:
    """The operations of a PATCH, none where nothing differs; `known` brings the record's own custom fields.

    A value of None removes what stands there. `items` makes the operations on communication items, of the fields that
    are such; asked only where there are any. Raises ValueError for a field that only a create may carry.
    """
    fields = changed(step)
    if late := kind.only_new & fields.keys():
        raise ValueError(f"ConnectWise takes {sorted(late)} of a {kind.name} only when it is created")
    operations = [
        {"op": "remove", "path": how.name}
        if value is None
        else {"op": "replace", "path": how.name, "value": how.written(value)}
        for how, value in _written(kind, fields)
    ]
    if kind.reached and (reached := {name: fields[name] for name in (*REACHED_BY, ADDED) if name in fields}):
        operations += items(reached)
    wanted = fields.get(CUSTOM_FIELDS)
    if (not operations and not wanted) or not kind.has_custom_fields:
        return operations
    entries = merged(kind, known(), wanted) if wanted else []
    return [*operations, {"op": "replace", "path": "customFields", "value": entries}]


def merged(kind: Kind, known: Sequence[CustomField], wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The whole array, with the wanted values by caption; ConfigurationWrong where a caption is not defined."""
    for caption in wanted:
        if not any(same_caption(each.caption, caption) for each in known):
            raise ConfigurationWrong(
                f"ConnectWise has no custom field {caption!r} on a {kind.name}",
                where="connectwise_psa: custom fields",
                fix=f"Add it under System > Setup Tables > Custom Fields for a {kind.name}, or correct the setting.",
            )
    entries = []
    for each in known:
        value = next((new for caption, new in wanted.items() if same_caption(each.caption, caption)), each.value)
        entries.append(each.written(scalar(value)))
    return entries


def _written(kind: Kind, fields: Mapping[str, Any]) -> list[tuple[Field, Any]]:
    """Each plain field of a step with how it is written; ValueError for a name that the kind does not have."""
    elsewhere = {CUSTOM_FIELDS, kind.parent, *((*REACHED_BY, ADDED) if kind.reached else ())}
    names = [name for name in fields if name not in elsewhere]
    if unknown := [name for name in names if name not in kind.fields]:
        raise ValueError(f"a {kind.name} has no fields {unknown}")
    return [(kind.fields[name], fields[name]) for name in names]
