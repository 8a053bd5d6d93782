"""What a call is given: labour lines, materials, and whether they come to what ConnectWise says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from functions.eautomate_service_calls.situations import CallSituation, Job, Work
from shared.partners import eautomate_calls
from shared.partners.eautomate import cents
from shared.partners.eautomate_calls import UNIT_PRICE, Sums, labor, mark, of_lines
from shared.sync.record import Fields
from shared.systems.connectwise_psa import WorkInvoice
from shared.systems.eautomate import Call, Labor

_MONEY = ("rate", "charge")

Line = Mapping[str, Any]


def line(situation: CallSituation, work: Work) -> Line:
    """One time entry as one labour line; by bill code it carries no money, but that ConnectWise bills nothing."""
    assert work.technician is not None
    whole = labor(work.entry, work.technician.partner_id)
    if situation.settings.billing == "connectwise" or work.entry.free:
        return whole
    return {name: value for name, value in whole.items() if name not in _MONEY}


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
    if situation.settings.billing == "connectwise" or work.entry.free:
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
    return call is None or not _says(call_line(call, work.entry.key), work, then)


def call_line(call: Call, entry_id: str) -> Labor | None:
    """The labour line of a time entry."""
    return next((each for each in call.labors if each.remarks.strip() == mark(entry_id)), None)


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
