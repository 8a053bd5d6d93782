"""What there is in the simulated Zomentum: each list's fields, what a create requires, what is unique."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TEXT, NUMBER, FLAG, DAY, ID, IDS, OBJECT, LIST, MOMENT = (
    "text", "number", "flag", "day", "id", "ids", "object", "list", "moment",
)  # fmt: skip

COMPANIES, CONTACTS, OPPORTUNITIES, ITEMS, DOCUMENTS, PIPELINES, REGIONS, CATEGORIES, USERS, FIELDS, OWN = (
    "client/companies", "client/users", "opportunities", "items", "documents", "pipelines", "tax/regions",
    "tax/categories", "users", "custom/fields", "companies",
)  # fmt: skip


@dataclass(frozen=True)
class Entity:
    """One list: `name` is what webhooks and custom fields call its records, `fields` are those that can be written.

    `required` names fields of a create, those within an object with a dot; `refers` the list that an id points to;
    `unique` the fields that no two records share; `shown_with` what is only shown where it is asked for.
    """

    path: str
    name: str
    fields: Mapping[str, str]
    required: tuple[str, ...] = ()
    refers: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    writable: bool = True
    customs: bool = False
    shown_with: Mapping[str, str] = field(default_factory=dict)


_SYNC_DATA = "client_details:sync_data"

ENTITIES: Mapping[str, Entity] = {
    one.path: one
    for one in (
        Entity(
            COMPANIES,
            "client_company",
            {"name": TEXT, "phone": TEXT, "website": TEXT, "address": OBJECT},
            required=("name",),
            unique=("name",),
            customs=True,
            shown_with={"client_details": _SYNC_DATA},
        ),
        Entity(
            CONTACTS,
            "client_user",
            {"name": OBJECT, "client_company_id": ID, "contact_type": TEXT, "email": TEXT, "phone": TEXT,
             "title": TEXT},
            required=("name.first", "name.last", "client_company_id", "contact_type"),
            refers={"client_company_id": COMPANIES},
            customs=True,
            shown_with={"client_details": _SYNC_DATA},
        ),
        Entity(
            OPPORTUNITIES,
            "opportunity",
            {"name": TEXT, "description": TEXT, "client_company_id": ID, "linked_client_user_ids": IDS,
             "opportunity_pipeline_id": ID, "opportunity_pipeline_stage_id": ID, "status": TEXT,
             "expected_revenue": NUMBER, "close_date": DAY},
            required=("name", "client_company_id", "linked_client_user_ids", "opportunity_pipeline_id",
                      "opportunity_pipeline_stage_id"),
            refers={"client_company_id": COMPANIES, "linked_client_user_ids": CONTACTS,
                    "opportunity_pipeline_id": PIPELINES},
            customs=True,
            shown_with={"client_details": _SYNC_DATA},
        ),
        Entity(
            ITEMS,
            "item",
            {"name": TEXT, "type": TEXT, "description": TEXT, "product_id": TEXT, "manufacturer_part_number": TEXT,
             "category": TEXT, "subcategory": TEXT, "is_taxable": FLAG, "pricing": LIST, "bundle_items": LIST},
            required=("name", "type", "description", "pricing"),
            unique=("name",),
            customs=True,
        ),
        Entity(
            DOCUMENTS,
            "document",
            {"name": TEXT, "status": TEXT, "opportunity_id": ID, "client_company_id": ID},
            refers={"opportunity_id": OPPORTUNITIES},
            writable=False,
            customs=True,
            shown_with={"revisions": "revisions:all"},
        ),
        Entity(PIPELINES, "pipeline", {"name": TEXT, "is_default": FLAG, "stages": LIST}, writable=False),
        Entity(REGIONS, "tax_region", {"name": TEXT}, required=("name",), unique=("name",)),
        Entity(
            CATEGORIES,
            "tax_category",
            {"name": TEXT, "tax_region_id": ID, "rate": NUMBER},
            required=("name", "tax_region_id", "rate"),
            refers={"tax_region_id": REGIONS},
            unique=("name", "tax_region_id"),
        ),
        Entity(USERS, "user", {"name": OBJECT, "email": TEXT}, writable=False),
        Entity(FIELDS, "custom_field", {"name": TEXT, "field_type": TEXT, "entity_type": TEXT}, writable=False),
        Entity(OWN, "company", {"name": TEXT}, writable=False),
    )
}  # fmt: skip

COMMON: Mapping[str, str] = {"id": ID, "created_at": MOMENT, "updated_at": MOMENT}
