"""What must hold in both systems before accounts can be matched: end users, customers, communication types.

The types are the two troubleshooting sections of the vendor's guide: the wrong name, and blanks around the right one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from functions.quickpass_contacts.communication import FLAGS, NAMES, TABLE, fitting, wanted_names
from functions.quickpass_contacts.observing import Sources
from functions.quickpass_contacts.settings import EVERYBODY, MatchSettings
from functions.quickpass_contacts.situations import FLOW
from shared.sync.names import PSA, QUICKPASS
from shared.sync.preflight import Check, May, listed, tried
from shared.sync.record import fold
from shared.systems.connectwise_psa import CommunicationType, roles
from shared.systems.connectwise_psa.contacts import COMMUNICATION_TYPES
from shared.systems.quickpass import Customer

STATUSES, TYPES = "System > Setup Tables > Company Status", "System > Setup Tables > Company Type"
PHONE, EMAIL = "the box for phone checked", "the box for e-mail checked"


def check_matching(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the matching; what needs a right that is missing is left out."""
    settings = sources.settings
    if may(PSA, roles.TABLES):
        rows = sources.psa.records(COMMUNICATION_TYPES, None, CommunicationType)
        for value in NAMES:
            yield from communication_type(value, rows, settings)
        if settings.create_companies:
            statuses = [row.entry for row in sources.psa.company_statuses()]
            yield listed("COMPANY_STATUS", "company status", settings.company_status, statuses, STATUSES, FLOW)
            if settings.company_type:
                types = [row.entry for row in sources.psa.company_types()]
                yield listed("COMPANY_TYPE", "company type", settings.company_type, types, TYPES, FLOW)
    if may(QUICKPASS, "Customer"):
        customers = sources.customers()
        for name in settings.auto_match:
            if name != EVERYBODY:
                yield _customer(name, customers)
        if settings.accounts_from == "api" and customers:
            yield _end_users(sources, customers[0])


def communication_type(value: str, rows: Sequence[CommunicationType], settings: MatchSettings) -> Iterator[Check]:
    """QP-17 to QP-20: whether there is a type for an `email` or a `mobile`, and whether Quickpass itself finds it."""
    names = wanted_names(value, settings.communication_types)
    told, box = " or ".join(names), EMAIL if value == "email" else PHONE
    found = fitting(value, rows, settings.communication_types)
    others = ", ".join(f"“{row.name}”" for row in rows if getattr(row, FLAGS[value])) or "none at all"
    yield Check(
        "COMMUNICATION_TYPE",
        f"Communication type for {value}",
        found is not None,
        f"there is “{found.name}”" if found else f"none of that kind is called so; there is {others}",
        f"a communication type {told}, with {box}",
        f"{TABLE}, row {names[0]}",
        f"Rename one of them to {told}, or add it, with {box}; or name the tenant's own in communication_types.",
        value,
    )
    if found is not None and found.name != found.name.strip():
        yield Check(
            "COMMUNICATION_TYPE_BLANKS",
            f"Name of the communication type “{found.name}”",
            False,
            "there are blanks before or behind it, so that Quickpass itself does not find it",
            "no blanks around the name",
            f"{TABLE}, row {found.name.strip()}",
            "Take the blanks away.",
            value,
        )


def _customer(name: str, customers: Sequence[Customer]) -> Check:
    there = any(fold(name) in (fold(one.name), fold(one.id)) for one in customers)
    return Check(
        "CUSTOMER",
        f"Customer {name} of auto_match",
        there,
        "it is there" if there else "Quickpass has no such customer",
        "a customer of this name or GUID",
        f"auto_match in the settings of {FLOW}, entry {name}",
        "Correct the name, or take the entry out.",
        fold(name),
    )


def _end_users(sources: Sources, customer: Customer) -> Check:
    """Tried with one customer; of the public API only customers are documented."""
    check = Check(
        "END_USERS",
        "End users of Quickpass's API",
        True,
        f"those of {customer.name} can be read",
        "an API that tells the end users of a customer",
        f"accounts_from in the settings of {FLOW}",
        "Set accounts_from to import, and load the accounts: crosswise accounts import CONNECTION CUSTOMER FILE.",
    )

    def ask() -> Check:
        sources.accounts(customer.id)
        return check

    return tried(check, ask)
