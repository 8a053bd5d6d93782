"""Projects of ConnectWise PSA as they are planned and worked on: phases, tickets, people, notes, schedule and time.

Tickets, schedule entries and time entries have lists over all projects (`is_in("project/id", ids)` for the first and
the last, `is_in("objectId", tickets)` for the schedule); phases, team members and notes only one for each project or
ticket. Callbacks tell of projects, tickets, time and schedule; of phases, team members and notes none does.

What carries the id of the partner's record, so that a create whose answer was lost is found again (promise 2): of a
project, a project ticket and a time entry a custom field. The others have none that can be relied upon, and are known
by a natural key: a phase by its name under its parent, a note by its text, a schedule entry by ticket, member and
start, a team member by member and project.

Days (an estimated start, a date required) are midnights in UTC that no time zone shifts; all other moments are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from shared.systems.connectwise_psa.finance import Day
from shared.systems.connectwise_psa.models import (
    CodeOf,
    Flag,
    Link,
    NameOf,
    Record,
    Reference,
    SetupRow,
    Text,
    Updated,
    WithCustomFields,
)
from shared.systems.connectwise_psa.tickets import Entered, ProjectTicket, TicketNote, TimeEntry

PROJECTS = "project/projects"
PHASES = "project/projects/{parent}/phases"
TEAM = "project/projects/{parent}/teamMembers"
NOTES = "project/projects/{parent}/notes"
TICKETS = "project/tickets"
TICKET_NOTES = "project/tickets/{parent}/notes"
TIME = "time/entries"
SCHEDULE = "schedule/entries"
STATUSES = "project/statuses"
BOARD_STATUSES = "service/boards/{parent}/statuses"
SCHEDULE_TYPES = "schedule/types"
NOTE_TYPES = "company/noteTypes"
COMPANY_STATUSES = "company/companies/statuses"

PROJECT_SCHEDULE = "P"
"""The identifier of the type of schedule entries that stand for work on a project ticket."""


class PlannedProject(WithCustomFields):
    """A project with its plan. `status` is one of `project/statuses`, `manager` a member."""

    wire_fields: ClassVar[str] = (
        "id,name,description,status/id,status/name,board/id,board/name,company/id,company/identifier,company/name,"
        "type/name,manager/id,manager/identifier,manager/name,estimatedStart,estimatedEnd,percentComplete,closedFlag,"
        "customFields,_info/lastUpdated,_info/dateEntered"
    )

    name: Text = ""
    description: Text = ""
    status: Reference | None = None
    board: Reference | None = None
    company: Reference | None = None
    type: NameOf = ""
    manager: Reference | None = None
    start: Day = Field(None, alias="estimatedStart")
    end: Day = Field(None, alias="estimatedEnd")
    percent: Decimal | None = Field(None, alias="percentComplete")
    closed: Flag = Field(False, alias="closedFlag")
    entered: Entered = None

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        del path
        return {"url": link("ProjectFV", row.get("id", 0)), "entered": row.get("_info")}


class PlannedPhase(Record):
    """A phase of a project; one within another names that as its `parent`. `wbs` is its place in the outline."""

    wire_fields: ClassVar[str] = (
        "id,projectId,description,parentPhase/id,parentPhase/name,status/id,status/name,wbsCode,notes,"
        "markAsMilestoneFlag,deadlineDate,scheduledStart,scheduledEnd,budgetHours,_info/lastUpdated,_info/dateEntered"
    )

    project_id: int = Field(alias="projectId")
    name: Text = Field("", alias="description")
    parent: Reference | None = Field(None, alias="parentPhase")
    status: Reference | None = None
    wbs: Text = Field("", alias="wbsCode")
    notes: Text = ""
    milestone: Flag = Field(False, alias="markAsMilestoneFlag")
    deadline: Day = Field(None, alias="deadlineDate")
    scheduled_start: Day = Field(None, alias="scheduledStart")
    scheduled_end: Day = Field(None, alias="scheduledEnd")
    budget_hours: Decimal | None = Field(None, alias="budgetHours")
    updated: Updated = Field(None, alias="_info")
    entered: Entered = None

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        return {
            "projectId": row.get("projectId") or int(path.split("/")[2]),
            "url": link("ProjectFV", row.get("projectId") or 0),
            "entered": row.get("_info"),
        }


class PlannedTicket(ProjectTicket):
    """A project ticket with its plan: from `start` to `due`, as people set them.

    `scheduled_start` and `scheduled_end` are what ConnectWise makes of its schedule entries. `resources` are the
    identifiers of the members it is assigned to, which follow its schedule entries. What must be done before is
    `predecessor_id`, a ticket or a phase by `predecessor_type`: there is room for one.
    """

    wire_fields: ClassVar[str] = (
        f"{ProjectTicket.wire_fields},priority/id,priority/name,workType/id,workType/name,wbsCode,estimatedStartDate,"
        "requiredDate,budgetHours,resources,scheduleStartDate,scheduleEndDate,predecessorType,predecessorId"
    )

    priority: Reference | None = None
    work_type: Reference | None = Field(None, alias="workType")
    wbs: Text = Field("", alias="wbsCode")
    start: Day = Field(None, alias="estimatedStartDate")
    due: Day = Field(None, alias="requiredDate")
    budget_hours: Decimal | None = Field(None, alias="budgetHours")
    told_resources: Text = Field("", alias="resources")
    scheduled_start: AwareDatetime | None = Field(None, alias="scheduleStartDate")
    scheduled_end: AwareDatetime | None = Field(None, alias="scheduleEndDate")
    predecessor_type: Text = Field("", alias="predecessorType")
    predecessor_id: int | None = Field(None, alias="predecessorId")

    @property
    def resources(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in self.told_resources.split(",") if one.strip())


class TeamMember(Record):
    """That a member is on a project's team, in a `role`."""

    wire_fields: ClassVar[str] = (
        "id,projectId,member/id,member/identifier,member/name,projectRole/id,projectRole/name,hours,_info/lastUpdated"
    )

    project_id: int | None = Field(None, alias="projectId")
    member: Reference | None = None
    role: Reference | None = Field(None, alias="projectRole")
    hours: Decimal | None = None


class ProjectNote(Record):
    """A note of a project; `type` is one of `company/noteTypes`."""

    wire_fields: ClassVar[str] = "id,projectId,text,type/id,type/name,flagged,_info/lastUpdated,_info/dateEntered"

    project_id: int | None = Field(None, alias="projectId")
    text: Text = ""
    type: NameOf = ""
    flagged: Flag = False
    updated: Updated = Field(None, alias="_info")


class ProjectTicketNote(TicketNote):
    """A note of a project ticket, with who wrote it: a `member`, or a `contact` of the customer's."""

    wire_fields: ClassVar[str] = (
        f"{TicketNote.wire_fields},ticketId,member/id,member/identifier,member/name,contact/id,contact/name,"
        "_info/lastUpdated,_info/dateEntered"
    )

    ticket_id: int | None = Field(None, alias="ticketId")
    member: Reference | None = None
    contact: Reference | None = None
    updated: Updated = Field(None, alias="_info")


class ScheduleEntry(Record):
    """That a member is to work on something: on the ticket `object_id` where `type` is S or P (`PROJECT_SCHEDULE`)."""

    wire_fields: ClassVar[str] = (
        "id,objectId,name,type/id,type/identifier,member/id,member/identifier,member/name,status/id,status/name,"
        "dateStart,dateEnd,hours,doneFlag,_info/lastUpdated,_info/dateEntered"
    )

    object_id: int | None = Field(None, alias="objectId")
    name: Text = ""
    type: CodeOf = ""
    member: Reference | None = None
    status: NameOf = ""
    start: AwareDatetime | None = Field(None, alias="dateStart")
    end: AwareDatetime | None = Field(None, alias="dateEnd")
    hours: Decimal | None = None
    done: Flag = Field(False, alias="doneFlag")
    updated: Updated = Field(None, alias="_info")

    @property
    def undated(self) -> bool:
        """Whether it has no start, no end and no hours (MV-23)."""
        return self.start is None and self.end is None and not self.hours


class MarkedTimeEntry(TimeEntry, WithCustomFields):
    """A time entry with its custom fields, one of which carries a partner's id."""

    wire_fields: ClassVar[str] = f"{TimeEntry.wire_fields},customFields,_info/dateEntered"


class ScheduleType(SetupRow):
    """What a schedule entry is for."""

    wire_fields: ClassVar[str] = "id,name,identifier"

    identifier: Text = ""


class ProjectStatus(SetupRow):
    """A status that projects can have."""

    wire_fields: ClassVar[str] = "id,name,defaultFlag,inactiveFlag,closedFlag"

    default: Flag = Field(False, alias="defaultFlag")
    inactive: Flag = Field(False, alias="inactiveFlag")
    closed: Flag = Field(False, alias="closedFlag")


class NoteType(SetupRow):
    """A kind of notes of companies, contacts and projects."""

    wire_fields: ClassVar[str] = "id,name,defaultFlag"

    default: Flag = Field(False, alias="defaultFlag")


class CompanyStatus(SetupRow):
    """A status that companies can have."""

    wire_fields: ClassVar[str] = "id,name,defaultFlag,inactiveFlag"

    default: Flag = Field(False, alias="defaultFlag")
    inactive: Flag = Field(False, alias="inactiveFlag")
