"""Which contract invoice of e-automate bills a ConnectWise invoice, and how one tells: e-automate says only numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.eautomate_agreements.periods import Period
from shared.systems.eautomate import ContractInvoice

MARK = "ConnectWise invoice"
"""What stands before the number where it is kept in Remarks, among whatever else people write there."""


@dataclass(frozen=True)
class Billing:
    """The contract invoice, and how it was found: by its own `number` (all is well), since it `names` the number in PO
    or Remarks, or as it bills the same `period`, with neither."""

    invoice: ContractInvoice
    by: Literal["number", "names", "period"]


def billing(
    number: str, period: Period | None, invoices: Sequence[ContractInvoice], others: Collection[str]
) -> Billing | None:
    """What bills the invoice of this number. Void ones do not count, nor those that carry the number of one of the
    `others`, the agreement's other invoices."""
    standing = [one for one in invoices if not one.voided]
    for one in standing:
        if one.number == number:
            return Billing(one, "number")
    free = [one for one in standing if one.number not in others]
    for one in free:
        if number in (one.po_number.strip(), marked(one.remarks)):
            return Billing(one, "names")
    for one in free:
        if period is not None and period.meets(one.start, one.end):
            return Billing(one, "period")
    return None


def marked(remarks: str) -> str:
    """The ConnectWise invoice number that remarks hold; empty where they hold none."""
    found = re.search(rf"{MARK} (\S+)", remarks)
    return found[1] if found else ""


def with_mark(remarks: str, number: str) -> str:
    """Remarks that hold this number in place of an earlier one, and all else as it was."""
    mark = f"{MARK} {number}"
    if marked(remarks):
        return re.sub(rf"{MARK} \S+", lambda _: mark, remarks, count=1)
    return f"{remarks.rstrip()}\n{mark}".lstrip()
