"""Moovila's records as we read them: our names, only the fields used, nulls and absent values alike.

**No public API is known**: the whole surface is assumed, and stands here, in `steps` (writes) and `client` (lists) and
nowhere else. The help pages name a project's customer name, External ID (its ConnectWise id), board, work type, status
and that it can be archived; a scheduled event's resource, resource type, description, start date, start time, due date
and quantity; and that each status belongs to a status category. Their spelling on the wire, and every other field, is
invented. Ids are texts that mean nothing; days and times of day have no zone: they are those of the connection's.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from shared.systems.values import Day, Flag, Id, Moment, Money, Opened, Text, Texts


def _time(value: object) -> object:
    """A time of day, e.g. 09:30; empty is None."""
    return time.fromisoformat(value) if isinstance(value, str) and value else value or None


def _active(value: object) -> object:
    """Whoever does not say that something is inactive has it active."""
    return value is None or bool(value)


TimeOfDay = Annotated[time | None, BeforeValidator(_time)]
Active = Annotated[bool, BeforeValidator(_active)]

Above = Literal["", "project", "task"]


class Record(Opened):
    """What every record has. `url` opens it in Moovila, for people; what a `page` is called is assumed.

    `external_id` is the marker: the ConnectWise id of the record that it is the same as. `created_at` and `updated_at`
    are UTC; a record counts as updated when any of its own fields changes.
    """

    path: ClassVar[str]
    """Of the list of all such records, below the API's root; also the last word of the list under a parent."""

    above: ClassVar[Above] = ""
    """Under which record it stands and is created; empty: under none."""

    id: Id
    external_id: Text = Field("", alias="externalId")
    created_at: Moment = Field(None, alias="createdAt")
    updated_at: Moment = Field(None, alias="updatedAt")

    @property
    def key(self) -> str:
        """The id as links and steps name the record."""
        return self.id


class Project(Record):
    """A project. `status` and `work_type` are names, `board` is ConnectWise's project board, `manager` a user's id.

    `members` are the users of its team. `archived` projects are in lists only where they are asked for.
    `status_since` is when it entered its status (MV-25 counts from it).
    """

    path: ClassVar[str] = "projects"
    page: ClassVar[str] = "projects/{id}"

    name: Text = ""
    description: Text = ""
    customer: Text = Field("", alias="customerId")
    customer_name: Text = Field("", alias="customerName")
    board: Text = ""
    work_type: Text = Field("", alias="workType")
    status: Text = ""
    start: Day = Field(None, alias="startDate")
    due: Day = Field(None, alias="dueDate")
    manager: Text = Field("", alias="managerId")
    members: Texts = Field((), alias="memberIds")
    archived: Flag = False
    status_since: Moment = Field(None, alias="statusChangedAt")


class _OfProject(Record):
    """A record of a project, whose id it always has."""

    above: ClassVar[Above] = "project"

    project: Id = Field(alias="projectId")


class Phase(_OfProject):
    """A phase of a project; one within another names that as its `parent`. `position` orders them, from 1."""

    path: ClassVar[str] = "phases"
    page: ClassVar[str] = "projects/{project}/phases/{id}"

    parent: Text = Field("", alias="parentId")
    name: Text = ""
    description: Text = ""
    position: int | None = None
    start: Day = Field(None, alias="startDate")
    due: Day = Field(None, alias="dueDate")


class Task(_OfProject):
    """A task: what a project ticket is there. `status` is a status category's name, `percent` is from 0 to 100.

    `phase` is empty for a task on no phase. `dependencies` are the tasks that must be done before, `assignees` users;
    `planned_hours` is its budget.
    """

    path: ClassVar[str] = "tasks"
    page: ClassVar[str] = "projects/{project}/tasks/{id}"

    phase: Text = Field("", alias="phaseId")
    name: Text = ""
    description: Text = ""
    status: Text = ""
    start: Day = Field(None, alias="startDate")
    due: Day = Field(None, alias="dueDate")
    percent: Money = Field(None, alias="percentComplete")
    planned_hours: Money = Field(None, alias="plannedHours")
    dependencies: Texts = ()
    assignees: Texts = ()


class _OfTask(_OfProject):
    """A record of a task, which also names its project."""

    above: ClassVar[Above] = "task"

    task: Id = Field(alias="taskId")


class TimeEntry(_OfTask):
    """Time that a user worked on a task: from `start` (UTC), to `end` where it is known, `hours` in all."""

    path: ClassVar[str] = "time-entries"

    user: Text = Field("", alias="userId")
    work_type: Text = Field("", alias="workType")
    start: Moment = Field(None, alias="startAt")
    end: Moment = Field(None, alias="endAt")
    hours: Decimal = Decimal(0)
    notes: Text = ""


class ScheduledEvent(_OfTask):
    """That a resource works on a task: "Resources and Meetings" (documented).

    `resource` is a user's id where `resource_type` is `user`. Start and due date are mandatory, and the start time is
    where there is a `quantity` (hours); all three facts are documented.
    """

    path: ClassVar[str] = "scheduled-events"

    resource: Text = ""
    resource_type: Text = Field("", alias="resourceType")
    description: Text = ""
    start: Day = Field(None, alias="startDate")
    start_time: TimeOfDay = Field(None, alias="startTime")
    due: Day = Field(None, alias="dueDate")
    quantity: Money = None


class Note(_OfProject):
    """A note of a task, or of the project itself (`task` is empty). `category` is a note category's name."""

    path: ClassVar[str] = "notes"
    above: ClassVar[Above] = "task"

    task: Text = Field("", alias="taskId")
    author: Text = Field("", alias="authorId")
    category: Text = ""
    text: Text = ""


class User(Record):
    """Somebody who uses Moovila; found by `email`. Users are made by people there."""

    path: ClassVar[str] = "users"

    name: Text = ""
    email: Text = ""
    active: Active = True


class Customer(Record):
    """Whom projects are for: a ConnectWise company. `status` is a customer status's name."""

    path: ClassVar[str] = "customers"
    page: ClassVar[str] = "customers/{id}"

    name: Text = ""
    status: Text = ""
    active: Active = True


class Named(Record):
    """A row of reference data that other records name."""

    name: Text = ""
    active: Active = True


class CustomerStatus(Named):
    """What ConnectWise calls a company status."""

    path: ClassVar[str] = "customer-statuses"


class NoteCategory(Named):
    """What kind of note a note is."""

    path: ClassVar[str] = "note-categories"


class WorkType(Named):
    """How time is billed, e.g. Regular."""

    path: ClassVar[str] = "work-types"


class StatusCategory(Named):
    """What the status of a project or of a task (`of`) comes down to, e.g. In Planning, Not Started, Complete."""

    path: ClassVar[str] = "status-categories"

    of: Text = Field("", alias="appliesTo")
