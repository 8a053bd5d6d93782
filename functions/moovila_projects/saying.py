"""Fields by our words, and what each side's adapter is handed in their place: records and people by their ids there.

Pure. A plan, the history and the settings call a field by our name; `Step.instead` has the adapter's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from functions.moovila_projects import categories
from functions.moovila_projects.situations import (
    NAMES_ONE,
    NOTE,
    PHASE,
    PROJECT,
    PROJECT_NOTE,
    SCHEDULE,
    TICKET,
    TIME,
    Node,
    Tree,
)
from shared.sync.plan import Created
from shared.sync.record import Fields, Side
from shared.systems.connectwise_psa.planning import PROJECT_SCHEDULE
from shared.systems.connectwise_psa.tickets import PROJECT as CHARGED_TO

Id = str | Created
Resolve = Callable[[str, str, Side], Id | None]
"""The id that a record (its kind and its word) has on a side, or gets from an earlier step; None where it has none."""

LIMIT = 100
"""Characters that ConnectWise takes for the names of projects, phases and tickets; longer ones are cut, and told."""

NAMES: Mapping[tuple[str, Side], Mapping[str, str]] = {
    (PROJECT, "partner"): {"person": "manager", "team": "members"},
    (TICKET, "partner"): {"person": "assignees", "hours": "planned_hours"},
    (TIME, "partner"): {"worked": "start", "person": "user", "text": "notes"},
    (SCHEDULE, "partner"): {"person": "resource", "hours": "quantity", "text": "description"},
    (PROJECT, "cw"): {"person": "manager", "due": "end"},
    (PHASE, "cw"): {"due": "deadline"},
    (TICKET, "cw"): {"name": "summary", "person": "owner", "hours": "budget_hours"},
    (TIME, "cw"): {"worked": "start", "person": "member", "text": "notes"},
    (SCHEDULE, "cw"): {"person": "member", "text": "name"},
}
"""By kind and side what the adapter calls our fields, where it calls them otherwise."""


@dataclass
class Said:
    """What is written: `fields` by our words, and what the adapter is handed `instead`, by field."""

    fields: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, Fields] = field(default_factory=dict)


def said(tree: Tree, node: Node, side: Side, fields: Fields, whole: Fields, resolve: Resolve) -> Said:
    """What to write for these fields; those that the side has no word for (yet) are left out.

    `whole` is all that will be said of the record.
    """
    told = Said()
    names = NAMES.get((node.kind, side), {})
    for name, value in fields.items():
        handed = _handed(tree, node, side, name, value, whole, resolve)
        if handed is None:
            continue
        told.fields[name] = value
        handed = {names.get(name, name) if one == name else one: what for one, what in handed.items()}
        if handed != {name: value}:
            told.instead[name] = handed
    return told


def placed(tree: Tree, node: Node, side: Side, resolve: Resolve | None = None) -> dict[str, Any]:
    """In what a record is for good, as a step for that side names it: None where that has no id there (yet).

    Without `resolve`, of a record that is there: as far as that is part of its address.
    """
    find = resolve or plainly(tree)
    project = find(PROJECT, tree.root.word, side) if tree.root else None
    ticket = find(TICKET, node.ticket, side)
    if side == "partner":
        return {PHASE: {"project": project}, TICKET: {"project": project}, PROJECT_NOTE: {"project": project}}.get(
            node.kind, {"task": ticket} if node.kind in (NOTE, TIME, SCHEDULE) else {}
        )
    if node.kind in (PHASE, PROJECT_NOTE):
        return {"project_id": project}
    if node.kind == NOTE:
        return {"ticket_id": ticket}
    if resolve is None or node.kind not in (TIME, SCHEDULE):
        return {}
    if node.kind == TIME:
        return {"charged_id": ticket, "charged_to": CHARGED_TO}
    return {"object_id": ticket, "type": PROJECT_SCHEDULE}


def plainly(tree: Tree) -> Resolve:
    """Ids of records as they are now; of one that is gone, the one that it had."""

    def find(kind: str, word: str, side: Side) -> Id | None:
        node = tree.by_word.get((kind, word))
        if node is None:
            return None
        link = node.pair.link
        return node.ids.get(side) or (link.ref(side).id if link is not None else None)

    return find


def status_there(tree: Tree, node: Node, category: str) -> str | None:
    """The ConnectWise status that a category becomes; None where none of the board's is in it."""
    statuses = categories.of_projects(tree.settings) if node.kind == PROJECT else categories.of_tasks(tree.settings)
    return statuses.default(node.board or tree.board, category)


def too_long(fields: Fields) -> bool:
    return len(str(fields.get("name", ""))) > LIMIT


def _handed(
    tree: Tree, node: Node, side: Side, name: str, value: Any, whole: Fields, resolve: Resolve
) -> dict[str, Any] | None:
    """What the side is told for one field: under our name what it calls the value, beside it what goes with that."""
    if name in NAMES_ONE:
        id_ = resolve(NAMES_ONE[name], str(value), side) if value else None
        return None if value and id_ is None else {name: id_}
    if name == "dependencies":
        ids = tuple(id_ for word in value if (id_ := resolve(TICKET, str(word), side)) is not None)
        if value and not ids:
            return None
        # ConnectWise has room for one that must be done before.
        return {name: ids} if side == "partner" else _predecessor(ids)
    if name == "person":
        id_ = tree.people.id_on(side, str(value))
        if side == "partner" and node.kind == TICKET:
            return {name: tuple(filter(None, (id_, *node.rest)))}
        event = {"resource_type": "user"} if (node.kind, side) == (SCHEDULE, "partner") else {}
        return {name: id_ or None, **event}
    if name == "team":
        strangers = [one for where, one in node.strangers if where == side]
        return {name: (*(tree.people.id_on(side, word) for word in value), *strangers)}
    if node.kind == SCHEDULE and name in ("start", "due", "hours"):
        return _event(name, value, whole, tree.zone) if side == "partner" else _entry(name, value, whole, tree.zone)
    if side == "partner":
        return {name: value}
    if name == "status":
        return None if (status := status_there(tree, node, str(value))) is None else {name: status}
    if name == "name":
        return {name: str(value)[:LIMIT]}
    if node.kind == TIME and name in ("worked", "hours") and whole.get("worked"):
        return {name: value, "end": whole["worked"] + _lasting(whole)}
    return {name: value}


def _predecessor(ids: tuple[Id, ...]) -> dict[str, Any]:
    return {"predecessor_type": "Ticket" if ids else None, "predecessor_id": ids[0] if ids else None}


def _event(name: str, value: Any, whole: Fields, zone: tzinfo) -> dict[str, Any]:
    """Moovila has a day, and beside it a time of day, which it wants where there are hours (documented)."""
    if name == "due":
        return {name: value}
    start = whole.get("start")
    clock = time() if whole.get("hours") else None
    day = start
    if isinstance(start, datetime):
        local = start.astimezone(zone)
        day, clock = local.date(), local.time().replace(second=0, microsecond=0)
    return {name: day if name == "start" else value, "start_time": clock}


def _entry(name: str, value: Any, whole: Fields, zone: tzinfo) -> dict[str, Any]:
    """ConnectWise wants to know when work ends: on the day on which it is due, so long after its start as it takes.

    Told nothing of the hours, it takes all that are between the two.
    """
    told = {"start": moment(zone, value)} if name == "start" else {}
    if whole.get("hours"):
        told["hours"] = whole["hours"]
    elif name == "hours":
        told["hours"] = value
    due = whole.get("due")
    if not due:
        return {**told, "end": None}
    start = moment(zone, whole.get("start") or due)
    assert start is not None
    return {
        **told,
        "end": datetime.combine(due, (start + _lasting(whole)).astimezone(zone).time(), zone).astimezone(UTC),
    }


def _lasting(whole: Fields) -> timedelta:
    return timedelta(hours=float(whole.get("hours") or 0))


def moment(zone: tzinfo, value: datetime | date | None) -> datetime | None:
    """A day as a moment: that at which it begins."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), zone).astimezone(UTC)
