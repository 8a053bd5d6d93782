"""What an agreement invoice bills, line by line, and whether that is what it says in all.

Assumed, as ConnectWise lists no lines: an agreement invoice bills the agreement's own amount and the additions that
are in force on its date (of a later period: on that period's first day). Its own amount is the invoice's
`agreementAmount` where the additions are its `productTotal`; else additions are taken to be within `agreementAmount`,
and the agreement's `billAmount` is its own. If that does not make the invoice's total, to the cent, nothing is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from functions.eautomate_agreements.periods import Period
from functions.eautomate_agreements.settings import AgreementSettings
from shared.partners.eautomate import cents
from shared.systems.connectwise_psa import Addition, Agreement, Invoice
from shared.systems.eautomate import ImportLine

ONE = Decimal(1)


def filled(pattern: str, agreement: Agreement) -> str:
    """A pattern of the settings with the agreement's type and name in it, not a blank changed."""
    return pattern.format(agreement_type=agreement.type, agreement_name=agreement.name)


def in_force(additions: Sequence[Addition], invoice: Invoice, period: Period | None) -> list[Addition]:
    """The additions that stand on the invoice: those not to be billed do not."""
    day = max(filter(None, (invoice.date, period.start if period else None)), default=None)
    return [
        addition
        for addition in additions
        if addition.how != "DoNotBill"
        and (day is None or addition.effective is None or addition.effective <= day)
        and (day is None or addition.ended is None or addition.ended > day)
    ]


def billed(addition: Addition) -> Decimal:
    """What ConnectWise bills for an addition."""
    return Decimal(0) if addition.how == "NoCharge" else addition.amount


def unbalanced(additions: Sequence[Addition]) -> list[Addition]:
    """Additions whose quantity times price is not what they bill: legal in ConnectWise, impossible in e-automate."""
    return [one for one in additions if cents(one.billed * one.price) != cents(billed(one))]


def lines(
    invoice: Invoice, agreement: Agreement, additions: Sequence[Addition], settings: AgreementSettings
) -> tuple[ImportLine, ...]:
    """What e-automate would be given. Whatever there is no item for is left out, and missing from the total."""
    return tuple(_lines(invoice, agreement, additions, settings))


def agrees(given: Sequence[ImportLine], total: Decimal) -> bool:
    """Whether the lines make this total to the cent, whether e-automate rounds each of them or all in all."""
    return {sum_of(given), sum((cents(line.amount) for line in given), Decimal(0))} == {cents(total)}


def sum_of(given: Sequence[ImportLine]) -> Decimal:
    """What the lines bill in all, in whole cents."""
    return cents(sum((line.amount for line in given), Decimal(0)))


def _lines(
    invoice: Invoice, agreement: Agreement, additions: Sequence[Addition], settings: AgreementSettings
) -> Iterator[ImportLine]:
    base = _base(invoice, agreement, additions)
    if base:
        yield ImportLine(
            item=filled(settings.base_item_pattern, agreement), quantity=ONE, price=base, description=agreement.name
        )
    for one in additions:
        if one.billed:
            yield ImportLine(item=one.product, quantity=one.billed, price=one.price, description=one.description)
    for item, amount, what in (
        (settings.time_item, invoice.time, "Time"),
        (settings.expense_item, invoice.expenses, "Expenses"),
    ):
        if item and amount:
            yield ImportLine(item=item, quantity=ONE, price=amount, description=what)


def _base(invoice: Invoice, agreement: Agreement, additions: Sequence[Addition]) -> Decimal:
    added = sum((billed(one) for one in additions), Decimal(0))
    return invoice.agreement_amount if cents(added) == cents(invoice.products) else agreement.bill_amount
