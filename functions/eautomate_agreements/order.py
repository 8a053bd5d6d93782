"""In which order an agreement's invoices reach their contract: it carries one at a time, until it has billed that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from functions.eautomate_agreements.billing import Billing
from shared.sync.link import Link, Seen, State
from shared.systems.connectwise_psa import Invoice


@dataclass(frozen=True)
class Other:
    """Another invoice of the same agreement: what the table knows of it, and what bills it, if anything does.

    `left_alone` says that it is none of this flow's.
    """

    invoice: Invoice
    state: State | None = None
    billing: Billing | None = None
    left_alone: bool = False


def goes_first(invoice: Invoice, others: Sequence[Other], *, linked: bool) -> Invoice | None:
    """The other invoice that must be billed before this one is handed in; None where there is none.

    It is the one that the contract carries, which is the last that was imported; or one of an earlier date that is
    still to be imported, so that two that come at once do not overtake each other. While the agreement is not `linked`,
    only what is on its way to a contract counts: the rest belonged to a former one.
    """
    imported = [(other.state, other) for other in others if isinstance(other.state, Link)]
    if linked:
        carried = [max(imported, key=lambda pair: str(pair[0].linked_at))[1]] if imported else []
    else:
        carried = [other for link, other in imported if link.due is not None]
    earlier = [
        other
        for other in sorted(others, key=lambda other: place(other.invoice))
        if not isinstance(other.state, Link) and not other.left_alone and place(other.invoice) < place(invoice)
    ]
    waiting = [other for other in (*carried, *earlier) if other.billing is None and not _is_held(other.state)]
    return waiting[0].invoice if waiting else None


def place(invoice: Invoice) -> tuple[date, int]:
    """Invoices go by date, those of one day by id."""
    return invoice.date or date.min, invoice.id


def _is_held(state: State | None) -> bool:
    return isinstance(state, Link | Seen) and bool(state.held)
