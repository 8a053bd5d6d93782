"""What must hold in both systems before project invoices can become calls: rights, statuses, items, codes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from functions.eautomate_project_invoices.rules import unfit
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import FLOW
from functions.rights import EAUTOMATE, PSA, TABLES, checks, lacks
from shared.sync.preflight import Check
from shared.sync.record import fold
from shared.systems.connectwise_psa import BillingStatus, Psa
from shared.systems.connectwise_psa.finance import BILLING_STATUSES
from shared.systems.connectwise_psa.models import SetupRow
from shared.systems.connectwise_psa.projects import PROJECT_STATUSES, PROJECT_TYPES
from shared.systems.eautomate import Code, Eautomate

_READS: Mapping[str, Callable[[Eautomate], object]] = {
    "getCallList": lambda eautomate: eautomate.calls.changed(eautomate.current_timestamp()),
    "getContractList": lambda eautomate: eautomate.contracts.changed(eautomate.current_timestamp()),
    "ExistsItem": lambda eautomate: eautomate.items.exists("-"),
    "getCallTypeList": lambda eautomate: eautomate.codes.call_types(),
    "getBillCodeList": lambda eautomate: eautomate.codes.bill(),
}
"""How each right of the e-automate user is tried: by asking what changed since just now, or for a short list."""


def check_project_invoices(psa: Psa, eautomate: Eautomate, settings: ProjectInvoiceSettings) -> Iterator[Check]:
    """Every check of the project invoice flow, rights first; what needs a right that is missing is left out."""
    rights = list(checks(FLOW, settings, {PSA: psa.may_read, EAUTOMATE: lambda what: _READS[what](eautomate)}))
    yield from rights
    if not lacks(rights, PSA, TABLES):
        yield from _rows(psa, settings)
    if not lacks(rights, EAUTOMATE, "Items"):
        yield from _items(eautomate, settings)
    if settings.call_type and not lacks(rights, EAUTOMATE, "Call types"):
        types = eautomate.codes.call_types()
        yield _row("CALL_TYPE", "Call type", settings.call_type, _active(types), "e-automate, call types")
    if settings.bill_code and not lacks(rights, EAUTOMATE, "Bill codes"):
        codes = eautomate.codes.bill()
        yield _row("BILL_CODE", "Bill code", settings.bill_code, _active(codes), "e-automate, bill codes")
    if settings.call_status:
        yield _call_status(settings.call_status)


def _rows(psa: Psa, settings: ProjectInvoiceSettings) -> Iterator[Check]:
    """The set-up rows that settings name; a list is read only where one is named."""
    tables = "System > Setup Tables"
    if settings.statuses:
        there = [row.name for row in psa.records(BILLING_STATUSES, None, BillingStatus) if not row.inactive]
        for name in settings.statuses:
            yield _row("BILLING_STATUS", "Billing status", name, there, f"{tables} > Billing Status")
    if wanted := settings.filters.get("project_status", ()):
        there = [row.name for row in psa.records(PROJECT_STATUSES, None, SetupRow)]
        for name in wanted:
            yield _row("PROJECT_STATUS", "Project status", name, there, f"{tables} > Project Status")
    if wanted := settings.filters.get("project_type", ()):
        there = [row.name for row in psa.records(PROJECT_TYPES, None, SetupRow)]
        for name in wanted:
            yield _row("PROJECT_TYPE", "Project type", name, there, f"{tables} > Project Type")


def _active(codes: Iterable[Code]) -> list[str]:
    return [code.code for code in codes if code.active]


def _row(code: str, title: str, name: str, there: Collection[str], table: str) -> Check:
    """Whether there is an active row of this name."""
    known = fold(name) in map(fold, there)
    return Check(
        code,
        f"{title} {name}",
        known,
        "it is there" if known else f"no active one is called so; there is {', '.join(there) or 'none at all'}",
        f"an active row named {name}",
        f"{table}, row {name}",
        f"Add or activate the row {name}, or name another one in the settings of {FLOW}.",
        fold(name),
    )


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


def _call_status(name: str) -> Check:
    return Check(
        "CALL_STATUS",
        f"Call status {name}",
        None,
        "e-automate's PublicAPI lists no call statuses, so only the first call tells",
        f"a call status with the code {name}",
        "e-automate, call statuses",
        f"Correct flows.{FLOW}.call_status if the first call is refused for it.",
        fold(name),
    )
