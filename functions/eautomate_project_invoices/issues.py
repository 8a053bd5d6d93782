"""Every issue of the project invoice flow, in words for the person who settles it."""

from __future__ import annotations

from collections.abc import Sequence

from functions.eautomate_project_invoices.situations import FLOW, ProjectInvoiceSituation
from shared.partners.eautomate import money
from shared.partners.eautomate_calls import Sums, call_name
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.systems.connectwise_psa.tickets import TimeEntry
from shared.systems.eautomate import Call


def invoice_gone(situation: ProjectInvoiceSituation, link: Link) -> Issue:
    called = link.partner_name or f"the call with the ID {link.partner_id}"
    return situation.issue(
        "INVOICE_GONE",
        f"{link.cw_name or situation.name}, of which {called} was made, was deleted in ConnectWise. The call is left "
        "as it is.",
        f"Cancel {called} in e-automate if it is not to be billed; then unlink the two here.",
    )


def call_gone(situation: ProjectInvoiceSituation, link: Link) -> Issue:
    called = link.partner_name or f"the call with the ID {link.partner_id}"
    return situation.issue(
        "CALL_GONE",
        f"e-automate does not know {called} any more, which was made of {situation.name}. No second call is made.",
        "Unlink the two here if the invoice is to become a call again; otherwise cancel the invoice here.",
    )


def totals_differ(situation: ProjectInvoiceSituation, ours: Sums, theirs: Sums, *, missing: Sequence[str]) -> Issue:
    """Both totals, and which amounts have no part that would carry them."""
    why = f" Nothing carries its {' and its '.join(missing)}." if missing else ""
    fix = "Correct the invoice, or what its time entries bill, in ConnectWise; it is tried again by itself."
    if missing:
        settings = " and ".join(f"flows.{FLOW}.{_SETTING[one]}" for one in missing)
        fix = f"Name the item that is to carry them in {settings}; or correct the invoice. It is tried again by itself."
    return situation.issue(
        "TOTALS_DIFFER",
        f"{situation.name} says {money(theirs.amount)} before tax, but its call would come to {money(ours.amount)}."
        f"{why} No call was made.",
        fix,
    )


def hours_differ(situation: ProjectInvoiceSituation, ours: Sums, theirs: Sums) -> Issue:
    return situation.issue(
        "HOURS_DIFFER",
        f"{situation.name} bills {money(theirs.hours)} hours, but the labour lines of its call would come to "
        f"{money(ours.hours)}. No call was made.",
        "Give every time entry of the invoice its member in ConnectWise; the invoice is tried again by itself.",
    )


def already_given(situation: ProjectInvoiceSituation, entries: Sequence[TimeEntry]) -> Issue:
    told = "; ".join(f"{_entry(entry)} by {situation.given[entry.key]}" for entry in entries)
    return situation.issue(
        "ENTRY_ALREADY_GIVEN",
        f"{situation.name} bills time that e-automate was given before: {told}. No call was made.",
        "Take that time off the invoice in ConnectWise; or cancel the earlier call in e-automate and unlink it here.",
    )


def item_unfit(situation: ProjectInvoiceSituation, number: str, why: str) -> Issue:
    return situation.issue(
        "ITEM_UNFIT",
        f"{situation.name} needs the item {number}, {why}. No call was made.",
        f"In e-automate, make {number} an active non-inventory item with a list price of 1.00; or name another one in "
        f"the settings of {FLOW}.",
        category="refused",
    )


def changed_after_call(situation: ProjectInvoiceSituation, call: Call, held: Sums, said: Sums) -> Issue:
    """A call is made once; what is changed later on either side is told, with both values."""
    hours = "" if held.same_hours(said) else f" and {money(said.hours)} hours, the call {money(held.hours)} hours"
    return situation.issue(
        "INVOICE_CHANGED_AFTER_CALL",
        f"{situation.name} says {money(said.amount)} before tax{hours}; {call_name(call)}, which was made of it, comes "
        f"to {money(held.amount)}. The call is left as it is.",
        "Correct the call in e-automate or the invoice in ConnectWise, so that both agree.",
        about=(call_name(call),),
        blocks=False,
    )


def company_changed(situation: ProjectInvoiceSituation, call: Call, company: str) -> Issue:
    whose = f"customer {call.customer_number} {call.customer_name}".strip()
    return situation.issue(
        "COMPANY_CHANGED_AFTER_CALL",
        f"{situation.name} is {company}'s now, but {call_name(call)}, which was made of it, is {whose}'s. No second "
        "call is made.",
        "Set the invoice back to the company; or cancel the call in e-automate, and unlink the two here, so that a "
        "call is made for the other customer.",
        about=(call_name(call),),
        blocks=False,
    )


_SETTING = {"fixed fee": "fee_item", "expenses": "expense_item", "products": "product_item"}


def _entry(entry: TimeEntry) -> str:
    who = entry.member.name or entry.member.identifier if entry.member else ""
    day = f" of {entry.start:%Y-%m-%d}" if entry.start else ""
    return f"time entry {entry.key}{day}{f' ({who})' if who else ''}"
