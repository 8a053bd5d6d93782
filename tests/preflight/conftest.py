"""Preflight of one connection, on the table in moto and the simulators on sockets, whose clocks can be put wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.preflight.running import preflight
from infra.local.cloud.stack import Stack
from shared.sync.issue import OpenIssue
from tests.flows.rig import Rig, rigged

PUBLIC = "https://callbacks.example.com"
KEYS = {"private_key": "theirs", "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90"}
ALL: dict[str, str] = {
    "Companies: Company Maintenance": "inquire add edit",
    "System: Table Setup": "inquire add edit delete",
    "System: My Company": "inquire",
    "System: Member Maintenance": "inquire",
    "Finance: Agreements": "inquire edit",
    "Finance: Invoicing": "inquire edit",
    "Companies: Manage Attachments": "inquire add",
    "Project: Project Headers": "inquire add edit delete",
    "Project: Project Tickets": "inquire add edit delete",
    "Time & Expense: Time Entry": "inquire add edit delete",
    "Procurement: Products": "inquire add edit delete",
    "Procurement: Product Catalog": "inquire add edit",
    "Sales: Opportunities": "inquire add edit delete",
    "Sales: Orders": "inquire edit",
    "Service Desk: Resource Scheduling": "inquire add edit delete",
    "Service Desk: Service Tickets": "inquire add",
    "Companies: Contacts": "inquire add edit",
}
"""What the table of rights asks for, by the names of the simulator's roles."""


def checks(rig: Rig) -> list[dict[str, Any]]:
    """The checks of one preflight, all of them answered."""
    answer = preflight(rig.runtime, "demo", lambda: 100.0)
    assert answer["left"] == 0
    found = answer["connections"]["demo"]
    assert found["unanswered"] == []
    return list(found["checks"])


def failed(rig: Rig) -> list[tuple[str, str]]:
    """The failed ones, by code and what each is about."""
    return [(check["code"], check["about"]) for check in checks(rig) if check["passed"] is False]


def untouched(rig: Rig) -> bool:
    """Whether nothing was written to any outside system."""
    return not any(rig.written(system) for system in rig.simulators)


def grant(rig: Rig, granted: Mapping[str, str] | None) -> None:
    """Gives ConnectWise's API member a role with these rights; None is all there are."""
    rig.psa.api_member("crosswise", "limited", "theirs", granted)
    rig.put_keys("connectwise_psa", {"public_key": "limited", **KEYS})


def is_named_when_missing(rig: Rig, right: str, needed: Mapping[str, str]) -> bool:
    """Whether preflight names a right of ConnectWise's that its role lacks, and nothing once it has all it needs."""
    grant(rig, {name: rights for name, rights in needed.items() if name != right})
    named = ("RIGHT", f"connectwise_psa/{right}: inquire") in failed(rig)
    grant(rig, needed)
    return named and failed(rig) == []


class Desk:
    """A connection set up as it should be, and what a preflight says of it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.psa = rig.psa
        self.eautomate = rig.eautomate
        self.settings: dict[str, Any] = {
            "create_missing": True,
            "company_type": "Client",
            "sales_rep_field": "EA Sales Rep",
            "on_hold_field": "EA On Hold",
        }
        rig.settings(**self.settings)
        self.psa.add("company/companies", identifier="ACME", name="Acme", addressLine1="1 Main St")  # and its site
        self.psa.define_custom_field("company/companies", "EA Sales Rep")
        self.psa.define_custom_field("company/companies", "EA On Hold")
        self.psa.define_custom_field("company/companies/1/sites", "EA Location")

    def set(self, **settings: Any) -> None:
        self.rig.settings(**{**self.settings, **settings})

    def grant(self, granted: dict[str, str] | None) -> None:
        """As the function of this name."""
        grant(self.rig, granted)

    def run(self) -> dict[str, Any]:
        """One preflight; what it found for the connection."""
        answer = preflight(self.rig.runtime, "demo", lambda: 100.0)
        assert answer["left"] == 0
        found: dict[str, Any] = answer["connections"]["demo"]
        return found

    def failed(self) -> list[tuple[str, str]]:
        """The failed checks of one preflight, by code and what it is about."""
        found = self.run()
        return [(check["code"], check["about"]) for check in found["checks"] if check["passed"] is False]

    def mended(self) -> None:
        """All checks pass, and nothing is left of those that did not."""
        assert self.failed() == []
        assert self.issues() == {}

    def status_must_be_active(self, path: str, name: str, code: str, table: str) -> None:
        """The status of this name that the settings ask for is missing, then inactive, then there."""
        wanted = [(code, name.lower())]
        assert self.failed() == wanted
        assert f"System > Setup Tables > {table}, row {name}" in self.issues()[f"PREFLIGHT_{code}"].issue.fix
        row = self.psa.add(path, name=name.upper(), inactiveFlag=True)
        assert self.failed() == wanted
        assert "inactive" in self.issues()[f"PREFLIGHT_{code}"].issue.message
        self.psa.edit(path, row["id"], inactiveFlag=False)
        self.mended()

    def issues(self) -> dict[str, OpenIssue]:
        """The open issues, by code."""
        return {one.issue.code: one for one in self.rig.store.issues.of_connection("demo")}


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[Desk]:
    with rigged("eautomate_customers", stack) as rig:
        yield Desk(rig)


def slow(desk: Desk, system: str, by: timedelta) -> None:
    """Puts a simulator's clock wrong."""
    clock = desk.rig.clock
    desk.rig.simulators[system].clock = lambda: clock.now() + by
