"""Which rights the coverage flow needs in both systems, and what for."""

from __future__ import annotations

from shared.sync.names import AUTOMATE, PCRT
from shared.sync.rights import Right

RIGHTS = (
    Right(
        AUTOMATE, "Clients", "inquire",
        "reads clients with their External IDs",
        reads="Clients",
    ),
    Right(
        AUTOMATE, "Clients", "edit",
        "writes an External ID that a person has approved",
        when="propose_fixes is on", needed=lambda settings: settings.propose_fixes,
    ),
    Right(
        AUTOMATE, "Computers", "inquire",
        "reads computers with their serial numbers and Asset Tags",
        reads="Computers",
    ),
    Right(
        AUTOMATE, "Groups", "inquire",
        "finds the groups that stand for a plan",
        reads="Groups",
    ),
    Right(
        AUTOMATE, "Group computers", "inquire",
        "reads which computers are in them",
        reads="GroupComputers",
    ),
    Right(
        PCRT, "pc_group", "inquire",
        "reads groups",
        reads="pc_group",
    ),
    Right(
        PCRT, "pc_owner", "inquire",
        "reads PCIDs with their groups and serial numbers",
        reads="pc_owner",
    ),
    Right(
        PCRT, "servicecontracts", "inquire",
        "reads subscriptions, whom they list and to which plan they are tied",
        reads="servicecontracts",
    ),
    Right(PCRT, "servicecontracts", "edit", "writes whom a subscription lists"),
)  # fmt: skip
