"""What must hold in both systems before project invoices can become calls: rights, statuses, items, codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from functions.eautomate_project_invoices.rules import unfit
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import FLOW
from functions.rights import EAUTOMATE, PSA, TABLES, checks, lacks
from shared.sync.preflight import Check
from shared.systems.connectwise_psa import BillingStatus, Psa
from shared.systems.connectwise_psa.finance import BILLING_STATUSES
from shared.systems.connectwise_psa.models import SetupRow
from shared.systems.connectwise_psa.projects import PROJECT_STATUSES, PROJECT_TYPES
from shared.systems.eautomate import Code, Eautomate
from shared.systems.eautomate.codes import find, fold

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
        yield _code("CALL_TYPE", "call type", settings.call_type, eautomate.codes.call_types())
    if settings.bill_code and not lacks(rights, EAUTOMATE, "Bill codes"):
        yield _code("BILL_CODE", "bill code", settings.bill_code, eautomate.codes.bill())
    if settings.call_status:
        yield _call_status(settings.call_status)


def _rows(psa: Psa, settings: ProjectInvoiceSettings) -> Iterator[Check]:
    """The set-up rows that settings name; a list is read only where one is named."""
    if settings.statuses:
        statuses = [row.name for row in psa.records(BILLING_STATUSES, None, BillingStatus) if not row.inactive]
        for name in settings.statuses:
            yield _row("INVOICE_STATUS", "Invoice status", name, statuses, "Invoice Status")
    for fact, path, title, table in (
        ("project_status", PROJECT_STATUSES, "Project status", "Project Status"),
        ("project_type", PROJECT_TYPES, "Project type", "Project Type"),
    ):
        wanted = settings.filters.get(fact, ())
        there = [row.name for row in psa.records(path, None, SetupRow)] if wanted else []
        for name in wanted:
            yield _row(fact.upper(), title, name, there, table)


def _row(code: str, title: str, name: str, there: Iterable[str], table: str) -> Check:
    names = list(there)
    known = fold(name) in map(fold, names)
    return Check(
        code,
        f"{title} {name}",
        known,
        "it is there"
        if known
        else f"there is no active one of that name; there is {', '.join(names) or 'none at all'}",
        f"an active row named {name}",
        f"System > Setup Tables > {table}, row {name}",
        f"Add the row {name}, or name another one in the settings of {FLOW}.",
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
        "PART_ITEM",
        f"Item {number}" if number else "Item of fixed fees",
        passed,
        found,
        "an active non-inventory item with a list price of 1.00, whose quantity carries an amount",
        f"e-automate, Inventory > Items, {number or 'any'}",
        f"Make the item so, or name another one in the settings of {FLOW}: flows.{FLOW}.fee_item, expense_item and "
        "product_item.",
        fold(number),
    )


def _code(code: str, noun: str, name: str, there: Sequence[Code]) -> Check:
    known = find(there, name)
    if known is None:
        found = f"there is none; there is {', '.join(each.code for each in there) or 'none at all'}"
    else:
        found = "it is there" if known.active else "it is there, but inactive"
    return Check(
        code,
        f"{noun[:1].upper()}{noun[1:]} {name}",
        known is not None and known.active,
        found,
        f"an active {noun} {name}",
        f"e-automate, list of {noun}s, {name}",
        f"Add or activate {name}, or name another one in the settings of {FLOW}.",
        fold(name),
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
