"""Which rights the flow of Moovila's reference data needs in both systems, and what for; Moovila's are assumed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.sync.names import MOOVILA, PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles


def _pulls(*kinds: str) -> Callable[[Any], bool]:
    """Whether any of these kinds is pulled."""
    return lambda settings: bool({*kinds} & {*settings.pulled})


TABLES = ("company-status", "note-category", "work-type")

RIGHTS = (
    Right(
        PSA, roles.COMPANIES, "inquire",
        "reads companies",
        reads="company/companies",
        when="kinds name company-customer", needed=_pulls("company-customer"),
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "reads company statuses, note types and work types",
        reads="time/workTypes",
        when="kinds name any of them", needed=_pulls(*TABLES),
    ),
    Right(
        PSA, roles.MEMBERS, "inquire",
        "reads which members are active",
        reads="system/members",
        when="sync_user_status is on", needed=_pulls("member-user"),
    ),
    Right(
        MOOVILA, "Customers", "inquire",
        "reads customers, to match companies and to see what differs",
        reads="customers",
        when="kinds name company-customer", needed=_pulls("company-customer"),
    ),
    Right(
        MOOVILA, "Customers", "add",
        "makes customers of companies that are new",
        when="kinds name company-customer", needed=_pulls("company-customer"),
    ),
    Right(
        MOOVILA, "Customers", "edit",
        "updates customers",
        when="kinds name company-customer", needed=_pulls("company-customer"),
    ),
    Right(
        MOOVILA, "Settings", "inquire",
        "reads customer statuses, note categories and work types",
        reads="work-types",
        when="kinds name any of them", needed=_pulls(*TABLES),
    ),
    Right(
        MOOVILA, "Settings", "edit",
        "adds and updates customer statuses, note categories and work types",
        when="kinds name any of them", needed=_pulls(*TABLES),
    ),
    Right(
        MOOVILA, "Users", "inquire",
        "reads which users are active",
        reads="users",
        when="sync_user_status is on", needed=_pulls("member-user"),
    ),
    Right(
        MOOVILA, "Users", "edit",
        "makes users active or inactive, as members are",
        when="sync_user_status is on", needed=_pulls("member-user"),
    ),
)  # fmt: skip
