"""Invoices, time and whom they are billed to, for the flows that make calls of them."""

from __future__ import annotations

from typing import Any

from shared.partners.eautomate import CUSTOMER
from shared.sync.link import Link
from shared.sync.needed import Found
from shared.sync.record import Ref
from shared.systems.connectwise_psa.tickets import TimeEntry, WorkInvoice


def work_invoice(total: str, **given: Any) -> WorkInvoice:
    """Invoice 30017 of company 250, in the status Ready; `given` is what it is for."""
    return WorkInvoice.model_validate(
        {
            "id": 3201,
            "number": "30017",
            "type": "Standard",
            "status": {"id": 2, "name": "Ready"},
            "company": {"id": 250, "identifier": "ACME", "name": "Acme Dental"},
            "total": total,
            **given,
        }
    )


def time_entry(number: int, hours: str, **given: Any) -> TimeEntry:
    """Billable time of member 146; `given` is when it was worked, what for and at which rate."""
    return TimeEntry.model_validate(
        {
            "id": number,
            "member": {"id": 146, "identifier": "JReed", "name": "Jordan Reed"},
            "hours": hours,
            "billed_hours": hours,
            "how": "Billable",
            **given,
        }
    )


def customer(partner: str = "5100") -> Found:
    """Company 250 and its customer; with "" it is not mapped."""
    at = Ref(CUSTOMER.kind, "cw", "250")
    return Found(at, Link(CUSTOMER.kind, "250", partner)) if partner else Found(at, reason="No customer carries it.")
