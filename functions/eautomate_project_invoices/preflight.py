"""What must hold in both systems before project invoices can become calls: rights, statuses, items, codes."""

from __future__ import annotations

from collections.abc import Iterator

from functions.eautomate_project_invoices.observing import Sources
from functions.eautomate_project_invoices.rules import unfit
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import FLOW
from shared.partners.eautomate_calls import call_status
from shared.sync.names import EAUTOMATE, PSA
from shared.sync.preflight import Check, May, listed
from shared.sync.record import fold
from shared.systems.connectwise_psa import BillingStatus, Psa, roles
from shared.systems.connectwise_psa.finance import BILLING_STATUSES
from shared.systems.connectwise_psa.models import SetupRow
from shared.systems.connectwise_psa.projects import PROJECT_STATUSES, PROJECT_TYPES
from shared.systems.eautomate import Eautomate


def check_project_invoices(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the project invoice flow; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    if may(PSA, roles.TABLES):
        yield from _rows(psa, settings)
    if may(EAUTOMATE, "Items"):
        yield from _items(eautomate, settings)
    if settings.call_type and may(EAUTOMATE, "Call types"):
        there = [code.entry for code in eautomate.codes.call_types()]
        yield listed("CALL_TYPE", "call type", settings.call_type, there, "e-automate, call types", FLOW)
    if settings.bill_code and may(EAUTOMATE, "Bill codes"):
        there = [code.entry for code in eautomate.codes.bill()]
        yield listed("BILL_CODE", "bill code", settings.bill_code, there, "e-automate, bill codes", FLOW)
    if settings.call_status:
        yield call_status(settings.call_status, FLOW)


def _rows(psa: Psa, settings: ProjectInvoiceSettings) -> Iterator[Check]:
    """The set-up rows that settings name; a list is read only where one is named."""
    tables = "System > Setup Tables"
    if settings.statuses:
        there = [row.entry for row in psa.records(BILLING_STATUSES, None, BillingStatus)]
        for name in settings.statuses:
            yield listed("BILLING_STATUS", "billing status", name, there, f"{tables} > Billing Status", FLOW)
    if wanted := settings.filters.get("project_status", ()):
        there = [row.entry for row in psa.records(PROJECT_STATUSES, None, SetupRow)]
        for name in wanted:
            yield listed("PROJECT_STATUS", "project status", name, there, f"{tables} > Project Status", FLOW)
    if wanted := settings.filters.get("project_type", ()):
        there = [row.entry for row in psa.records(PROJECT_TYPES, None, SetupRow)]
        for name in wanted:
            yield listed("PROJECT_TYPE", "project type", name, there, f"{tables} > Project Type", FLOW)


def _items(eautomate: Eautomate, settings: ProjectInvoiceSettings) -> Iterator[Check]:
    """EA-52: each part that carries an amount exists, is no inventory item, and one of it costs 1.00."""
    if not settings.fee_item:
        yield _item("", "no item is named, so that invoices of fixed fees are reported", None)
    for number in settings.items:
        item = eautomate.items.item(number)
        why = unfit(item)
        sure = item is not None and item.inventory is not None and item.price is not None
        found = why.partition(" ")[2] or "it is there" + ("" if sure else ", but e-automate does not say what it costs")
        yield _item(number, found, False if why else sure or None)


def _item(number: str, found: str, passed: bool | None) -> Check:
    return Check(
        "ITEM",
        f"Item {number}" if number else "Item of fixed fees",
        passed,
        found,
        "an active non-inventory item with a list price of 1.00, whose quantity carries an amount",
        f"e-automate, Inventory > Items, {number or 'any'}",
        f"Make the item so, or name another one in the settings of {FLOW}: flows.{FLOW}.fee_item, expense_item and "
        "product_item.",
        fold(number),
    )
