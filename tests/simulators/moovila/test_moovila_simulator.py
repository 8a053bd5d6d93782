"""The simulated Moovila: keys, lists, what it refuses, what people do, what it posts, and what it holds at first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from functions.partner_webhook.partners import PARTNERS
from infra.local.simulators import catalog
from infra.local.simulators.moovila import MoovilaSimulator
from infra.local.simulators.moovila.errors import Refusal
from shared.systems.callbacks import signed
from tests.simulators.conftest import TurnableClock
from tests.simulators.receiving import Receiver


@pytest.fixture
def project(server: MoovilaSimulator) -> str:
    return server.add("projects", name="Move")


@pytest.fixture
def task(server: MoovilaSimulator, project: str) -> str:
    return server.add("tasks", projectId=project, name="Install")


def names(answer: httpx.Response) -> list[str]:
    return [row["name"] for row in answer.raise_for_status().json()["data"]]


# Who may call


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic demo", "demo"])
def test_nobody_gets_in_without_the_key(api: httpx.Client, header: str) -> None:
    answer = api.get("/projects", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "Unauthorized")


def test_a_missing_right_is_a_403(server: MoovilaSimulator, api: httpx.Client, project: str) -> None:
    server.settings.may_not = frozenset({"GET projects/{id}/tasks"})
    assert [api.get(path).status_code for path in (f"/projects/{project}/tasks", "/tasks")] == [403, 200]


# Lists


def test_lists_are_read_on_behind_an_id(server: MoovilaSimulator, api: httpx.Client, project: str) -> None:
    tasks = [server.add("tasks", projectId=project, name=f"Task {number}") for number in range(5)]
    first = api.get("/tasks", params={"limit": "2"})
    assert (names(first), first.json()["hasMore"]) == (["Task 0", "Task 1"], True)
    server.delete("tasks", tasks[1])
    rest = api.get("/tasks", params={"after": tasks[1]})
    assert (names(rest), rest.json()["hasMore"]) == (["Task 2", "Task 3", "Task 4"], False)
    assert names(api.get("/tasks", params={"after": tasks[4]})) == []


def test_lists_stand_under_their_parents_too(
    server: MoovilaSimulator, api: httpx.Client, project: str, task: str
) -> None:
    other = server.add("projects", name="Other")
    server.add("tasks", projectId=other, name="Elsewhere")
    server.add("notes", taskId=task, text="x")
    assert names(api.get(f"/projects/{project}/tasks")) == ["Install"]
    assert names(api.get("/tasks", params={"projectId": other})) == ["Elsewhere"]
    assert len(api.get(f"/tasks/{task}/notes").json()["data"]) == 1
    assert len(api.get("/notes", params={"projectId": project}).json()["data"]) == 1
    assert api.get("/projects/P-99/tasks").json()["code"] == "NotFound"
    assert api.get(f"/projects/{project}/users").json()["code"] == "NoSuchAddress"


def test_what_changed_since_and_what_is_archived(
    server: MoovilaSimulator, api: httpx.Client, clock: TurnableClock, project: str, task: str
) -> None:
    clock.turn(hours=1)
    since = {"updatedSince": server.store.now()}
    assert names(api.get("/tasks", params=since)) == []
    assert api.patch(f"/tasks/{task}", json={"name": "Install"}).status_code == 200
    assert names(api.get("/tasks", params=since)) == []  # nothing of it changed
    api.patch(f"/tasks/{task}", json={"name": "Set up"})
    assert names(api.get("/tasks", params=since)) == ["Set up"]
    server.archive(project)
    assert names(api.get("/tasks")) == names(api.get("/projects")) == []
    assert names(api.get("/tasks", params={"includeArchived": "true"})) == ["Set up"]
    assert api.get(f"/tasks/{task}").status_code == 200


@pytest.mark.parametrize("query", [{"updatedSince": "noon"}, {"updatedSince": "2026-11-02T09:00:00"}, {"limit": "0"}])
def test_an_odd_query_is_refused(api: httpx.Client, query: dict[str, str]) -> None:
    assert api.get("/tasks", params=query).status_code == 400


def test_a_list_can_drift_and_an_answer_be_a_page(server: MoovilaSimulator, api: httpx.Client, task: str) -> None:
    server.faults.order("drift", operation="GET tasks")
    assert names(api.get("/tasks")) == []
    server.faults.order("html")
    assert "One moment" in api.get("/tasks").text
    server.faults.order("status", status=503, retry_after=5)
    answer = api.get("/tasks")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


# Writes


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"status": "Nobody knows"}, "status"),
        ({"status": "Completed"}, "status"),  # of projects, not of tasks
        ({"phaseId": "PH-99"}, "phaseId"),
        ({"assignees": ["U-99"]}, "assignees"),
        ({"percentComplete": 101}, "percentComplete"),
        ({"plannedHours": -1}, "plannedHours"),
        ({"startDate": "2026-11-05", "dueDate": "2026-11-02"}, "dueDate"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    server: MoovilaSimulator, api: httpx.Client, project: str, fields: dict[str, Any], field: str
) -> None:
    answer = api.post(f"/projects/{project}/tasks", json={"name": "Install", **fields})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert server.records("tasks") == []


@pytest.mark.parametrize(
    "body",
    [{"name": 5}, {"name": "x", "startDate": "soon"}, {"name": "x", "assignees": "U-1"}, {"percentComplete": True}, []],
)
def test_an_odd_body_is_refused(api: httpx.Client, project: str, body: Any) -> None:
    assert api.post(f"/projects/{project}/tasks", json=body).status_code == 400
    assert api.post(f"/projects/{project}/tasks", content=b"{").status_code == 400


def test_a_scheduled_event_needs_its_days_and_a_time_for_its_quantity(
    server: MoovilaSimulator, api: httpx.Client, task: str
) -> None:
    path = f"/tasks/{task}/scheduled-events"
    event = {"resource": server.find("users", "Ana Reyes")["id"], "startDate": "2026-11-02", "dueDate": "2026-11-02"}
    for name in event:
        assert api.post(path, json={**event, name: None}).status_code == 422
    assert api.post(path, json={**event, "quantity": 2}).json()["errors"][0]["field"] == "startTime"
    assert api.post(path, json={**event, "quantity": 2, "startTime": "9 o'clock"}).status_code == 400
    made = api.post(path, json={**event, "quantity": 2, "startTime": "09:30"})
    assert (made.status_code, made.json()["taskId"]) == (201, task)


def test_nothing_stands_on_itself_nor_on_another_project(
    server: MoovilaSimulator, api: httpx.Client, project: str, task: str
) -> None:
    above = server.add("phases", projectId=project, name="Above")
    below = server.add("phases", projectId=project, name="Below", parentId=above)
    then = server.add("tasks", projectId=project, name="Then", dependencies=[task])
    other = server.add("projects", name="Other")
    far = server.add("phases", projectId=other, name="Far")
    far_task = server.add("tasks", projectId=other, name="Far", phaseId=far)
    for path, body in (
        (f"/phases/{above}", {"parentId": below}),
        (f"/phases/{above}", {"parentId": above}),
        (f"/phases/{above}", {"parentId": far}),
        (f"/tasks/{task}", {"dependencies": [then]}),
        (f"/tasks/{task}", {"dependencies": [far_task]}),
        (f"/tasks/{task}", {"phaseId": far}),
    ):
        assert api.patch(path, json=body).status_code == 422, body
    assert api.patch(f"/tasks/{then}", json={"phaseId": below, "dependencies": []}).status_code == 200


def test_an_archived_project_is_changed_by_nobody(
    server: MoovilaSimulator, api: httpx.Client, project: str, task: str
) -> None:
    server.archive(project)
    refused = [
        api.patch(f"/projects/{project}", json={"name": "x"}),
        api.patch(f"/tasks/{task}", json={"name": "x"}),
        api.delete(f"/tasks/{task}"),
        api.post(f"/projects/{project}/tasks", json={"name": "x"}),
    ]
    assert {answer.status_code for answer in refused} == {409}
    server.archive(project, archived=False)
    assert api.patch(f"/tasks/{task}", json={"name": "x"}).status_code == 200


def test_a_project_tells_since_when_it_has_its_status(
    server: MoovilaSimulator, api: httpx.Client, clock: TurnableClock, project: str
) -> None:
    made = server.record("projects", project)
    clock.turn(days=1)
    api.patch(f"/projects/{project}", json={"name": "Moved"})
    assert server.record("projects", project)["statusChangedAt"] == made["statusChangedAt"]
    api.patch(f"/projects/{project}", json={"status": "Completed"})
    row = server.record("projects", project)
    assert (made["status"], row["status"]) == ("In Planning", "Completed")
    assert row["statusChangedAt"] == row["updatedAt"] > made["statusChangedAt"]


def test_what_is_in_a_deleted_record_goes_with_it(
    server: MoovilaSimulator, api: httpx.Client, project: str, task: str
) -> None:
    above = server.add("phases", projectId=project, name="Above")
    below = server.add("phases", projectId=project, name="Below", parentId=above)
    within = server.add("tasks", projectId=project, name="Within", phaseId=below)
    then = server.add("tasks", projectId=project, name="Then", dependencies=[within, task])
    assert api.delete(f"/phases/{above}").status_code == 204
    assert [row["id"] for row in server.records("tasks")] == [task, then]
    assert server.records("phases") == []
    assert server.record("tasks", then)["dependencies"] == [task]
    server.add("notes", taskId=task, text="x")
    api.delete(f"/projects/{project}")
    assert [server.records(path) for path in ("projects", "tasks", "notes")] == [[], [], []]
    with pytest.raises(Refusal):
        server.record("projects", project)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/users/{user}", 405),
        ("POST", "/users", 405),
        ("PUT", "/users/{user}", 405),
        ("POST", "/status-categories", 405),
        ("DELETE", "/work-types/WT-99", 404),
        ("GET", "/nothing", 404),
        ("GET", "/tasks/T-99", 404),
    ],
)
def test_what_there_is_not(server: MoovilaSimulator, api: httpx.Client, method: str, path: str, status: int) -> None:
    user = server.find("users", "Ana Reyes")["id"]
    assert api.request(method, path.format(user=user), json={}).status_code == status


# What it posts


def test_what_changes_is_posted_as_our_receiver_reads_it(server: MoovilaSimulator, receiver: Receiver) -> None:
    server.add("projects", name="Before anybody listens")
    order = {"url": receiver.url, "secret": "shh"}
    assert httpx.post(f"{server.url}/_simulator/webhooks", json=order).status_code == 204
    project = server.add("projects", name="Move")
    task = server.add("tasks", projectId=project, name="Install")
    server.edit("tasks", task, percentComplete=10)
    server.delete("projects", project)
    assert server.webhooks.settled()
    partner = PARTNERS["moovila"]
    for _, headers, body in receiver.posts:
        signature = partner.written(headers[partner.header])
        assert signature is not None
        assert signed(b"shh", body, signature)
    said = receiver.said()
    assert [(one["event"], one[partner.type], one[partner.record], one["projectId"]) for one in said] == [
        ("created", "project", project, project),
        ("created", "task", task, project),
        ("updated", "task", task, project),
        ("deleted", "task", task, project),
        ("deleted", "project", project, project),
    ]
    assert len({one[partner.message] for one in said}) == 5


# What is there at first


def test_what_is_there_at_first_is_the_same_for_the_same_seed(clock: TurnableClock) -> None:
    first, second = (MoovilaSimulator(clock=clock, seed=3, projects=4, tasks=30) for _ in range(2))
    for path, number in (("projects", 4), ("phases", 12), ("tasks", 30), ("users", 3), ("customers", 4)):
        assert len(first.records(path)) == number
        assert first.records(path) == second.records(path)
    assert {row["appliesTo"] for row in first.records("status-categories")} == {"project", "task"}
    made = catalog.SIMULATORS["moovila"]({"projects": 1, "tasks": 2})
    assert isinstance(made, MoovilaSimulator)
    assert len(made.records("tasks")) == 2
    with pytest.raises(ValueError, match="tickets"):
        catalog.SIMULATORS["moovila"]({"tickets": 3})
