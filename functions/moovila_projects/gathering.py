"""What one look at a project reads: everything in it on both sides, and its counterpart where nothing links it yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.moovila_projects.reading import Any_, Terms, ref_of
from functions.moovila_projects.settings import ProjectSettings
from functions.moovila_projects.situations import KINDS, NOTE, PHASE, PROJECT, PROJECT_NOTE, SCHEDULE, TICKET, TIME
from shared.partners.moovila import People, Person
from shared.sync.link import Link, State
from shared.sync.record import Ref, fields_hash
from shared.systems import moovila
from shared.systems.conditions import all_of, contains, equals, is_in
from shared.systems.connectwise_psa import OF_CUSTOM_FIELDS, Member, Psa
from shared.systems.connectwise_psa import planning as psa
from shared.systems.connectwise_psa.models import Record
from shared.systems.connectwise_psa.reference import MEMBERS
from shared.systems.moovila import Moovila

LATE = timedelta(minutes=5)
"""How far before the last sync a ticket counts as changed since: clocks of two systems differ."""

CW_PATHS: Mapping[str, tuple[str, type[Record]]] = {
    PROJECT: (psa.PROJECTS, psa.PlannedProject),
    PHASE: (psa.PHASES, psa.PlannedPhase),
    TICKET: (psa.TICKETS, psa.PlannedTicket),
    PROJECT_NOTE: (psa.NOTES, psa.ProjectNote),
    NOTE: (psa.TICKET_NOTES, psa.ProjectTicketNote),
    TIME: (psa.TIME, psa.MarkedTimeEntry),
    SCHEDULE: (psa.SCHEDULE, psa.ScheduleEntry),
}
"""By kind, where ConnectWise has its records, below the project or ticket that they are in for phases and notes."""

MOOVILA_MODELS: Mapping[str, type[moovila.Record]] = {
    PROJECT: moovila.Project,
    PHASE: moovila.Phase,
    TICKET: moovila.Task,
    PROJECT_NOTE: moovila.Note,
    NOTE: moovila.Note,
    TIME: moovila.TimeEntry,
    SCHEDULE: moovila.ScheduledEvent,
}


@dataclass
class Gathered:
    """The records of one project, by address.

    `unread` are the tickets whose notes were not read, since nothing changed.
    """

    records: dict[Ref, Any_] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def add(self, records: Iterable[Any_]) -> None:
        self.records |= {ref_of(one): one for one in records}


class Reader:
    """Reads projects and what is in them; people are read once."""

    def __init__(self, cw: Psa, partner: Moovila, settings: ProjectSettings) -> None:
        self.cw, self.partner = cw, partner
        self._settings = settings
        self._people: People | None = None
        self.listed: dict[str, psa.PlannedProject] = {}
        """ConnectWise's projects as a run came across them, so that it need not ask for each anew."""

    @property
    def people(self) -> People:
        """Who is who in both systems, whether active or not: what people did stays theirs."""
        if self._people is None:
            members = self.cw.records(MEMBERS, None, Member)
            users = self.partner.records(moovila.User)
            self._people = People.of(
                (Person(one.key, one.emails, one.full_name or one.identifier) for one in members),
                (Person(one.key, (one.email,), one.name) for one in users),
            )
        return self._people

    # One record

    def record(self, ref: Ref, within: str = "") -> Any_ | None:
        """One record; None only after a 404. `within` is the project or ticket of what ConnectWise keeps below it."""
        found: object
        if ref.side == "partner":
            found = self.partner.record(MOOVILA_MODELS[ref.kind], ref.id)
        else:
            path, model = CW_PATHS[ref.kind]
            found = self.cw.record(f"{path.format(parent=within)}/{ref.id}", model)
        return found  # type: ignore[return-value]

    # Counterparts

    def counterpart(self, record: Any_) -> Any_ | None:
        """The project of the other side that carries this one's id, or whose id this one carries."""
        if isinstance(record, psa.PlannedProject):
            carried = str(record.custom_field(self._settings.cw_id_field) or "").strip()
            found = self.partner.project(carried) if carried else None
            if found is not None and found.external_id in ("", record.key):
                return found
            there = self.partner.records(moovila.Project, archived=True, external_id=record.key)
            return next((one for one in there if one.external_id == record.key), None)
        assert isinstance(record, moovila.Project)
        if record.external_id.isdigit():
            return self.cw.record(f"{psa.PROJECTS}/{record.external_id}", psa.PlannedProject)
        caption = self._settings.cw_id_field
        carries = all_of(equals("caption", caption), contains("value", record.key))
        ours = self.cw.records(psa.PROJECTS, carries, psa.PlannedProject, of=OF_CUSTOM_FIELDS)
        return next((one for one in ours if str(one.custom_field(caption) or "").strip() == record.key), None)

    # Whole projects

    def team(self, project: str) -> tuple[str, ...]:
        """The members of a ConnectWise project's team."""
        found = self.cw.records(psa.TEAM.format(parent=project), None, psa.TeamMember)
        return tuple(str(one.member.id) for one in found if one.member is not None and one.member.id is not None)

    def projects(self, ids: Sequence[str]) -> dict[str, psa.PlannedProject]:
        """These ConnectWise projects as they were listed; what a run that goes on has not listed is read together."""
        if unlisted := [int(one) for one in ids if one not in self.listed]:
            found = self.cw.records(psa.PROJECTS, is_in("id", unlisted), psa.PlannedProject)
            self.listed |= {one.key: one for one in found}
        return {one: self.listed[one] for one in ids if one in self.listed}

    def phases(self, project: str) -> list[psa.PlannedPhase]:
        return self.cw.records(psa.PHASES.format(parent=project), None, psa.PlannedPhase)

    def project_notes(self, project: str) -> list[psa.ProjectNote]:
        return self.cw.records(psa.NOTES.format(parent=project), None, psa.ProjectNote)

    def notes(self, ticket: str) -> list[psa.ProjectTicketNote]:
        found = self.cw.records(psa.TICKET_NOTES.format(parent=ticket), None, psa.ProjectTicketNote)
        return [one.model_copy(update={"ticket_id": int(ticket)}) for one in found if one.text.strip()]

    def scheduled(self, tickets: Iterable[str]) -> list[psa.ScheduleEntry]:
        """The schedule entries of project tickets."""
        if not (ids := sorted(map(int, tickets))):
            return []
        wanted = all_of(is_in("objectId", ids), equals("type/identifier", psa.PROJECT_SCHEDULE))
        return self.cw.records(psa.SCHEDULE, wanted, psa.ScheduleEntry)

    def ours(self, project: str, into: Gathered) -> None:
        """All of a ConnectWise project but the notes of its tickets."""
        into.add(self.phases(project))
        of_it = is_in("project/id", [int(project)])
        tickets = self.cw.records(psa.TICKETS, of_it, psa.PlannedTicket)
        into.add(tickets)
        into.add(self.project_notes(project))
        times = self.cw.records(psa.TIME, of_it, psa.MarkedTimeEntry)
        known = {one.key for one in tickets}
        into.add(one for one in times if one.ticket_id in known)
        into.add(self.scheduled(known))

    def theirs(self, project: str, into: Gathered) -> None:
        """All of a Moovila project."""
        into.add(self.partner.records(moovila.Phase, project=project))
        into.add(self.partner.records(moovila.Task, project=project))
        into.add(self.partner.records(moovila.Note, project=project))
        into.add(self.partner.records(moovila.TimeEntry, project=project))
        into.add(self.partner.records(moovila.ScheduledEvent, project=project))

    def ticket_notes(self, into: Gathered, states: Mapping[Ref, State], since: datetime | None, terms: Terms) -> None:
        """The notes of those tickets that changed, or on whose tasks a note is new or did: one request for each."""
        wanted: set[str] = set()
        for ref, record in into.records.items():
            state = states.get(ref)
            if isinstance(record, psa.PlannedTicket):
                touched = since is None or record.updated is None or record.updated >= since - LATE
                if touched or not isinstance(state, Link):
                    wanted.add(record.key)
            elif isinstance(record, moovila.Note) and record.task:
                task = states.get(Ref(TICKET, "partner", record.task))
                same = isinstance(state, Link) and state.partner_hash == fields_hash(terms.fields(record))
                if isinstance(task, Link) and not same:
                    wanted.add(task.cw_id)
        tickets = {ref.id for ref in into.records if ref.kind == TICKET and ref.side == "cw"}
        for ticket in sorted(wanted & tickets, key=int):
            into.add(self.notes(ticket))
        into.unread = tickets - wanted


def in_order(records: Mapping[Ref, Any_]) -> Iterator[Ref]:
    """Addresses by kind, parents first, and by id."""
    yield from sorted(records, key=lambda ref: (KINDS.index(ref.kind), ref.side, len(ref.id), ref.id))
