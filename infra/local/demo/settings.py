"""How the dealer of the demo has set its flows: customers first, the others once these are in step (EA-04, EA-05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.demo import month
from shared.partners.eautomate import (
    AGREEMENTS,
    CALL_TRANSFERS,
    CUSTOMERS,
    PROJECT_INVOICES,
    REFERENCE_DATA,
    SALES_ORDERS,
    SERVICE_CALLS,
)

ZONE = "America/New_York"
HOUR = 9
"""The hour of the day, in that zone, at which the demo begins, and at which its digests go out."""

FIRST: Mapping[str, Mapping[str, Any]] = {CUSTOMERS: {"create_missing": True}}
OTHERS: Mapping[str, Mapping[str, Any]] = {
    REFERENCE_DATA: {
        "every_minutes": 15,
        "bill_codes": {"Regular": "TM", "After Hours": "TM"},
        "call_types": {"Break-fix": "SC", "Request": "REM", "Project work": "PROJ"},
        "territories": {"Tampa Office": "SOUTH", "Boston Office": "EAST"},
        "terms": {"Net 30 days": "NET30", "Due on receipt": "COD"},
        "tax_codes": {"FL-TPA": "STATE", "MA": "CITY"},
    },
    AGREEMENTS: {
        "statuses": ["Ready"],
        "default_template": month.DEFAULT_TEMPLATE,
        "contract_number_field": "EA Contract",
        "invoice_number_field": "EA Invoice",
    },
    SERVICE_CALLS: {"ticket_statuses": [month.READY], "call_status": "O", "call_type": "SC", "bill_code": "TM"},
    CALL_TRANSFERS: {"filters": {"call_type": ["REM"]}, "board": "Help Desk"},
    PROJECT_INVOICES: {
        "statuses": ["Ready"],
        "fee_item": month.FEE_ITEM,
        "expense_item": month.EXPENSE_ITEM,
        "product_item": month.PRODUCT_ITEM,
        "call_type": "PROJ",
    },
    SALES_ORDERS: {
        "statuses": ["Ready to Order"],
        "error_item": month.ERROR_ITEM,
        "templates": {"Hardware": month.TEMPLATE_ITEM},
        "create_items": True,
        "on_hold_code": "CW",
        "error_item_on_hold_code": "REVIEW",
        "require_sales_rep": True,
        "state_field": "EA Order",
    },
}
CONFIG: Mapping[str, Any] = {
    "connection": [
        {
            "id": "demo",
            "name": "Demo Dealer",
            "time_zone": ZONE,
            "mail": {"recipients": ["service-desk@example.com"], "hours": [HOUR]},
            "flows": FIRST,
        }
    ]
}
