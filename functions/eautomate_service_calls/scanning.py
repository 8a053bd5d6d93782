"""What changed since the last run: calls that somebody opened, then tickets (or invoices), then time.

Calls come first, and a ticket whose number leads a new one is looked at by that call, so that what e-automate has
already is known before anything is made (EA-42). Each call is read when it is new, and remembered by the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from functions.eautomate_service_calls.observing import watched_call
from functions.eautomate_service_calls.situations import TICKET, Job, watched
from functions.eautomate_service_calls.sources import Sources
from shared.sync.clock import moment, stamp
from shared.sync.flow import Page, Sighting
from shared.sync.link import Seen
from shared.sync.ports import Run
from shared.sync.record import Ref
from shared.systems.conditions import Condition, all_of, at_least, changed_since, is_in
from shared.systems.connectwise_psa import ProjectTicket, Ticket, TimeEntry, WorkInvoice
from shared.systems.connectwise_psa.tickets import INVOICES, PROJECT_TICKETS, SERVICE_TICKETS, TIME_ENTRIES
from shared.systems.eautomate import Call, CallRow

FIRST_LOOK = timedelta(days=30)
"""How far back the first run looks for calls that exist already, where no first day is set."""

AN_HOUR = timedelta(hours=1)
"""What local time repeats when summer ends."""

FOUND = 15_000
"""Numbers of new calls that a run keeps in mind; more do not fit into the message that hands it over."""

CALLS = 25
"""Calls read in one step: each is a request of its own."""


class Scanning:
    """Reads one connection's sources page by page."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lists: dict[str, Sequence[CallRow]] = {}

    def page(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """The page at this place; None is the beginning. A comprehensive run reads all that is of interest."""
        page = page or self._beginning(run, cursor)
        since = None if run.mode == "comprehensive" else cursor.get("psa")
        match page["part"]:
            case "calls":
                return self._calls(page)
            case "time":
                return self._time(page, moment(since or cursor.get("psa") or stamp(run.started)))
            case part:
                return self._jobs(page, part, moment(since) if since else None)

    def _beginning(self, run: Run, cursor: Mapping[str, str]) -> dict[str, Any]:
        """The next run reads from here, by each system's own clock; calls from where the last one stopped, always."""
        eautomate = self._sources.eautomate
        since = cursor.get("calls") or eautomate.server_clock.local(self._first_look(run))
        rows, timestamp = eautomate.calls.changed(since)
        self._lists[since] = rows
        psa = self._sources.psa.cursor()
        return {"part": "calls", "after": 0, "since": since, "found": [], "cursor": {"psa": psa, "calls": timestamp}}

    def _first_look(self, run: Run) -> datetime:
        first = self._sources.settings.first_day
        return datetime.combine(first, time(), UTC) if first else run.started - FIRST_LOOK

    # Calls that exist already

    def _calls(self, page: dict[str, Any]) -> Page:
        since = page["since"]
        if since not in self._lists:
            self._lists[since], _ = self._sources.eautomate.calls.changed(since)
        begin = _local(since) - AN_HOUR
        new = [row for row in self._lists[since] if not row.created or _local(row.created) >= begin]
        rows = sorted((row for row in new if int(row.id) > page["after"]), key=lambda row: int(row.id))
        led = self._strangers(rows[:CALLS])
        sightings = [sighting for sighting, _ in led]
        seen = self._sources.links.find([sighting.ref for sighting in sightings])
        news = [call.head for each, call in led if not isinstance(seen.get(each.ref), Seen)]
        page = {**page, "found": [*page["found"], *news][:FOUND]}
        if len(rows) > CALLS:
            return Page(sightings, next={**page, "after": int(rows[CALLS - 1].id)})
        part = "tickets" if self._sources.kind == TICKET else "invoices"
        return Page(sightings, next={**page, "part": part, "after": 0})

    def _strangers(self, rows: Sequence[CallRow]) -> list[tuple[Sighting, Call]]:
        """Calls led by a number that are linked to nothing, unless the ticket of that number has a call."""
        find, kind = self._sources.find, self._sources.kind
        known = find(kind, "partner", [row.id for row in rows])
        read = [self._sources.eautomate.calls.call(row.id) for row in rows if row.id not in known]
        led = [call for call in read if call is not None and call.head and not call.cancel_code]
        have = find(kind, "cw", [call.head for call in led]) if kind == TICKET else {}
        return [
            (Sighting(Ref(kind, "partner", call.id), watched_call(call)), call) for call in led if call.head not in have
        ]

    # Tickets and invoices

    def _jobs(self, page: dict[str, Any], part: str, since: datetime | None) -> Page:
        after, psa = page["after"], self._sources.psa
        if since is None and not self._sources.settings.statuses:
            return Page((), next={**page, "part": "time", "after": 0})
        condition = changed_since(since) if since else self._of_interest(part)
        jobs: list[Job]
        if part == "invoices":
            invoices, ahead = psa.page(INVOICES, condition, WorkInvoice, after)
            jobs = list(map(Job.of_invoice, invoices))
        elif part == "tickets":
            tickets, ahead = psa.page(SERVICE_TICKETS, condition, Ticket, after)
            jobs = list(map(Job.of_ticket, tickets))
        else:
            of_projects, ahead = psa.page(PROJECT_TICKETS, condition, ProjectTicket, after)
            jobs = list(map(Job.of_ticket, of_projects))
        sightings = self._sightings(job for job in jobs if job.number not in page["found"])
        if ahead is not None:
            return Page(sightings, next={**page, "after": ahead})
        following = "project tickets" if part == "tickets" else "time"
        return Page(sightings, next={**page, "part": following, "after": 0})

    def _of_interest(self, part: str) -> Condition:
        """What is looked for where not only news are: those in a status, and since a day, of the settings."""
        settings = self._sources.settings
        parts = [is_in("status/name", settings.statuses)]
        if settings.first_day:
            parts.append(at_least("date" if part == "invoices" else "lastUpdated", settings.first_day))
        return all_of(*parts)

    def _sightings(self, found: Iterable[Job]) -> list[Sighting]:
        jobs = list(found)
        refs = {job.id: Ref(self._sources.kind, "cw", job.id) for job in jobs}
        states = self._sources.links.find(refs.values())
        charged = self._sources.charged(
            [job for job in jobs if self._sources.of_interest(job, states.get(refs[job.id]))]
        )
        return [
            Sighting(refs[job.id], watched(job, charged[job.id].entries, charged[job.id].products))
            if job.id in charged
            else Sighting(refs[job.id], watched(job, None))
            for job in jobs
        ]

    # Time, since a ticket may not say that its time was changed

    def _time(self, page: dict[str, Any], since: datetime) -> Page:
        entries, ahead = self._sources.psa.page(TIME_ENTRIES, changed_since(since), TimeEntry, page["after"])
        if self._sources.kind == TICKET:
            ids = {entry.ticket_id for entry in entries}
        else:
            ids = {str(entry.invoice.id) for entry in entries if entry.invoice and entry.invoice.id}
        jobs = self._sources.jobs(ids - {""}).values()
        sightings = self._sightings(job for job in jobs if job.number not in page["found"])
        if ahead is not None:
            return Page(sightings, next={**page, "after": ahead})
        return Page(sightings, cursor=page["cursor"])


def _local(text: str) -> datetime:
    """A local time of e-automate's, or one of its TimeStamps."""
    return datetime.fromisoformat(text).replace(tzinfo=None)
