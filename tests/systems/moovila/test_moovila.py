"""The Moovila adapter against the simulator: records as they are read, whole lists, what is not there, refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.simulators.moovila import MoovilaSimulator
from shared.sync.clock import moment
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RecordRejected, RetryLater, Throttled
from shared.sync.ports import System
from shared.systems.http import Http
from shared.systems.moovila import (
    Customer,
    Moovila,
    Note,
    Phase,
    Project,
    ScheduledEvent,
    StatusCategory,
    Task,
    TimeEntry,
    User,
    WorkType,
    client,
)
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Secret, Watch


@pytest.fixture
def project(server: MoovilaSimulator) -> str:
    acme = server.add("customers", name="Acme", externalId="250")
    return server.add("projects", name="Move", customerId=acme, externalId="5", startDate="2026-11-01")


def test_the_adapter_is_a_system_of_the_engine(moovila: Moovila, server: MoovilaSimulator) -> None:
    system: System = moovila
    assert system.name == "moovila"
    assert system.pace_key == f"{urlsplit(server.url).netloc}#demo"
    assert system.pace_key in repr(moovila)
    system.check()


# Records


def test_a_project_as_it_is_read(moovila: Moovila, server: MoovilaSimulator, project: str) -> None:
    ana = server.find("users", "Ana Reyes")["id"]
    acme = server.find("customers", "Acme")["id"]
    server.edit("projects", project, board="Projects", workType="regular", managerId=ana, memberIds=[ana])
    assert moovila.project(project) == Project(
        id=project, external_id="5", created_at=START, updated_at=START, url=f"{server.url}/projects/{project}",
        name="Move", customer=acme, customer_name="Acme", board="Projects", work_type="regular",
        status="In Planning", start=date(2026, 11, 1), manager=ana, members=(ana,), status_since=START,
    )  # fmt: skip


def test_what_is_in_a_project_as_it_is_read(moovila: Moovila, server: MoovilaSimulator, project: str) -> None:
    ana = server.find("users", "Ana Reyes")["id"]
    above = server.add("phases", projectId=project, name="Plan", position=1)
    below = server.add("phases", projectId=project, name="Survey", parentId=above)
    first = server.add("tasks", projectId=project, name="Order")
    task = server.add(
        "tasks", projectId=project, phaseId=below, name="Install", startDate="2026-11-02", dueDate="2026-11-05",
        percentComplete=40, plannedHours=7.5, dependencies=[first], assignees=[ana], externalId="12001",
    )  # fmt: skip
    server.add("time-entries", taskId=task, userId=ana, startAt="2026-11-02T09:00:00+01:00", hours=1.25, notes="x")
    server.add(
        "scheduled-events", taskId=task, resource=ana, resourceType="user", startDate="2026-11-02",
        startTime="09:30", dueDate="2026-11-02", quantity=2,
    )  # fmt: skip
    server.add("notes", taskId=task, text="Mind the dog", authorId=ana)
    server.add("notes", projectId=project, text="Of the project")
    phases = moovila.records(Phase, project=project)
    assert [(one.name, one.parent, one.position, one.project) for one in phases] == [
        ("Plan", "", 1, project),
        ("Survey", above, None, project),
    ]
    read = moovila.records(Task, project=project)[1]
    assert read == moovila.record(Task, task)
    assert read.url == f"{server.url}/projects/{project}/tasks/{task}"
    assert (read.phase, read.status, read.start, read.due) == (
        below, "Not Started", date(2026, 11, 2), date(2026, 11, 5)
    )  # fmt: skip
    assert (read.percent, read.planned_hours, read.dependencies, read.assignees, read.external_id) == (
        40, Decimal("7.5"), (first,), (ana,), "12001"
    )  # fmt: skip
    (entry,) = moovila.records(TimeEntry, project=project)
    assert (entry.task, entry.user, entry.hours, entry.end) == (task, ana, Decimal("1.25"), None)
    assert entry.start == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    (event,) = moovila.records(ScheduledEvent, task=task)
    assert (event.resource, event.start_time, event.quantity, event.due) == (
        ana, time(9, 30), 2, date(2026, 11, 2)
    )  # fmt: skip
    notes = moovila.records(Note, project=project)
    assert [(one.text, one.task, one.author) for one in notes] == [
        ("Mind the dog", task, ana),
        ("Of the project", "", ""),
    ]
    assert [one.text for one in moovila.records(Note, task=task)] == ["Mind the dog"]


def test_the_setup_as_it_is_read(moovila: Moovila, server: MoovilaSimulator, project: str) -> None:
    gone = server.find("users", "Tom Okafor")["id"]
    server.edit("users", gone, active=False)
    users = moovila.records(User)
    assert (users[0].name, users[0].email) == ("Ana Reyes", "ana.reyes@msp.example.com")
    assert [one.name for one in users if not one.active] == ["Tom Okafor"]
    tasks = [one.name for one in moovila.records(StatusCategory) if one.of == "task"]
    assert {"Not Started", "In Progress", "Complete"} <= set(tasks)
    assert [one.name for one in moovila.records(WorkType)] == ["Regular"]
    assert [(one.name, one.external_id) for one in moovila.records(Customer)] == [("Acme", "250")]


def test_nulls_absent_values_and_numbers_are_understood(moovila: Moovila, watch: Watch) -> None:
    rows = [
        {"id": 7, "projectId": 3, "name": None, "assignees": None, "startDate": "", "percentComplete": None},
        {"id": "b", "projectId": "c", "externalId": 12001, "dueDate": "2026-11-02T00:00:00Z", "unknown": {"x": 1}},
    ]
    watch.answer("tasks", {"data": rows, "hasMore": False})
    first, second = moovila.records(Task)
    assert (first.id, first.project, first.name, first.assignees, first.start) == ("7", "3", "", (), None)
    assert (second.external_id, second.due) == ("12001", date(2026, 11, 2))
    watch.answer("users", {"data": [{"id": "u"}], "hasMore": False})
    assert [one.active for one in moovila.records(User)] == [True]


@pytest.mark.parametrize("row", [{}, {"id": ""}, {"id": "a"}, {"id": "a", "projectId": None}, "a"])
def test_a_record_that_cannot_be_read_is_no_record_less(moovila: Moovila, watch: Watch, row: object) -> None:
    watch.answer("tasks", {"data": [row], "hasMore": False})
    with pytest.raises(RetryLater, match="something unreadable"):
        moovila.records(Task)


@pytest.mark.parametrize(
    ("settings", "page"),
    [
        ({"base_url": "https://api.moovila.example.com"}, "https://app.moovila.example.com/projects/P-1"),
        (
            {"base_url": "https://a.example.com", "web_url": "https://m.example.com/"},
            "https://m.example.com/projects/P-1",
        ),
    ],
)
def test_links_lead_to_the_web_application(
    keys: Secret, clock: TurnableClock, settings: dict[str, str], page: str
) -> None:
    with Http(httpx.MockTransport(lambda _: httpx.Response(200, json={"id": "P-1"}))) as http:
        found = Moovila(SystemSettings(**settings), keys, clock, http).project("P-1")
    assert found is not None
    assert found.url == page


# Lists


def test_lists_are_read_page_by_page_whatever_happens_in_between(
    moovila: Moovila, server: MoovilaSimulator, project: str
) -> None:
    tasks = [server.add("tasks", projectId=project, name=f"Task {number}") for number in range(7)]
    server.settings.largest_page = 3
    first, after = moovila.page(Task, project=project)
    assert [one.id for one in first] == tasks[:3]
    server.delete("tasks", tasks[0])
    server.delete("tasks", tasks[2])  # the very one after which to read on
    late = server.add("tasks", projectId=project, name="Late")
    second, after = moovila.page(Task, after, project=project)
    third, end = moovila.page(Task, after, project=project)
    assert [one.id for one in (*second, *third)] == [*tasks[3:], late]
    assert end is None
    assert [one.id for one in moovila.records(Task)] == [tasks[1], *tasks[3:], late]


def test_only_what_changed_since_is_asked_for(
    moovila: Moovila, server: MoovilaSimulator, project: str, clock: TurnableClock
) -> None:
    early = server.add("tasks", projectId=project, name="Early")
    other = server.add("tasks", projectId=project, name="Other")
    clock.turn(hours=1)
    cursor = moment(moovila.cursor())
    assert cursor <= clock.now()
    assert moovila.records(Task, since=cursor) == []
    server.edit("tasks", other, percentComplete=10)
    assert [one.id for one in moovila.records(Task, since=cursor)] == [other]
    assert [one.id for one in moovila.records(Task, since=START)] == [early, other]
    assert [one.id for one in moovila.records(Task, project=project, since=cursor)] == [other]


def test_archived_projects_come_only_where_they_are_asked_for(
    moovila: Moovila, server: MoovilaSimulator, project: str
) -> None:
    task = server.add("tasks", projectId=project, name="Old")
    server.archive(project)
    assert moovila.records(Project) == []
    assert moovila.records(Task) == []
    assert [one.archived for one in moovila.records(Project, archived=True)] == [True]
    assert [one.id for one in moovila.records(Task, archived=True)] == [task]
    found = moovila.project(project)
    assert found is not None
    assert found.archived


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [{"id": "a", "projectId": "p"}]},
        {"data": [{"id": "a", "projectId": "p"}], "hasMore": "no"},
        {"data": [], "hasMore": True},
        {"hasMore": False},
        [{"id": "a", "projectId": "p"}],
        {"data": [{"id": "a", "projectId": "p"}, {"id": "a", "projectId": "p"}], "hasMore": False},
    ],
)
def test_a_list_that_does_not_say_that_it_ends_is_an_error(moovila: Moovila, watch: Watch, answer: object) -> None:
    watch.answer("tasks", answer)
    with pytest.raises(RetryLater):
        moovila.records(Task)


def test_a_list_that_does_not_go_on_is_an_error(moovila: Moovila, watch: Watch) -> None:
    watch.answer("tasks", {"data": [{"id": "a", "projectId": "p"}, {"id": "b", "projectId": "p"}], "hasMore": True})
    with pytest.raises(RetryLater, match="records twice"):
        moovila.records(Task)
    assert len(watch.requests) == 2


def test_a_list_that_goes_in_circles_is_an_error(moovila: Moovila, watch: Watch) -> None:
    pages = iter(["ab", "cd", "ab"])

    def rewrite(_: httpx.Request, __: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json={"data": [{"id": one} for one in next(pages)], "hasMore": True})

    watch.rewrite = rewrite
    with pytest.raises(RetryLater, match="same records again"):
        moovila.records(Project)


def test_a_list_of_what_is_not_there_says_so(moovila: Moovila) -> None:
    with pytest.raises(RecordRejected) as raised:
        moovila.records(Task, project="P-99")
    assert raised.value.code == "NotFound"
    for wrong in ({"task": "T-1"}, {"project": "../users"}):
        with pytest.raises(ValueError, match=r"not listed|no id"):
            moovila.records(Phase, **wrong)
    with pytest.raises(ValueError, match="not listed by project"):
        moovila.records(User, project="P-1")


def test_a_whole_project_costs_a_request_for_each_kind(
    moovila: Moovila, server: MoovilaSimulator, watch: Watch, project: str
) -> None:
    for number in range(30):
        server.add("tasks", projectId=project, name=f"Task {number}")
    for model in (Phase, Task, TimeEntry, ScheduledEvent, Note):
        moovila.records(model, project=project)
    assert len(watch.requests) == 5
    assert watch.queries("notes") == [{"projectId": [project], "limit": [str(client.PAGE_SIZE)]}]


# What is not there


@pytest.mark.parametrize("codes", [True, False])
def test_only_a_404_means_that_a_record_is_gone(
    moovila: Moovila, server: MoovilaSimulator, project: str, codes: bool
) -> None:
    server.settings.codes = codes
    task = server.add("tasks", projectId=project, name="Old")
    assert moovila.record(Task, task) is not None
    server.delete("tasks", task)
    assert moovila.record(Task, task) is None
    assert moovila.project("P-4711") is None


def test_a_404_of_something_on_the_way_is_none(moovila: Moovila, watch: Watch) -> None:
    watch.rewrite = lambda *_: httpx.Response(404, text="<html><title>Not here</title></html>")
    with pytest.raises(RetryLater, match="something on the way"):
        moovila.record(Task, "T-1")


def test_another_address_is_told(server: MoovilaSimulator, keys: Secret, clock: TurnableClock, http: Http) -> None:
    elsewhere = Moovila(SystemSettings(base_url=f"{server.url}/elsewhere"), keys, clock, http)
    server.settings.codes = False
    for attempt in (lambda: elsewhere.records(Task), elsewhere.check, lambda: elsewhere.record(Task, "T-1")):
        with pytest.raises(ConfigurationWrong, match="does not know") as raised:
            attempt()
        assert raised.value.where == "moovila: base_url"


def test_a_404_is_not_believed_while_the_list_fails(moovila: Moovila, server: MoovilaSimulator) -> None:
    server.settings.codes = False
    server.faults.order("status", operation="^GET tasks$", status=500)
    with pytest.raises(RetryLater):
        moovila.record(Task, "T-1")


# Keys, rights, failures


def test_a_key_that_changed_is_read_anew_once(moovila: Moovila, server: MoovilaSimulator, keys: Secret) -> None:
    server.settings.api_key = "next"
    keys.stored = {"api_key": "next"}
    assert len(moovila.records(User)) == 3
    assert keys.read == 1


def test_a_key_that_does_not_hold_is_told(moovila: Moovila, server: MoovilaSimulator) -> None:
    server.settings.api_key = "another"
    for attempt in (moovila.check, lambda: moovila.records(User)):
        with pytest.raises(CredentialsRefused, match="API key"):
            attempt()


@pytest.mark.parametrize("key", ["", " ", "two words", "k\u00e9y"])
def test_what_is_no_key_is_told(moovila: Moovila, keys: Secret, key: str) -> None:
    keys.stored = keys.kept = {"api_key": key}
    with pytest.raises(ConfigurationWrong, match="is no key"):
        moovila.check()


def test_a_401_for_a_part_alone_is_a_matter_of_rights(moovila: Moovila, server: MoovilaSimulator) -> None:
    server.faults.order("status", operation="GET notes", status=401, times=9)
    with pytest.raises(ConfigurationWrong, match="though the keys hold"):
        moovila.records(Note)


def test_a_missing_right_is_told(moovila: Moovila, server: MoovilaSimulator) -> None:
    server.settings.may_not = frozenset({"GET notes"})
    moovila.may_read("tasks")
    with pytest.raises(ConfigurationWrong):
        moovila.may_read("notes")
    server.settings.may_not = frozenset({"GET users"})
    moovila.check()


def test_too_many_requests_name_the_tenant(moovila: Moovila, server: MoovilaSimulator) -> None:
    server.faults.order("status", status=429, retry_after=7)
    with pytest.raises(Throttled) as raised:
        moovila.records(User)
    assert (raised.value.pace_key, raised.value.after) == (moovila.pace_key, 7)


@pytest.mark.parametrize("fault", [{"kind": "html"}, {"kind": "cut"}, {"kind": "status", "status": 503}])
def test_what_fails_is_tried_again_later(moovila: Moovila, server: MoovilaSimulator, fault: dict[str, Any]) -> None:
    server.faults.order(**fault)
    with pytest.raises(RetryLater):
        moovila.record(User, "U-1")


def test_the_clock_is_the_servers(moovila: Moovila, watch: Watch, clock: TurnableClock) -> None:
    told = START + timedelta(minutes=5)

    def rewrite(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        response.headers["date"] = told.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response

    watch.rewrite = rewrite
    assert moovila.server_time() == told
    clock.turn(seconds=14)
    assert moovila.server_time() == told
    assert len(watch.requests) == 1
    clock.turn(seconds=2)
    moovila.server_time()
    assert len(watch.requests) == 2
