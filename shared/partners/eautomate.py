"""What the e-automate flows have in common: which of each other's links they build on (EA-04, EA-06), and money.

Amounts are Decimal, in the currency of the dealer, and compared in whole cents.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from shared.sync.needed import Needed

CUSTOMERS = "eautomate_customers"
REFERENCE_DATA = "eautomate_reference_data"
AGREEMENTS = "eautomate_agreements"
SERVICE_CALLS = "eautomate_service_calls"
CALL_TRANSFERS = "eautomate_call_transfers"
PROJECT_INVOICES = "eautomate_project_invoices"
SALES_ORDERS = "eautomate_sales_orders"

CUSTOMER = Needed(
    CUSTOMERS,
    "customer-company",
    "CUSTOMER_NOT_MAPPED",
    "company",
    "Map the company to its e-automate customer: give it the customer number as Company ID or Account ID, or link the "
    "two. What waits for it follows by itself.",
)
"""A ConnectWise company and its e-automate customer."""

TECHNICIAN = Needed(
    REFERENCE_DATA,
    "member-technician",
    "TECHNICIAN_NOT_MAPPED",
    "member",
    "Give the e-automate technician the member's identifier, e-mail address or full name, or link the two. What "
    "waits for it follows by itself.",
)
"""A ConnectWise member and the e-automate technician who is the same person."""

SALES_REP = Needed(
    REFERENCE_DATA,
    "member-sales-rep",
    "SALES_REP_NOT_MAPPED",
    "member",
    "Give the e-automate sales rep the member's identifier, e-mail address or full name, or link the two. What "
    "waits for it follows by itself.",
)
"""A ConnectWise member and the e-automate sales rep who is the same person."""

CONTRACT = Needed(
    AGREEMENTS,
    "agreement-contract",
    "CONTRACT_NOT_MAPPED",
    "agreement",
    "Settle what keeps the agreement's invoice from becoming a contract, or link agreement and contract. What waits "
    "for it follows by itself.",
)
"""A ConnectWise agreement and its e-automate contract (EA-06)."""


def shared_code(id_: str, cw_id: str) -> str:
    """By what a link names a code that others are linked to already: one code serves many, a link is one pair's."""
    return f"{id_}.{cw_id}"


def code_id(partner_id: str) -> str:
    """e-automate's ID of a linked code (or technician), from what the link has: `12`, or `12.7` where it is shared."""
    return partner_id.partition(".")[0]


CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """An amount in whole cents, half a cent up, as both systems round what they bill."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal) -> str:
    """An amount as people read it: 1,234.50."""
    return f"{cents(amount):,}"
