"""Zomentum: `Zomentum` reads what is sold there, and writes companies, contacts, opportunities, products and taxes."""

from shared.sync.ports import File
from shared.systems.zomentum.client import Zomentum
from shared.systems.zomentum.filters import Filter, changed_since, created_since, equals, is_in
from shared.systems.zomentum.models import (
    SYNC_FIELD,
    Child,
    Company,
    Contact,
    CustomField,
    CustomValue,
    Document,
    Item,
    Line,
    Opportunity,
    Pipeline,
    Pricing,
    Record,
    Revision,
    Stage,
    TaxCategory,
    TaxRegion,
    User,
    WithCustomFields,
)
from shared.systems.zomentum.session import site

__all__ = [
    "SYNC_FIELD",
    "Child",
    "Company",
    "Contact",
    "CustomField",
    "CustomValue",
    "Document",
    "File",
    "Filter",
    "Item",
    "Line",
    "Opportunity",
    "Pipeline",
    "Pricing",
    "Record",
    "Revision",
    "Stage",
    "TaxCategory",
    "TaxRegion",
    "User",
    "WithCustomFields",
    "Zomentum",
    "changed_since",
    "created_since",
    "equals",
    "is_in",
    "site",
]
