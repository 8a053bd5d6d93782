"""How steps become requests: one row per kind of record says what Moovila calls each of our fields.

All of it is assumed: a create is a POST to the list under the parent, an update a PATCH of what differs, a delete a
DELETE; a PATCH leaves alone what its body does not name, and null takes a value away. What belongs to a deleted record
goes with it.

**The marker** (promise 2) is `external_id` on every kind of record. Of a project it is documented (the ConnectWise
project's id); that phases, tasks, time entries, scheduled events, notes and reference data have one, too, is assumed.
The result of a lost create is looked for among the records that changed since the intent (`Moovila.records` with
`since`), or among all of its project's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from shared.sync.plan import Step
from shared.systems.moovila.models import (
    Customer,
    CustomerStatus,
    Note,
    NoteCategory,
    Phase,
    Project,
    Record,
    ScheduledEvent,
    Task,
    TimeEntry,
    User,
    WorkType,
)
from shared.systems.moovila.session import checked

ALL = frozenset({"create", "update", "delete"})


@dataclass(frozen=True)
class Kind:
    """One kind of record that steps write: the model of its answers, our fields that are written, and the verbs.

    `project` and `task` of a step for a record that stands under one say where a create puts it; they are not written.
    """

    name: str
    model: type[Record]
    fields: frozenset[str]
    verbs: frozenset[str] = field(default=ALL)

    def list_path(self, fields: Mapping[str, Any]) -> str:
        """The path of the list that takes a new one; ValueError where the step does not name what it stands under."""
        model = self.model
        if not model.above:
            return model.path
        above = "project" if model is Note and not fields.get("task") else model.above
        if not fields.get(above):
            raise ValueError(f"a step for a new {self.name} must name its {above}")
        return f"{above}s/{checked(str(fields[above]))}/{model.path}"

    def written(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """These fields as Moovila takes them; ValueError for a name that the kind does not have."""
        names = [name for name in fields if not (self.model.above and name in ("project", "task"))]
        if unknown := [name for name in names if name not in self.fields]:
            raise ValueError(f"a {self.name} of Moovila's has no fields {unknown} that can be written")
        return {self.model.model_fields[name].alias or name: _written(fields[name]) for name in names}


def _kind(name: str, model: type[Record], *fields: str, verbs: frozenset[str] = ALL) -> Kind:
    return Kind(name, model, frozenset({*fields, "external_id"}), verbs)


_KEPT = frozenset({"create", "update"})

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind(
            "project", Project, "name", "description", "customer", "board", "work_type", "status", "start", "due",
            "manager", "members",
        ),
        _kind("phase", Phase, "parent", "name", "description", "position", "start", "due"),
        _kind(
            "task", Task, "phase", "name", "description", "status", "start", "due", "percent", "planned_hours",
            "dependencies", "assignees",
        ),
        _kind("time_entry", TimeEntry, "user", "work_type", "start", "end", "hours", "notes"),
        _kind(
            "scheduled_event", ScheduledEvent, "resource", "resource_type", "description", "start", "start_time",
            "due", "quantity",
        ),
        _kind("note", Note, "author", "category", "text"),
        _kind("user", User, "active", verbs=frozenset({"update"})),
        _kind("customer", Customer, "name", "status", "active", verbs=_KEPT),
        _kind("customer_status", CustomerStatus, "name", "active", verbs=_KEPT),
        _kind("note_category", NoteCategory, "name", "active", verbs=_KEPT),
        _kind("work_type", WorkType, "name", "active", verbs=_KEPT),
    )
}  # fmt: skip


def kind_of(step: Step) -> Kind:
    """The row for a step; ValueError for a kind or a verb that no flow can mean."""
    kind = KINDS.get(step.kind)
    if kind is None or step.verb not in kind.verbs:
        raise ValueError(f"Moovila cannot {step.verb} a {step.kind}")
    return kind


def _written(value: Any) -> Any:
    """A value as JSON has it: a moment as UTC, a day and a time of day as ISO text."""
    if isinstance(value, (list, tuple)):
        return [_written(one) for one in value]
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else value
