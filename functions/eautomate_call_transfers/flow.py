"""The call transfer flow, as the engine knows it: e-automate's calls become ConnectWise's tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.eautomate_call_transfers.observing import Sources, situations
from functions.eautomate_call_transfers.preflight import check_transfers
from functions.eautomate_call_transfers.rights import RIGHTS
from functions.eautomate_call_transfers.rules import decide
from functions.eautomate_call_transfers.settings import TransferSettings
from functions.eautomate_call_transfers.situations import (
    FLOW as NAME,
)
from functions.eautomate_call_transfers.situations import (
    KIND,
    TransferCall,
    TransferSituation,
    call_ref,
    watched_ticket,
)
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.link import Link, State
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref, fold
from shared.systems.connectwise_psa import Ticket
from shared.systems.eautomate import Call, CallRow

CHUNK = 50
"""Calls looked at in one step of a scan: each is a request of its own."""

GONE: Mapping[str, bool] = {"gone": True}
"""What is seen of a linked ticket that is not there any more: it hashes as no ticket does."""


class EautomateCallTransfers(Flow[TransferSituation]):
    """CEO Juice's ID912: one way, from e-automate to ConnectWise, but for the hold."""

    name = NAME
    Settings = TransferSettings
    systems = ("connectwise_psa", "eautomate")
    revision = 1
    kinds = (KIND,)

    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)
        self._listed: dict[str | None, tuple[list[CallRow], frozenset[str], str]] = {}

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """The calls that changed; a comprehensive run reads besides every open call that it knows nothing of.

        What changed since the last run is read by every run: a list of changes is complete, also after a pause, so
        that a known call that is not in it need not be asked for.
        """
        everything = run.mode == "comprehensive"
        rows, changed, timestamp = self._list(cursor.get("eautomate"), everything=everything)
        # The cursor is the first reading's: what changes while we read on is read again by the next run.
        page = {"after": 0, "cursor": timestamp, **(page or {})}
        part = [row for row in rows if int(row.id) > page["after"]][:CHUNK]
        sightings = list(self._sightings(part, changed, everything=everything))
        if len(part) == CHUNK:
            return Page(sightings, next={**page, "after": int(part[-1].id)})
        return Page(sightings, cursor={"eautomate": page["cursor"]})

    def _list(self, since: str | None, *, everything: bool) -> tuple[list[CallRow], frozenset[str], str]:
        """The rows to go through by id, which of them changed, and the next cursor; asked for once in a process."""
        if since not in self._listed:
            calls = self._sources.eautomate.calls
            changed, timestamp = calls.changed(since) if since else ([], "")
            all_open, now = calls.changed(None, only_open=True) if everything or not since else ([], "")
            rows = {row.id: row for row in (*all_open, *changed)}
            ids = frozenset(row.id for row in changed)
            self._listed[since] = sorted(rows.values(), key=lambda row: int(row.id)), ids, timestamp or now
        return self._listed[since]

    def _sightings(self, rows: Sequence[CallRow], changed: frozenset[str], *, everything: bool) -> Iterator[Sighting]:
        states = self._sources.links.find({call_ref(row.id) for row in rows})
        for row in rows:
            if self._is_news(row, states.get(call_ref(row.id)), row.id in changed):
                call = self._sources.call(row.id)
                if call is not None:
                    yield Sighting(call.ref, call.watched, call.watched)
        if everything:
            yield from self._tickets([state for state in states.values() if isinstance(state, Link)])

    def _is_news(self, row: CallRow, state: State | None, changed: bool) -> bool:
        """Whether the call must be read: it changed, or was never looked at under these settings and rules.

        A call that nobody knows is of interest only in a status in which calls move.
        """
        if state is None:
            return fold(row.status) in map(fold, self._sources.settings.statuses)
        return changed or getattr(state, "rules", self.rules) != self.rules

    def _tickets(self, links: Sequence[Link]) -> Iterator[Sighting]:
        """The tickets of open calls: a list that lacks one proves nothing, but the look that follows asks for it."""
        there = {ticket.key: ticket for ticket in self._sources.tickets("id", (int(link.cw_id) for link in links))}
        for link in links:
            ticket = there.get(link.cw_id)
            if ticket is not None or link.cw_hash:
                yield Sighting(link.ref("cw"), watched_ticket(ticket) if ticket else GONE)

    def observe(self, changes: Sequence[Change]) -> Sequence[TransferSituation]:
        return situations(changes, self._sources)

    def find(self, text: str) -> Iterable[Ref]:
        """The call of this number."""
        call = self._sources.eautomate.calls.call_by_number(text)
        return [call_ref(call.id)] if call else []

    def preflight(self, may: May) -> Iterable[Check]:
        sources = self._sources
        return check_transfers(sources, self.context.connection, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        if isinstance(record, Ticket):
            return watched_ticket(record)
        if isinstance(record, Call):
            return TransferCall.of(record).watched
        return None


FLOW = EautomateCallTransfers
