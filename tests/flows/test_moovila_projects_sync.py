"""Projects through the engine: both systems on sockets, the table in moto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from functions.moovila_projects.flow import MoovilaProjects
from functions.moovila_projects.situations import PROJECT, SCHEDULE, TICKET, TIME
from infra.local.cloud.stack import Stack
from shared.partners.moovila import CUSTOMER
from shared.sync.clock import RandomIds
from shared.sync.link import Link
from shared.sync.operating import Operator
from shared.sync.outcome import wake_waiters
from shared.sync.record import FlowKey, Ref
from shared.sync.told import told
from tests.flows.moovila import SETTINGS, TICKETS, Office
from tests.flows.rig import Rig, rigged

FLOW = "moovila_projects"


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged(FLOW, stack, **SETTINGS) as rig:
        yield rig


@pytest.fixture
def office(rig: Rig) -> Office:
    return Office.opened(rig.psa, rig.moovila, rig.store.links)


def planned(office: Office) -> int:
    """A project with two phases, one in the other, two tickets, and one record of each other kind."""
    project = office.project(manager={"id": office.members["ana.reyes"]})
    outer = office.phase(project, "Rollout")
    inner = office.phase(project, "Cabling", outer)
    first = office.ticket(
        inner, "Pull cables", owner={"id": office.members["tom.okafor"]}, budgetHours=8,
        estimatedStartDate="2026-11-03T00:00:00Z", requiredDate="2026-11-06T00:00:00Z",
    )  # fmt: skip
    office.ticket(outer, "Test them", predecessorType="Ticket", predecessorId=first)
    office.note(first, "Mind the ceiling.")
    office.psa.add(f"project/projects/{project}/notes", text="Kick-off on Monday.")
    office.worked(first)
    office.scheduled(first)
    return project


def settle(rig: Rig, **by: Any) -> None:
    """Scans and turns the clock past every window until nothing is left to do."""
    rig.sync()
    for _ in range(3):
        rig.tick(minutes=11)
        rig.sync("delta")


def test_a_project_comes_to_moovila_whole(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    assert office.theirs() == office.ours()
    assert rig.codes() == []


def quiet(rig: Rig) -> dict[str, int]:
    """What another scan of each mode finds: nothing, once all is in step."""
    return {mode: rig.sync(mode)["queued"] for mode in ("delta", "comprehensive")}


def test_what_was_written_does_not_come_back(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    rig.clock.turn(minutes=11)
    rig.forget()
    assert quiet(rig) == {"delta": 0, "comprehensive": 0}
    assert rig.written("connectwise_psa") == rig.written("moovila") == {}


def written_by_a_look(rig: Rig, project: int | str) -> set[str]:
    """Looks at all of the project, of which nothing changed: the kinds of the links that are written all the same."""
    rig.clock.turn(minutes=11)
    before = rig.links()
    assert rig.look(Ref(PROJECT, "cw", str(project)))["in_step"] == 1
    return {kind for (kind, id_), link in rig.links().items() if link != before[kind, id_]}


def test_a_look_at_what_is_in_step_writes_no_link(rig: Rig, office: Office) -> None:
    """Neither after all was made, nor after a side was told what the other one says."""
    project = planned(office)
    rig.sync()
    assert written_by_a_look(rig, project) == set()
    names = {one["summary"]: one["id"] for one in office.psa.records(TICKETS)}
    office.edit(TICKETS, names["Pull cables"], summary="Pull all cables")
    office.moovila.edit("tasks", office.moovila.find("tasks", "Test them")["id"], name="x" * 120)
    rig.clock.turn(minutes=11)
    rig.sync("delta")
    assert written_by_a_look(rig, project) == set()


def test_both_sides_edit_and_both_say_the_same_afterwards(rig: Rig, office: Office) -> None:
    project = planned(office)
    rig.sync()
    tickets = {one["summary"]: one["id"] for one in office.psa.records(TICKETS)}
    task = office.moovila.find("tasks", "Test them")["id"]
    phase = office.moovila.find("phases", "Cabling")["id"]
    office.edit(TICKETS, tickets["Pull cables"], summary="Pull all cables", status={"name": "In Progress"})
    office.moovila.edit("tasks", task, dueDate="2026-11-20", phaseId=phase, dependencies=[])
    office.worked(tickets["Test them"], "tom.okafor", 3)
    office.moovila.add("notes", taskId=task, text="Bring the tester.")
    office.moovila.add(
        "time-entries", taskId=task, userId=office.users["ana.reyes"], startAt="2026-11-04T08:00:00Z", hours=1.5
    )
    office.moovila.add(
        "scheduled-events", taskId=task, resource=office.users["tom.okafor"], resourceType="user",
        startDate="2026-11-09", startTime="09:00", dueDate="2026-11-09", quantity=4,
    )  # fmt: skip
    settle(rig)
    assert office.theirs() == office.ours()
    assert office.moovila.find("tasks", "Pull all cables")["status"] == "In Progress"
    ours = office.ours(project)
    assert ("Test them", "Cabling", None, "2026-11-20", 0.0, "", "") in ours["tickets"]
    assert ("Test them", "Bring the tester.") in ours["notes"]
    assert [hours for _, _, _, hours in ours["time"]] == [2.0, 1.5, 3.0]
    assert ("Test them", "tom.okafor", "2026-11-09", 4.0) in ours["schedule"]
    assert rig.codes() == []
    assert quiet(rig) == {"delta": 0, "comprehensive": 0}


def test_a_project_of_moovilas_comes_to_connectwise_whole(rig: Rig, office: Office) -> None:
    rig.settings(**{**SETTINGS, "create": "both"})
    moovila, users = office.moovila, office.users
    project = moovila.add(
        "projects", name="Server room", customerId=office.customer, status="In Progress", startDate="2026-11-09",
        dueDate="2026-12-01", managerId=users["ana.reyes"], workType="Regular",
    )  # fmt: skip
    outer = moovila.add("phases", projectId=project, name="Build")
    inner = moovila.add("phases", projectId=project, name="Racks", parentId=outer)
    first = moovila.add("tasks", projectId=project, phaseId=inner, name="Mount", assignees=[users["tom.okafor"]])
    moovila.add("tasks", projectId=project, phaseId=outer, name="Cool", dependencies=[first], plannedHours=6)
    moovila.add("notes", taskId=first, text="Two people.")
    moovila.add("notes", projectId=project, text="Kick-off.")
    moovila.add("time-entries", taskId=first, userId=users["ana.reyes"], startAt="2026-11-10T08:00:00Z", hours=2)
    settle(rig)
    assert office.theirs() == office.ours()
    (row,) = office.current()
    assert (row["status"]["name"], row["manager"]["id"]) == ("In Progress", office.members["ana.reyes"])
    assert moovila.record("projects", project)["externalId"] == str(row["id"]), "MV-11"
    assert rig.codes() == []
    assert quiet(rig) == {"delta": 0, "comprehensive": 0}


def test_a_look_at_what_was_just_made_in_connectwise_writes_no_link(rig: Rig, office: Office) -> None:
    """But the project's, whose team it is the first to read."""
    rig.settings(**{**SETTINGS, "create": "both"})
    moovila, user = office.moovila, office.users["ana.reyes"]
    project = moovila.add("projects", name="Server room", customerId=office.customer, startDate="2026-11-09",
                          dueDate="2026-12-01")  # fmt: skip
    phase = moovila.add("phases", projectId=project, name="Build")
    inner = moovila.add("phases", projectId=project, name="Racks", parentId=phase)
    first = moovila.add("tasks", projectId=project, phaseId=phase, name="Order")
    task = moovila.add("tasks", projectId=project, phaseId=inner, name="Mount", assignees=[user], dependencies=[first])
    moovila.add("notes", taskId=task, text="Two people.")
    moovila.add("notes", projectId=project, text="Kick-off.")
    moovila.add("time-entries", taskId=task, userId=user, startAt="2026-11-10T08:00:00Z", hours=2)
    moovila.add("scheduled-events", taskId=task, resource=user, resourceType="user", startDate="2026-11-09",
                dueDate="2026-11-09")  # fmt: skip
    rig.sync()
    (row,) = office.current()
    assert written_by_a_look(rig, row["id"]) == {PROJECT}
    assert written_by_a_look(rig, row["id"]) == set()


def test_deletions_wait_for_a_comprehensive_sync_and_are_asked_for_by_id(rig: Rig, office: Office) -> None:
    rig.settings(**{**SETTINGS, "deletion_percent": 50})
    planned(office)
    for number in range(10):
        office.ticket(int(office.psa.records(TICKETS)[-1]["phase"]["id"]), f"More {number}")
    rig.sync()
    gone = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "More 3")
    task = office.moovila.find("tasks", "More 4")["id"]
    office.psa.delete(TICKETS, gone)
    office.moovila.delete("tasks", task)
    rig.clock.turn(minutes=11)
    rig.sync("delta")
    assert office.moovila.find("tasks", "More 3")
    rig.forget()
    rig.sync("comprehensive")
    rig.tick(minutes=11)
    assert office.theirs() == office.ours()
    assert len(office.theirs()["tickets"]) == 10
    assert rig.simulators["connectwise_psa"].requests[f"GET /{TICKETS}/{{id}}"] == 1
    rig.clock.turn(minutes=11)
    assert quiet(rig) == {"delta": 0, "comprehensive": 0}


def test_what_both_sides_deleted_is_forgotten(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    entry = office.moovila.records("scheduled-events")[0]["id"]
    office.moovila.delete("scheduled-events", entry)
    office.psa.delete("schedule/entries", office.psa.records("schedule/entries")[-1]["id"])
    rig.clock.turn(minutes=11)
    rig.sync("comprehensive")
    assert all(kind != "schedule-event" for kind, _ in rig.links())
    assert quiet(rig) == {"delta": 0, "comprehensive": 0}


def test_too_many_deletions_delete_nothing_until_a_person_says_so(rig: Rig, office: Office) -> None:
    project = planned(office)
    rig.sync()
    for one in office.moovila.records("tasks"):
        office.moovila.delete("tasks", one["id"])
    before = office.ours(project)
    rig.clock.turn(minutes=11)
    rig.sync("comprehensive")
    assert office.ours(project) == before
    assert rig.codes() == ["TOO_MANY_DELETIONS"]
    proposals = rig.store.proposals.of_flow(rig.key)
    assert any("Pull cables" in one.name.text for one in proposals)
    rig.clock.turn(minutes=11)
    office.edit(TICKETS, office.psa.records(TICKETS)[-1]["id"], budgetHours=3)
    rig.sync("delta")
    assert rig.codes() == ["TOO_MANY_DELETIONS"], "a look at what changed does not forget it"
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").approve(proposals)
    settle(rig)
    assert office.ours(project)["tickets"] == []
    assert rig.codes() == []


def test_a_deleted_project_takes_nothing_with_it(rig: Rig, office: Office) -> None:
    project = planned(office)
    rig.sync()
    office.moovila.delete("projects", office.moovila.records("projects")[0]["id"])
    before = office.ours(project)
    rig.clock.turn(minutes=11)
    rig.sync("comprehensive")
    assert (office.ours(project), rig.codes()) == (before, ["PROJECT_GONE"])


def test_projects_that_carry_each_others_id_are_joined_part_by_part(rig: Rig, office: Office) -> None:
    """Decision: matched by exact name under the same phase; the rest is listed before any of it is written."""
    rig.settings(**{**SETTINGS, "create": "off"})
    project = office.project()
    phase = office.phase(project, "Rollout")
    office.ticket(phase, "Same")
    office.ticket(phase, "Only ours")
    theirs = office.moovila.add(
        "projects", name="Office move", customerId=office.customer, externalId=str(project), startDate="2026-11-02"
    )
    there = office.moovila.add("phases", projectId=theirs, name="Rollout")
    office.moovila.add("tasks", projectId=theirs, phaseId=there, name="Same", plannedHours=3)
    office.moovila.add("tasks", projectId=theirs, phaseId=there, name="Only theirs")
    rig.sync()
    assert [name for name, *_ in office.ours(project)["tickets"]] == ["Only ours", "Same"]
    assert [name for name, *_ in office.theirs(theirs)["tickets"]] == ["Only theirs", "Same"]
    (issue,) = rig.issues().values()
    assert issue.issue.code == "PARTS_UNMATCHED"
    assert "Only ours (only in ConnectWise)" in issue.issue.message
    proposals = rig.store.proposals.of_flow(rig.key)
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").approve(proposals)
    rig.deliver()
    settle(rig)
    assert office.theirs(theirs) == office.ours(project)
    assert len(office.ours(project)["tickets"]) == 3
    assert rig.codes() == []


def test_projects_stay_where_they_are_if_none_are_to_be_made(rig: Rig, office: Office) -> None:
    rig.settings(**{**SETTINGS, "create": "off"})
    planned(office)
    office.moovila.add("projects", name="Another", customerId=office.customer)
    assert rig.sync()["skipped"] == 3, "with the one of long ago"
    assert len(office.moovila.records("projects")) == 1
    rig.forget()
    assert quiet(rig) == {"delta": 0, "comprehensive": 0}
    assert rig.simulators["moovila"].requests.get("GET tasks/{id}") is None


def test_a_project_waits_for_its_customer_and_goes_on_when_that_is_linked(rig: Rig, office: Office) -> None:
    other = int(office.psa.add("company/companies", identifier="BIRCH", name="Birch")["id"])
    office.project(company={"id": other})
    rig.sync()
    assert (rig.codes(), office.moovila.records("projects")) == (["CUSTOMER_NOT_MAPPED"], [])
    link = Link(CUSTOMER.kind, str(other), office.moovila.add("customers", name="Birch"))
    key = FlowKey("demo", CUSTOMER.flow)
    rig.store.links.link(key, link)
    wake_waiters(rig.store, key, link, rig.clock.now())
    rig.tick()
    assert (rig.codes(), office.theirs()["project"][0]) == ([], "Office move")


def test_who_is_not_found_is_told_and_comes_by_himself_once_he_is(rig: Rig, office: Office) -> None:
    project = planned(office)
    ticket = office.psa.records(TICKETS)[-1]["id"]
    stranger = int(office.psa.add("system/members", identifier="zed", firstName="Zed", lastName="Zorn")["id"])
    office.members["zed"] = stranger
    office.worked(ticket, "zed")
    rig.sync()
    assert rig.codes() == ["PERSON_NOT_FOUND"]
    assert len(office.theirs()["time"]) == 1
    office.edit("system/members", stranger, officeEmail="lena.fischer@msp.example.com")
    rig.tick(hours=1)
    assert (rig.codes(), len(office.theirs()["time"])) == ([], 2)
    assert office.ours(project)["tickets"] == office.theirs()["tickets"]


@pytest.mark.rule("MV-02")
def test_an_archived_project_is_disabled_until_a_person_enables_it(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    (theirs,) = office.moovila.records("projects")
    office.moovila.archive(theirs["id"])
    rig.clock.turn(minutes=11)
    rig.sync("delta")
    ticket = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "Test them")
    office.moovila.archive(theirs["id"], archived=False)
    office.edit(TICKETS, ticket, summary="Test all of them")
    rig.clock.turn(minutes=11)
    rig.sync("comprehensive")
    assert office.moovila.find("tasks", "Test them"), "un-archiving alone brings nothing back"
    root = Ref(PROJECT, "cw", str(office.current()[0]["id"]))
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").enable(rig.key, root)
    rig.deliver()
    assert office.moovila.find("tasks", "Test all of them")


@pytest.mark.rule("MV-19")
@pytest.mark.rule("MV-37")
def test_a_manual_sync_brings_what_no_callback_told_both_ways(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    ticket = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "Test them")
    office.edit(TICKETS, ticket, summary="Test all of them")
    office.moovila.edit("tasks", office.moovila.find("tasks", "Pull cables")["id"], dueDate="2026-11-27")
    rig.clock.turn(minutes=11)
    root = Ref(PROJECT, "cw", str(office.current()[0]["id"]))
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").sync(rig.key, root)
    rig.deliver()
    assert office.theirs() == office.ours()


def test_a_callback_of_a_part_is_a_turn_of_its_project(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    rig.clock.turn(minutes=11)
    tickets = {one["summary"]: one["id"] for one in office.psa.records(TICKETS)}
    entry = office.worked(tickets["Test them"], "tom.okafor")
    assert rig.look(Ref(TIME, "cw", str(entry)))["applied"] == 1
    assert office.theirs() == office.ours()
    rig.clock.turn(minutes=11)
    long_ago = tickets["Old"]
    assert rig.look(Ref(TICKET, "cw", str(long_ago)))["skipped"] == 1, "it is in no project that is kept in step"
    assert rig.look(Ref(TICKET, "cw", "999999"))["skipped"] == 1


@pytest.mark.rule("MV-05")
@pytest.mark.parametrize(("kind", "status"), [("status", 500), ("html", 200)])
def test_a_scan_that_could_not_read_on_is_in_the_connections_log(
    rig: Rig, office: Office, kind: str, status: int
) -> None:
    planned(office)
    rig.moovila.faults.order(kind, operation="GET projects", status=status)
    began = rig.clock.now()
    rig.sync()
    (entry,) = [one for one in rig.store.journal.of_flow(rig.key, began) if one.record.kind == "scan"]
    assert entry.request is not None
    assert (entry.request.method, entry.request.path, entry.request.status) == ("GET", "projects", status)
    rig.tick(minutes=1)
    rig.tick(minutes=11)
    assert office.theirs() == office.ours(), "nothing is lost by it"
    assert rig.codes() == []


def called_back(rig: Rig, system: str, type_: str, record: int | str) -> Counter[str]:
    """What comes of a callback or webhook."""
    rig.tally.counts.clear()
    now = rig.clock.now()
    rig.queue.send(told("demo", [MoovilaProjects], system, type_, str(record), occasion=f"{type_} {now}", at=now))
    rig.deliver()
    return +rig.tally.counts


def test_a_callback_of_our_own_write_takes_no_turn(rig: Rig, office: Office) -> None:
    planned(office)
    rig.sync()
    rig.clock.turn(minutes=11)
    ticket = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "Test them")
    task = office.moovila.find("tasks", "Test them")["id"]
    office.edit(TICKETS, ticket, summary="Test all of them")
    office.moovila.edit("tasks", office.moovila.find("tasks", "Pull cables")["id"], dueDate="2026-11-27")
    assert called_back(rig, "moovila", "task", task)["in_step"] == 1, "nobody changed that one in Moovila"
    assert called_back(rig, "connectwise_psa", "ticket", ticket)["applied"] == 1
    rig.clock.turn(minutes=11)
    rig.forget()
    assert called_back(rig, "moovila", "task", task) == {"in_step": 1}
    assert rig.moovila.requests == {"GET tasks/{id}": 1, "GET users": 1}, "no look at all of the project"
    for type_, path in (("project", "project/projects"), ("time", "time/entries"), ("schedule", "schedule/entries")):
        record = office.psa.records(path)[-1]["id"]
        assert called_back(rig, "connectwise_psa", type_, record) == {"in_step": 1}


def test_a_callback_of_what_somebody_changed_takes_a_turn(rig: Rig, office: Office) -> None:
    """Also of what is below a record and has no callback of its own, and of what was deleted."""
    project = planned(office)
    rig.sync()
    ticket = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "Test them")
    task = office.moovila.find("tasks", "Test them")["id"]
    moovila = office.moovila
    for change, told_by in (
        (lambda: office.note(ticket, "Mind the dog."), ("connectwise_psa", "ticket", ticket)),
        (lambda: office.phase(project, "Late"), ("connectwise_psa", "project", project)),
        (lambda: moovila.edit("tasks", task, status="Complete"), ("moovila", "task", task)),
        (lambda: moovila.delete("tasks", task), ("moovila", "task", task)),
    ):
        rig.clock.turn(minutes=11)
        change()
        assert called_back(rig, *told_by)["triggered"] == 1


def test_a_lost_answer_makes_no_twin_of_anything(rig: Rig, office: Office) -> None:
    planned(office)
    for operation in ("projects", "projects/{id}/phases", "projects/{id}/tasks", "tasks/{id}/notes"):
        office.moovila.faults.order("lost_answer", operation=f"POST {operation}")
        settle(rig)
    settle(rig)
    assert office.theirs() == office.ours()
    assert len(office.moovila.records("projects")) == 1
    assert rig.codes() == []


@pytest.mark.parametrize(
    "path",
    [
        "project/projects/{id}/phases",
        "project/tickets",
        "project/tickets/{id}/notes",
        "time/entries",
        "schedule/entries",
    ],
)
def test_a_lost_answer_of_connectwise_makes_no_twin_either(rig: Rig, office: Office, path: str) -> None:
    project = planned(office)
    rig.sync()
    (row,) = office.moovila.records("projects")
    phase = office.moovila.add("phases", projectId=row["id"], name="Late")
    task = office.moovila.add("tasks", projectId=row["id"], phaseId=phase, name="Clean up")
    user = office.users["ana.reyes"]
    office.moovila.add("notes", taskId=task, text="With care.")
    office.moovila.add("time-entries", taskId=task, userId=user, startAt="2026-11-04T08:00:00Z", hours=1)
    office.moovila.add(
        "scheduled-events", taskId=task, resource=user, resourceType="user", startDate="2026-11-09",
        dueDate="2026-11-09",
    )  # fmt: skip
    office.psa.faults.order("lost_answer", operation=f"POST /{path}$")
    rig.clock.turn(minutes=11)
    settle(rig)
    settle(rig)
    assert office.psa.faults.pending() == []
    assert office.theirs() == office.ours(project)
    assert rig.codes() == []


def requests(rig: Rig) -> dict[str, int]:
    """What ConnectWise was asked since `forget`, its own clock aside."""
    return {name: number for name, number in rig.psa.requests.items() if name != "GET /system/info"}


def test_a_schedule_entry_that_is_moved_keeps_its_hours(rig: Rig, office: Office) -> None:
    """Two hours until next week: told of days only, ConnectWise would take all the hours between them."""
    planned(office)
    rig.sync()
    office.moovila.edit("scheduled-events", office.moovila.records("scheduled-events")[0]["id"], dueDate="2026-11-12")
    settle(rig)
    (entry,) = office.psa.records("schedule/entries")
    assert (entry["dateEnd"][:10], entry["hours"]) == ("2026-11-12", 2)
    assert office.moovila.records("scheduled-events")[0]["quantity"] == 2


def test_what_was_deleted_is_told_though_the_answer_was_lost(rig: Rig, office: Office) -> None:
    """Whoever edited it meanwhile finds in the log what it said."""
    rig.settings(**{**SETTINGS, "deletion_percent": 100})
    planned(office)
    rig.sync()
    (entry,) = office.psa.records("schedule/entries")
    office.edit("schedule/entries", entry["id"], name="Bring the long ladder")
    office.moovila.delete("scheduled-events", office.moovila.records("scheduled-events")[0]["id"])
    office.psa.faults.order("lost_answer", operation="DELETE /schedule/entries/{id}$")
    rig.clock.turn(minutes=11)
    rig.sync("comprehensive")
    settle(rig)
    assert office.psa.faults.pending() == []
    assert office.psa.records("schedule/entries") == []
    told = [one.before.get("text") for one in rig.history(Ref(SCHEDULE, "cw", str(entry["id"])))]
    assert "Bring the long ladder" in told


def test_what_a_run_costs_when_nothing_changed(rig: Rig, office: Office) -> None:
    """Six requests whatever there is; comparing everything: a page of each list, and three for each project."""
    projects = 3
    for number in range(projects):
        phase = office.phase(office.project(f"Project {number}"), "Rollout")
        office.note(office.ticket(phase, "Pull cables"), "Mind the ceiling.")
    settle(rig)
    rig.forget()
    assert rig.sync("delta")["queued"] == 0
    assert sum(rig.psa.requests.values()) <= 6
    rig.forget()
    assert rig.sync("comprehensive")["queued"] == 0
    asked = requests(rig)
    lists = {f"GET /{path}" for path in ("project/projects", TICKETS, "time/entries", "schedule/entries")}
    assert all(asked[name] <= 3 for name in lists)
    for name in ("phases", "teamMembers", "notes"):
        assert asked[f"GET /project/projects/{{id}}/{name}"] == projects
    assert "GET /project/projects/{id}" not in asked, "they are in their list"
    assert "GET /project/tickets/{id}/notes" not in asked, "notes are read of tickets that changed"


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_a_new_project_does_not_read_all_others(
    rig: Rig, office: Office, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its counterpart is asked for: a request for each, however many projects there are on the other side."""
    monkeypatch.setattr("shared.systems.connectwise_psa.client.PAGE_SIZE", 2)
    monkeypatch.setattr("shared.systems.moovila.client.PAGE_SIZE", 2)
    dates = {"startDate": "2026-11-09", "dueDate": "2026-12-01"}
    make = {
        "cw": lambda number: office.project(f"Project {number}"),
        "partner": lambda number: office.moovila.add(
            "projects", name=f"Project {number}", customerId=office.customer, **dates
        ),
    }
    new, others = 3, 10
    rig.settings(**{**SETTINGS, "create": "from_connectwise" if side == "cw" else "from_moovila"})
    for number in range(others):
        make["partner" if side == "cw" else "cw"](number)
    rig.clock.turn(minutes=10)
    rig.sync()
    for number in range(others, others + new):
        make[side](number)
    rig.clock.turn(minutes=11)
    rig.forget()
    assert rig.sync("delta")["applied"] == new
    searched = {"cw": rig.moovila.requests["GET projects"], "partner": rig.psa.requests["GET /project/projects"]}
    assert searched[side] <= new + 2, "two beside of the scan"


def test_notes_are_read_of_changed_tickets_only(rig: Rig, office: Office) -> None:
    planned(office)
    settle(rig)
    ticket = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "Test them")
    for hours in (1, 2):
        rig.clock.turn(minutes=30)
        rig.forget()
        office.note(ticket, f"Label each, {hours}.")
        office.edit(TICKETS, ticket, budgetHours=hours)
        rig.sync("delta")
    assert office.theirs() == office.ours()
    assert rig.psa.requests["GET /project/tickets/{id}/notes"] == 1


@pytest.mark.rule("MV-25")
def test_a_project_that_is_long_completed_is_taken_out_and_told_a_week_before(rig: Rig, office: Office) -> None:
    project = planned(office)
    rig.sync()
    office.edit("project/projects", project, status={"name": "Completed"})
    rig.clock.turn(minutes=11)
    rig.sync("delta")
    assert office.moovila.find("projects", "Office move")["status"] == "Completed"
    rig.clock.turn(minutes=11)
    rig.sync("delta")
    rig.tick(days=84)
    assert rig.codes() == ["AUTO_DISABLE_SOON"]
    rig.tick(days=8)
    office.edit("project/projects", project, name="Another name")
    rig.sync("comprehensive")
    assert office.moovila.find("projects", "Office move")
    root = Ref(PROJECT, "cw", str(project))
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").enable(rig.key, root)
    rig.tick(minutes=11)
    assert office.moovila.find("projects", "Another name")


@pytest.mark.rule("MV-20")
@pytest.mark.rule("MV-21")
def test_a_disconnected_pair_is_made_anew_part_by_part_with_a_persons_word(rig: Rig, office: Office) -> None:
    project = planned(office)
    rig.sync()
    root, operator = Ref(PROJECT, "cw", str(project)), Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim")
    operator.disconnect(rig.key, root, "Office move")
    ticket = next(one["id"] for one in office.psa.records(TICKETS) if one["summary"] == "Test them")
    office.edit(TICKETS, ticket, summary="Test all of them")
    office.ticket(int(office.psa.records(f"project/projects/{project}/phases")[0]["id"]), "New meanwhile")
    rig.clock.turn(minutes=11)
    rig.sync("comprehensive")
    assert "Test them" in {name for name, *_ in office.theirs()["tickets"]}, "nothing flows"
    operator.pair_anew(rig.key, root)
    rig.deliver()
    assert len(office.theirs()["tickets"]) == 2, "listed before anything is written"
    asked = rig.store.proposals.of_flow(rig.key)
    assert {one.name.text.partition(" ")[2].partition(" ")[2] for one in asked} >= {"Test all of them", "New meanwhile"}
    operator.approve(asked)
    settle(rig)
    assert office.theirs() == office.ours(project)
    assert len(office.theirs()["tickets"]) == 3, "the stored ids say which is which"
