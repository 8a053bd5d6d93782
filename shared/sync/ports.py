"""What the engine needs from the outside, as protocols: the table, the queues, an outside system, the tally.

`shared.aws` and `shared.systems` implement them; the engine imports neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from shared.sync.change import Message
from shared.sync.connection import Connection
from shared.sync.history import Entry
from shared.sync.imported import Imported
from shared.sync.issue import OpenIssue
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.plan import Step
from shared.sync.proposal import Proposals
from shared.sync.record import FlowKey, Ref
from shared.sync.turns import Mode, Turn


@dataclass(frozen=True)
class Run:
    """One scan under way, claimed until `expires`. `rules` is the revision of settings and rules it began with."""

    id: str
    mode: Mode
    started: datetime
    expires: datetime
    rules: str = ""


@dataclass(frozen=True)
class FlowState:
    """Where one flow of one connection stands. Times are UTC; None means never, or not due.

    `cursor` says per source how far it was read (in that system's own words); `rules` is the revision of settings and
    rules under which the last comprehensive scan finished; `paused` says why, if it is, and `paused_by` which person
    did it, if it was not the engine. `started` names the settings with which a person started it, where it must be.
    `counts` are of the last run.
    """

    key: FlowKey
    cursor: Mapping[str, str] = field(default_factory=dict)
    run: Run | None = None
    last_delta: datetime | None = None
    last_comprehensive: datetime | None = None
    due: datetime | None = None
    paused: str = ""
    paused_by: str = ""
    rules: str = ""
    started: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Due:
    """Something whose time has come: a flow's scan (`ref` None), another look at a record, or a scope's `turn`."""

    flow: FlowKey
    at: datetime
    ref: Ref | None = None
    occasion: str = ""
    turn: bool = False


class Links(Protocol):
    """Links, intents and records seen. All reads are consistent."""

    def find(self, key: FlowKey, refs: Iterable[Ref]) -> dict[Ref, State]:
        """What is known of each of these records (those unknown are absent). A link is found from either side."""
        ...

    def intend(self, key: FlowKey, intent: Intent) -> None:
        """Writes an intent; Conflict if the record has a link or an intent already (a `Seen` gives way)."""
        ...

    def link(self, key: FlowKey, link: Link, *, intent: Intent | None = None, entry: Entry | None = None) -> None:
        """Makes a link, in one transaction with the end of its intent and its history entry.

        Conflict if either record is in a link already, or if the intent is no longer the one given.
        """
        ...

    def settle(self, key: FlowKey, link: Link, *, read: int) -> None:
        """Replaces the link whose revision is still `read`; Conflict if it is not."""
        ...

    def unlink(self, key: FlowKey, link: Link, *, entry: Entry | None = None, apart: bool = False) -> None:
        """Removes the link as read (by its revision), both ends in one transaction; Conflict if it changed.

        What was held stays held, on either side. `apart`: both remember from whom they were parted (`Seen.parted`).
        """
        ...

    def remember(self, key: FlowKey, seen: Seen) -> None:
        """Keeps half a link; does nothing where a link or an intent stands by now, and nothing to a hold."""
        ...

    def hold(self, key: FlowKey, ref: Ref, held: str, *, link: Link | None = None, entry: Entry) -> None:
        """Cancels a record, for the reason `held`, or lets it go on (""): with its history entry, in one transaction.

        `link` is its link as read, if it has one. While it is held, no intent and no link of it can be written.
        Conflict if the link changed, or if there is a link or an intent by now.
        """
        ...

    def forget_intent(self, key: FlowKey, intent: Intent) -> None:
        """Removes this very intent, whose create is known not to have happened; Conflict if it is another's."""
        ...

    def all_links(self, key: FlowKey) -> Iterable[Link]:
        """Every link of a flow, for pages and exports."""
        ...

    def of_scope(self, key: FlowKey, scope: Ref) -> Iterable[Link]:
        """The links of the parts of one tree or set, as they are now; one that came just now may be missing."""
        ...

    def everything(self, key: FlowKey) -> Iterable[State]:
        """Every link, intent and record seen of a flow, for a person's questions."""
        ...


class Issues(Protocol):
    """Open issues and those who wait on links."""

    def of_scope(self, key: FlowKey, scope: Ref) -> Sequence[OpenIssue]: ...

    def of_connection(self, connection: str) -> Sequence[OpenIssue]: ...

    def keep(self, issue: OpenIssue) -> None:
        """Writes the issue and, before it, a waiter under each link it waits on."""
        ...

    def close(self, issue: OpenIssue) -> None:
        """Removes the issue and its waiters."""
        ...

    def waiting_on(self, key: FlowKey, refs: Iterable[Ref]) -> Sequence[OpenIssue]:
        """The open issues (of any flow of the connection) that wait for one of these records to be linked."""
        ...

    def make_due(self, issue: OpenIssue, at: datetime) -> None:
        """Sets when the issue is tried again, if it is still open."""
        ...

    def mailed(self, issues: Sequence[OpenIssue], at: datetime) -> None:
        """Counts one more mailing of each of these issues that is still open."""
        ...

    def mute(self, issue: OpenIssue, by: str) -> None:
        """Keeps an issue, if it is still open, out of the mail from now on; `by` is who said so ("" ends it)."""
        ...


class Flows(Protocol):
    """Connections and the state of their flows."""

    def connection(self, connection: str) -> Connection | None: ...

    def connections(self) -> Sequence[Connection]: ...

    def put_connection(self, connection: Connection) -> None: ...

    def state(self, key: FlowKey) -> FlowState:
        """The flow's state, read consistently; an empty one where there is none yet."""
        ...

    def claim(self, key: FlowKey, run: Run, now: datetime) -> bool:
        """Begins a run unless another one's claim still holds; claiming the same run again is no conflict."""
        ...

    def extend(self, key: FlowKey, run: str, until: datetime) -> bool:
        """Keeps the claim of a run; False if the run is no longer the current one."""
        ...

    def finish(
        self,
        key: FlowKey,
        run: Run,
        *,
        cursor: Mapping[str, str],
        at: datetime,
        due: datetime,
        counts: Mapping[str, int],
    ) -> bool:
        """Ends a run and moves the cursor, in one write; False if the run is no longer the current one."""
        ...

    def abandon(self, key: FlowKey, run: Run, *, due: datetime) -> None:
        """Ends a run that failed: the cursor stays where it was."""
        ...

    def set_due(self, key: FlowKey, due: datetime) -> None: ...

    def start(self, key: FlowKey, document: str, now: datetime) -> None:
        """Keeps with which settings a person has started the flow, and lets it go on if the engine had paused it."""
        ...

    def pause(self, key: FlowKey, reason: str, *, by: str = "") -> bool:
        """Pauses the flow, for a reason: it is not due any more, and a run under way is ended.

        `by` is the person who did; what a person paused, the engine (no `by`) leaves as it is. Returns whether it
        changed anything.
        """
        ...

    def resume(self, key: FlowKey, now: datetime, *, by: str = "") -> bool:
        """Lets a paused flow go on: due `now`, with a comprehensive scan first (`rules` is cleared).

        What a person paused, only a person (`by`) lets go on. Returns whether it changed anything.
        """
        ...

    def due(self, now: datetime) -> Iterable[Due]:
        """Every flow state, issue, intent, link and turn whose time has come, oldest first (from the `due` index)."""
        ...


class KeptTurns(Protocol):
    """The turns of scopes (ADR-0015). All reads but that of what is due are consistent."""

    def find(self, key: FlowKey, scopes: Iterable[Ref]) -> dict[Ref, Turn]:
        """The turns of these scopes, as far as there are any."""
        ...

    def put(self, key: FlowKey, turn: Turn) -> Turn:
        """Writes the turn that was read in `turn.revision`, and returns it as it is now; Conflict if it changed."""
        ...

    def remove(self, key: FlowKey, turn: Turn) -> None:
        """Removes the turn as it was read; Conflict if it changed."""
        ...

    def of_flow(self, key: FlowKey) -> Iterable[Turn]:
        """Every turn of a flow, for lists."""
        ...


class Journal(Protocol):
    """History."""

    def record(self, entries: Sequence[Entry]) -> None: ...

    def of_record(self, key: FlowKey, record: Ref) -> Sequence[Entry]: ...

    def of_flow(self, key: FlowKey, since: datetime) -> Sequence[Entry]: ...


class Leases(Protocol):
    """Short claims and the pace of tenants."""

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether the lease is now `holder`'s until `until` (also when it was already)."""
        ...

    def release(self, name: str, holder: str) -> None: ...

    def held(self, name: str, now: datetime) -> bool:
        """Whether anybody holds the lease."""
        ...

    def all_held(self, names: Iterable[str], now: datetime) -> frozenset[str]:
        """Those of these leases that anybody holds, asked for together."""
        ...

    def pace(self, pace_key: str, now: datetime) -> datetime | None:
        """Until when this tenant wants no requests; None if it takes them."""
        ...

    def slow_down(self, pace_key: str, until: datetime) -> None: ...


class Store(Protocol):
    """The one table, by what is kept in it."""

    links: Links
    issues: Issues
    flows: Flows
    journal: Journal
    leases: Leases
    proposals: Proposals
    turns: KeptTurns
    imported: Imported


class Queue(Protocol):
    """The flows' FIFO queues."""

    def send(self, messages: Sequence[Message]) -> None:
        """Puts each message into its flow's queue; returns only when all are accepted (RetryLater otherwise)."""
        ...

    def hand_back(self, flow: str, receipt: str, seconds: int) -> None:
        """Makes a received message visible again after so many seconds."""
        ...


@dataclass(frozen=True)
class Applied:
    """What a step came to: the record's id, and the record as the other side returned it (None: it returned none)."""

    id: str
    record: object | None = None


@dataclass(frozen=True)
class File:
    """A file as one system gives it and another takes it; `type` is its media type."""

    name: str
    content: bytes = field(repr=False)
    type: str = "application/octet-stream"


@runtime_checkable
class GivesFiles(Protocol):
    """A system that has files: the `file` of an `attach` step names it, and the record there."""

    def download(self, record_id: str) -> File:
        """The file of a record."""
        ...


@runtime_checkable
class TakesFiles(Protocol):
    """A system to whose records files can be attached."""

    def attach(self, step: Step, file: File) -> Applied:
        """Carries out one `attach` step, once."""
        ...


class System(Protocol):
    """An outside system's adapter, as the engine sees it. Each has typed reads of its own for its flows."""

    @property
    def name(self) -> str:
        """e.g. `connectwise_psa`: the `system` of its steps and the middle of its secret's name."""
        ...

    @property
    def pace_key(self) -> str:
        """`{host}#{company}`: whom a 429 concerns."""
        ...

    def apply(self, step: Step) -> Applied:
        """Carries one step out, once; errors are those of `shared.sync.errors`."""
        ...

    def check(self) -> None:
        """Asks whether the keys are accepted, with the secret read anew; CredentialsRefused if they are not."""
        ...

    def may_read(self, what: str) -> None:
        """Reads as little as can be of a path or operation; ConfigurationWrong where that is not allowed."""
        ...

    def server_time(self) -> datetime:
        """The system's own clock, in UTC: what intents and cursors are measured by."""
        ...


class Tally(Protocol):
    """Where counts go: one call per batch, whatever it did."""

    def batch(self, key: FlowKey, counts: Mapping[str, int]) -> None: ...

    def malformed(self, flow: str, message: str, faults: str) -> None:
        """A message (its id) that nobody can read; `faults` names what is wrong with it, never its content."""
        ...
