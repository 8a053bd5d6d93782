"""Which rights the call transfer flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

RIGHTS = (
    Right(
        PSA, roles.TICKETS, "inquire",
        "reads back each ticket that it creates, and finds again what was cut short",
        reads="service/tickets",
    ),
    Right(PSA, roles.TICKETS, "add", "creates tickets of calls"),
    Right(
        PSA, roles.TABLES, "inquire",
        "looks whether board, status, type, priority and source of its settings exist",
        reads="service/boards",
        when="one of them is set",
        needed=lambda settings: bool(settings.board or settings.priority or settings.source),
    ),
    Right(
        EAUTOMATE, "Service calls", "inquire",
        "reads which calls are to move",
        reads="getCallList",
    ),
    Right(EAUTOMATE, "Service calls", "edit", "puts calls on hold once their tickets are there"),
    Right(
        EAUTOMATE, "Customers", "inquire",
        "reads whether a call's customer is a location, and its branch",
        reads="getCustomerList",
    ),
    Right(
        EAUTOMATE, "Hold codes", "inquire",
        "looks whether the hold code of its settings exists",
        reads="getHoldCodeList",
    ),
    Right(
        EAUTOMATE, "Call types", "inquire",
        "looks whether the call types of its filters exist",
        reads="getCallTypeList",
        when="filters name call types", needed=lambda settings: "call_type" in settings.filters,
    ),
    Right(
        EAUTOMATE, "Territories", "inquire",
        "looks whether the territories of its filters exist",
        reads="getTerritoryList",
        when="filters name territories", needed=lambda settings: "territory" in settings.filters,
    ),
    Right(
        EAUTOMATE, "Technicians", "inquire",
        "looks whether the technicians of its filters exist",
        reads="getTechnicianList",
        when="filters name technicians", needed=lambda settings: "technician" in settings.filters,
    ),
)  # fmt: skip
