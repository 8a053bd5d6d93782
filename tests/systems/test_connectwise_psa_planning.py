"""Projects as the ConnectWise adapter reads and writes them for a sync both ways: plan, people, notes, time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.seed_plans import PlanSeeder
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.systems.conditions import changed_since, is_in
from shared.systems.connectwise_psa import Psa
from shared.systems.connectwise_psa.models import Record
from shared.systems.connectwise_psa.planning import (
    BOARD_STATUSES,
    COMPANY_STATUSES,
    NOTE_TYPES,
    NOTES,
    PHASES,
    PROJECT_SCHEDULE,
    PROJECTS,
    SCHEDULE,
    SCHEDULE_TYPES,
    STATUSES,
    TEAM,
    TICKET_NOTES,
    TICKETS,
    TIME,
    CompanyStatus,
    MarkedTimeEntry,
    NoteType,
    PlannedPhase,
    PlannedProject,
    PlannedTicket,
    ProjectNote,
    ProjectStatus,
    ProjectTicketNote,
    ScheduleEntry,
    ScheduleType,
    TeamMember,
)
from shared.systems.connectwise_psa.reference import MEMBERS, Member
from shared.systems.connectwise_psa.tickets import BoardStatus
from shared.systems.http import Http
from tests.serving import serving

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KEYS = {"public_key": "public", "private_key": "private", "client_id": "0b7d-client"}
MARK = "Moovila ID"


@pytest.fixture
def clock() -> LocalClock:
    return LocalClock(NOW, still=True)


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[PsaSimulator]:
    """A PSA with one planned project of three phases and six tickets."""
    with serving(PsaSimulator(clock=clock.now, companies=1)) as simulator:
        for path in (PROJECTS, TICKETS, TIME):
            simulator.define_custom_field(path, MARK)
        PlanSeeder(simulator.data, simulator.random).projects(1)
        yield simulator
        assert simulator.ignored == []


@pytest.fixture
def psa(simulator: PsaSimulator, clock: LocalClock) -> Iterator[Psa]:
    settings = SystemSettings.model_validate({"base_url": simulator.url, "company": "demo"})
    with Http() as http:
        yield Psa(settings, lambda **_: KEYS, clock, http)


@pytest.fixture
def project(simulator: PsaSimulator) -> int:
    return int(simulator.records(PROJECTS)[0]["id"])


def step(kind: str, verb: Any = "create", key: object = None, before: Any = None, **fields: Any) -> Step:
    return Step("it", "connectwise_psa", kind, verb, None if key is None else str(key), fields, before=before or {})


def member(psa: Psa) -> Member:
    return next(one for one in psa.records(MEMBERS, None, Member) if one.license == "F")


# Reads


def test_a_whole_project_is_read_by_a_few_requests(psa: Psa, simulator: PsaSimulator, project: int) -> None:
    (found,) = psa.records(PROJECTS, is_in("id", [project]), PlannedProject)
    assert found == psa.record(f"{PROJECTS}/{project}", PlannedProject)
    assert found.status is not None
    assert (found.name, found.status.name, found.closed) == ("Server refresh 1", "In Progress", False)
    assert found.start is not None
    assert found.end == found.start + timedelta(days=90)
    assert found.has_custom_field(MARK)
    assert f"recid={project}" in found.url
    above, *below = psa.records(PHASES.format(parent=project), None, PlannedPhase)
    assert (above.name, above.parent, above.project_id) == ("Discovery", None, project)
    assert [one.parent.id for one in below if one.parent] == [above.id] * 2
    tickets = psa.records(TICKETS, is_in("project/id", [project]), PlannedTicket)
    assert len(tickets) == 6
    assert {one.phase.id for one in tickets if one.phase} <= {above.id, *(one.id for one in below)}
    assert all(one.start and one.due == one.start + timedelta(days=5) for one in tickets)
    schedule = psa.records(SCHEDULE, is_in("objectId", [one.id for one in tickets]), ScheduleEntry)
    assert {one.object_id for one in schedule} == {one.id for one in tickets}
    assert {(one.type, one.hours, one.undated) for one in schedule} == {(PROJECT_SCHEDULE, 2, False)}
    of = {one.object_id: one.member.identifier for one in schedule if one.member}
    assert {one.id: one.resources for one in tickets} == {ticket: (who,) for ticket, who in of.items()}
    time = psa.records(TIME, is_in("project/id", [project]), MarkedTimeEntry)
    assert len(time) == 2
    assert {one.ticket_id for one in time} <= {one.key for one in tickets}
    assert all(one.has_custom_field(MARK) for one in time)
    manager = found.manager
    assert manager is not None
    assert manager.id in [
        one.member.id for one in psa.records(TEAM.format(parent=project), None, TeamMember) if one.member
    ]
    (note,) = psa.records(NOTES.format(parent=project), None, ProjectNote)
    assert (note.text, note.type, note.project_id) == ("Kick-off of Server refresh", "Comments", project)
    (said,) = psa.records(TICKET_NOTES.format(parent=tickets[0].id), None, ProjectTicketNote)
    assert (said.ticket_id, said.internal, said.text) == (tickets[0].id, True, "Agreed: Order hardware")
    assert said.member is not None


def test_what_changed_is_found_over_all_projects(
    psa: Psa, simulator: PsaSimulator, project: int, clock: LocalClock
) -> None:
    clock.turn(hours=1)
    since = changed_since(clock.now() - timedelta(minutes=1))
    lists: tuple[tuple[str, type[Record]], ...] = (
        (PROJECTS, PlannedProject),
        (TICKETS, PlannedTicket),
        (TIME, MarkedTimeEntry),
        (SCHEDULE, ScheduleEntry),
    )
    assert [psa.records(path, since, model) for path, model in lists] == [[], [], [], []]
    ticket = simulator.records(TICKETS)[0]["id"]
    simulator.edit(TICKETS, ticket, summary="Order it")
    assert [[one.id for one in psa.records(path, since, model)] for path, model in lists] == [[], [ticket], [], []]


def test_the_setup_that_projects_name(psa: Psa, simulator: PsaSimulator) -> None:
    statuses = psa.records(STATUSES, None, ProjectStatus)
    assert [one.name for one in statuses if one.closed] == ["Completed", "Cancelled"]
    assert [one.name for one in statuses if one.default] == ["Open"]
    board = next(row["id"] for row in simulator.records("service/boards") if row["projectFlag"])
    assert "New" in [one.name for one in psa.records(BOARD_STATUSES.format(parent=board), None, BoardStatus)]
    assert {one.identifier for one in psa.records(SCHEDULE_TYPES, None, ScheduleType)} == {"S", "P", "C"}
    assert [one.name for one in psa.records(NOTE_TYPES, None, NoteType) if one.default] == ["Comments"]
    assert [one.entry for one in psa.records(COMPANY_STATUSES, None, CompanyStatus)][:2] == [
        ("Active", True),
        ("Inactive", False),
    ]


# Writes


def test_a_project_is_made_and_found_again_by_its_marker(psa: Psa, simulator: PsaSimulator) -> None:
    company = simulator.records("company/companies")[0]["id"]
    made = psa.apply(
        step(
            "project", name="Move", company=company, board="Projects", status="Open", manager=member(psa).id,
            start=date(2026, 11, 2), end=date(2026, 12, 18), billing_method="ActualRates", custom_fields={MARK: "P-1"},
        )
    )  # fmt: skip
    found = psa.record(f"{PROJECTS}/{made.id}", PlannedProject)
    assert found == made.record
    assert found is not None
    assert (found.custom_field(MARK), found.start, found.end) == ("P-1", date(2026, 11, 2), date(2026, 12, 18))
    changed = psa.apply(step("project", "update", made.id, status="In Progress", end=date(2027, 1, 8)))
    assert isinstance(changed.record, PlannedProject)
    assert changed.record.status is not None
    assert (changed.record.status.name, changed.record.custom_field(MARK)) == ("In Progress", "P-1")


def test_phases_and_tickets_are_made_moved_and_deleted(psa: Psa, simulator: PsaSimulator, project: int) -> None:
    above = psa.apply(step("phase", project_id=project, name="Build", deadline=date(2026, 11, 30)))
    below = psa.apply(step("phase", project_id=project, name="Wire", parent=int(above.id)))
    assert isinstance(below.record, PlannedPhase)
    assert below.record.parent is not None
    assert below.record.parent.id == int(above.id)
    assert below.record.entered == NOW
    where = {"project_id": project}
    renamed = psa.apply(step("phase", "update", below.id, where, name="Wiring"))
    assert isinstance(renamed.record, PlannedPhase)
    assert renamed.record.name == "Wiring"
    made = psa.apply(
        step(
            "project_ticket", summary="Pull cables", phase=below.id, start=date(2026, 11, 3), due=date(2026, 11, 9),
            budget_hours=Decimal("4.5"), work_type="Regular", description="All floors", custom_fields={MARK: "T-1"},
        )
    )  # fmt: skip
    first = simulator.records(TICKETS)[0]["id"]
    changes = {"phase": above.id, "predecessor_type": "Ticket", "predecessor_id": first, "due": None}
    moved = psa.apply(step("project_ticket", "update", made.id, **changes))
    assert isinstance(moved.record, PlannedTicket)
    assert moved.record.phase is not None
    assert (moved.record.phase.id, moved.record.predecessor_id, moved.record.due) == (int(above.id), first, None)
    assert moved.record.custom_field(MARK) == "T-1"
    with pytest.raises(ValueError, match="only when it is created"):
        psa.apply(step("project_ticket", "update", made.id, description="x"))
    with pytest.raises(RecordRejected):  # a ticket stands in it
        psa.apply(step("phase", "delete", above.id, where))
    psa.apply(step("project_ticket", "delete", made.id))
    for phase in (below, above, above):  # what is gone already is as good
        psa.apply(step("phase", "delete", phase.id, where))
    assert psa.record(f"{TICKETS}/{made.id}", PlannedTicket) is None
    assert above.id not in [one.key for one in psa.records(PHASES.format(parent=project), None, PlannedPhase)]


def test_people_notes_schedule_and_time_are_made_changed_and_deleted(
    psa: Psa, simulator: PsaSimulator, project: int
) -> None:
    who = member(psa)
    ticket = simulator.records(TICKETS)[1]["id"]
    at = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
    steps = (
        step("team_member", project_id=project, member=who.id, role=1, hours=Decimal(8)),
        step("project_note", project_id=project, text="Mind the dog", type="Comments"),
        step("project_ticket_note", ticket_id=ticket, text="Done", resolution=True, member=who.id),
        step("schedule_entry", object_id=ticket, type=PROJECT_SCHEDULE, member=who.id, start=at,
             end=at + timedelta(hours=2)),
        step("time_entry", charged_id=ticket, charged_to="ProjectTicket", member=who.id, work_type="Regular", start=at,
             hours=Decimal("1.25"), notes="x", custom_fields={MARK: "TE-1"}),
    )  # fmt: skip
    paths = (TEAM, NOTES, TICKET_NOTES, SCHEDULE, TIME)
    updates: tuple[dict[str, Any], ...] = (
        {"hours": Decimal(9)}, {"text": "No dog"}, {"text": "Undone"}, {"end": at + timedelta(hours=3)}, {"notes": "y"},
    )  # fmt: skip
    for one, path, fields in zip(steps, paths, updates, strict=True):
        made = psa.apply(one)
        assert isinstance(made.record, Record)
        parent = one.fields.get("project_id") or one.fields.get("ticket_id")
        where = {name: one.fields[name] for name in ("project_id", "ticket_id") if name in one.fields}
        place = f"{path.format(parent=parent)}/{made.id}"
        assert psa.record(place, type(made.record)) is not None
        changed = psa.apply(step(one.kind, "update", made.id, where, **fields))
        found = psa.record(place, type(made.record))
        for name, value in fields.items():
            assert getattr(found, name) == getattr(changed.record, name) == value != getattr(made.record, name)
        psa.apply(step(one.kind, "delete", made.id, where))
        assert psa.record(place, type(made.record)) is None


def test_a_schedule_entry_without_dates_is_known(psa: Psa, simulator: PsaSimulator) -> None:
    ticket = simulator.records(TICKETS)[0]["id"]
    made = psa.apply(step("schedule_entry", object_id=ticket, type=PROJECT_SCHEDULE, member=member(psa).id))
    assert isinstance(made.record, ScheduleEntry)
    assert made.record.undated
    dated = psa.apply(step("schedule_entry", "update", made.id, start=NOW))
    assert isinstance(dated.record, ScheduleEntry)
    assert not dated.record.undated


def test_a_time_entry_whose_answer_was_lost_is_found_by_its_marker(psa: Psa, simulator: PsaSimulator) -> None:
    ticket = simulator.records(TICKETS)[0]["id"]
    simulator.faults.order("lost_answer", operation="POST /time/entries")
    fields = {"charged_id": ticket, "charged_to": "ProjectTicket", "start": NOW, "hours": 1}
    with pytest.raises(OutcomeUnknown):
        psa.apply(step("time_entry", **fields, custom_fields={MARK: "TE-7"}))
    found = psa.records(TIME, changed_since(NOW), MarkedTimeEntry)
    assert [one.custom_field(MARK) for one in found].count("TE-7") == 1


def test_a_marker_that_is_not_defined_is_a_matter_of_configuration(psa: Psa, simulator: PsaSimulator) -> None:
    phase = simulator.records(TICKETS)[0]["phase"]["id"]
    with pytest.raises(ConfigurationWrong, match="no custom field 'Sync ID' on a project_ticket"):
        psa.apply(step("project_ticket", summary="x", phase=phase, custom_fields={"Sync ID": "1"}))


def test_a_step_for_what_is_in_something_must_say_in_what(psa: Psa) -> None:
    for kind, parent in (("phase", "project_id"), ("project_note", "project_id"), ("project_ticket_note", "ticket_id")):
        with pytest.raises(ValueError, match=parent):
            psa.apply(step(kind, name="x"))
