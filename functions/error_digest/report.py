"""What the digests tell: which issues in which of the two, grouped by cause, and which are only counted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.sync.connection import Connection
from shared.sync.issue import Category, OpenIssue

TITLES: dict[Category, str] = {
    "mapping": "Waiting for a mapping",
    "system": "Keys, settings and systems",
    "refused": "Refused by the other system",
    "review": "For a person to look at",
}
"""The sections, in the order of the mails."""

SHORT = {"CWA", "ID", "PCID"}
"""Parts of codes that people write in capitals."""

PASSING = {"NOT_NOW": timedelta(hours=1), "SCAN_FAILED": timedelta(hours=1)}
"""Troubles that mostly pass by themselves: not told before they are this old."""


@dataclass(frozen=True)
class Digest:
    """One of the mails (EA-38): the issues that it tells, by category, and its words."""

    name: str
    subject: str
    about: str
    categories: tuple[Category, ...]


MAPPING = Digest(
    "mapping",
    "waiting for a mapping",
    "Each of these records goes on within a minute of what it waits for being linked. Nobody needs to touch it.",
    ("mapping",),
)
OTHERS = Digest(
    "others",
    "refused, or for a person to look at",
    "Each of these needs a correction or a decision, as it says. It is tried again by itself.",
    ("system", "refused", "review"),
)
DIGESTS = (MAPPING, OTHERS)
"""What staff can settle by linking, and all the rest: two mails, so that each can go to whom it concerns (EA-38)."""


@dataclass(frozen=True)
class Group:
    """The issues of one cause."""

    category: Category
    code: str
    rows: tuple[OpenIssue, ...]

    @property
    def title(self) -> str:
        """The code in words, and how many issues there are; how many are new, where some were told before."""
        words = " ".join(word if word in SHORT else word.lower() for word in self.code.split("_"))
        new = sum(1 for row in self.rows if not row.times_mailed)
        said = f"{len(self.rows)}, {new} new" if 0 < new < len(self.rows) else f"{len(self.rows)}"
        return f"{words[:1].upper()}{words[1:]} ({said})"

    @property
    def by_fix(self) -> list[tuple[str, list[OpenIssue]]]:
        """What to do, and the issues that it settles: each remedy once, in the order of its first issue."""
        found: dict[str, list[OpenIssue]] = {}
        for row in self.rows:
            found.setdefault(row.issue.fix, []).append(row)
        return list(found.items())


@dataclass(frozen=True)
class Report:
    """One digest: groups in the order of the mail, and how many open issues were muted or told often enough (EA-45)."""

    digest: Digest
    groups: tuple[Group, ...]
    counted: int
    total: int

    def sections(self) -> list[tuple[str, list[Group]]]:
        """The groups under their section's title, empty sections left out."""
        return [
            (title, groups)
            for category, title in TITLES.items()
            if (groups := [group for group in self.groups if group.category == category])
        ]


def reports(connection: Connection, issues: Sequence[OpenIssue], now: datetime) -> list[Report]:
    """The digests of these open issues, those left out in which nothing would be news."""
    found = (_report(connection, digest, issues, now) for digest in DIGESTS)
    return [report for report in found if report]


def _report(connection: Connection, digest: Digest, issues: Sequence[OpenIssue], now: datetime) -> Report | None:
    """An issue is told `report_limit` times, then only counted; it stays open until it is settled (EA-45)."""
    limit = connection.mail.report_limit
    theirs = [open_ for open_ in issues if open_.issue.category in digest.categories]
    known = [open_ for open_ in theirs if now - open_.first_seen >= PASSING.get(open_.issue.code, timedelta())]
    told = [open_ for open_ in known if open_.times_mailed < limit and not open_.muted]
    if not told:
        return None
    order = list(TITLES)
    by_cause: dict[tuple[int, str], list[OpenIssue]] = {}
    for open_ in told:
        by_cause.setdefault((order.index(open_.issue.category), open_.issue.code), []).append(open_)
    groups = tuple(
        Group(order[place], code, tuple(sorted(rows, key=lambda row: row.issue.name.text)))
        for (place, code), rows in sorted(by_cause.items())
    )
    return Report(digest, groups, counted=len(known) - len(told), total=len(known))
