"""Invents projects and what is billed of them: for a fixed fee, phase by phase, and by the time at actual rates."""

from __future__ import annotations

import random
from datetime import UTC, timedelta
from typing import Any

from infra.local.simulators.moments import to_the_second
from infra.local.simulators.psa.records import Records

PLANS = ("Office move", "Firewall rollout", "Mail migration", "New server room", "Wireless survey", "Phone system")
PHASES = ("Planning", "Rollout")


class ProjectSeeder:
    """Invents projects of the companies that are there; the same seed gives the same projects.

    By turns: a fixed fee billed at completion after a down payment and one progress invoice; two phases billed
    separately, each for a fee; actual rates, with time of several technicians on one ticket. `status` is that of the
    invoices.
    """

    def __init__(self, records: Records, rng: random.Random, status: str = "Ready", by: str = "Admin1") -> None:
        self._records = records
        self._rng = rng
        self._status = status
        self._by = by

    def projects(self, count: int, companies: list[int] | None = None) -> list[int]:
        """Adds projects, of these companies in turn (of any, if none are named); their ids."""
        theirs = companies or self._records.store.rows("company").ids
        kinds = (self._fixed_fee, self._by_phase, self._actual_rates)
        return [kinds[number % 3](theirs[number % len(theirs)], number) for number in range(count)]

    def _fixed_fee(self, company: int, number: int) -> int:
        project = self._project(company, number, "FixedFee")
        fee = self._rng.randrange(20, 200) * 100
        self._invoice(company, "DownPayment", "Project", project, serviceTotal=fee / 4)
        self._invoice(company, "Progress", "Project", project, serviceTotal=fee / 4)
        self._invoice(
            company, "Standard", "Project", project, serviceTotal=fee, expenseTotal=self._rng.randrange(1, 90) / 2,
            downpaymentApplied=fee / 4, previousProgressApplied=fee / 4,
        )  # fmt: skip
        return project

    def _by_phase(self, company: int, number: int) -> int:
        project = self._project(company, number, "ActualRates")
        for name in PHASES:
            phase = self._phase(project, name, billSeparatelyFlag=True, billingMethod="FixedFee")
            self._invoice(company, "Standard", "ProjectPhase", phase, serviceTotal=self._rng.randrange(10, 80) * 50)
        return project

    def _actual_rates(self, company: int, number: int) -> int:
        project = self._project(company, number, "ActualRates")
        phase = self._phase(project, PHASES[-1])
        ticket = self._add(
            "projectTicket", None, summary=f"{PLANS[number % len(PLANS)]}: work", phase={"id": phase},
            project={"id": project}, company={"id": company}, board={"name": "Projects"},
        )  # fmt: skip
        members = [row["id"] for row in self._records.store.rows("member") if row.get("licenseClass") == "F"][1:]
        quarters = [self._rng.randrange(2, 20) for _ in range(self._rng.randrange(2, 5))]
        rate = 110.0
        invoice = self._invoice(
            company, "Standard", "Project", project, serviceTotal=round(sum(quarters) / 4 * rate, 2)
        )
        for day, quarter in enumerate(quarters):
            start = (self._records.clock().astimezone(UTC) - timedelta(days=20 - day)).replace(hour=14, minute=0)
            self._add(
                "timeEntry", None, chargeToId=ticket, chargeToType="ProjectTicket",
                member={"id": members[day % len(members)]}, timeStart=to_the_second(start),
                timeEnd=to_the_second(start + timedelta(minutes=15 * quarter)), notes=f"Day {day + 1}",
                hourlyRate=rate, invoice={"id": invoice}, status="Billed",
            )  # fmt: skip
        return project

    def _project(self, company: int, number: int, method: str) -> int:
        now = self._records.clock().astimezone(UTC)
        return self._add(
            "project", None, name=f"{PLANS[number % len(PLANS)]} {number + 1}", company={"id": company},
            board={"name": "Projects"}, billingMethod=method, type={"name": "Implementation"},
            estimatedStart=to_the_second(now - timedelta(days=40)), estimatedEnd=to_the_second(now + timedelta(days=5)),
        )  # fmt: skip

    def _phase(self, project: int, name: str, **fields: Any) -> int:
        return self._add("projectPhase", project, description=name, **fields)

    def _invoice(self, company: int, kind: str, to: str, record: int, **amounts: float) -> int:
        return self._add(
            "invoice", None, type=kind, company={"id": company}, status={"name": self._status},
            applyToType=to, applyToId=record, **amounts,
        )  # fmt: skip

    def _add(self, resource: str, parent: int | None, **fields: Any) -> int:
        entity = self._records.table[resource]
        return int(self._records.create(entity, fields, self._by, parent=parent, trusted=True)["id"])
