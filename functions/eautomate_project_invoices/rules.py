"""The business of project invoices: which of them become a call, and what the call is given.

Read from the top: `decide` is the whole order of the rules, each function below is one of them. What a call bills
stands in `billing`, the words of every issue in `issues`; what service calls do alike, in `shared.partners`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from functions.eautomate_project_invoices import issues
from functions.eautomate_project_invoices.billing import Bill, bill, billed, fee, held, said
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import (
    KIND,
    ProjectInvoiceSituation,
    member_id,
    number_of,
)
from shared.partners import eautomate_calls
from shared.partners.eautomate import AGREEMENTS, CONTRACT, CUSTOMER, SERVICE_CALLS, TECHNICIAN, cents
from shared.partners.eautomate_calls import ambiguous_call, call_name, no_contract
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import Name, fold
from shared.systems.connectwise_psa.projects import Project
from shared.systems.connectwise_psa.tickets import WorkInvoice
from shared.systems.eautomate import Item
from shared.systems.eautomate.call_models import LIMITS

EAUTOMATE = "eautomate"
BILLABLE = ("Standard", "Progress", "Miscellaneous")
"""The types of invoices that bill a project's work."""

BY_CREATION = "This call was created for it."
BY_NUMBER = "Its number leads the call's description: an earlier try had made it."


def decide(situation: ProjectInvoiceSituation) -> Plan:
    """The plan for one invoice: look at its call, find it, leave the invoice alone, wait, or make the call."""
    invoice = situation.invoice
    if invoice is None:
        return _no_invoice(situation)
    if situation.link is not None:
        return _linked(situation, invoice, situation.link)
    return (
        _found(situation) or _left_alone(situation, invoice) or _waits(situation, invoice) or _make(situation, invoice)
    )


def _no_invoice(situation: ProjectInvoiceSituation) -> Plan:
    """A call whose invoice is gone is for a person; it is never taken back by us."""
    if situation.link is not None:
        return stop(situation.home, issues.invoice_gone(situation, situation.link), name=situation.name)
    if situation.home.kind != KIND:
        return skip(situation.home, "No invoice of this project is waiting.", name=situation.name)
    return skip(situation.home, "ConnectWise does not know this invoice.", name=situation.name)


# Made already


def _linked(situation: ProjectInvoiceSituation, invoice: WorkInvoice, link: Link) -> Plan:
    """An invoice becomes a call once; whatever differs later is told, with both values (EA-54)."""
    call = situation.call
    if call is None:
        return stop(situation.home, issues.call_gone(situation, link), name=situation.name)
    told: list[Issue] = []
    customer = situation.customer
    if customer.link is not None and customer.partner_id != call.customer_id:
        told.append(issues.company_changed(situation, call, _company(invoice)))
    now, wanted = held(call, situation.settings), said(situation, invoice)
    if not (now.same_amount(wanted) and (situation.fixed_fee or now.same_hours(wanted))):
        told.append(issues.changed_after_call(situation, call, now, wanted))
    reason = f"It is {call_name(call)}." if not told else " ".join(issue.message for issue in told)
    return Plan(situation.home, reason, issues=tuple(told), name=situation.name)


def _found(situation: ProjectInvoiceSituation) -> Plan | None:
    """The call that an earlier try made, whose answer was lost: linked, whatever became of the invoice since."""
    if len(situation.found) > 1:
        return stop(situation.home, ambiguous_call(situation, "invoice", situation.found), name=situation.name)
    for call in situation.found:
        return Plan(situation.home, BY_NUMBER, (_link(situation, call.id, BY_NUMBER),), name=situation.name)
    return None


# Left alone


def _left_alone(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> Plan | None:
    """Whose invoice it is, and whether this flow is to bill it now."""
    reason = (
        left_alone(invoice, situation.project, situation.settings, situation.others)
        or _billed_as_service(situation)
        or _nothing_billed(situation, invoice)
    )
    return skip(situation.home, reason, name=situation.name) if reason else None


def left_alone(
    invoice: WorkInvoice, project: Project | None, settings: ProjectInvoiceSettings, others: Collection[str]
) -> str:
    """Why an invoice is none for this flow, by what it says itself; empty if it may be one."""
    return _not_ours(invoice, project, others) or _wrong_type(invoice) or _not_now(invoice, settings)


def _not_ours(invoice: WorkInvoice, project: Project | None, others: Collection[str]) -> str:
    """EA-59: agreement invoices are the agreement flow's, what belongs to no project the service flow's."""
    if invoice.type == "Agreement":
        return f"It is an agreement's invoice: {_owner(AGREEMENTS, others)}."
    if project is None:
        return f"It belongs to no project: {_owner(SERVICE_CALLS, others)}."
    return ""


def _owner(flow: str, others: Collection[str]) -> str:
    return f"{flow} bills it" if flow in others else f"{flow} would bill it, but is not in use"


def _wrong_type(invoice: WorkInvoice) -> str:
    """EA-53: a down payment is made by hand in e-automate, and so is what gives money back."""
    if invoice.type == "DownPayment":
        return "Down-payment invoices are not synced; make it by hand in e-automate."
    if invoice.type not in BILLABLE:
        return f"An invoice of the type {invoice.type or 'none'} is not synced; make it by hand in e-automate."
    return ""


def _not_now(invoice: WorkInvoice, settings: ProjectInvoiceSettings) -> str:
    """Status and date, as the settings have them."""
    status = invoice.status
    now = f"is {status.name!r}" if status.name else "is empty"
    if settings.first_day and invoice.date and invoice.date < settings.first_day:
        return f"Its date is {invoice.date}; the settings begin with {settings.first_day}."
    if not settings.statuses:
        return f"Its status {now}, which is closed." if status.closed else ""
    if fold(status.name) in map(fold, settings.statuses):
        return ""
    return f"Its status {now}; the settings take {', '.join(settings.statuses)}."


def _billed_as_service(situation: ProjectInvoiceSituation) -> str:
    """EA-59: what the service flow made a call of before this flow was in use stays that call."""
    return f"{SERVICE_CALLS} has made {situation.billed_as} of it." if situation.billed_as else ""


def _nothing_billed(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> str:
    return "" if cents(invoice.before_tax) or billed(situation) else "It bills nothing."


# Made now


def _waits(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> Plan | None:
    """Customer, technicians and contract must be linked; all that is missing is said at once."""
    told = list(_unmapped(situation, invoice))
    return stop(situation.home, *told, name=situation.name) if told else None


def _unmapped(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> Iterator[Issue]:
    if situation.customer.link is None:
        yield CUSTOMER.issue(situation, Name(f"company {_company(invoice)}"), situation.customer)
    members = {member_id(entry): entry.member for entry in billed(situation) if member_id(entry)}
    for id_, member in members.items():
        found = situation.technicians[id_]
        if found.link is None:
            called = (member.name or member.identifier) if member else id_
            yield TECHNICIAN.issue(situation, Name(f"member {called}"), found)
    if situation.cover.waits is not None:
        yield CONTRACT.issue(situation, situation.agreement, situation.cover.waits)


def _make(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> Plan:
    """EA-52, EA-54: one call for the invoice, if it adds up to the cent and no time is given twice."""
    given = bill(situation, invoice)
    told = [*_given_before(situation), *_unfit_items(situation, given), *_differences(situation, invoice, given)]
    if told:
        return stop(situation.home, *told, name=situation.name)
    what = "its fixed fee" if situation.fixed_fee else f"{len(given.labors)} time entries"
    reason = f"It bills {what} of {situation.project.name if situation.project else ''}."
    fields: dict[str, Any] = {
        "customer_id": situation.customer.partner_id,
        "description": _description(situation, invoice),
        "call_type": situation.settings.call_type,
        "bill_code": situation.settings.bill_code,
        "status": situation.settings.call_status,
        "contract_id": situation.cover.contract_id,
        "po_number": _po_number(situation, invoice),
        "labors": given.labors,
        "materials": given.materials,
    }
    return Plan(
        situation.home,
        reason,
        (
            Step("call", EAUTOMATE, "call", "create", fields={k: v for k, v in fields.items() if v}, why=reason),
            _link(situation, Created("call"), BY_CREATION),
        ),
        (no_contract(situation, str(situation.agreement), situation.cover),) if situation.cover.unsure else (),
        name=situation.name,
    )


def _given_before(situation: ProjectInvoiceSituation) -> Iterator[Issue]:
    """EA-59: a time entry that any call has already is never given twice."""
    twice = [entry for entry in billed(situation) if entry.key in situation.given]
    if twice:
        yield issues.already_given(situation, twice)


def _unfit_items(situation: ProjectInvoiceSituation, given: Bill) -> Iterator[Issue]:
    """EA-52: a part that carries an amount is no inventory item, and one of it costs 1.00."""
    for number in given.parts or {}:
        why = unfit(situation.items.get(number))
        if why:
            yield issues.item_unfit(situation, number, why)


def unfit(item: Item | None) -> str:
    """Why an item cannot carry an amount; empty if it can, as far as e-automate says."""
    why = eautomate_calls.unfit(item, carries=True)
    return why or ("which is an inventory item" if item and item.inventory else "")


def _differences(situation: ProjectInvoiceSituation, invoice: WorkInvoice, given: Bill) -> Iterator[Issue]:
    """What e-automate is given equals what the invoice says, to the cent and to the hundredth of an hour."""
    ours, theirs = given.sums, said(situation, invoice)
    if not ours.same_amount(theirs):
        yield issues.totals_differ(situation, ours, theirs, missing=_without_item(situation, invoice))
    if not ours.same_hours(theirs):
        yield issues.hours_differ(situation, ours, theirs)


def _without_item(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> list[str]:
    settings = situation.settings
    amounts = {
        "fixed fee": (settings.fee_item, fee(invoice) if situation.fixed_fee else 0),
        "expenses": (settings.expense_item, invoice.expenses),
        "products": (settings.product_item, invoice.products),
    }
    return [what for what, (item, amount) in amounts.items() if amount > 0 and not item]


def _description(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> str:
    """The invoice's number leads it: by that a call is found again."""
    what = situation.project.name.strip() if situation.project else ""
    if situation.phase is not None and situation.phase.name.strip():
        what = f"{what}: {situation.phase.name.strip()}"
    return f"{number_of(invoice)} {what}".strip()[: LIMITS["description"]]


def _po_number(situation: ProjectInvoiceSituation, invoice: WorkInvoice) -> str:
    """The customer's PO number, where it is short enough for a call; cut, it would be another one."""
    number = invoice.po_number.strip() or (situation.project.po_number.strip() if situation.project else "")
    return number if len(number) <= LIMITS["po_number"] else ""


def _company(invoice: WorkInvoice) -> str:
    company = invoice.company
    return (company.name or company.identifier) if company else "of no name"


def _link(situation: ProjectInvoiceSituation, call: str | Created, how: str) -> Step:
    return Step("link", LINKS, KIND, "link", fields={"cw": situation.home.id, "partner": call}, why=how)
