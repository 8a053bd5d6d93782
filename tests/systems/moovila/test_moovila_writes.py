"""What the Moovila adapter writes: creates with their marker, updates of what differs, deletes, lost answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from infra.local.simulators.moovila import MoovilaSimulator
from shared.sync.errors import OutcomeUnknown, RecordRejected, RetryLater
from shared.sync.plan import Step
from shared.systems.moovila import Moovila, Note, Phase, Project, Record, ScheduledEvent, Task, TimeEntry
from tests.systems.moovila.conftest import create, delete, update
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Watch


@pytest.fixture
def project(server: MoovilaSimulator) -> str:
    return server.add("projects", name="Move")


@pytest.fixture
def task(server: MoovilaSimulator, project: str) -> str:
    return server.add("tasks", projectId=project, name="Install")


def test_a_project_is_made_with_its_marker(moovila: Moovila, server: MoovilaSimulator) -> None:
    acme = server.add("customers", name="Acme")
    ana = server.find("users", "Ana Reyes")["id"]
    made = moovila.apply(
        create(
            "project", name="Move", customer=acme, board="Projects", status="In Progress", start=date(2026, 11, 1),
            due=date(2026, 12, 1), manager=ana, members=(ana,), external_id="5",
        )
    )  # fmt: skip
    assert isinstance(made.record, Project)
    assert made.record == moovila.project(made.id)
    assert (made.record.external_id, made.record.customer_name, made.record.due) == ("5", "Acme", date(2026, 12, 1))


def test_what_is_in_a_project_is_made_under_it(moovila: Moovila, server: MoovilaSimulator, project: str) -> None:
    ana = server.find("users", "Ana Reyes")["id"]
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    steps: list[tuple[Step, type[Record], str]] = []

    def make(step: Step, model: type[Record]) -> str:
        made = moovila.apply(step)
        assert isinstance(made.record, model)
        assert made.record == moovila.record(model, made.id)
        assert made.record.external_id == step.fields["external_id"]
        steps.append((step, model, made.id))
        return made.id

    phase = make(create("phase", project=project, name="Plan", position=1, external_id="900"), Phase)
    below = make(create("phase", project=project, name="Survey", parent=phase, external_id="901"), Phase)
    task = make(
        create(
            "task", project=project, phase=below, name="Install", status="Not Started", start=date(2026, 11, 2),
            due=date(2026, 11, 5), percent=Decimal("12.5"), planned_hours=Decimal(8), assignees=(ana,),
            external_id="12001",
        ),
        Task,
    )  # fmt: skip
    make(
        create("time_entry", task=task, user=ana, work_type="Regular", start=at, hours=Decimal("1.5"), notes="x",
               external_id="15000"),
        TimeEntry,
    )  # fmt: skip
    make(
        create("scheduled_event", task=task, resource=ana, resource_type="user", start=date(2026, 11, 2),
               start_time=time(9, 30), due=date(2026, 11, 2), quantity=Decimal(2), external_id="8200"),
        ScheduledEvent,
    )  # fmt: skip
    make(create("note", task=task, text="Mind the dog", author=ana, external_id="23000"), Note)
    make(create("note", project=project, text="Of the project", external_id="1"), Note)
    assert len(steps) == 7
    event = server.records("scheduled-events")[0]
    assert (event["startTime"], event["quantity"], event["projectId"]) == ("09:30", 2, project)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("customer", "customers"),
        ("customer_status", "customer-statuses"),
        ("note_category", "note-categories"),
        ("work_type", "work-types"),
    ],
)
def test_reference_data_is_made_and_renamed(moovila: Moovila, server: MoovilaSimulator, kind: str, path: str) -> None:
    made = moovila.apply(create(kind, name="After hours", external_id="7"))
    moovila.apply(update(kind, made.id, name="At night", active=False))
    row = server.record(path, made.id)
    assert (row["name"], row["active"], row["externalId"]) == ("At night", False, "7")
    with pytest.raises(RecordRejected, match="has this name already"):
        moovila.apply(create(kind, name="at NIGHT", external_id="8"))


def test_users_are_only_switched_on_and_off(moovila: Moovila, server: MoovilaSimulator) -> None:
    ana = server.find("users", "Ana Reyes")["id"]
    moovila.apply(update("user", ana, {"active": True}, active=False))
    assert server.record("users", ana)["active"] is False
    for step in (create("user", name="x"), delete("user", ana), update("user", ana, email="x")):
        with pytest.raises(ValueError, match="user"):
            moovila.apply(step)


def test_an_update_sends_what_differs(moovila: Moovila, watch: Watch, task: str) -> None:
    before = {"name": "Install", "percent": None, "due": date(2026, 11, 5)}
    done = moovila.apply(update("task", task, before, name="Install", percent=50, due=None))
    assert watch.bodies() == [{"percentComplete": 50, "dueDate": None}]
    assert isinstance(done.record, Task)
    assert (done.record.percent, done.record.name) == (50, "Install")
    assert moovila.apply(update("task", task, {"name": "Install"}, name="Install")).record is None
    assert len(watch.requests) == 1


def test_an_answer_with_the_id_alone_is_read_back(moovila: Moovila, server: MoovilaSimulator, project: str) -> None:
    server.settings.answers = "id"
    made = moovila.apply(create("task", project=project, name="Install", external_id="12001"))
    assert isinstance(made.record, Task)
    assert made.record.external_id == "12001"
    changed = moovila.apply(update("task", made.id, name="Set up"))
    assert isinstance(changed.record, Task)
    assert changed.record.name == "Set up"


def test_a_record_is_deleted_with_what_is_in_it_and_gone_is_good(
    moovila: Moovila, server: MoovilaSimulator, project: str, task: str
) -> None:
    server.add("notes", taskId=task, text="x")
    assert moovila.apply(delete("task", task)).id == task
    assert moovila.apply(delete("task", task)).record is None
    assert (server.records("tasks"), server.records("notes")) == ([], [])
    moovila.apply(delete("project", project))
    assert server.records("projects") == []


def test_what_is_gone_cannot_be_written(moovila: Moovila, server: MoovilaSimulator, project: str, task: str) -> None:
    server.delete("tasks", task)
    for step in (update("task", task, name="x"), create("note", task=task, text="x")):
        with pytest.raises(RecordRejected) as raised:
            moovila.apply(step)
        assert raised.value.code == "NotFound"


def test_what_moovila_refuses_is_the_records_own_trouble(
    moovila: Moovila, server: MoovilaSimulator, project: str, task: str
) -> None:
    with pytest.raises(RecordRejected, match="startDate") as raised:
        moovila.apply(update("task", task, start=date(2026, 11, 5), due=date(2026, 11, 2)))
    assert raised.value.field == "dueDate"
    ana = server.find("users", "Ana Reyes")["id"]
    event = {"task": task, "resource": ana, "start": date(2026, 11, 2), "due": date(2026, 11, 2)}
    with pytest.raises(RecordRejected, match="quantity"):
        moovila.apply(create("scheduled_event", **event, quantity=Decimal(2)))
    server.archive(project)
    with pytest.raises(RecordRejected, match="archived"):
        moovila.apply(update("task", task, name="x"))


@pytest.mark.parametrize("kind", ["lost_answer", "html", "status"])
def test_a_create_whose_answer_is_lost_is_found_by_its_marker(
    moovila: Moovila, server: MoovilaSimulator, clock: TurnableClock, project: str, kind: str
) -> None:
    clock.turn(minutes=1)
    server.faults.order(kind, operation="POST", status=500)
    with pytest.raises(OutcomeUnknown):
        moovila.apply(create("task", project=project, name="Install", external_id="12001"))
    found = {one.external_id for one in moovila.records(Task, since=START)}
    assert found == ({"12001"} if kind == "lost_answer" else set())
    assert len(server.records("tasks")) == len(found)


def test_a_write_that_was_taken_is_never_told_as_refused(
    moovila: Moovila, server: MoovilaSimulator, project: str
) -> None:
    server.settings.answers = "id"
    server.faults.order("status", operation=r"GET tasks/\{id\}", status=404)
    server.faults.order("status", operation="^GET tasks$", status=401, times=9)
    with pytest.raises(OutcomeUnknown, match="what came of it is not known"):
        moovila.apply(create("task", project=project, name="Install"))
    assert len(server.records("tasks")) == 1


def test_what_was_not_sent_was_not_done(moovila: Moovila, server: MoovilaSimulator, project: str) -> None:
    server.faults.order("status", operation="POST", status=429)
    with pytest.raises(RetryLater) as raised:
        moovila.apply(create("task", project=project, name="Install"))
    assert not isinstance(raised.value, OutcomeUnknown)


@pytest.mark.parametrize(
    "step",
    [
        create("task", name="x"),
        create("time_entry", project="P-1", hours=1),
        create("task", project="P-1/tasks", name="x"),
        create("task", project="P-1", title="x"),
        update("project", "P-1", archived=True),
        update("task", "../users", name="x"),
        create("status_category", name="x"),
        delete("work_type", "WT-1"),
        replace(create("task", project="P-1"), verb="attach"),
    ],
)
def test_a_step_that_no_flow_can_mean_is_not_sent(moovila: Moovila, watch: Watch, step: Any) -> None:
    with pytest.raises(ValueError, match=r"Moovila|must name"):
        moovila.apply(step)
    assert watch.requests == []
