"""How steps become requests: one row per kind of record says where each of our fields stands in Zomentum's JSON.

A create is a POST to the list, an update a PUT to the record (both documented). What a PUT leaves alone is not told:
assumed is that it leaves alone what the body does not name. What stands within something else (a name's parts, an
address, custom fields) is sent whole, as it is there now but for what changes, so that nothing is lost should Zomentum
replace it whole.

**The marker** (promise 2): a company, contact, opportunity or item that we create carries the id of the record it was
made for (`sync_id`) in a custom field that a person defines once for each of the four sorts, `SYNC_FIELD`. Why not
`sync_data`, which holds the id of Zomentum's own ConnectWise integration: its content is not told, nothing says that it
can be written, and where that integration once ran it is taken. No filter by a custom field is known, so that the
result of a lost create is looked for among what was created since (`Zomentum.marked_since`) by `sync_id`. Tax regions
and categories have no custom fields: theirs is their name, a category's within its region. Names of companies and items
are unique besides, so that a create that is repeated blindly is refused, and never makes a second one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.sync.errors import ConfigurationWrong
from shared.sync.plan import Step
from shared.systems.zomentum.models import (
    SYNC_FIELD,
    Company,
    Contact,
    CustomField,
    Item,
    Opportunity,
    Record,
    TaxCategory,
    TaxRegion,
    WithCustomFields,
    named,
)

CUSTOM_FIELDS, SYNC_ID = "custom_fields", "sync_id"
_WIRE_CUSTOM = "custom_fields"

FIRST = "[0]"

Place = tuple[str, ...]
"""Where a field stands: its name, or the object that it is in (the FIRST of a list of them) and its name there."""

Defined = Callable[[bool], Sequence[CustomField]]
"""The custom fields of a sort of record; asked for anew where its argument is true."""


@dataclass(frozen=True)
class Kind:
    """One kind of record that steps write: the model of its answers, and the places of our fields."""

    name: str
    model: type[Record]
    fields: Mapping[str, Place]

    @property
    def customs(self) -> type[WithCustomFields] | None:
        """The model whose custom fields the kind has; None where it has none."""
        return self.model if issubclass(self.model, WithCustomFields) else None


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "company",
            Company,
            {
                "name": ("name",),
                "phone": ("phone",),
                "website": ("website",),
                "address_line1": ("address", "address_line_1"),
                "address_line2": ("address", "address_line_2"),
                "city": ("address", "city"),
                "state": ("address", "state"),
                "zip": ("address", "zip_code"),
                "country": ("address", "country"),
            },
        ),
        Kind(
            "contact",
            Contact,
            {
                "first_name": ("name", "first"),
                "last_name": ("name", "last"),
                "company": ("client_company_id",),
                "contact_type": ("contact_type",),
                "email": ("email",),
                "phone": ("phone",),
                "title": ("title",),
            },
        ),
        Kind(
            "opportunity",
            Opportunity,
            {
                "name": ("name",),
                "description": ("description",),
                "company": ("client_company_id",),
                "contacts": ("linked_client_user_ids",),
                "pipeline": ("opportunity_pipeline_id",),
                "stage": ("opportunity_pipeline_stage_id",),
                "status": ("status",),
                "expected_revenue": ("expected_revenue",),
                "close_date": ("close_date",),
            },
        ),
        Kind(
            "item",
            Item,
            {
                "name": ("name",),
                "type": ("type",),
                "description": ("description",),
                "product_id": ("product_id",),
                "manufacturer_part_number": ("manufacturer_part_number",),
                "category": ("category",),
                "subcategory": ("subcategory",),
                "taxable": ("is_taxable",),
                "pricing": ("pricing",),
                "price": ("pricing", FIRST, "sell_price"),
                "cost": ("pricing", FIRST, "cost_price"),
                "children": ("bundle_items",),
            },
        ),
        Kind("tax_region", TaxRegion, {"name": ("name",)}),
        Kind("tax_category", TaxCategory, {"name": ("name",), "region": ("tax_region_id",), "rate": ("rate",)}),
    )
}

_CHILD = {"item": "item_id"}
"""Names of ours within a list of objects that Zomentum has otherwise; all others are the same."""


def kind_of(step: Step) -> Kind:
    """The row for a step; ValueError for a kind or a verb that no flow can mean."""
    kind = KINDS.get(step.kind)
    if kind is None or step.verb not in ("create", "update"):
        raise ValueError(f"Zomentum cannot {step.verb} a {step.kind}")
    return kind


def needs_record(kind: Kind, fields: Mapping[str, Any]) -> bool:
    """Whether an update of these fields must know what stands there now."""
    return any(name in (SYNC_ID, CUSTOM_FIELDS) or len(_place(kind, name)) > 1 for name in fields)


def body_of(kind: Kind, fields: Mapping[str, Any], row: Mapping[str, Any], defined: Defined) -> dict[str, Any]:
    """The body that writes these fields; `row` is the record as Zomentum shows it, empty for a new one.

    ValueError for a field that the kind does not have, ConfigurationWrong for a custom field that is not defined.
    """
    body: dict[str, Any] = {}
    customs: dict[str, Any] = {}
    for name, value in fields.items():
        if name == SYNC_ID and kind.customs:
            customs[SYNC_FIELD] = value
        elif name == CUSTOM_FIELDS and kind.customs:
            customs |= value
        else:
            match _place(kind, name):
                case (outer,):
                    body[outer] = _written(value)
                case (outer, inner):
                    body.setdefault(outer, dict(row.get(outer) or {}))[inner] = _written(value)
                case (outer, _, inner):
                    body.setdefault(outer, [*map(dict, row.get(outer) or ({},))])[0][inner] = _written(value)
    if customs:
        body[_WIRE_CUSTOM] = _customs(kind, customs, row.get(_WIRE_CUSTOM) or (), defined)
    return body


def _place(kind: Kind, name: str) -> Place:
    try:
        return kind.fields[name]
    except KeyError:
        raise ValueError(f"a {kind.name} of Zomentum's has no field {name!r}") from None


def _customs(
    kind: Kind, wanted: Mapping[str, Any], now: Sequence[Mapping[str, Any]], defined: Defined
) -> list[dict[str, Any]]:
    """The whole list, each field with its values: those wanted, by name, and all others as they are."""
    values = {str(entry.get("id")): entry.get("values") or [] for entry in now}
    for name, value in wanted.items():
        field = named(name, defined(False)) or named(name, defined(True))
        if field is None:
            raise ConfigurationWrong(
                f"Zomentum has no custom field {name!r} for a {kind.name}",
                where="zomentum: custom fields",
                fix=f"Add a text field {name!r} for a {kind.name} under Settings > Custom Fields.",
            )
        several = value if isinstance(value, (list, tuple)) else (value,)
        values[field.id] = [str(one) for one in several if one is not None and one != ""]
    return [{"id": field_id, "values": list(entries)} for field_id, entries in values.items()]


def _written(value: Any) -> Any:
    """A value as JSON has it; a day as ISO text."""
    if isinstance(value, (list, tuple)):
        return [_written(one) for one in value]
    if isinstance(value, Mapping):
        return {_CHILD.get(name, name): _written(one) for name, one in value.items()}
    return value.isoformat() if isinstance(value, date) else value
