"""What a decision about a project needs, read and frozen: the tree of its records, each with its place in it.

Both sides' fields are in one language: dates are days, people are the e-mail addresses by which both sides know them,
statuses are Moovila's categories, and other records of the tree go by their *word* (see `Node.word`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Any

from functions.moovila_projects.settings import ProjectSettings
from shared.partners.moovila import NOBODY, People
from shared.sync.flow import Situation
from shared.sync.link import Link, Pair
from shared.sync.names import MOOVILA, PSA
from shared.sync.needed import Found
from shared.sync.record import SIDES, Fields, Ref, Side

PROJECT, PHASE, TICKET = "project-project", "phase-phase", "ticket-task"
PROJECT_NOTE, NOTE, TIME, SCHEDULE = "project-note", "ticket-note", "time-time", "schedule-event"
KINDS = (PROJECT, PHASE, TICKET, PROJECT_NOTE, NOTE, TIME, SCHEDULE)
"""Every kind of pair in a tree, parents before children."""

NOUNS: Mapping[str, str] = {
    PROJECT: "project",
    PHASE: "phase",
    TICKET: "ticket",
    PROJECT_NOTE: "note",
    NOTE: "note",
    TIME: "time entry",
    SCHEDULE: "schedule entry",
}

WRITTEN: Mapping[str, Mapping[Side, str]] = {
    PROJECT: {"cw": "project", "partner": "project"},
    PHASE: {"cw": "phase", "partner": "phase"},
    TICKET: {"cw": "project_ticket", "partner": "task"},
    PROJECT_NOTE: {"cw": "project_note", "partner": "note"},
    NOTE: {"cw": "project_ticket_note", "partner": "note"},
    TIME: {"cw": "time_entry", "partner": "time_entry"},
    SCHEDULE: {"cw": "schedule_entry", "partner": "scheduled_event"},
}
"""What each side's adapter calls the records of a pair."""

SYSTEMS: Mapping[Side, str] = {"cw": PSA, "partner": MOOVILA}
OTHER: Mapping[Side, Side] = {"cw": "partner", "partner": "cw"}
UNLINKED = "moovila:"
"""Begins the word for a Moovila record that ConnectWise has not got yet; others are called by ConnectWise's id."""

WITHIN: Mapping[str, tuple[str, str]] = {PHASE: ("parent", PHASE), TICKET: ("phase", PHASE)}
"""By kind, the field that says in which other record of the tree it is, and that record's kind; it can be moved."""

NAMES_ONE: Mapping[str, str] = {"parent": PHASE, "phase": PHASE, "on": TICKET}
"""The fields that name another record of the tree by its word, with its kind; `dependencies` name tickets."""


def word_of(ids: Mapping[Side, str]) -> str:
    """How other records of the tree say that they belong to the one with these ids."""
    return ids["cw"] if "cw" in ids else f"{UNLINKED}{ids['partner']}"


@dataclass(frozen=True)
class Node:
    """One record of the tree: its pair, and its ids on the sides where it is there.

    `ticket` is the word of the ticket on which a note, time or schedule entry stands. `found` says by what an unlinked
    pair that both sides have was found, `made` that an earlier try of ours made the one for the other, so that the
    home's values stand. `listed`: it was there on one side only when two projects were joined, so that a person is
    asked before the other side gets it. `board` and `status` are ConnectWise's own words for where it stands, if it has
    a status. `rest` are a task's assignees beside the one who counts, by Moovila's ids; `strangers` the people whom
    the other side lacks, by the side that knows them. `elsewhere` says into which other project it was moved.
    """

    pair: Pair
    ids: Mapping[Side, str]
    ticket: str = ""
    found: str = ""
    made: bool = False
    listed: bool = False
    board: str = ""
    status: str = ""
    rest: tuple[str, ...] = ()
    strangers: tuple[tuple[Side, str], ...] = ()
    elsewhere: str = ""

    @property
    def home(self) -> Ref:
        return self.pair.home

    @property
    def kind(self) -> str:
        return self.pair.home.kind

    @property
    def noun(self) -> str:
        return NOUNS[self.kind]

    @property
    def name(self) -> str:
        return self.pair.name or f"{self.noun} {self.home.id}"

    @property
    def word(self) -> str:
        """What the rest of the tree calls it: by ConnectWise's id, also of one that is gone there."""
        link = self.pair.link
        return link.cw_id if link is not None else word_of(self.ids)

    @property
    def both(self) -> bool:
        return len(self.ids) == len(SIDES)

    @property
    def gone(self) -> bool:
        """Whether a linked record is no more on one side, or on both."""
        return self.pair.link is not None and not self.both


@dataclass(frozen=True, kw_only=True)
class Tree(Situation):
    """A project with all that is in it, on the sides where it is; the project's node is the first, if there is one.

    Only a `comprehensive` look deletes. `people` know who is who, `zone` is that in which days begin. `archived` and
    `closed` are of the project, in Moovila and in ConnectWise; `board` is ConnectWise's, or that of a new one;
    `work_type` and `external_id` are the project's in Moovila, `ended` is since when it is completed or cancelled.
    `client` is the customer, as its own side calls it, and `client_link` by which the other side knows it.
    """

    settings: ProjectSettings
    nodes: tuple[Node, ...] = ()
    comprehensive: bool = False
    people: People = NOBODY
    zone: tzinfo = UTC
    board: str = ""
    archived: bool = False
    closed: bool = False
    work_type: str = ""
    external_id: str = ""
    ended: datetime | None = None
    client: str = ""
    client_link: Found | None = None

    @property
    def root(self) -> Node | None:
        return self.nodes[0] if self.nodes and self.nodes[0].kind == PROJECT else None

    @cached_property
    def by_word(self) -> Mapping[tuple[str, str], Node]:
        """The nodes by kind and word."""
        return {(node.kind, node.word): node for node in self.nodes if node.ids or node.pair.link}

    def above(self, node: Node, fields: Fields) -> Iterable[Node | None]:
        """The records in which a node with these fields is, beside the project; None for one that is not known."""
        name, kind = WITHIN.get(node.kind, ("", ""))
        if name and fields.get(name):
            yield self.by_word.get((kind, str(fields[name])))
        if node.ticket:
            yield self.by_word.get((TICKET, node.ticket))

    def after(self, fields: Fields, links: Mapping[Ref, Link | None]) -> Fields:
        """What a record says once those that it names are linked, and go by ConnectWise's ids."""

        def word(kind: str, said: str) -> str:
            link = links.get(Ref(kind, "partner", said.removeprefix(UNLINKED)))
            return link.cw_id if link is not None and said.startswith(UNLINKED) else said

        told: dict[str, Any] = {name: word(kind, fields[name]) for name, kind in NAMES_ONE.items() if fields.get(name)}
        if fields.get("dependencies"):
            told["dependencies"] = tuple(sorted(word(TICKET, one) for one in fields["dependencies"]))
        return {**fields, **told}

    def of(self, *kinds: str) -> list[Node]:
        return [node for node in self.nodes if node.kind in kinds]
