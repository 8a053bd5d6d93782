"""The business of the agreement flow: which invoice becomes whose contract, and whether e-automate bills just that.

What became of an invoice's last import says what is next:

| the last import | stage | what is done | next look |
| --- | --- | --- | --- |
| none, and the invoice is to be left alone | - | nothing (EA-26, EA-27) | when it changes |
| none, though one was made | - | an issue: a list that lacks it proves nothing (promise 7) | its retry |
| none | hand in | imported, if every gate below lets it pass: for a new contract, or for the linked one | 1 minute |
| staged | wait | overdue, it is an issue | 1 minute, overdue 15 |
| any, of which one came to a contract that is not linked yet | follow | linked, for a start | 1 minute |
| rejected, and nothing is otherwise | rest | an issue in the gateway's words | its retry hands it in again (EA-32) |
| rejected, and the invoice or contract is otherwise now | hand in | | |
| applied, the invoice changed since | hand in | billed already, it is an issue (EA-33) | |
| applied to a contract that is ended and unlinked, not billed | hand in | a new contract (EA-36) | |
| applied | follow | the agreement is linked to its contract, which calls wait for | |
| | | not billed yet: the contract must be in the billing queue (EA-31) | `check_hours` |
| | | billed under another number: an issue (EA-34, EA-35) | `check_hours` |
| | | billed: totals compared, numbers and payment pushed back | until paid, if that is pushed back; else none |

A contract carries one invoice at a time: the next is handed in when it has billed the one before. What an import says
is read back from the gateway, so that the stage is true whatever was lost on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from functions.eautomate_agreements import issues
from functions.eautomate_agreements.billing import marked, with_mark
from functions.eautomate_agreements.lines import agrees, filled, in_force, lines, unbalanced
from functions.eautomate_agreements.order import goes_first
from functions.eautomate_agreements.pushing import of_billing, push
from functions.eautomate_agreements.settings import AgreementSettings
from functions.eautomate_agreements.situations import AGREEMENT, INVOICE, InvoiceSituation
from shared.partners.eautomate import CUSTOMER, cents
from shared.sync.issue import Issue
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import fold
from shared.systems.connectwise_psa import Agreement, Invoice
from shared.systems.eautomate import Contract, ContractImport, ImportContent, ImportLine

EAUTOMATE = "eautomate"
SOON = timedelta(minutes=1)
SLOWLY = timedelta(minutes=15)
REST = timedelta(minutes=4)
"""How long a rejected import rests before the same is handed in again; shorter than any retry of an issue."""

MEANWHILE = timedelta(minutes=10)
"""How long it may take until the contract that another invoice made is linked."""

Stage = Literal["hand in", "wait", "rest", "follow"]


def decide(situation: InvoiceSituation) -> Plan:
    """The plan for one invoice."""
    invoice, agreement = situation.invoice, situation.agreement
    if invoice is None:
        return _no_invoice(situation)
    if agreement is None:
        return skip(situation.home, left_alone(invoice, None, situation.settings), name=situation.name)
    if situation.agreement_pair.held:
        return skip(situation.home, f"Its agreement: {situation.agreement_pair.held}", name=situation.name)
    latest = situation.latest
    if latest is None:
        reason = left_alone(invoice, agreement, situation.settings) or _nothing_to_do(situation, invoice, agreement)
        if reason:
            return skip(situation.home, reason, name=situation.name)
        if situation.link is not None:
            return stop(situation.home, issues.import_gone(situation, situation.link), name=situation.name)
        return _hand_in(situation, invoice, agreement, "An agreement invoice becomes a contract.")
    return _found_again(situation, latest, _next(situation, invoice, agreement, latest))


def _next(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement, latest: ContractImport) -> Plan:
    match stage(situation):
        case "wait":
            return _wait(situation, latest)
        case "rest":
            return _rest(situation, latest)
        case "hand in":
            return _again(situation, invoice, agreement, latest)
        case _:
            return _follow(situation, invoice, agreement, latest)


def stage(situation: InvoiceSituation) -> Stage:
    """Where the invoice stands; see the table. What an import needs is read only for those that are handed in."""
    latest = situation.latest
    if latest is None:
        return "hand in"
    if latest.state == "staged":
        return "wait"
    if situation.contract_link is None and not _is_ended(situation.taken_by, situation):
        return "follow"  # whatever else there is to do needs the link
    changed = _changed(situation, latest)
    if latest.state == "rejected":
        rested = situation.waited >= (MEANWHILE if _exists(latest) else REST)
        moved = latest.contract_number != _linked_number(situation)
        return "hand in" if changed or moved or rested or situation.asked else "rest"
    former = _is_ended(situation.taken_by, situation) and not _took_it_to_the_linked_one(situation)
    return "hand in" if changed or (former and situation.billing is None) else "follow"


def left_alone(invoice: Invoice, agreement: Agreement | None, settings: AgreementSettings) -> str:
    """Why an invoice is none of this flow's, if it is none: its kind, its date, EA-26 (status), EA-27 (type)."""
    if invoice.type != "Agreement":
        return f"It is an invoice of the type {invoice.type}; only those of agreements become contracts."
    if agreement is None:
        return "ConnectWise knows no agreement of it."
    if settings.first_day and (invoice.date is None or invoice.date < settings.first_day):
        return f"It is dated {invoice.date}; those before {settings.first_day} are left alone."
    if settings.statuses and fold(invoice.status.name) not in map(fold, settings.statuses):
        return f"Its status is {invoice.status.name!r}; only {', '.join(settings.statuses)} is taken."
    if not settings.statuses and invoice.status.closed:
        return f"Its status {invoice.status.name!r} is closed."
    if settings.agreement_types and fold(agreement.type) not in map(fold, settings.agreement_types):
        return f"Its agreement's type is {agreement.type!r}; only {', '.join(settings.agreement_types)} is taken."
    return ""


def _no_invoice(situation: InvoiceSituation) -> Plan:
    """Nothing is concluded from an invoice that ConnectWise does not give back: a person looks (promise 7)."""
    if situation.home.kind == INVOICE and situation.link is not None:
        return stop(situation.home, issues.invoice_gone(situation), name=situation.name)
    if situation.home.kind == AGREEMENT:
        return skip(situation.home, "It has no invoice yet that could become a contract.", name=situation.name)
    return skip(situation.home, "ConnectWise does not know this invoice.", name=situation.name)


def _nothing_to_do(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement) -> str:
    """Why there is nothing to hand in: somebody billed it by hand, or it bills nothing."""
    found = situation.billing
    if found and found.by == "number" and cents(found.invoice.total) == cents(invoice.before_tax):
        return f"e-automate has billed it already, as contract invoice {found.invoice.number} and with the same total."
    return "" if cents(invoice.before_tax) or _lines(situation, invoice, agreement) else "It bills nothing."


def _found_again(situation: InvoiceSituation, latest: ContractImport, plan: Plan) -> Plan:
    """Promise 2: an import whose answer was lost, or whose link, is linked before anything else."""
    if situation.link is not None:
        return plan
    fields = {"cw": situation.home.id, "partner": latest.id}
    found = Step("found", LINKS, INVOICE, "link", fields=fields, why="The gateway has an import of this invoice.")
    return replace(plan, steps=(found, *plan.steps))


# Handing in: EA-25


def _hand_in(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement, why: str) -> Plan:
    """A new contract, or the linked one changed: never a second one (EA-25, EA-32)."""
    found = [issue for gate in GATES for issue in gate(situation, invoice, agreement)]
    if any(issue.blocks for issue in found):
        return stop(situation.home, *found, name=situation.name)
    content = _content(situation, invoice, agreement)
    steps = [Step("import", EAUTOMATE, "contract_import", "create", fields=content.model_dump(), why=why)]
    if situation.link is None and situation.latest is None:
        fields = {"cw": situation.home.id, "partner": Created("import")}
        steps.append(Step("link", LINKS, INVOICE, "link", fields=fields, why=why))
    reason = f"{situation.name} is handed in for a contract."
    return Plan(situation.home, reason, tuple(steps), tuple(found), name=situation.name, again=SOON)


def _again(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement, latest: ContractImport) -> Plan:
    """EA-32: what was rejected or changed is handed in again; why it was rejected stays told until it is applied."""
    plan = _hand_in(situation, invoice, agreement, "It changed, or was rejected before.")
    same = not _changed(situation, latest) and latest.contract_number == _linked_number(situation)
    if latest.state != "rejected" or not same or any(issue.blocks for issue in plan.issues):
        return plan
    return replace(plan, issues=(*plan.issues, issues.rejected(situation, latest)))


def _contract_can_take_it(situation: InvoiceSituation, _: Invoice, __: Agreement) -> Iterator[Issue]:
    """EA-31, EA-36: a contract that is inactive, terminated or gone takes nothing, and gets no second beside it."""
    if situation.contract_link is None:
        return
    if situation.contract is None:
        yield issues.contract_gone(situation)
    elif _is_ended(situation.contract, situation):
        yield issues.contract_terminated(situation)
    elif not situation.contract.active:
        yield issues.contract_inactive(situation)


def _payers_are_mapped(situation: InvoiceSituation, _: Invoice, __: Agreement) -> Iterator[Issue]:
    """EA-28: the customer and the bill-to customer."""
    for payer, needed in zip(situation.payers, (CUSTOMER, issues.BILL_TO), strict=False):
        if not payer.number:
            yield issues.not_mapped(situation, payer, needed)


def _is_not_billed_yet(situation: InvoiceSituation, invoice: Invoice, _: Agreement) -> Iterator[Issue]:
    """EA-33: billed before the sync, it must be voided and reset by a person."""
    if situation.billing is not None:
        yield issues.billed_before(situation, invoice, situation.billing)


def _is_next(situation: InvoiceSituation, invoice: Invoice, _: Agreement) -> Iterator[Issue]:
    """A contract carries one invoice at a time."""
    other = goes_first(invoice, situation.others, linked=situation.contract_link is not None)
    if other is not None:
        yield issues.goes_first(situation, other)


def _has_a_template(situation: InvoiceSituation, _: Invoice, agreement: Agreement) -> Iterator[Issue]:
    """EA-37: the same to the character; the default template in its place is told, and without it there is nothing."""
    wanted, default = filled(situation.settings.template_pattern, agreement), situation.settings.default_template
    if situation.contract_link is not None or wanted in situation.templates:
        return
    if default and default in situation.templates:
        yield issues.default_template_used(situation, wanted, default)
    else:
        yield issues.template_missing(situation, wanted, default)


def _adds_up(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement) -> Iterator[Issue]:
    """Money: each line, and all of them to the cent."""
    additions = in_force(situation.additions, invoice, situation.period)
    given = _lines(situation, invoice, agreement)
    if wrong := unbalanced(additions):
        yield issues.unbalanced(situation, wrong)
    elif not given or not agrees(given, invoice.before_tax):
        yield issues.totals_differ(situation, invoice, given)


Gate = Callable[[InvoiceSituation, Invoice, Agreement], Iterator[Issue]]

GATES: tuple[Gate, ...] = (
    _contract_can_take_it,
    _payers_are_mapped,
    _is_not_billed_yet,
    _is_next,
    _has_a_template,
    _adds_up,
)
"""What must hold before an invoice is handed in. All are asked, so that everything is told at once."""


def _content(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement) -> ImportContent:
    """What the gateway is given. EA-30: the invoice's number stands in PO or Remarks, as set."""
    settings, period = situation.settings, situation.period
    number = _linked_number(situation)
    template = filled(settings.template_pattern, agreement)
    remarks = situation.contract.remarks if number and situation.contract else ""
    return ImportContent(
        source_invoice=invoice.key,
        source_agreement=agreement.key,
        customer=situation.payers[0].number,
        bill_to=situation.payers[-1].number,
        contract_number=number,
        template_number=None if number else template if template in situation.templates else settings.default_template,
        po_number=invoice.number if settings.number_in == "po" else None,
        remarks=with_mark(remarks, invoice.number) if settings.number_in == "remarks" else None,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        lines=_lines(situation, invoice, agreement),
    )


def _lines(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement) -> tuple[ImportLine, ...]:
    additions = in_force(situation.additions, invoice, situation.period)
    return lines(invoice, agreement, additions, situation.settings)


# Waiting


def _wait(situation: InvoiceSituation, latest: ContractImport) -> Plan:
    """The gateway has it; only when it takes too long is that an issue."""
    told = [*_default_template(situation), *_rejected_before(situation, latest)]
    late = situation.waited >= timedelta(minutes=situation.settings.overdue_minutes)
    if late:
        told.append(issues.overdue(situation, latest))
    reason, again = f"{situation.name} is staged, as import {latest.id}.", SLOWLY if late else SOON
    return Plan(situation.home, reason, issues=tuple(told), name=situation.name, again=again)


def _rest(situation: InvoiceSituation, latest: ContractImport) -> Plan:
    """EA-29: rejected, in the gateway's words; unless another invoice of the agreement has just made the contract."""
    reason = f"{situation.name} was rejected, as import {latest.id}."
    if _exists(latest) and sum(map(_exists, situation.imports)) == 1:
        reason += " The agreement has got a contract meanwhile."
        return Plan(situation.home, reason, name=situation.name, again=SOON)
    return Plan(situation.home, reason, issues=(issues.rejected(situation, latest),), name=situation.name)


def _rejected_before(situation: InvoiceSituation, latest: ContractImport) -> tuple[Issue, ...]:
    """What was rejected and is handed in again stays an issue, so that its retries go on growing apart."""
    before = situation.imports[-2] if len(situation.imports) > 1 else None
    if before is None or before.state != "rejected" or before.contract_number != latest.contract_number:
        return ()
    return (issues.rejected(situation, before),)


def _exists(one: ContractImport) -> bool:
    return any(fault.code == "CONTRACT_EXISTS" for fault in one.errors)


# Following what was applied


def _follow(situation: InvoiceSituation, invoice: Invoice, agreement: Agreement, latest: ContractImport) -> Plan:
    """Links agreement and contract, then looks whether the contract has billed the invoice, and as what."""
    contract, found = situation.taken_by, situation.billing
    steps: list[Step] = []
    told: list[Issue] = []
    if contract is not None and situation.contract_link is None and not _is_ended(contract, situation):
        steps.append(_link_contract(situation, contract))
    if contract is not None and (steps or _took_it_to_the_linked_one(situation)):
        steps += push(situation, agreement, {situation.settings.contract_number_field: contract.number})
    if found is None:
        told += [*_contract_can_take_it(situation, invoice, agreement), *_default_template(situation)]
        reason = "Its contract has not billed it yet."
    elif found.by != "number":
        told.append(issues.not_renumbered(situation, invoice, found))
        reason = f"It was billed as contract invoice {found.invoice.number}."
    else:
        if cents(found.invoice.total) != cents(invoice.before_tax):
            told.append(issues.billed_differently(situation, invoice, found))
        steps += push(situation, invoice, of_billing(situation, invoice))
        reason = f"It is billed under its own number{', and paid' if found.invoice.paid else ''}."
    done = found is not None and found.by == "number" and (found.invoice.paid or not situation.settings.paid_field)
    again = None if done else timedelta(hours=situation.settings.check_hours)
    if latest.state != "applied" or _changed(situation, latest):
        again = SOON
    return Plan(situation.home, reason, tuple(steps), tuple(told), name=situation.name, again=again)


def _link_contract(situation: InvoiceSituation, contract: Contract) -> Step:
    """What calls and project invoices wait for (EA-06)."""
    home = situation.agreement_pair.home
    fields = {"cw": home.id, "partner": contract.id}
    why = f"{situation.name} was imported into contract {contract.number}."
    return Step("contract", LINKS, AGREEMENT, "link", fields=fields, why=why, record=home)


def _default_template(situation: InvoiceSituation) -> Iterator[Issue]:
    """EA-37: told until the contract is billed, by when somebody has seen it."""
    latest, agreement, default = situation.latest, situation.agreement, situation.settings.default_template
    if latest is not None and agreement is not None and default and latest.template_number == default:
        wanted = filled(situation.settings.template_pattern, agreement)
        if wanted != default:
            yield issues.default_template_used(situation, wanted, default)


# What several rules ask


def _linked_number(situation: InvoiceSituation) -> str | None:
    """The number of the contract that the agreement is linked to; None for a new one."""
    return situation.contract.number if situation.contract_link and situation.contract else None


def _took_it_to_the_linked_one(situation: InvoiceSituation) -> bool:
    """Whether the last import came to the very contract that the agreement is linked to."""
    link, applied = situation.contract_link, situation.applied
    return bool(link and applied and applied.contract and applied.contract.id == link.partner_id)


def _is_ended(contract: Contract | None, situation: InvoiceSituation) -> bool:
    """Whether a contract is ended for good, or not there any more."""
    ended = situation.settings.terminated_statuses
    return contract is None or (not contract.active and fold(contract.status) in map(fold, ended))


def _changed(situation: InvoiceSituation, one: ContractImport) -> bool:
    """Whether the invoice says otherwise than the import did (EA-32). Lines are compared by their total alone: what an
    agreement adds to bill now is not what it added when the invoice was made."""
    invoice, period = situation.invoice, situation.period
    assert invoice is not None
    numbers = [payer.number for payer in situation.payers]
    said = (one.po_number or marked(one.remarks or ""), one.period_start, one.period_end, cents(one.total))
    says = (invoice.number, *((period.start, period.end) if period else (None, None)), cents(invoice.before_tax))
    return said != says or (all(numbers) and [one.customer, one.bill_to] != [numbers[0], numbers[-1]])
