"""What is in the simulated Moovila at first: the set-up that every tenant has, and projects that are under way."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from infra.local.simulators.moovila.entities import (
    CATEGORIES,
    CUSTOMERS,
    PHASES,
    PROJECTS,
    TASKS,
    USERS,
    WORK_TYPES,
)

if TYPE_CHECKING:
    from infra.local.simulators.moovila.server import MoovilaSimulator

STATUSES = {
    "project": ("In Planning", "In Progress", "On Hold", "Completed", "Cancelled"),
    "task": ("Not Started", "In Progress", "On Hold", "Complete"),
}
PEOPLE = (("Ana Reyes", "ana.reyes"), ("Tom Okafor", "tom.okafor"), ("Lena Fischer", "lena.fischer"))
_PLANS = ("Server refresh", "Network audit", "Cloud move", "Security review", "Office opening")
_STAGES = ("Discovery", "Design", "Rollout", "Handover")
_WORK = ("Order hardware", "Configure", "Install", "Train users", "Document", "Test")


def set_up(tenant: MoovilaSimulator) -> None:
    """Status categories, a work type, and users."""
    for of, names in STATUSES.items():
        for name in names:
            tenant.store.add(CATEGORIES, {"name": name, "appliesTo": of})
    tenant.add(WORK_TYPES, name="Regular")
    for name, mail in PEOPLE:
        tenant.add(USERS, name=name, email=f"{mail}@msp.example.com")


def settle(tenant: MoovilaSimulator, projects: int, tasks: int, rng: random.Random) -> None:
    """Projects with a phase, two phases within it, and the tasks shared out among them."""
    today = tenant.clock().date()
    users = [row["id"] for row in tenant.records(USERS)]
    made = []
    for number in range(projects):
        start = today - timedelta(days=rng.randrange(60))
        customer = tenant.add(CUSTOMERS, name=f"Customer {number + 1}")
        project = tenant.add(
            PROJECTS,
            name=f"{_PLANS[number % len(_PLANS)]} {number + 1}",
            customerId=customer,
            status="In Progress",
            startDate=f"{start}",
            dueDate=f"{start + timedelta(days=90)}",
            managerId=rng.choice(users),
        )
        above = tenant.add(PHASES, projectId=project, name=rng.choice(_STAGES[:2]), position=1)
        below = [
            tenant.add(PHASES, projectId=project, name=stage, parentId=above, position=place)
            for place, stage in enumerate(_STAGES[2:], start=1)
        ]
        made.append((project, start, [above, *below]))
    for number in range(tasks if made else 0):
        project, start, phases = made[number % len(made)]
        begins = start + timedelta(days=rng.randrange(60))
        tenant.add(
            TASKS,
            projectId=project,
            phaseId=rng.choice(phases),
            name=f"{_WORK[number % len(_WORK)]} {number + 1}",
            startDate=f"{begins}",
            dueDate=f"{begins + timedelta(days=rng.randrange(1, 20))}",
            plannedHours=rng.randrange(1, 40),
            assignees=[rng.choice(users)],
        )
