"""Invents projects under way: nested phases, tickets with dates and people, notes, schedule and time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.simulators.moments import to_the_second
from infra.local.simulators.psa.records import Records

NAMES = ("Server refresh", "Network audit", "Cloud move", "Security review", "Office opening")
STAGES = ("Discovery", "Rollout", "Handover")
WORK = ("Order hardware", "Configure", "Install", "Train users", "Document", "Test")


class PlanSeeder:
    """Invents planned projects of the companies that are there; the same seed gives the same projects."""

    def __init__(self, records: Records, rng: random.Random, by: str = "Admin1") -> None:
        self._records = records
        self._rng = rng
        self._by = by
        rows = records.store.rows
        self._members = [row["id"] for row in rows("member") if row.get("licenseClass") == "F"]
        self._today = records.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def projects(self, count: int, tickets: int = 6) -> list[int]:
        """Adds projects of all companies in turn (none without companies), each with so many tickets; their ids."""
        companies = self._records.store.rows("company").ids
        return [
            self._project(companies[number % len(companies)], number, tickets)
            for number in range(count if companies else 0)
        ]

    def _project(self, company: int, number: int, tickets: int) -> int:
        start = self._today - timedelta(days=self._rng.randrange(60))
        manager = self._rng.choice(self._members)
        project = self._add(
            "project", None, name=f"{NAMES[number % len(NAMES)]} {number + 1}", company={"id": company},
            board={"name": "Projects"}, status={"name": "In Progress"}, billingMethod="ActualRates",
            manager={"id": manager}, estimatedStart=to_the_second(start),
            estimatedEnd=to_the_second(start + timedelta(days=90)),
        )  # fmt: skip
        for member in {manager, self._rng.choice(self._members)}:
            self._add("projectTeamMember", project, member={"id": member}, projectRole={"id": 1})
        self._add("projectNote", project, text=f"Kick-off of {NAMES[number % len(NAMES)]}", type={"name": "Comments"})
        first, *others = STAGES
        above = self._add("projectPhase", project, description=first)
        phases = [
            above,
            *(self._add("projectPhase", project, description=s, parentPhase={"id": above}) for s in others),
        ]
        for place in range(tickets):
            self._ticket(self._rng.choice(phases), place, start)
        return project

    def _ticket(self, phase: int, place: int, project_start: datetime) -> None:
        begins = project_start + timedelta(days=self._rng.randrange(60))
        member = self._rng.choice(self._members)
        ticket = self._add(
            "projectTicket", None, summary=f"{WORK[place % len(WORK)]} {place + 1}", phase={"id": phase},
            estimatedStartDate=to_the_second(begins), requiredDate=to_the_second(begins + timedelta(days=5)),
            budgetHours=self._rng.randrange(2, 40),
        )  # fmt: skip
        at = begins + timedelta(hours=14)
        self._add(
            "scheduleEntry", None, objectId=ticket, type={"identifier": "P"}, member={"id": member},
            dateStart=to_the_second(at), dateEnd=to_the_second(at + timedelta(hours=2)),
        )  # fmt: skip
        if place % 3 == 0:
            self._add("ticketNote", ticket, text=f"Agreed: {WORK[place % len(WORK)]}", internalAnalysisFlag=True)
            self._add(
                "timeEntry", None, chargeToId=ticket, chargeToType="ProjectTicket", member={"id": member},
                timeStart=to_the_second(at),
                timeEnd=to_the_second(at + timedelta(minutes=15 * self._rng.randrange(1, 16))),
            )  # fmt: skip

    def _add(self, resource: str, parent: int | None, **fields: Any) -> int:
        return int(self._records.create(self._records.table[resource], fields, self._by, parent=parent)["id"])
