"""Every issue of the agreement flow, in words for the person who settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from functions.eautomate_agreements.billing import Billing, marked
from functions.eautomate_agreements.lines import billed, sum_of
from functions.eautomate_agreements.situations import (
    AGREEMENT,
    FLOW,
    INVOICE,
    InvoiceSituation,
    Payer,
    agreement_name,
    invoice_name,
)
from shared.partners.eautomate import CUSTOMER, CUSTOMERS, money
from shared.sync.issue import Awaited, Issue
from shared.sync.link import Link
from shared.sync.needed import Needed
from shared.sync.record import Name
from shared.systems.connectwise_psa import Addition, Invoice
from shared.systems.eautomate import ContractImport, ImportLine

BILL_TO = Needed(CUSTOMERS, CUSTOMER.kind, "BILL_TO_NOT_MAPPED", "bill-to company", CUSTOMER.fix)
"""The bill-to company of an invoice and its e-automate customer (EA-28)."""

PLACE = {"po": "PO number", "remarks": "Remarks"}
"""What people call the place where a contract keeps the invoice number (EA-30)."""


# The invoice and its companies


def invoice_gone(situation: InvoiceSituation) -> Issue:
    return situation.issue(
        "INVOICE_GONE",
        f"{situation.name} is not in ConnectWise any more, but e-automate was given it for a contract.",
        "See whether the contract bills it still, and correct that in e-automate; then cancel it here.",
    )


def not_mapped(situation: InvoiceSituation, payer: Payer, needed: Needed) -> Issue:
    """EA-28: whoever is billed, and whose contract it is, must both be customers that e-automate knows."""
    if payer.found.link is None:
        issue = needed.issue(situation, payer.name, payer.found)
        return replace(issue, message=issue.message[:1].upper() + issue.message[1:])
    return situation.issue(
        "CUSTOMER_UNKNOWN",
        f"{situation.name} needs {payer.name}, whose e-automate customer ({payer.found.link.partner_name or 'ID '}"
        f"{'' if payer.found.link.partner_name else payer.found.partner_id}) is not known to e-automate any more.",
        "Unlink the customer and map the company anew; the invoice is tried again by itself.",
        category="mapping",
        about=(payer.name,),
    )


# What it bills


def unbalanced(situation: InvoiceSituation, additions: Sequence[Addition]) -> Issue:
    told = "; ".join(
        f"{one.product}: {one.billed.normalize():f} at {one.price.normalize():f} is {money(one.billed * one.price)}, "
        f"but it bills {money(billed(one))}"
        for one in additions
    )
    return situation.issue(
        "UNBALANCED_LINE",
        f"{situation.name} has lines that ConnectWise may bill and e-automate may not, as quantity times price is not "
        f"what they bill. {told}. Nothing was imported.",
        "In ConnectWise, on the agreement's additions: set the price to what is billed (0 for No Charge), or let the "
        "addition not be billed at all; then generate the invoice anew.",
    )


def totals_differ(situation: InvoiceSituation, invoice: Invoice, given: Sequence[ImportLine]) -> Issue:
    """Money: what e-automate would be given is not what the invoice says."""
    told = "; ".join(f"{line.item} {money(line.amount)}" for line in given) or "no line at all"
    left = [
        f"{money(amount)} of {what}, for which no item is set"
        for what, amount, item in (
            ("time", invoice.time, situation.settings.time_item),
            ("expenses", invoice.expenses, situation.settings.expense_item),
        )
        if amount and not item
    ]
    return situation.issue(
        "TOTALS_DIFFER",
        f"{situation.name} bills {money(invoice.before_tax)} before tax, but its agreement's lines come to "
        f"{money(sum_of(given))} ({told}{''.join(f'; without {one}' for one in left)}). Nothing was imported.",
        "Compare the invoice with the agreement's amount and additions in ConnectWise: what was changed or prorated "
        "since is billed by hand in e-automate, or the invoice is generated anew.",
    )


def billed_differently(situation: InvoiceSituation, invoice: Invoice, found: Billing) -> Issue:
    return situation.issue(
        "TOTALS_DIFFER",
        f"{situation.name} bills {money(invoice.before_tax)} before tax, but e-automate billed "
        f"{money(found.invoice.total)} for it.",
        f"In e-automate, see what was changed on {_contract(situation)} before it was billed; void and reset the "
        "contract invoice and bill again, or credit the difference.",
    )


# The contract


def contract_inactive(situation: InvoiceSituation) -> Issue:
    """EA-31: it is there, but in no billing queue."""
    return situation.issue(
        "CONTRACT_INACTIVE",
        f"{_contract(situation)}, which {_agreement(situation)} is linked to, is inactive, so that it is in no "
        f"contract billing queue, and {situation.name} waits. No second contract is made.",
        "Activate the contract in e-automate; the invoice follows by itself.",
        about=_about(situation),
    )


def contract_terminated(situation: InvoiceSituation) -> Issue:
    """EA-36: only a person knows whether the agreement goes on under a new contract."""
    return situation.issue(
        "CONTRACT_TERMINATED",
        f"{_contract(situation)}, which {_agreement(situation)} is linked to, is terminated in e-automate, "
        f"so that {situation.name} waits. No second contract is made.",
        f"If the agreement goes on, unlink the two: crosswise unlink {_address(situation)} --flow {FLOW}. Then a new "
        "contract is made. If it does not, cancel the invoice here.",
        about=_about(situation),
    )


def contract_gone(situation: InvoiceSituation) -> Issue:
    return situation.issue(
        "CONTRACT_GONE",
        f"{_contract(situation)}, which {_agreement(situation)} is linked to, is not known to e-automate any more, "
        f"so that {situation.name} waits. No second contract is made.",
        f"Unlink the two: crosswise unlink {_address(situation)} --flow {FLOW}. Then a new contract is made. Or relink "
        "the agreement to the contract that took its place.",
        about=_about(situation),
    )


def goes_first(situation: InvoiceSituation, other: Invoice) -> Issue:
    """A contract carries one invoice at a time: a second one would take the number from under the first."""
    return situation.issue(
        "CONTRACT_OCCUPIED",
        f"{situation.name} waits for {invoice_name(other)}, which the same contract must bill first.",
        f"Let {invoice_name(other)} be imported and bill the contract in e-automate; this one follows by itself. If "
        "the other is not to be billed there, cancel it: "
        f"crosswise cancel cw#{INVOICE}#{other.key} --flow {FLOW}.",
        about=(invoice_name(other),),
    )


def default_template_used(situation: InvoiceSituation, wanted: str, used: str) -> Issue:
    """EA-37: never silently."""
    return situation.issue(
        "DEFAULT_TEMPLATE_USED",
        f"e-automate has no template contract {wanted!r}, the same to the character, for {_agreement(situation)}, so "
        f"that its contract is made from the default template {used!r}.",
        f"See that the new contract is as it should be before it is billed. For the next one, make a template contract "
        f"{wanted!r} in e-automate, or correct template_pattern.",
        blocks=False,
    )


def template_missing(situation: InvoiceSituation, wanted: str, default: str) -> Issue:
    """EA-37: without any template there is no contract."""
    also = f", and none {default!r}, the default," if default else ", and no default template is set,"
    return situation.issue(
        "TEMPLATE_MISSING",
        f"e-automate has no template contract {wanted!r}, the same to the character{also} so that no contract can be "
        f"made for {_agreement(situation)}.",
        f"Make a template contract {wanted!r} in e-automate, or set default_template; the invoice follows by itself.",
        category="refused",
    )


# Imports


def overdue(situation: InvoiceSituation, one: ContractImport) -> Issue:
    return situation.issue(
        "IMPORT_OVERDUE",
        f"{situation.name} was handed to the contract import gateway at {one.received_at:%Y-%m-%d %H:%M} UTC (import "
        f"{one.id}) and is neither applied nor rejected.",
        "See that the gateway's own job runs in e-automate. The invoice is looked at again by itself.",
        category="system",
    )


def import_gone(situation: InvoiceSituation, link: Link) -> Issue:
    """Whether its contract bills it, only a person can tell now."""
    return situation.issue(
        "IMPORT_GONE",
        f"The contract import gateway does not know import {link.partner_id} of {situation.name} any more, and no "
        "contract invoice has its number.",
        f"See in e-automate whether a contract bills {situation.name}. If one does, cancel it here; if none does, "
        f"unlink it, and it is handed in anew: crosswise unlink {situation.home} --flow {FLOW}.",
    )


def rejected(situation: InvoiceSituation, one: ContractImport) -> Issue:
    """The gateway's words are all that is known of why."""
    said = "; ".join(fault.message.rstrip(".") for fault in one.errors if fault.message) or "it gave no reason"
    exists = any(fault.code == "CONTRACT_EXISTS" for fault in one.errors)
    fix = (
        f"If that contract is the agreement's, link the two: crosswise relink {_address(situation)} ID --flow {FLOW}, "
        "with the contract's ID in e-automate."
        if exists
        else "Correct what it names, in e-automate or ConnectWise; the invoice is handed in again by itself."
    )
    return situation.issue(
        "IMPORT_REJECTED",
        f"e-automate rejected {situation.name} for a contract (import {one.id}): {said}.",
        fix,
        category="refused",
        waits_on=(Awaited(FLOW, situation.agreement_pair.home),) if exists else (),
    )


# Billing


def billed_before(situation: InvoiceSituation, invoice: Invoice, found: Billing) -> Issue:
    """EA-33: nothing that is done here could change what is billed already."""
    return situation.issue(
        "BILLED_BEFORE_SYNC",
        f"e-automate has billed {_contract(situation)} already for what {situation.name} bills "
        f"({money(invoice.before_tax)}): contract invoice {found.invoice.number} of "
        f"{found.invoice.billed_at:%Y-%m-%d}, {money(found.invoice.total)}. {_diagnosis(situation, invoice, found)}",
        f"In e-automate, void and reset contract invoice {found.invoice.number}. Then {situation.name} is imported by "
        "itself; when it is, bill the contract again.",
    )


def not_renumbered(situation: InvoiceSituation, invoice: Invoice, found: Billing) -> Issue:
    """EA-34, EA-35."""
    place = PLACE[situation.settings.number_in]
    return situation.issue(
        "NOT_RENUMBERED",
        f"e-automate billed {situation.name} as contract invoice {found.invoice.number}, which was not renumbered to "
        f"{invoice.number}. {_diagnosis(situation, invoice, found)}",
        f"In e-automate, void and reset contract invoice {found.invoice.number}, see that {invoice.number} is in the "
        f"{place} of {_contract(situation)}, and bill it again.",
    )


def _diagnosis(situation: InvoiceSituation, invoice: Invoice, found: Billing) -> str:
    """EA-35: what the contract invoice keeps as number tells why it has none of its own."""
    place = PLACE[situation.settings.number_in]
    kept = found.invoice.po_number.strip() if situation.settings.number_in == "po" else marked(found.invoice.remarks)
    if kept == invoice.number:
        return f"Its {place} holds {kept}, as it should: see whether that number is another contract invoice's."
    if kept in situation.other_numbers:
        return (
            f"Its {place} holds {kept}, another ConnectWise invoice of the agreement: the contract was billed before "
            f"{invoice.number} was on it."
        )
    if kept:
        return f"Its {place} holds {kept}, which is no ConnectWise invoice of this agreement."
    return (
        f"Its {place} holds no ConnectWise invoice number: the contract was billed before {invoice.number} was on it."
    )


def _contract(situation: InvoiceSituation) -> str:
    contract = situation.taken_by or situation.contract
    if contract is not None:
        return f"contract {contract.number}"
    link = situation.contract_link
    return (link.partner_name or f"the contract with the ID {link.partner_id}") if link else "its contract"


def _agreement(situation: InvoiceSituation) -> str:
    return str(agreement_name(situation.agreement)) if situation.agreement else "its agreement"


def _about(situation: InvoiceSituation) -> tuple[Name, ...]:
    return (agreement_name(situation.agreement),) if situation.agreement else ()


def _address(situation: InvoiceSituation) -> str:
    """What a person types to name the agreement."""
    return f"cw#{AGREEMENT}#{situation.agreement_pair.home.id}"
