"""Which rights the reference data flow needs in both systems, and what for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.sync.names import EAUTOMATE, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles


def _links(*kinds: str) -> Callable[[Any], bool]:
    """Whether any of these kinds is linked."""
    return lambda settings: bool({*kinds} & {*settings.kinds})


RIGHTS = (
    Right(
        PSA, roles.MEMBERS, "inquire",
        "reads members, to match them with technicians and sales reps",
        reads="system/members",
        when="kinds name members", needed=_links("member-technician", "member-sales-rep"),
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads work types, service types, billing terms and tax codes",
        reads="time/workTypes",
        when="kinds name any of them",
        needed=_links("work-type-bill-code", "service-type-call-type", "terms-terms", "tax-code-tax-code"),
    ),
    Right(
        PSA, roles.MY_COMPANY, "inquire",
        "reads territories",
        reads="system/locations",
        when="kinds name territories", needed=_links("territory-territory"),
    ),
    Right(
        EAUTOMATE, "Technicians", "inquire",
        "reads technicians",
        reads="getTechnicianList",
        when="kinds name technicians", needed=_links("member-technician"),
    ),
    Right(
        EAUTOMATE, "Sales reps", "inquire",
        "reads sales reps",
        reads="getSalesRepList",
        when="kinds name sales reps", needed=_links("member-sales-rep"),
    ),
    Right(
        EAUTOMATE, "Bill codes", "inquire",
        "reads bill codes",
        reads="getBillCodeList",
        when="kinds name them", needed=_links("work-type-bill-code"),
    ),
    Right(
        EAUTOMATE, "Call types", "inquire",
        "reads call types",
        reads="getCallTypeList",
        when="kinds name them", needed=_links("service-type-call-type"),
    ),
    Right(
        EAUTOMATE, "Territories", "inquire",
        "reads territories",
        reads="getTerritoryList",
        when="kinds name them", needed=_links("territory-territory"),
    ),
    Right(
        EAUTOMATE, "Terms", "inquire",
        "reads terms",
        reads="getTermList",
        when="kinds name them", needed=_links("terms-terms"),
    ),
    Right(
        EAUTOMATE, "Tax codes", "inquire",
        "reads tax codes",
        reads="getTaxCodeList",
        when="kinds name them", needed=_links("tax-code-tax-code"),
    ),
)  # fmt: skip
