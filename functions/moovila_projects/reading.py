"""Records of both systems in one language: their fields by our words, what they are in, and what people call them.

The mapped fields are what scans, looks and `mapped` all show of a record. Beside those that both sides share they hold
all else that a decision depends on, so that a change of it is seen (`stands`, `archived`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from functions.moovila_projects import categories
from functions.moovila_projects.joining import Loose
from functions.moovila_projects.settings import ProjectSettings
from functions.moovila_projects.situations import (
    NOTE,
    PHASE,
    PROJECT,
    PROJECT_NOTE,
    SCHEDULE,
    TICKET,
    TIME,
    UNLINKED,
)
from shared.partners.moovila import NOBODY, People
from shared.sync.record import Ref, Side
from shared.systems import moovila
from shared.systems.connectwise_psa import planning as psa
from shared.systems.connectwise_psa.models import Reference

Ours = (
    psa.PlannedProject
    | psa.PlannedPhase
    | psa.PlannedTicket
    | psa.ProjectNote
    | psa.ProjectTicketNote
    | psa.MarkedTimeEntry
    | psa.ScheduleEntry
)
Theirs = moovila.Project | moovila.Phase | moovila.Task | moovila.Note | moovila.TimeEntry | moovila.ScheduledEvent
Any_ = Ours | Theirs

CW_MODELS: Mapping[type[Any], str] = {
    psa.PlannedProject: PROJECT,
    psa.PlannedPhase: PHASE,
    psa.PlannedTicket: TICKET,
    psa.ProjectNote: PROJECT_NOTE,
    psa.ProjectTicketNote: NOTE,
    psa.MarkedTimeEntry: TIME,
    psa.ScheduleEntry: SCHEDULE,
}
MOOVILA_MODELS: Mapping[type[Any], str] = {
    moovila.Project: PROJECT,
    moovila.Phase: PHASE,
    moovila.Task: TICKET,
    moovila.TimeEntry: TIME,
    moovila.ScheduledEvent: SCHEDULE,
}
PREDECESSOR = "Ticket"
"""The sort of predecessor that Moovila knows as well; a phase as a predecessor stays ConnectWise's own affair."""


def ref_of(record: Any_) -> Ref:
    """The address of a record."""
    if (kind := CW_MODELS.get(type(record))) is not None:
        return Ref(kind, "cw", record.key)
    if isinstance(record, moovila.Note):
        return Ref(NOTE if record.task else PROJECT_NOTE, "partner", record.key)
    return Ref(MOOVILA_MODELS[type(record)], "partner", record.key)


def project_of(record: Any_) -> str:
    """The id of the project that a record says it is in; empty where it does not say."""
    match record:
        case psa.PlannedProject() | moovila.Project():
            return record.key
        case psa.PlannedPhase() | psa.ProjectNote():
            return str(record.project_id or "")
        case psa.PlannedTicket() | psa.MarkedTimeEntry():
            return _id(record.project)
        case psa.ProjectTicketNote() | psa.ScheduleEntry():
            return ""
    return record.project


def ticket_of(record: Any_) -> str:
    """The id of the ticket or task that a note, time or schedule entry is on; empty for anything else."""
    match record:
        case psa.MarkedTimeEntry():
            return record.ticket_id
        case psa.ProjectTicketNote():
            return str(record.ticket_id or "")
        case psa.ScheduleEntry():
            return str(record.object_id or "")
        case moovila.Note() | moovila.TimeEntry() | moovila.ScheduledEvent():
            return record.task
    return ""


def above(record: Any_) -> tuple[str, str] | None:
    """In what a record is, beside its project: kind and id."""
    match record:
        case psa.PlannedPhase():
            found = PHASE, _id(record.parent)
        case psa.PlannedTicket():
            found = PHASE, _id(record.phase)
        case moovila.Phase():
            found = PHASE, record.parent
        case moovila.Task():
            found = PHASE, record.phase
        case _:
            found = TICKET, ticket_of(record)
    return found if found[1] else None


def named_by(record: Any_) -> list[Ref]:
    """The Moovila records that one names, each of which both sides call by another word than its id there."""
    if not isinstance(record, Theirs):
        return []
    named = [(TICKET, one) for one in record.dependencies] if isinstance(record, moovila.Task) else []
    place = above(record)
    return [Ref(kind, "partner", id_) for kind, id_ in (*named, *([place] if place else []))]


@dataclass(frozen=True)
class Terms:
    """What it takes to say a record's fields by our words: settings, who is who, and what records are called."""

    settings: ProjectSettings
    zone: tzinfo = UTC
    people: People = NOBODY
    words: Mapping[Ref, str] = field(default_factory=dict)

    def knowing(self, words: Mapping[Ref, str]) -> Terms:
        """The same with these words."""
        return replace(self, words=words)

    def word(self, ref: Ref) -> str:
        """What both sides call a record; empty for none."""
        if not ref.id:
            return ""
        return self.words.get(ref) or (ref.id if ref.side == "cw" else f"{UNLINKED}{ref.id}")

    def fields(self, record: Any_, team: Collection[str] | None = None) -> dict[str, Any]:
        """The record's mapped fields. `team` are the ids of a ConnectWise project's team, where they were read."""
        side = ref_of(record).side
        told = _ours(self, record) if isinstance(record, Ours) else _theirs(self, record)
        members = record.members if isinstance(record, moovila.Project) else team
        if members is not None:
            words = (self.people.word(side, one) for one in members)
            told["team"] = tuple(sorted(word for word in words if word))
        person = person_of(record)
        if person is not None and (word := self.people.word(side, person)) is not None:
            told["person"] = word
        return told

    def strangers(self, record: Any_, team: Collection[str] = ()) -> tuple[tuple[Side, str], ...]:
        """The people of a record whom the other side lacks."""
        side = ref_of(record).side
        some = [person_of(record) or "", *(record.members if isinstance(record, moovila.Project) else team)]
        return tuple((side, one) for one in dict.fromkeys(some) if self.people.word(side, one) is None)

    def rest(self, record: Any_) -> tuple[str, ...]:
        """The assignees of a task beside the one who counts."""
        if not isinstance(record, moovila.Task):
            return ()
        return tuple(one for one in record.assignees if one != person_of(record))

    def status(self, record: Any_) -> tuple[str, str]:
        """ConnectWise's own words for where a project or ticket stands: board and status."""
        if isinstance(record, psa.PlannedProject | psa.PlannedTicket):
            return _name(record.board), _name(record.status)
        return (record.board, "") if isinstance(record, moovila.Project) else ("", "")

    def loose(self, record: Any_) -> Loose:
        """What it takes to find out what an unlinked record is the same as."""
        ref = ref_of(record)
        marker = record.external_id if isinstance(record, Theirs) else ""
        if isinstance(record, psa.PlannedProject | psa.PlannedTicket | psa.MarkedTimeEntry):
            marker = str(record.custom_field(self.settings.cw_id_field) or "").strip()
        said = self.fields(record)
        names = {TIME: ("person", "worked", "hours"), SCHEDULE: ("person", "start"), NOTE: ("text",)}
        names[PROJECT_NOTE] = names[NOTE]
        key = tuple(str(said.get(name, "")).strip() for name in names.get(ref.kind, ("name",)))
        return Loose(ref, key, above(record), marker)

    def name(self, record: Any_) -> str:
        """What people call a record."""
        if isinstance(record, psa.PlannedTicket):
            return f"ticket {record.key} {record.summary}"
        if isinstance(record, psa.PlannedProject | psa.PlannedPhase | moovila.Project | moovila.Phase | moovila.Task):
            return record.name
        who = person_of(record)
        side = ref_of(record).side
        by = f" of {self.people.called(side, who)}" if who else ""
        if isinstance(record, psa.MarkedTimeEntry | moovila.TimeEntry):
            return f"{record.hours.normalize():f} h{by}"
        if isinstance(record, psa.ScheduleEntry | moovila.ScheduledEvent):
            return f"schedule entry{by}"
        return _short(record.text)


def person_of(record: Any_) -> str | None:
    """The id of the one whose it is; empty where it is nobody's, None where a record of its kind has no such one."""
    match record:
        case psa.PlannedProject():
            return _id(record.manager)
        case psa.PlannedTicket():
            return _id(record.owner)
        case psa.MarkedTimeEntry() | psa.ScheduleEntry():
            return _id(record.member)
        case moovila.Project():
            return record.manager
        case moovila.Task():
            return record.assignees[0] if record.assignees else ""
        case moovila.TimeEntry():
            return record.user
        case moovila.ScheduledEvent():
            return record.resource if record.resource_type in ("", "user") else ""
    return None


def _ours(terms: Terms, record: Ours) -> dict[str, Any]:
    match record:
        case psa.PlannedProject():
            board, status = terms.status(record)
            return {
                "name": record.name,
                "status": categories.of_projects(terms.settings).told(board, status),
                "start": record.start,
                "due": record.end,
                "stands": (board, status, record.type, _name(record.company), record.closed),
            }
        case psa.PlannedPhase():
            parent = terms.word(Ref(PHASE, "cw", _id(record.parent)))
            return {"name": record.name, "parent": parent, "due": record.deadline}
        case psa.PlannedTicket():
            board, status = terms.status(record)
            before = record.predecessor_id if record.predecessor_type == PREDECESSOR else None
            return {
                "name": record.summary,
                "status": categories.of_tasks(terms.settings).told(board, status),
                "phase": terms.word(Ref(PHASE, "cw", _id(record.phase))),
                "start": record.start,
                "due": record.due,
                "hours": _hours(record.budget_hours),
                "dependencies": (terms.word(Ref(TICKET, "cw", str(before))),) if before else (),
                "stands": (board, status),
            }
        case psa.MarkedTimeEntry():
            return {
                "worked": record.start,
                "hours": _hours(record.hours),
                "text": record.notes.strip(),
                "work_type": _name(record.work_type),
            }
        case psa.ScheduleEntry():
            return {
                "start": _day_or_moment(record.start, terms.zone),
                "due": record.end.astimezone(terms.zone).date() if record.end else None,
                "hours": _hours(record.hours),
                "text": record.name.strip(),
            }
    return _note(terms, record)


def _theirs(terms: Terms, record: Theirs) -> dict[str, Any]:
    match record:
        case moovila.Project():
            return {
                "name": record.name,
                "status": record.status or categories.of_projects(terms.settings).otherwise,
                "start": record.start,
                "due": record.due,
                "archived": record.archived,
                "external_id": record.external_id,
                "stands": (record.work_type, record.customer),
            }
        case moovila.Phase():
            parent = terms.word(Ref(PHASE, "partner", record.parent))
            return {"name": record.name, "parent": parent, "due": record.due}
        case moovila.Task():
            tasks = (Ref(TICKET, "partner", one) for one in record.dependencies)
            return {
                "name": record.name,
                "status": record.status or categories.of_tasks(terms.settings).otherwise,
                "phase": terms.word(Ref(PHASE, "partner", record.phase)),
                "start": record.start,
                "due": record.due,
                "hours": _hours(record.planned_hours),
                "dependencies": tuple(sorted(map(terms.word, tasks))),
            }
        case moovila.TimeEntry():
            return {
                "worked": record.start,
                "hours": _hours(record.hours),
                "text": record.notes.strip(),
                "work_type": record.work_type,
            }
        case moovila.ScheduledEvent():
            start: datetime | date | None = record.start
            if record.start and record.start_time not in (None, time()):
                start = datetime.combine(record.start, record.start_time or time(), terms.zone).astimezone(UTC)
            return {
                "start": start,
                "due": record.due,
                "hours": _hours(record.quantity),
                "text": record.description.strip(),
            }
    return _note(terms, record)


def _note(terms: Terms, record: psa.ProjectNote | psa.ProjectTicketNote | moovila.Note) -> dict[str, Any]:
    """`on` says where a note is: by its id alone ConnectWise cannot be asked for one."""
    side = ref_of(record).side
    return {"text": record.text.strip(), "on": terms.word(Ref(TICKET, side, ticket_of(record)))}


def facts(record: Any_ | None) -> dict[str, str]:
    """What filters ask for; of a project that ConnectWise has not got yet only the customer."""
    if isinstance(record, psa.PlannedProject):
        return {
            "board": _name(record.board),
            "status": _name(record.status),
            "type": record.type,
            "customer": _name(record.company),
        }
    return {"customer": record.customer_name} if isinstance(record, moovila.Project) else {}


def _day_or_moment(start: datetime | None, zone: tzinfo) -> datetime | date | None:
    """What begins with a day has no time of day."""
    if start is None:
        return None
    local = start.astimezone(zone)
    return local.date() if local.time() == time() else start.astimezone(UTC)


def _hours(hours: Decimal | None) -> Decimal | None:
    """No hours are as good as none."""
    return hours.normalize() if hours else None


def _id(reference: Reference | None) -> str:
    return str(reference.id) if reference is not None and reference.id is not None else ""


def _name(reference: Reference | None) -> str:
    return reference.name if reference is not None else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[:SHORT].rstrip()}..."


SHORT = 40
"""Characters by which a note is called."""
