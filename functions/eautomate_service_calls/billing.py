"""What a call is given: labour lines, materials, and whether they come to what ConnectWise says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from functions.eautomate_service_calls.situations import CallSituation, Job, Work, line_of
from shared.partners import eautomate_calls
from shared.partners.eautomate import cents
from shared.partners.eautomate_calls import UNIT_PRICE, Cover, Sums, labor, of_lines
from shared.sync.record import Fields
from shared.systems.connectwise_psa import WorkInvoice
from shared.systems.eautomate import Labor

_MONEY = ("rate", "charge")

Line = Mapping[str, Any]


def line(situation: CallSituation, work: Work) -> Line:
    """One time entry as one labour line, with the money that ConnectWise bills or with hours only."""
    assert work.technician is not None
    whole = labor(work.entry, work.technician.partner_id)
    if _has_money(situation, work):
        return whole
    return {name: value for name, value in whole.items() if name not in _MONEY}


def _has_money(situation: CallSituation, work: Work) -> bool:
    """By bill code e-automate says what hours cost, and under an agreement its contract, unless an invoice said so.

    That ConnectWise bills nothing for an entry is said in any case.
    """
    invoiced = situation.job is not None and situation.job.invoice is not None
    by_amount = situation.settings.billing == "connectwise" and (invoiced or situation.cover == Cover())
    return by_amount or work.entry.free


def materials(situation: CallSituation, job: Job) -> tuple[Line, ...]:
    """Products by their own item numbers; of an invoice also the amounts that an item of the settings carries."""
    settings, invoice = situation.settings, job.invoice
    if invoice is None:
        return _by_number(situation)
    carried = [(settings.product_item, invoice.products), (settings.expense_item, invoice.expenses)]
    parts = tuple({"item": item, "quantity": amount / UNIT_PRICE} for item, amount in carried if item and amount)
    return parts if settings.product_item else (*_by_number(situation), *parts)


def _by_number(situation: CallSituation) -> tuple[Line, ...]:
    return tuple({"item": product.item, "quantity": product.left} for product in situation.products)


def unfit(situation: CallSituation, job: Job) -> Iterator[tuple[str, str]]:
    """Each item that the call needs and cannot have, and why."""
    settings = situation.settings
    carrying = {settings.product_item, settings.expense_item} if job.invoice else set()
    for number in dict.fromkeys(str(each["item"]) for each in materials(situation, job)):
        if why := eautomate_calls.unfit(situation.items.get(number), carries=number in carrying):
            yield number, why


def hours_of(works: Iterable[Work]) -> Decimal:
    """What was worked, as ConnectWise adds it up on the ticket."""
    return sum((work.entry.hours for work in works), Decimal(0))


def comes_to(situation: CallSituation, job: Job, works: Sequence[Work]) -> Decimal:
    """What the call of an invoice would bill: its lines, and its materials at e-automate's prices."""
    total = of_lines(line(situation, work) for work in works).amount
    for each in materials(situation, job):
        item, settings = situation.items.get(str(each["item"])), situation.settings
        carries = each["item"] in (settings.product_item, settings.expense_item)
        price = UNIT_PRICE if carries else item.price if item else None
        total += cents(each["quantity"] * (price or Decimal(0)))
    return total


def should_come_to(invoice: WorkInvoice) -> Decimal:
    """What the invoice bills before tax."""
    return invoice.before_tax


# What was given, and what ConnectWise says now


def given(situation: CallSituation, work: Work) -> Fields:
    """What a line is given, as its link keeps it: hours, who, and money where the line carries it."""
    member = work.entry.member
    values: dict[str, Any] = {
        "member": str(member.id) if member else "",
        "who": work.who,
        "hours": work.entry.billed_hours,
    }
    if _has_money(situation, work):
        values["amount"] = cents(work.entry.amount)
    return values


def given_by(line: Labor, situation: CallSituation, work: Work) -> Fields:
    """The same, told by a line that an earlier try wrote: the entry may have been changed since."""
    values = given(situation, work)
    ours = work.technician.partner_id.partition(".")[0] if work.technician else ""
    if line.technician_id != ours:
        values = {**values, "member": "", "who": line.technician}
    amount = {"amount": line.charge or Decimal(0)} if "amount" in values else {}
    return {**values, "hours": line.hours or Decimal(0), **amount}


def differs(then: Fields, now: Fields) -> bool:
    """Whether a line was given something else."""
    return not all(_same(then.get(name), now.get(name)) for name in ("member", "hours", "amount") if name in then)


def is_changed(situation: CallSituation, work: Work) -> bool:
    """Whether ConnectWise says otherwise than what was given, and the line in e-automate was not corrected since."""
    then = work.given
    if not differs(then, given(situation, work)):
        return False
    call = situation.calls.get(str(then.get("call")))
    return call is None or not _says(line_of(call, work.entry.key), work, then)


def _says(there: Labor | None, work: Work, then: Fields) -> bool:
    """Whether a line in e-automate says what ConnectWise says now."""
    if there is None or work.technician is None:
        return False
    hours = Sums(there.hours or Decimal(0)).same_hours(Sums(work.entry.billed_hours))
    who = work.technician.partner_id.partition(".")[0] == there.technician_id
    amount = "amount" not in then or cents(there.charge or Decimal(0)) == cents(work.entry.amount)
    return hours and who and amount


def _same(one: object, other: object) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return cents(one) == cents(other)
    return one == other
