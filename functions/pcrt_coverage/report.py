"""The report of a repair shop's coverage (PC-02): what was synced, what changed, what to settle by hand and how. Pure.

A command prints it; the console's page shows the same. It is made of what the table holds, not of a reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.pcrt_coverage.situations import CLIENT, COMPUTER, GROUP, SUBSCRIPTION
from shared.sync.history import Entry
from shared.sync.issue import OpenIssue
from shared.sync.link import Link, Seen, State
from shared.sync.ports import FlowState
from shared.sync.proposal import Proposal

SECTIONS: tuple[tuple[str, str, str], ...] = (
    (CLIENT, "CLIENT_WITHOUT_GROUP", "Clients with no PCRT group"),
    (CLIENT, "CLIENTS_SHARE_GROUP", "Clients that share a PCRT group"),
    (CLIENT, "CLIENT_GONE", "Clients that Automate has no more"),
    (COMPUTER, "NO_MATCHING_PCID", "Computers with no matching PCID: no PCID has the serial number"),
    (COMPUTER, "SERIAL_ON_BLACKLIST", "Computers with no matching PCID: the serial number says nothing"),
    (COMPUTER, "SERIAL_OF_SEVERAL_PCIDS", "Computers with no matching PCID: several have the serial number"),
    (COMPUTER, "PCID_IN_WRONG_GROUP", "Computers in the wrong group"),
    (COMPUTER, "PCID_IN_NO_GROUP", "Computers not in a group"),
    (COMPUTER, "ASSET_TAG_IS_NO_PCID", "Computers whose Asset Tag is no PCID"),
    (COMPUTER, "NO_CWA_GROUP", "Computers with no CWA group"),
    (COMPUTER, "SEVERAL_CWA_GROUPS", "Computers in several CWA groups"),
    (COMPUTER, "ONE_PCID_TWICE", "Computers that are the same PCID"),
    (COMPUTER, "NEEDLESS_OVERRIDE", "Computers with a needless override"),
    (GROUP, "GROUP_WITHOUT_CWA_SUBSCRIPTION", "Groups without any CWA subscription"),
    (GROUP, "TOO_FEW_SUBSCRIPTIONS", "Groups with too few subscriptions"),
    (SUBSCRIPTION, "SUBSCRIPTION_WITH_WRONG_CWA_GROUP", "Subscriptions with the wrong CWA group"),
    (SUBSCRIPTION, "SUBSCRIPTION_WITHOUT_CWA_GROUP", "Subscriptions without a valid CWA group"),
    (SUBSCRIPTION, "SEVERAL_SUBSCRIPTIONS_OF_ONE_PLAN", "Subscriptions of one plan"),
    (SUBSCRIPTION, "COVERAGE_SHRANK", "Subscriptions that would lose many computers"),
)
"""What is told: of which kind of record, by which code, under which title; in this order."""


@dataclass(frozen=True)
class Row:
    """One record to settle. `fix` is what to do, where that is not the section's own; times are UTC."""

    record: str
    name: str
    url: str
    message: str
    fix: str
    since: datetime
    new: bool
    muted: bool


@dataclass(frozen=True)
class Section:
    """The issues of one code: how many, how many of them are new, and what to do about each."""

    kind: str
    code: str
    title: str
    fix: str
    rows: tuple[Row, ...]

    @property
    def new(self) -> int:
        return sum(1 for row in self.rows if row.new)


@dataclass(frozen=True)
class Change:
    """A list that was rewritten: the PCIDs that came to it and those that left it, when (UTC), by whom and why."""

    subscription: str
    added: tuple[int, ...]
    removed: tuple[int, ...]
    at: datetime
    by: str
    why: str


@dataclass(frozen=True)
class Settled:
    """An issue that is open no more: what it said, and when (UTC) that was found settled."""

    code: str
    record: str
    said: str
    at: datetime


@dataclass(frozen=True)
class Report:
    """The coverage of one connection, and what changed and was settled `since`.

    `clients` are linked with their groups, `waiting` are not, `asked` is what waits for a person's approval. Times are
    UTC; None: never, or not due.
    """

    last_run: datetime | None
    next_run: datetime | None
    paused: str
    clients: int
    waiting: int
    asked: int
    since: datetime
    changes: tuple[Change, ...]
    settled: tuple[Settled, ...]
    sections: tuple[Section, ...]

    @property
    def issues(self) -> int:
        return sum(len(section.rows) for section in self.sections)


def report(
    state: FlowState,
    states: Iterable[State],
    issues: Iterable[OpenIssue],
    proposals: Iterable[Proposal],
    history: Iterable[Entry],
    since: datetime,
) -> Report:
    """The report of one connection; `issues` may be of other flows too, `history` is the flow's since then."""
    theirs = [one for one in issues if one.flow == state.key]
    known, told = list(states), sorted(history, key=lambda one: one.id)
    runs = [at for at in (state.last_delta, state.last_comprehensive) if at]
    return Report(
        last_run=max(runs, default=None),
        next_run=state.due,
        paused=state.paused,
        clients=sum(isinstance(one, Link) for one in known),
        waiting=sum(isinstance(one, Seen) and one.state == "waiting" and one.ref.side == "cw" for one in known),
        asked=sum(one.verdict == "open" for one in proposals),
        since=since,
        changes=tuple(_changes(told)),
        settled=tuple(_settled(told)),
        sections=tuple(_sections(theirs, since)),
    )


def _settled(history: Iterable[Entry]) -> list[Settled]:
    """Each issue that was settled, in the order of time."""
    return [
        Settled(str(entry.before["issue"]), str(entry.record), entry.what.partition(": ")[2], entry.at)
        for entry in history
        if "issue" in entry.before
    ]


def _changes(history: Iterable[Entry]) -> list[Change]:
    """Each rewritten list, in the order of time."""
    found = []
    for entry in history:
        if entry.record.kind != SUBSCRIPTION or "members" not in entry.after:
            continue
        before, after = (frozenset(map(int, fields["members"])) for fields in (entry.before, entry.after))
        found.append(
            Change(
                entry.record.id,
                tuple(sorted(after - before)),
                tuple(sorted(before - after)),
                entry.at,
                entry.by,
                entry.what.partition(". ")[2],
            )
        )
    return found


def _sections(issues: Sequence[OpenIssue], since: datetime) -> list[Section]:
    """Those that have issues; what none of them tells (refused, put off) comes last, under its own code."""
    named = {code: (kind, title) for kind, code, title in SECTIONS}
    others = sorted({one.issue.code for one in issues} - named.keys())
    found = []
    for code in (*named, *others):
        theirs = sorted((one for one in issues if one.issue.code == code), key=lambda one: one.issue.name.text)
        if theirs:
            kind, title = named.get(code, ("", code.replace("_", " ").capitalize()))
            fix = _in_common([one.issue.fix for one in theirs])
            found.append(Section(kind, code, title, fix, tuple(_row(one, fix, since) for one in theirs)))
    return found


def _in_common(fixes: Sequence[str]) -> str:
    """What to do about each: a proposal for one of them comes before what is the same for all."""
    return min(fixes, key=len)


def _row(open_: OpenIssue, fix: str, since: datetime) -> Row:
    issue = open_.issue
    return Row(
        str(issue.record),
        issue.name.text,
        issue.name.url,
        issue.message,
        issue.fix.removesuffix(fix).strip(),
        open_.first_seen,
        open_.first_seen >= since,
        bool(open_.muted),
    )
