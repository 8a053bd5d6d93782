"""What changed on either side since the last run, a list and a page at a time; a comprehensive run reads everything.

A delta run reads lists over all projects only. What ConnectWise lists for one project at a time (phases, team, notes)
is compared by the comprehensive run, and by every look at the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.moovila_projects.gathering import CW_PATHS, MOOVILA_MODELS
from functions.moovila_projects.observing import Sources
from functions.moovila_projects.reading import Any_, project_of, ref_of, ticket_of
from functions.moovila_projects.situations import NOTE, PHASE, PROJECT, PROJECT_NOTE, SCHEDULE, TICKET, TIME
from shared.sync.clock import moment
from shared.sync.flow import Page, Sighting
from shared.sync.link import Link, Seen, State, unchanged
from shared.sync.names import MOOVILA, PSA
from shared.sync.ports import Run
from shared.sync.record import SIDES, Ref, Side, fields_hash
from shared.systems.conditions import all_of, changed_since, equals
from shared.systems.connectwise_psa import planning as psa

LISTS: Sequence[tuple[Side, str]] = (
    ("cw", PROJECT), ("cw", TICKET), ("cw", TIME), ("cw", SCHEDULE),
    ("partner", PROJECT), ("partner", PHASE), ("partner", TICKET), ("partner", NOTE), ("partner", TIME),
    ("partner", SCHEDULE),
)  # fmt: skip
"""The lists over all projects, by side and kind; Moovila's notes are those of projects as well."""

AT_ONCE = 20
"""Of so many projects one step of a comprehensive run reads what has no list over all of them."""

TOUCHED = 5
"""Of a project in which more tickets were touched, but not changed, the notes are read by a look at all of it."""


@dataclass(frozen=True)
class Scanning:
    """The steps of one run under the revision `rules`. A position says which lists are `left`, from behind which record
    the first one is read on (`after`), and of which `projects` the parts are read before that.
    """

    sources: Sources
    run: Run
    cursor: Mapping[str, str]
    rules: str

    def page(self, position: dict[str, Any] | None) -> Page:
        position = position or self._begin()
        if position["projects"]:
            now, later = position["projects"][:AT_ONCE], position["projects"][AT_ONCE:]
            records = self.sources.reader.projects(position["projects"])
            sightings = [one for project in now if project in records for one in _whole(self.sources, records[project])]
            return self._on({**position, "projects": later}, sightings)
        side, kind = position["left"][0]
        found, after = self._read(side, kind, position.get("after"))
        going = {**position, "after": after, "left": position["left"] if after else position["left"][1:]}
        sightings, projects = self._sightings(side, kind, found)
        return self._on({**going, "projects": projects}, sightings)

    def _begin(self) -> dict[str, Any]:
        reader = self.sources.reader
        cursor = {PSA: reader.cw.cursor(), MOOVILA: reader.partner.cursor()}
        return {"left": [list(one) for one in LISTS], "projects": [], "cursor": cursor}

    def _on(self, position: dict[str, Any], sightings: Sequence[Sighting]) -> Page:
        if position["left"] or position["projects"]:
            return Page(sightings, next=position)
        return Page(sightings, cursor=position["cursor"])

    def _since(self, system: str) -> Any:
        since = self.cursor.get(system) if self.run.mode == "delta" else None
        return moment(since) if since else None

    def _read(self, side: Side, kind: str, after: Any) -> tuple[list[Any_], Any]:
        reader = self.sources.reader
        found: Any
        if side == "partner":
            found = reader.partner.page(MOOVILA_MODELS[kind], after, since=self._since(MOOVILA), archived=True)
            return found  # type: ignore[no-any-return]
        path, model = CW_PATHS[kind]
        since = self._since(PSA)
        wanted = [changed_since(since)] if since else []
        if kind == SCHEDULE:
            wanted.append(equals("type/identifier", psa.PROJECT_SCHEDULE))
        elif kind == TIME:
            wanted.append(equals("chargeToType", "ProjectTicket"))
        condition = all_of(*wanted) if wanted else None
        found = reader.cw.page(path, condition, model, after)
        return found  # type: ignore[no-any-return]

    def _sightings(self, side: Side, kind: str, found: list[Any_]) -> tuple[list[Sighting], list[str]]:
        """What records look like whose projects are kept in step; and which of these projects are read on."""
        if not found:
            return [], []
        if kind == PROJECT:
            states = self.sources.links.find(map(ref_of, found))
            linked = [one.key for one in found if isinstance(states.get(ref_of(one)), Link)]
            comprehensive = side == "cw" and self.run.mode == "comprehensive"
            # Whoever is read on is sighted there, since a project's team is a part of it.
            reads = linked if comprehensive else []
            listed = {one.key: one for one in found if isinstance(one, psa.PlannedProject)}
            self.sources.reader.listed |= {key: listed[key] for key in reads}
            return [one for record in found if record.key not in reads for one in self._project(record)], reads
        places = self._places(side, found)
        kept = [one for one in found if ref_of(one) in places]
        terms = self.sources.knowing(kept)
        sightings = [Sighting(ref_of(one), terms.fields(one), scope=places[ref_of(one)]) for one in kept]
        if (side, kind) == ("cw", TICKET) and self.run.mode == "delta":
            sightings += self._notes(sightings)
        return sightings, []

    def _project(self, record: Any_) -> Iterator[Sighting]:
        """A project by itself; of ConnectWise's with its team, unless it is left alone."""
        ref = ref_of(record)
        state = self.sources.links.find([ref]).get(ref)
        kept = isinstance(state, Link) or (isinstance(state, Seen) and state.state == "waiting")
        team = self.sources.reader.team(ref.id) if ref.side == "cw" and kept else None
        yield Sighting(ref, self.sources.terms().fields(record, team), scope=ref)

    def _notes(self, tickets: Sequence[Sighting]) -> Iterator[Sighting]:
        """The notes of tickets that were touched, though nothing that is mapped changed: one may have been added."""
        known = self.sources.links.find(one.ref for one in tickets)
        touched: dict[Ref, list[str]] = {}
        for one in tickets:
            if one.scope and unchanged(known.get(one.ref), "cw", fields_hash(one.fields), self.rules):
                touched.setdefault(one.scope, []).append(one.ref.id)
        for project, ids in touched.items():
            if len(ids) > TOUCHED:
                yield Sighting(project, None, scope=project)
                continue
            notes = [note for ticket in ids for note in self.sources.reader.notes(ticket)]
            terms = self.sources.knowing(notes)
            yield from (Sighting(ref_of(note), terms.fields(note), scope=project) for note in notes)

    def _places(self, side: Side, found: Sequence[Any_]) -> Mapping[Ref, Ref]:
        """By record the project that it is in, if that is linked."""
        if any(isinstance(one, psa.ScheduleEntry) for one in found):
            tickets = {one: Ref(TICKET, "cw", ticket_of(record)) for record in found if (one := ref_of(record))}
            known = self.sources.links.find(set(tickets.values()))
            return {one: scope for one, ticket in tickets.items() if (scope := _scope(known.get(ticket)))}
        projects = {ref_of(one): Ref(PROJECT, side, project_of(one)) for one in found if project_of(one)}
        states = self.sources.links.find(set(projects.values()))
        return {one: state.ref("cw") for one, ref in projects.items() if isinstance(state := states.get(ref), Link)}


def seen(sources: Sources, ref: Ref) -> list[Sighting]:
    """A record with what a callback for it may be of: in ConnectWise, what is below it and has none of its own."""
    record = sources.reader.record(ref)
    if record is None:
        return []
    if isinstance(record, psa.PlannedProject):
        return list(_whole(sources, record))
    found = [record, *(sources.reader.notes(record.key) if isinstance(record, psa.PlannedTicket) else ())]
    terms = sources.knowing(found)
    return [Sighting(ref_of(one), terms.fields(one)) for one in found]


def _whole(sources: Sources, project: psa.PlannedProject) -> Iterator[Sighting]:
    """A linked ConnectWise project with what has no list over all projects."""
    reader, scope = sources.reader, ref_of(project)
    yield Sighting(scope, sources.terms().fields(project, reader.team(project.key)), scope=scope)
    parts: list[Any_] = [*reader.phases(project.key), *reader.project_notes(project.key)]
    terms = sources.knowing(parts)
    yield from (Sighting(ref_of(one), terms.fields(one), scope=scope) for one in parts)


def _scope(state: State | None) -> Ref | None:
    return state.scope if isinstance(state, Link) else None


SWEEPS: Sequence[tuple[str, Side]] = (
    *((kind, side) for kind in (PROJECT, PHASE, TICKET, PROJECT_NOTE, TIME, SCHEDULE) for side in SIDES),
    (NOTE, "partner"),
)
"""What a comprehensive run lists completely: all but ConnectWise's notes of tickets, which are read of changed ones."""
