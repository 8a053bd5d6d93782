"""What there is in the simulated Moovila: each list's fields, what a create requires, what fields refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TEXT, NUMBER, FLAG, DAY, TIME, MOMENT, ID, IDS = ("text", "number", "flag", "day", "time", "moment", "id", "ids")

PROJECTS, PHASES, TASKS, TIMES, EVENTS, NOTES, USERS, CUSTOMERS = (
    "projects", "phases", "tasks", "time-entries", "scheduled-events", "notes", "users", "customers",
)  # fmt: skip
CUSTOMER_STATUSES, NOTE_CATEGORIES, WORK_TYPES, CATEGORIES = (
    "customer-statuses", "note-categories", "work-types", "status-categories",
)  # fmt: skip

WRITABLE = frozenset({"POST", "PATCH", "DELETE"})
KEPT = frozenset({"POST", "PATCH"})


@dataclass(frozen=True)
class Entity:
    """One list: `name` is what webhooks call its records, `prefix` begins their ids, `fields` are those one can write.

    `above` names the fields that say what a record stands under, which never change; `required` are those of a create,
    `refers` the list that an id points to, `named` the list in which a name must be; `unique`: no two have one name.
    """

    path: str
    name: str
    prefix: str
    fields: Mapping[str, str]
    above: tuple[str, ...] = ()
    required: tuple[str, ...] = ("name",)
    refers: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    unique: bool = False
    verbs: frozenset[str] = WRITABLE


_PLAN = {"name": TEXT, "description": TEXT, "startDate": DAY, "dueDate": DAY, "externalId": TEXT}
_REFERENCE = {"name": TEXT, "active": FLAG, "externalId": TEXT}
_IN_TASK = {"projectId": PROJECTS, "taskId": TASKS}

ENTITIES: Mapping[str, Entity] = {
    one.path: one
    for one in (
        Entity(
            PROJECTS, "project", "P",
            {**_PLAN, "customerId": ID, "board": TEXT, "workType": TEXT, "status": TEXT, "managerId": ID,
             "memberIds": IDS, "archived": FLAG},
            refers={"customerId": CUSTOMERS, "managerId": USERS, "memberIds": USERS},
            named={"status": CATEGORIES, "workType": WORK_TYPES},
        ),
        Entity(
            PHASES, "phase", "PH", {**_PLAN, "parentId": ID, "position": NUMBER},
            above=("projectId",), refers={"projectId": PROJECTS, "parentId": PHASES},
        ),
        Entity(
            TASKS, "task", "T",
            {**_PLAN, "phaseId": ID, "status": TEXT, "percentComplete": NUMBER, "plannedHours": NUMBER,
             "dependencies": IDS, "assignees": IDS},
            above=("projectId",),
            refers={"projectId": PROJECTS, "phaseId": PHASES, "dependencies": TASKS, "assignees": USERS},
            named={"status": CATEGORIES},
        ),
        Entity(
            TIMES, "time_entry", "TE",
            {"userId": ID, "workType": TEXT, "startAt": MOMENT, "endAt": MOMENT, "hours": NUMBER, "notes": TEXT,
             "externalId": TEXT},
            above=("projectId", "taskId"), required=("taskId", "userId", "startAt", "hours"),
            refers={**_IN_TASK, "userId": USERS}, named={"workType": WORK_TYPES},
        ),
        Entity(
            EVENTS, "scheduled_event", "SE",
            {"resource": ID, "resourceType": TEXT, "description": TEXT, "startDate": DAY, "startTime": TIME,
             "dueDate": DAY, "quantity": NUMBER, "externalId": TEXT},
            above=("projectId", "taskId"), required=("taskId", "resource", "startDate", "dueDate"),
            refers={**_IN_TASK, "resource": USERS},
        ),
        Entity(
            NOTES, "note", "N", {"authorId": ID, "category": TEXT, "text": TEXT, "externalId": TEXT},
            above=("projectId", "taskId"), required=("text",), refers={**_IN_TASK, "authorId": USERS},
            named={"category": NOTE_CATEGORIES},
        ),
        Entity(
            USERS, "user", "U", {"name": TEXT, "email": TEXT, "active": FLAG, "externalId": TEXT},
            verbs=frozenset({"PATCH"}),
        ),
        Entity(
            CUSTOMERS, "customer", "C", {**_REFERENCE, "status": TEXT},
            unique=True, named={"status": CUSTOMER_STATUSES}, verbs=KEPT,
        ),
        Entity(CUSTOMER_STATUSES, "customer_status", "CS", _REFERENCE, unique=True, verbs=KEPT),
        Entity(NOTE_CATEGORIES, "note_category", "NC", _REFERENCE, unique=True, verbs=KEPT),
        Entity(WORK_TYPES, "work_type", "WT", _REFERENCE, unique=True, verbs=KEPT),
        Entity(CATEGORIES, "status_category", "SC", {"name": TEXT, "appliesTo": TEXT}, verbs=frozenset()),
    )
}  # fmt: skip

INSIDE: Mapping[str, tuple[tuple[str, str], ...]] = {
    PROJECTS: ((PHASES, "projectId"), (TASKS, "projectId"), (NOTES, "projectId")),
    PHASES: ((PHASES, "parentId"), (TASKS, "phaseId")),
    TASKS: ((TIMES, "taskId"), (EVENTS, "taskId"), (NOTES, "taskId")),
}
"""What is in a record, and goes with it: the lists, and the field by which it says so."""

UNDER: Mapping[str, frozenset[str]] = {
    PROJECTS: frozenset({PHASES, TASKS, NOTES}),
    TASKS: frozenset({TIMES, EVENTS, NOTES}),
}
"""The lists that can be asked for below one record."""
