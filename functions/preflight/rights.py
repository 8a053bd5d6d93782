"""Which rights in ConnectWise every flow needs, and those that keep its callbacks alive."""

from __future__ import annotations

from shared.sync.names import PSA
from shared.sync.rights import Right
from shared.systems.connectwise_psa import roles

EVERY_FLOW = "every flow"
CALLBACKS = "callback_registration"

OURS = {
    EVERY_FLOW: (
        Right(
            PSA, roles.MY_COMPANY, "inquire",
            "asks ConnectWise what time it is there, and whether the keys hold",
            reads="system/info",
        ),
    ),
    CALLBACKS: (
        Right(
            PSA, roles.TABLES, "inquire",
            "looks whether ConnectWise still tells of what changes",
            reads="system/callbacks",
        ),
        Right(PSA, roles.TABLES, "add", "asks ConnectWise to tell of what changes"),
        Right(PSA, roles.TABLES, "edit", "re-activates entries that ConnectWise disabled"),
        Right(PSA, roles.TABLES, "delete", "takes away entries of its own that no flow needs any more"),
    ),
}  # fmt: skip
"""By who needs them."""
