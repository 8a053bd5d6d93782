"""What an invoice's call bills: its labour lines and parts, what they come to, and what the invoice says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import ProjectInvoiceSituation, member_id
from shared.partners.eautomate import cents
from shared.partners.eautomate_calls import UNIT_PRICE, Sums, labor, of_labors, of_lines
from shared.sync.record import fold
from shared.systems.connectwise_psa.tickets import TimeEntry, WorkInvoice
from shared.systems.eautomate import Call


@dataclass(frozen=True)
class Bill:
    """What a call is given: labour lines as the adapter takes them, and amounts by the number of the part's item."""

    labors: tuple[Mapping[str, Any], ...] = ()
    parts: Mapping[str, Decimal] | None = None

    @property
    def materials(self) -> tuple[Mapping[str, Any], ...]:
        return tuple({"item": item, "quantity": amount / UNIT_PRICE} for item, amount in (self.parts or {}).items())

    @property
    def sums(self) -> Sums:
        return of_lines(self.labors) + Sums(amount=sum((self.parts or {}).values(), Decimal(0)))


def bill(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> Bill:
    """EA-52: a fixed fee is one part; at actual rates each time entry is one labour line. Expenses and products are a
    part each, where the settings name one. Whatever has no place is missing from the sums, which then differ.
    """
    settings = situation.settings
    amounts = [(settings.expense_item, invoice.expenses), (settings.product_item, invoice.products)]
    if situation.fixed_fee:
        amounts.insert(0, (settings.fee_item, fee(invoice)))
    parts: dict[str, Decimal] = {}
    for item, amount in amounts:
        if item and amount > 0:
            parts[item] = parts.get(item, Decimal(0)) + cents(amount)
    lines = [
        labor(entry, situation.technicians[member_id(entry)].partner_id)
        for entry in billed(situation)
        if member_id(entry)
    ]
    return Bill(tuple(lines), parts)


def billed(situation: ProjectInvoiceSituation) -> tuple[TimeEntry, ...]:
    """The time entries that are to be lines; one that ConnectWise does not bill at all is none, one for nothing is."""
    if situation.fixed_fee:
        return ()
    return tuple(entry for entry in situation.entries if entry.how != "DoNotBill")


def fee(invoice: WorkInvoice) -> Decimal:
    """The fixed fee that an invoice bills: what it says before tax, less its expenses and products.

    So progress and down payments that ConnectWise has taken off are off here, too.
    """
    return invoice.before_tax - invoice.expenses - invoice.products


def said(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> Sums:
    """What the invoice says that it bills: its total before tax, and the hours of all its time entries."""
    hours = sum((entry.billed_hours for entry in billed(situation)), Decimal(0))
    return Sums(hours, invoice.before_tax)


def held(call: Call, settings: ProjectInvoiceSettings) -> Sums:
    """What a call bills as e-automate has it now: its labour lines, and those parts that carry amounts."""
    ours = set(map(fold, settings.items))
    parts = (part.quantity or Decimal(0) for part in call.materials if fold(part.item) in ours)
    return of_labors(call.labors) + Sums(amount=sum(parts, Decimal(0)) * UNIT_PRICE)
