"""The rules of projects: situation in, plan out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from functions.moovila_projects.settings import ProjectSettings
from functions.moovila_projects.situations import NOTE, PHASE, PROJECT, SCHEDULE, TICKET, TIME, Node
from shared.partners.moovila import CUSTOMER
from shared.sync.link import Intent
from shared.sync.needed import Found
from shared.sync.plan import Created
from shared.sync.record import Fields, Ref
from tests.flows.moovila_trees import (
    ANN,
    BOB,
    DUE,
    NOON,
    START,
    codes,
    node,
    only,
    phase,
    planned,
    project,
    ticket,
    verbs,
)

# New records


def test_a_new_project_is_made_with_all_that_is_in_it_parents_first() -> None:
    plan = planned(
        project(partner=""),
        phase(partner="", cw="11", ours={"parent": "10", "name": "Inner"}),
        phase(partner=""),
        ticket(partner="", ours={"phase": "11", "person": ANN, "hours": Decimal(4)}),
        node(NOTE, "5", ours={"text": "Call first."}, ticket="901"),
        node(TIME, "7", ours={"worked": NOON, "hours": Decimal(2), "person": BOB}, ticket="901"),
    )
    created = [step for step in plan.steps if step.verb == "create"]
    assert [step.kind for step in created] == ["project", "phase", "phase", "task", "note", "time_entry"]
    assert [step.handed().fields.get("name") for step in created][1:4] == ["phase 10", "Inner", "ticket 901"]
    made = {step.id: step.handed().fields for step in created}
    task = next(fields for id_, fields in made.items() if TICKET in id_)
    assert (task["project"], task["phase"]) == (Created(created[0].id), Created(created[2].id))
    assert (task["assignees"], task["planned_hours"], task["external_id"]) == (("U-1",), Decimal(4), "901")
    assert next(fields for id_, fields in made.items() if TIME in id_)["user"] == "U-2"
    assert all(step.fields["external_id"] == step.record.id for step in created if step.record), "found again by these"
    assert plan.steps[1].verb == "link", "the link follows at once"


def test_what_moovila_makes_is_made_in_connectwise_with_its_id() -> None:
    plan = planned(
        project(),
        phase(cw="", partner="F-9", theirs={"name": "Testing"}),
        node(TICKET, "", "T-9", theirs={"name": "Test it", "phase": "moovila:F-9", "status": "In Progress"}),
    )
    new_phase, new_ticket = (step.handed().fields for step in plan.steps if step.verb == "create")
    assert new_phase["project_id"] == "300"
    assert new_ticket["custom_fields"] == {"Moovila ID": "T-9"}
    assert new_ticket["phase"] == Created(f"create-cw-{Ref(PHASE, 'partner', 'F-9')}")
    assert (new_ticket["summary"], new_ticket["status"]) == ("Test it", "In Progress")


@pytest.mark.parametrize(
    ("create", "side", "made"),
    [
        ("from_connectwise", "cw", True),
        ("from_connectwise", "partner", False),
        ("from_moovila", "cw", False),
        ("from_moovila", "partner", True),
        ("both", "cw", True),
        ("both", "partner", True),
        ("off", "cw", False),
        ("off", "partner", False),
    ],
)
def test_only_new_projects_of_the_side_that_is_set_are_made_on_the_other(create: str, side: str, made: bool) -> None:
    ids = {"cw": "300", "partner": ""} if side == "cw" else {"cw": "", "partner": "P-1"}
    plan = planned(project(**ids), settings={"create": create, "board": "Projects"})
    assert bool(plan.steps) is made
    assert plan.skipped is not made


def test_a_project_that_was_closed_before_anybody_linked_it_stays_where_it_is() -> None:
    assert "closed before" in planned(project(partner=""), closed=True).reason


def test_two_projects_that_carry_each_others_id_are_joined_whatever_create_says() -> None:
    plan = planned(project(link=False, found="It carries its ID."), settings={"create": "off"})
    assert only(plan, "link").fields == {"cw": "300", "partner": "P-1"}


@pytest.mark.parametrize(
    ("client", "board", "code"),
    [
        (Found(Ref(CUSTOMER.kind, "partner", "C-1")), "Projects", "CUSTOMER_NOT_MAPPED"),
        (None, "Projects", "NO_CUSTOMER"),
        (None, "", "BOARD_MISSING"),
    ],
)
def test_connectwise_gets_a_project_only_with_company_and_board(client: Found | None, board: str, code: str) -> None:
    plan = planned(project(cw=""), settings={"create": "both", "board": board}, client_link=client)
    assert (codes(plan), plan.steps) == ([code], ())


def test_what_a_lost_try_made_is_linked_and_the_homes_values_stand() -> None:
    intent = Intent(Ref(TICKET, "cw", "901"), "t", NOON, NOON)
    made = ticket(
        link=False, state=intent, made=True, ours={"name": "New"}, theirs={"name": "Old"}, found="It carries its ID."
    )
    plan = planned(project(), phase(), made)
    assert only(plan, "update").fields == {"name": "New"}
    assert only(plan, "link").record == Ref(TICKET, "cw", "901")


@pytest.mark.rule("MV-11")
def test_moovila_shows_the_id_of_the_project_in_connectwise() -> None:
    assert only(planned(project(), external_id=""), "update").fields == {"external_id": "300"}
    made = planned(project(cw=""), settings={"create": "both", "board": "Projects"}, external_id="")
    assert made.steps[-1].fields == {"external_id": Created(made.steps[0].id)}


# Merging


def test_whoever_changed_a_field_alone_is_followed_on_each_side() -> None:
    changed = ticket(ours={"name": "Renamed"}, theirs={"due": DUE}, agreed={"name": "ticket 901", "due": None})
    fields = {"due": None, **(changed.pair.cw or {})}
    plan = planned(project(), phase(), _with(changed, cw=fields))
    told = {step.system: dict(step.handed().fields) for step in plan.steps}
    assert told["moovila"] == {"name": "Renamed"}
    assert told["connectwise_psa"]["due"] == DUE
    assert plan.conflicts == ()


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "kept"),
    [
        ("status", "Complete", "In Progress", "cw"),
        ("hours", Decimal(4), Decimal(8), "cw"),
        ("person", ANN, BOB, "cw"),
        ("start", START, DUE, "partner"),
        ("due", START, DUE, "partner"),
        ("dependencies", ("902",), ("903",), "partner"),
    ],
)
def test_a_conflict_goes_to_the_fields_owner_and_keeps_both_values(
    field: str, ours: Any, theirs: Any, kept: str
) -> None:
    others = (ticket("902"), ticket("903"))
    both = ticket(ours={field: ours}, theirs={field: theirs}, agreed={field: "as it was"})
    plan = planned(project(), phase(), both, *others)
    (conflict,) = plan.conflicts
    assert (conflict.field, conflict.cw, conflict.partner, conflict.kept) == (field, ours, theirs, kept)
    assert only(plan, "update").fields[field] == (ours if kept == "cw" else theirs)
    other = planned(
        project(), phase(), both, *others, settings={"owners": {field: "partner" if kept == "cw" else "cw"}}
    )
    assert other.conflicts[0].kept != kept


def test_in_step_means_no_step() -> None:
    plan = planned(project(), phase(), ticket(), comprehensive=True)
    assert (plan.steps, plan.issues, plan.outcome) == ((), (), "in_step")


def test_a_ticket_moves_to_a_phase_that_is_made_in_the_same_plan() -> None:
    moved = ticket(theirs={"phase": "moovila:F-9"}, agreed={"phase": "10"})
    plan = planned(project(), phase(), phase(cw="", partner="F-9"), moved)
    assert verbs(plan) == [
        ("connectwise_psa", "phase", "create"),
        ("links", PHASE, "link"),
        ("connectwise_psa", "project_ticket", "update"),
    ]
    assert plan.steps[2].handed().fields["phase"] == Created(plan.steps[0].id)


def test_tasks_that_depend_on_each_others_order_are_made_first_and_joined_after() -> None:
    plan = planned(project(), phase(), ticket(partner="", ours={"dependencies": ("902",)}), ticket("902", partner=""))
    assert [step.verb for step in plan.steps] == ["create", "link", "create", "link", "update"]
    last = plan.steps[-1].handed()
    assert last.key == Created(plan.steps[0].id)
    assert last.fields["dependencies"] == (Created(plan.steps[2].id),)


def test_the_team_is_told_to_moovila_and_never_back() -> None:
    ours, theirs = {"team": (ANN,)}, {"team": (BOB,)}
    root = project(ours=ours, theirs=theirs, agreed={"team": (ANN,)}, strangers=(("partner", "U-9"),))
    update = only(planned(root), "update")
    assert (update.system, update.handed().fields["members"]) == ("moovila", ("U-1", "U-9")), "strangers stay"


# People


def test_who_is_not_found_is_told_and_holds_nothing_up() -> None:
    worked = node(TIME, "7", ours={"worked": NOON, "hours": Decimal(2)}, ticket="901", strangers=(("cw", "3"),))
    plan = planned(project(), phase(), ticket(partner=""), worked)
    assert [step.kind for step in plan.steps if step.verb == "create"] == ["task"]
    (issue,) = plan.issues
    assert (issue.code, issue.blocks) == ("PERSON_NOT_FOUND", False)
    assert "Cy of ConnectWise" in issue.message
    assert plan.outcome == "applied"


def test_the_first_assignee_is_the_tickets_owner_and_the_others_stay() -> None:
    both = ticket(
        ours={"person": ANN},
        theirs={"person": BOB},
        rest=("U-9",),
        agreed={"person": BOB},
    )
    assert only(planned(project(), phase(), both), "update").handed().fields["assignees"] == ("U-1", "U-9")


# Statuses


def test_a_status_becomes_its_category_and_a_category_its_default() -> None:
    both = ticket(theirs={"status": "Complete"}, agreed={"status": "Not Started"})
    assert only(planned(project(), phase(), both), "update").handed().fields["status"] == "Completed"


def test_a_board_of_its_own_has_its_own_categories() -> None:
    statuses = {"Rollouts": {"Not Started": ["Queue"], "In Progress": ["Busy"], "Complete": ["Done!"]}}
    both = ticket(theirs={"status": "Complete"}, agreed={"status": "Not Started"}, board="rollouts", status="Queue")
    plan = planned(project(), phase(), both, settings={"task_statuses": statuses})
    assert only(plan, "update").handed().fields["status"] == "Done!"


def test_an_unmapped_status_is_a_warning_that_names_board_and_status() -> None:
    plan = planned(project(status="Waiting"), phase(), ticket(status="Parts ordered", board="Rollouts"))
    (issue,) = plan.issues
    assert (issue.code, issue.blocks) == ("STATUS_NOT_MAPPED", False)
    assert "ticket status Parts ordered of board Rollouts" in issue.message
    assert "project status Waiting of board Projects" in issue.message


def test_a_category_without_a_status_leaves_connectwise_as_it_is() -> None:
    root = project(theirs={"status": "Cancelled"}, agreed={"status": "In Planning"})
    plan = planned(root)
    assert (plan.steps, codes(plan)) == ((), ["CATEGORY_NOT_MAPPED"])
    assert "Cancelled on board Projects" in plan.issues[0].message
    assert plan.conflicts == ()


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ({"*": {"Not Started": ["New"]}}, "Complete, In Progress"),
        ({"*": {"Not Started": ["New"], "In Progress": ["new "], "Complete": ["Done"]}}, "in two categories"),
        ({"*": {"Not Started": ["New"], "In Progress": [], "Complete": ["Done"]}}, "no default"),
    ],
)
def test_settings_that_cannot_hold_are_refused(statuses: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ProjectSettings.model_validate({"task_statuses": statuses})


# Work types, schedule entries


@pytest.mark.rule("MV-29")
@pytest.mark.parametrize(
    ("own", "default", "told"), [("Remote", "Regular", "Remote"), ("", "Regular", "Regular"), ("", "", None)]
)
def test_work_type_is_the_projects_own_or_the_default(own: str, default: str, told: str | None) -> None:
    plan = planned(
        project(),
        phase(),
        node(TICKET, "", "T-9"),
        node(
            TIME,
            "",
            "E-1",
            theirs={"worked": NOON, "hours": Decimal(1), "person": ANN},
            ticket="moovila:T-9",
        ),
        settings={"default_work_type": default},
        work_type=own,
    )
    made = [step.handed().fields for step in plan.steps if step.verb == "create"]
    assert [fields.get("work_type") for fields in made] == [told, told]
    assert made[1]["charged_id"] == Created(plan.steps[0].id), "the ticket comes before its time entry"
    assert made[1]["end"] - made[1]["start"] == timedelta(hours=1)


@pytest.mark.rule("MV-23")
@pytest.mark.parametrize("ticked", [False, True])
def test_schedule_entries_without_dates_are_imported_only_if_ticked(ticked: bool) -> None:
    dated = node(SCHEDULE, "21", ours={"start": NOON, "due": NOON.date(), "person": ANN}, ticket="901")
    dateless = node(SCHEDULE, "22", ours={"start": None, "due": None, "hours": None, "person": BOB}, ticket="901")
    of = ticket(ours={"start": START, "due": DUE}, theirs={"start": START, "due": DUE})
    plan = planned(project(), phase(), of, dated, dateless, settings={"schedule_entries_without_dates": ticked})
    made = {step.record.id: step.handed().fields for step in plan.steps if step.verb == "create" and step.record}
    assert set(made) == ({"21", "22"} if ticked else {"21"})
    assert (made["21"]["start"], made["21"]["start_time"].hour, made["21"]["due"]) == (NOON.date(), 12, NOON.date())
    if ticked:
        assert (made["22"]["start"], made["22"]["due"]) == (START, DUE), "Moovila wants dates: the task's stand in"


@pytest.mark.rule("MV-23")
def test_unticking_deletes_nothing() -> None:
    ours, theirs = {"start": None, "due": None, "hours": None}, {"start": START, "due": DUE, "hours": None}
    linked = node(SCHEDULE, "22", "S-1", ours=ours, theirs=theirs, ticket="901")
    agreed = {"start": (None, START), "due": (None, DUE), "hours": (None, None)}
    kept = _with(linked, agreed=agreed)
    plan = planned(project(), phase(), ticket(), kept, comprehensive=True)
    assert (plan.steps, plan.issues) == ((), ())


def test_an_event_with_hours_has_a_time_of_day_and_an_entry_its_end() -> None:
    new = node(
        SCHEDULE,
        "21",
        ours={"start": START, "due": START, "hours": Decimal(2), "person": ANN},
        ticket="901",
    )
    fields = only(planned(project(), phase(), ticket(), new), "create").handed().fields
    assert (fields["quantity"], fields["start_time"].hour, fields["resource_type"]) == (Decimal(2), 0, "user")
    both = node(
        SCHEDULE, "21", "S-1", ours={"start": NOON, "due": START, "hours": Decimal(2)},
        theirs={"start": NOON, "due": DUE, "hours": Decimal(2)}, agreed={"due": START}, ticket="901",
    )  # fmt: skip
    update = only(planned(project(), phase(), ticket(), both), "update").handed().fields
    assert update["end"].isoformat() == "2026-11-30T14:00:00+00:00"


# Deletions


def test_a_deleted_branch_goes_children_first_and_only_in_a_comprehensive_look() -> None:
    nodes = (
        project(),
        phase(gone=("cw",)),
        ticket(gone=("cw",)),
        node(TIME, "7", "E-7", theirs={"hours": Decimal(2)}, ticket="901", gone=("cw",)),
    )
    assert planned(*nodes).steps == ()
    plan = planned(*nodes, comprehensive=True)
    assert [(step.kind, step.verb) for step in plan.steps] == [
        ("time_entry", "delete"), (TIME, "unlink"), ("task", "delete"), (TICKET, "unlink"), ("phase", "delete"),
        (PHASE, "unlink"),
    ]  # fmt: skip
    assert plan.steps[0].before["hours"] == Decimal(2), "what is lost is kept in the history"


def test_a_deleted_phase_stays_while_something_is_in_it_that_is_not_deleted() -> None:
    new = node(TICKET, "", "T-9", theirs={"name": "Added meanwhile", "phase": "10"})
    plan = planned(project(), phase(gone=("cw",)), new, comprehensive=True)
    (issue,) = plan.issues
    assert (plan.steps, issue.code, issue.record.id) == ((), "DELETED_BUT_USED", "10")
    assert "Added meanwhile" in issue.message or "ticket T-9" in issue.message


def test_what_is_moved_out_of_a_deleted_phase_follows_before_that_goes() -> None:
    moved = ticket(ours={"phase": "11"}, theirs={"phase": "10"}, agreed={"phase": "10"})
    plan = planned(project(), phase(gone=("cw",)), phase(cw="11", partner="F-2"), moved, comprehensive=True)
    assert [step.verb for step in plan.steps] == ["update", "delete", "unlink"]


def test_what_both_sides_deleted_is_forgotten() -> None:
    plan = planned(project(), phase(), ticket(gone=("cw", "partner")), comprehensive=True)
    assert verbs(plan) == [("links", TICKET, "unlink")]


def test_a_deleted_project_takes_nothing_with_it() -> None:
    plan = planned(project(gone=("cw",)), phase(gone=("cw",)), ticket(gone=("cw",)), comprehensive=True)
    assert (plan.steps, codes(plan)) == ((), ["PROJECT_GONE"])


def test_a_project_that_neither_side_has_is_forgotten_with_its_parts() -> None:
    gone = ("cw", "partner")
    plan = planned(project(gone=gone), phase(gone=gone), ticket(gone=gone))
    assert [(step.kind, step.verb) for step in plan.steps] == [(k, "unlink") for k in (TICKET, PHASE, PROJECT)]


# What is left alone


@pytest.mark.rule("MV-02")
def test_an_archived_project_is_left_alone() -> None:
    plan = planned(project(), phase(), ticket(ours={"name": "Renamed"}, agreed={"name": "x"}), archived=True)
    assert (plan.steps, plan.skipped) == ((), True)
    assert "archived" in plan.reason


def test_what_was_on_one_side_only_when_two_projects_were_joined_is_listed_and_asked_for() -> None:
    plan = planned(project(), phase(), ticket(partner="", listed=True), ticket("902", partner=""))
    asked = {step.record.id: step.ask for step in plan.steps if step.verb == "create" and step.record}
    assert asked == {"901": True, "902": False}
    (issue,) = plan.asks
    assert issue.code == "PARTS_UNMATCHED"
    assert "ticket ticket 901 (only in ConnectWise)" in issue.message


def test_a_task_without_a_phase_waits_and_says_so() -> None:
    plan = planned(project(), node(TICKET, "", "T-9", theirs={"phase": "", "name": "Loose"}))
    assert (plan.steps, codes(plan), plan.issues[0].record.id) == ((), ["TASK_WITHOUT_PHASE"], "T-9")


def test_a_name_that_connectwise_cannot_take_is_cut_and_told() -> None:
    long = "x" * 120
    plan = planned(project(), phase(cw="", partner="F-9", theirs={"name": long}))
    assert only(plan, "create").handed().fields["name"] == "x" * 100
    assert (codes(plan), plan.issues[0].blocks) == (["NAME_CUT"], False)


def test_what_was_moved_to_another_project_is_left_alone() -> None:
    plan = planned(project(), phase(), ticket(ours={"name": "New"}, elsewhere="project Server room"))
    assert (plan.steps, codes(plan)) == ((), ["MOVED_ELSEWHERE"])


def _with(one: Node, *, cw: Fields | None = None, agreed: Fields | None = None) -> Node:
    """The node with other fields of ConnectWise's, or another agreement."""
    pair = one.pair
    if agreed is not None:
        assert pair.link is not None
        pair = replace(pair, state=replace(pair.link, agreed=agreed))
    return replace(one, pair=pair if cw is None else replace(pair, cw=cw))


@pytest.mark.rule("MV-25")
@pytest.mark.parametrize(
    ("ours", "theirs", "agreed", "counted"),
    [
        ("Completed", "Completed", "Completed", True),
        ("Completed", "In Planning", "In Planning", True),
        ("In Planning", "Completed", "Completed", False),
        ("In Planning", "In Planning", "In Planning", False),
    ],
)
def test_days_are_counted_of_a_project_that_will_be_ended_on_both_sides(
    ours: str, theirs: str, agreed: str, counted: bool
) -> None:
    root = project(ours={"status": ours}, theirs={"status": theirs}, agreed={"status": agreed})
    assert (planned(root, ended=NOON).ended == NOON) is counted
