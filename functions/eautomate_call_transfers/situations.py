"""What a decision about a call transfer needs, read and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from functions.eautomate_call_transfers.settings import TransferSettings
from shared.partners.eautomate import CALL_TRANSFERS
from shared.partners.eautomate_calls import mark
from shared.sync.flow import Situation
from shared.sync.needed import Found
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import Ticket
from shared.systems.eautomate import Call, Customer

FLOW = CALL_TRANSFERS
KIND = "call-ticket"


@dataclass(frozen=True)
class TransferCall:
    """What is of interest of a call. Codes are codes; `opened` is the server's local time, blank where none is given.

    `has_our_time`: a labour line of it is a ConnectWise time entry, so that it was ConnectWise's to begin with.
    """

    id: str
    number: str
    customer_id: str = ""
    customer_number: str = ""
    customer_name: str = ""
    status: str = ""
    hold_code: str = ""
    call_type: str = ""
    territory: str = ""
    technician: str = ""
    equipment: str = ""
    caller: str = ""
    phone: str = ""
    description: str = ""
    po_number: str = ""
    opened: str = ""
    has_our_time: bool = False

    @classmethod
    def of(cls, call: Call) -> Self:
        return cls(
            call.id,
            call.number.strip(),
            call.customer_id,
            call.customer_number.strip(),
            call.customer_name.strip(),
            call.status.strip(),
            call.hold_code.strip(),
            call.call_type.strip(),
            call.territory.strip(),
            call.technician.strip(),
            call.equipment_number.strip(),
            call.caller.strip(),
            call.phone.strip(),
            call.description.strip(),
            call.po_number.strip(),
            call.opened,
            any(line.remarks.startswith(mark("")) for line in call.labors),
        )

    @property
    def watched(self) -> dict[str, Any]:
        """All of it, as a scan carries it along: its hash tells whether another look is owed."""
        return asdict(self)

    @property
    def ref(self) -> Ref:
        return call_ref(self.id)

    @property
    def name(self) -> Name:
        return Name(f"call {self.number or self.id}" + (f" of {self.customer_name}" if self.customer_name else ""))


@dataclass(frozen=True, kw_only=True)
class TransferSituation(Situation):
    """A call (None: e-automate does not give it, or nobody's ticket led here), and what its ticket needs.

    `ticket` is the one it is linked to, `found` are tickets that carry its `reference` and are nobody's. `customer` is
    its customer in e-automate, `company` what is known of that one's company, `site` of its site if it is a location.
    `owner` names the flow that made the call of a ConnectWise record, if one did.
    """

    settings: TransferSettings
    reference: str = ""
    call: TransferCall | None = None
    owner: str = ""
    ticket: Ticket | None = None
    found: tuple[Ticket, ...] = ()
    customer: Customer | None = None
    company: Found | None = None
    site: Found | None = None


def call_ref(call_id: str) -> Ref:
    return Ref(KIND, "partner", call_id)


def ticket_ref(ticket_id: str) -> Ref:
    return Ref(KIND, "cw", ticket_id)


def ticket_name(ticket: Ticket) -> Name:
    return Name(f"ticket {ticket.key} {ticket.summary.strip()}".strip(), ticket.url)


def watched_ticket(ticket: Ticket) -> Mapping[str, str]:
    """Once it is there, a ticket belongs to ConnectWise: nothing but its being there matters here."""
    return {"id": ticket.key}
