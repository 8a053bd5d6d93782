"""What the ConnectWise adapter reads of projects and their phases."""

from __future__ import annotations

from infra.local.simulators.psa import PsaSimulator
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import Psa
from shared.systems.connectwise_psa.models import SetupRow
from shared.systems.connectwise_psa.projects import (
    PHASES,
    PROJECT_STATUSES,
    PROJECT_TYPES,
    PROJECTS,
    Phase,
    Project,
)

GIVEN = {"estimatedStart": "2026-10-01T00:00:00Z", "estimatedEnd": "2026-12-01T00:00:00Z"}


def add_project(simulator: PsaSimulator) -> int:
    company = simulator.add("company/companies", identifier="ACME", name="Acme")
    made = simulator.add(
        PROJECTS, name="Move", company={"id": company["id"]}, board={"name": "Projects"}, billingMethod="FixedFee",
        type={"name": "Migration"}, status={"name": "Completed"}, customerPO="PO-7", **GIVEN,
    )  # fmt: skip
    return int(made["id"])


def test_a_project_says_how_it_is_billed(simulator: PsaSimulator, psa: Psa) -> None:
    number = add_project(simulator)
    (project,) = psa.records(PROJECTS, is_in("id", [number]), Project)
    assert (project.name, project.method, project.status, project.type) == (
        "Move",
        "FixedFee",
        "Completed",
        "Migration",
    )
    assert (project.closed, project.po_number, project.agreement) == (True, "PO-7", None)
    assert project.company is not None
    assert project.company.name == "Acme"
    assert str(number) in project.url


def test_only_a_phase_that_is_billed_separately_says_how(simulator: PsaSimulator, psa: Psa) -> None:
    number = add_project(simulator)
    path = PHASES.format(project=number)
    simulator.add(path, description="Planning")
    simulator.add(path, description="Rollout", billSeparatelyFlag=True, billingMethod="ActualRates", poNumber="PO-8")
    plan, rollout = psa.records(path, None, Phase)
    assert (plan.name, plan.separate, plan.method, plan.project_id) == ("Planning", False, "", number)
    assert (rollout.separate, rollout.method, rollout.po_number) == (True, "ActualRates", "PO-8")


def test_project_statuses_and_types_are_set_up_rows(psa: Psa) -> None:
    assert "Completed" in [row.name for row in psa.records(PROJECT_STATUSES, None, SetupRow)]
    assert "Migration" in [row.name for row in psa.records(PROJECT_TYPES, None, SetupRow)]
