"""What must hold in both systems before the first list is written: plan groups, PCRT's private columns, its serials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from functions.pcrt_coverage.settings import CoverageSettings
from functions.pcrt_coverage.situations import FLOW
from shared.sync.names import AUTOMATE, PCRT
from shared.sync.preflight import Check, May, tried
from shared.sync.record import fold
from shared.systems.connectwise_automate import Automate
from shared.systems.pcrt import Pcrt

COLUMNS = {
    "cwa_group_column": "the subscription's CWA Group",
    "members_column": "the subscription's Additional Members",
}


def check_coverage(automate: Automate, pcrt: Pcrt, settings: CoverageSettings, may: May) -> Iterator[Check]:
    """Every check of the coverage flow; what needs a right that is missing is left out."""
    if may(AUTOMATE, "Groups"):
        yield from _plan_groups(automate, settings)
    if may(PCRT, "pc_owner"):
        yield _serials(pcrt)
    if may(PCRT, "servicecontracts"):
        columns = list(_columns(pcrt))
        yield from columns
        if all(check.passed for check in columns):
            yield _right_to_write(pcrt)
            yield _subscriptions(pcrt, settings)


def _plan_groups(automate: Automate, settings: CoverageSettings) -> Iterator[Check]:
    """PC-15, PC-46: each group that stands for a plan is there once."""
    names = [fold(group.name) for group in automate.groups()]
    for name in settings.plan_groups:
        times = names.count(fold(name))
        found = {0: "there is none of that name", 1: "it is there"}
        yield Check(
            "PLAN_GROUP",
            f"Automate group {name}",
            times == 1,
            found.get(times, f"there are {times} of that name"),
            f"one group {name}, in which the computers of that plan are",
            f"Automate, Groups, {name}",
            f"Add the group, rename what is too much, or name others as plan_groups in the settings of {FLOW}.",
            fold(name),
        )


def _serials(pcrt: Pcrt) -> Check:
    """PC-07: where PCRT keeps serial numbers."""
    check = Check(
        "SERIAL_FIELD",
        "Field of PCRT for serial numbers",
        True,
        "",
        "a field of assets whose matchword is serial",
        "PCRT, the table mainassetinfofields",
        "Give the field for serial numbers the matchword serial.",
    )
    return tried(check, lambda: replace(check, found=f"it is field {pcrt.serial_field()}"))


def _columns(pcrt: Pcrt) -> Iterator[Check]:
    """The two columns that are the shop's own, in no PCRT as it is delivered."""
    for setting, there in pcrt.columns().items():
        yield Check(
            "PRIVATE_COLUMN",
            f"Column for {COLUMNS[setting]}",
            there,
            "it is there" if there else "there is none of the name in the settings",
            f"the column that holds {COLUMNS[setting]}",
            f"the connection's settings, systems.pcrt.{setting}",
            "Name table and column as they are called in the shop's database, e.g. servicecontracts.cwagroup.",
            setting,
        )


def _right_to_write(pcrt: Pcrt) -> Check:
    """Tried by a change of no row at all."""
    check = Check(
        "MEMBERS_WRITABLE",
        "Additional Members can be written",
        True,
        "they can",
        "that PCRT's database user may change them",
        "the grants of PCRT's database user",
        "Grant UPDATE on the column of Additional Members to the user.",
    )

    def ask() -> Check:
        pcrt.may_write()
        return check

    return tried(check, ask)


def _subscriptions(pcrt: Pcrt, settings: CoverageSettings) -> Check:
    """That the pattern finds any subscription; of none it cannot be told whether it is wrong or nothing is sold yet."""
    found = sum(1 for one in pcrt.all_subscriptions() if one.active and settings.is_bizcare(one.name))
    return Check(
        "BIZCARE_SUBSCRIPTIONS",
        "Subscriptions for a plan",
        True if found else None,
        f"{found} active ones are called {settings.bizcare_name_pattern}",
        "at least one",
        "PCRT, the subscriptions",
        f"If there are any, name them as bizcare_name_pattern in the settings of {FLOW}.",
    )
