"""Tickets, projects, time and schedule: what follows from what."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.seed_plans import PlanSeeder
from infra.local.simulators.psa.seed_projects import ProjectSeeder
from tests.simulators.conftest import TurnableClock

START = {"timeStart": "2026-11-02T13:00:00Z"}


def replace(path: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": path, "value": value}]


@pytest.fixture
def ticket(api: httpx.Client) -> dict[str, Any]:
    body = {"summary": "Printer", "company": {"id": 250}, "initialDescription": "It prints blanks."}
    answer = api.post("/service/tickets", json=body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def project(api: httpx.Client) -> dict[str, Any]:
    body = {
        "name": "Move to the cloud",
        "company": {"id": 250},
        "board": {"name": "Projects"},
        "billingMethod": "FixedFee",
        "estimatedStart": "2026-11-02T00:00:00Z",
        "estimatedEnd": "2026-12-18T00:00:00Z",
    }
    answer = api.post("/project/projects", json=body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def phase(api: httpx.Client, project: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = api.post(f"/project/projects/{project['id']}/phases", json={"description": "Plan"}).json()
    return made


def test_a_ticket_takes_its_place_from_board_company_and_site(psa: PsaSimulator, ticket: dict[str, Any]) -> None:
    company = psa.record("company/companies", 250)
    assert (ticket["board"]["name"], ticket["status"]["name"], ticket["recordType"]) == (
        "Help Desk",
        "New",
        "ServiceTicket",
    )
    assert ticket["priority"]["name"].startswith("Priority 3")
    assert (ticket["site"]["id"], ticket["city"]) == (company["site"]["id"], company["city"])
    assert (ticket["location"]["name"], ticket["department"]["name"]) == ("Tampa Office", "Managed Services")
    assert ticket["closedFlag"] is False
    assert "initialDescription" not in ticket


def test_the_initial_description_is_a_note(api: httpx.Client, ticket: dict[str, Any]) -> None:
    notes = api.get(f"/service/tickets/{ticket['id']}/notes").json()
    assert [(note["text"], note["detailDescriptionFlag"], note["createdBy"]) for note in notes] == [
        ("It prints blanks.", True, "Integration")
    ]


def test_a_note_is_of_one_kind(api: httpx.Client, ticket: dict[str, Any]) -> None:
    path = f"/service/tickets/{ticket['id']}/notes"
    analysis = api.post(path, json={"text": "Toner", "internalAnalysisFlag": True}).json()
    assert (analysis["internalFlag"], analysis["externalFlag"]) == (True, False)
    for wrong in (
        {"text": "x"},
        {"text": "x", "resolutionFlag": True, "internalAnalysisFlag": True},
        {"resolutionFlag": True},
    ):
        assert api.post(path, json=wrong).status_code == 400


def test_a_status_belongs_to_its_board(api: httpx.Client, ticket: dict[str, Any]) -> None:
    path = f"/service/tickets/{ticket['id']}"
    other = api.get("/service/boards/2/statuses", params={"conditions": "name='Completed'"}).json()[0]["id"]
    refused = api.patch(path, json=replace("status", {"id": other}))
    assert refused.json()["errors"][0]["message"] == f"The status {other} does not belong to board 1."
    assert api.patch(path, json=replace("status", {"name": "Completed"})).json()["status"]["name"] == "Completed"
    moved = api.patch(path, json=replace("board", {"id": 2})).json()
    assert moved["status"]["name"] == "New"
    assert api.patch(path, json=replace("board", {"id": 3})).status_code == 400


def test_closing_and_reopening(api: httpx.Client, ticket: dict[str, Any], clock: TurnableClock) -> None:
    path = f"/service/tickets/{ticket['id']}"
    clock.turn(hours=1)
    closed = api.patch(path, json=replace("status", {"name": "Closed"})).json()
    assert (closed["closedFlag"], closed["closedDate"], closed["closedBy"]) == (
        True,
        "2026-11-02T10:00:00Z",
        "Integration",
    )
    refused = api.post("/time/entries", json={**START, "chargeToId": ticket["id"], "chargeToType": "ServiceTicket"})
    assert refused.status_code == 400
    opened = api.patch(path, json=replace("status", {"name": "New"})).json()
    assert opened["closedFlag"] is False
    assert "closedDate" not in opened


def test_time_is_charged_to_the_ticket_and_shown_on_it(api: httpx.Client, ticket: dict[str, Any]) -> None:
    path = f"/service/tickets/{ticket['id']}"
    charged = {"chargeToId": ticket["id"], "chargeToType": "ServiceTicket", "member": {"identifier": "Admin1"}}
    entry = api.post(
        "/time/entries",
        json={**START, **charged, "timeEnd": "2026-11-02T14:45:00Z", "hoursDeduct": 0.25, "notes": "Replaced toner"},
    ).json()
    assert (entry["actualHours"], entry["company"]["id"], entry["ticket"]["id"]) == (1.5, 250, ticket["id"])
    assert (entry["status"], entry["enteredBy"], entry["member"]["identifier"]) == ("Open", "Integration", "Admin1")
    assert (entry["ticketBoard"], entry["hourlyCost"]) == ("Help Desk", "0.00")
    api.post("/time/entries", json={**START, **charged, "actualHours": 2})
    assert api.get(path).json()["actualHours"] == 3.5
    assert len(api.get(f"{path}/timeentries").json()) == 2
    kinds = [note["noteType"] for note in api.get(f"{path}/allNotes").json()]
    assert sorted(kinds) == ["TicketNote", "TimeEntryNote"]
    api.delete(f"/time/entries/{entry['id']}")
    assert api.get(path).json()["actualHours"] == 2
    assert api.get(f"{path}/timeentries/count").json() == {"count": 1}
    assert api.delete(path).status_code == 409


def test_time_needs_something_to_be_charged_to(api: httpx.Client, ticket: dict[str, Any]) -> None:
    assert api.post("/time/entries", json=START).status_code == 400
    wrong = {**START, "chargeToId": ticket["id"], "chargeToType": "ProjectTicket"}
    assert api.post("/time/entries", json=wrong).status_code == 400
    backwards = {**START, "company": {"id": 250}, "timeEnd": "2026-11-02T12:00:00Z"}
    assert api.post("/time/entries", json=backwards).status_code == 400
    assert api.post("/time/entries", json={**START, "company": {"id": 250}}).json()["chargeToType"] == "Company"


def test_a_schedule_entry_makes_its_member_a_resource(api: httpx.Client, ticket: dict[str, Any]) -> None:
    body = {
        "type": {"identifier": "S"},
        "objectId": ticket["id"],
        "member": {"identifier": "Admin1"},
        "dateStart": "2026-11-03T13:00:00Z",
        "dateEnd": "2026-11-03T15:30:00Z",
    }
    entry = api.post("/schedule/entries", json=body).json()
    assert (entry["name"], entry["hours"], entry["status"]["name"]) == ("Printer", 2.5, "Firm")
    assert api.get(f"/service/tickets/{ticket['id']}").json()["resources"] == "Admin1"
    assert len(api.get(f"/service/tickets/{ticket['id']}/scheduleentries").json()) == 1
    undated = api.post("/schedule/entries", json={"type": {"identifier": "S"}, "objectId": ticket["id"]}).json()
    assert not {"dateStart", "dateEnd", "hours"} & undated.keys()
    assert api.post("/schedule/entries", json={**body, "objectId": 1}).status_code == 400


def test_a_project_ticket_takes_everything_from_its_phase(
    api: httpx.Client, project: dict[str, Any], phase: dict[str, Any], ticket: dict[str, Any]
) -> None:
    assert (phase["projectId"], phase["board"]["name"], phase["wbsCode"]) == (project["id"], "Projects", "1")
    made = api.post("/project/tickets", json={"summary": "Inventory", "phase": {"id": phase["id"]}}).json()
    assert (made["project"]["id"], made["company"]["id"], made["board"]["name"]) == (project["id"], 250, "Projects")
    assert (made["wbsCode"], made["status"]["name"]) == ("1.1", "New")
    assert made["id"] == ticket["id"] + 1  # one sequence for both kinds
    assert api.get(f"/service/tickets/{made['id']}").status_code == 404
    assert api.get(f"/service/tickets/{made['id']}/notes").status_code == 404
    note = {"text": "x", "resolutionFlag": True}
    assert api.post(f"/project/tickets/{made['id']}/notes", json=note).status_code == 201
    charged = {**START, "chargeToId": made["id"], "chargeToType": "ProjectTicket", "actualHours": 1}
    entry = api.post("/time/entries", json=charged).json()
    assert (entry["project"]["id"], entry["phase"]["id"]) == (project["id"], phase["id"])
    path = f"/project/projects/{project['id']}/phases"
    second = api.post(path, json={"description": "Do"}).json()
    for other in (second, phase):
        move = [{"op": "replace", "path": "phase", "value": {"id": other["id"]}}]
        assert api.patch(f"/project/tickets/{made['id']}", json=move).status_code == 200
        assert api.get(f"/time/entries/{entry['id']}").json()["phase"]["id"] == other["id"]
    found = api.post("/project/tickets/search", json={"conditions": f"project/id = {project['id']}"}).json()
    assert [row["id"] for row in found] == [made["id"]]
    assert api.delete(f"{path}/{phase['id']}").status_code == 409


def test_a_project_ticket_needs_a_phase(api: httpx.Client) -> None:
    answer = api.post("/project/tickets", json={"summary": "x"})
    assert answer.json()["errors"][0]["message"] == "The phase field is required."


def test_a_phase_stays_in_its_project(api: httpx.Client, project: dict[str, Any], phase: dict[str, Any]) -> None:
    path = f"/project/projects/{project['id']}/phases"
    second = api.post(path, json={"description": "Do", "parentPhase": {"id": phase["id"]}}).json()
    assert second["wbsCode"] == "2"
    body = {**{key: project[key] for key in ("name", "billingMethod", "estimatedStart", "estimatedEnd")}}
    other = api.post("/project/projects", json={**body, "company": {"id": 251}, "board": {"id": 3}}).json()
    wrong = {"description": "x", "parentPhase": {"id": phase["id"]}}
    assert api.post(f"/project/projects/{other['id']}/phases", json=wrong).status_code == 400
    assert api.get(f"/project/projects/{other['id']}/phases/{phase['id']}").status_code == 404


def test_a_project_stands_on_a_project_board_and_ends_after_it_starts(
    api: httpx.Client, project: dict[str, Any]
) -> None:
    path = f"/project/projects/{project['id']}"
    assert api.patch(path, json=replace("board", {"id": 1})).status_code == 400
    assert api.patch(path, json=replace("estimatedEnd", "2026-10-01T00:00:00Z")).status_code == 400
    closed = api.patch(path, json=replace("status", {"name": "Completed"})).json()
    assert closed["closedFlag"] is True


def test_configurations_are_attached_to_tickets(psa: PsaSimulator, api: httpx.Client, ticket: dict[str, Any]) -> None:
    made = psa.add("company/configurations", name="PC-1", type={"id": 1}, company={"id": 250}, deviceIdentifier="D1")
    path = f"/service/tickets/{ticket['id']}/configurations"
    assert api.post(path, json={"id": made["id"]}).status_code == 201
    assert [row["deviceIdentifier"] for row in api.get(path).json()] == ["D1"]
    assert api.get(f"{path}/count").json() == {"count": 1}
    assert api.delete(f"{path}/{made['id']}").status_code == 204
    assert api.get(f"{path}/{made['id']}").status_code == 404
    assert api.post(path, json={"id": 1}).status_code == 400


def test_an_invoice_of_a_phase_names_its_project_and_takes_off_what_was_billed_before(psa: PsaSimulator) -> None:
    project = psa.add(
        "project/projects", name="Move", company={"id": 250}, board={"name": "Projects"}, billingMethod="FixedFee",
        estimatedStart="2026-10-01T00:00:00Z", estimatedEnd="2026-12-01T00:00:00Z",
    )  # fmt: skip
    phase = psa.add(f"project/projects/{project['id']}/phases", description="Cabling")
    invoice = psa.add(
        "finance/invoices", type="Standard", company={"id": 250}, applyToType="ProjectPhase", applyToId=phase["id"],
        serviceTotal=1000.0, downpaymentApplied=250.0, previousProgressApplied=300.0, salesTax=10.0,
    )  # fmt: skip
    assert (invoice["phase"]["id"], invoice["project"]["id"]) == (phase["id"], project["id"])
    assert (invoice["subtotal"], invoice["total"]) == (1000.0, 460.0)


def test_invented_projects_add_up(psa: PsaSimulator) -> None:
    companies = [row["id"] for row in psa.records("company/companies")[:2]]
    made = ProjectSeeder(psa.data, psa.random).projects(6, companies)
    projects = {row["id"]: row for row in psa.records("project/projects")}
    assert [projects[one]["billingMethod"] for one in made] == ["FixedFee", "ActualRates", "ActualRates"] * 2
    invoices = [row for row in psa.records("finance/invoices") if row["project"]["id"] in made]
    assert Counter(row["type"] for row in invoices) == {"Standard": 8, "Progress": 2, "DownPayment": 2}
    entries = psa.records("time/entries")
    for invoice in invoices:
        time = sum(e["invoiceHours"] * e["hourlyRate"] for e in entries if e["invoice"]["id"] == invoice["id"])
        assert time in (0, invoice["total"])


def test_planned_projects_are_invented_as_the_contract_has_them(psa: PsaSimulator, api: httpx.Client) -> None:
    first, second, *_ = PlanSeeder(psa.data, psa.random).projects(3, tickets=4)
    phases = api.get(f"/project/projects/{first}/phases").json()
    assert [row["description"] for row in phases] == ["Discovery", "Rollout", "Handover"]
    assert [(row.get("parentPhase") or {}).get("id") for row in phases] == [None, phases[0]["id"], phases[0]["id"]]
    tickets = api.get("/project/tickets", params={"conditions": f"project/id = {second}"}).json()
    assert len(tickets) == 4
    assert all(row["resources"] and row["estimatedStartDate"] < row["requiredDate"] for row in tickets)
    assert len(api.get(f"/project/projects/{first}/teamMembers").json()) in (1, 2)
    assert len(api.get(f"/project/projects/{first}/notes").json()) == 1
    assert len(api.get(f"/project/tickets/{tickets[0]['id']}/notes").json()) == 1
    ids = ",".join(str(row["id"]) for row in tickets)
    schedule = api.get("/schedule/entries", params={"conditions": f"objectId in ({ids})"}).json()
    assert [row["type"]["identifier"] for row in schedule] == ["P"] * 4
    time = api.get("/time/entries", params={"conditions": f"project/id = {second}"}).json()
    assert len(time) == 2
