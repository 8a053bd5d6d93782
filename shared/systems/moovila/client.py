"""Moovila as flows and engine use it: typed reads, whole lists in parts, and steps carried out.

**The whole REST surface is assumed**: no public API is known (see `models`, `steps`, `session` for their parts). Of
lists is assumed that they are answered as `{"data": [...], "hasMore": true or false}`, in an order that never changes,
and are read on by `?after={id of the last one}&limit=`, whether or not that one is still there; that every sort of
record has a list of its own (`/tasks`) beside that under its parent (`/projects/{id}/tasks`), which takes `projectId`;
and that each takes `externalId`, `updatedSince` and `includeArchived`, without which archived projects and what is in
them are left out. An answer that does not say whether there is more is an error, never the end.

`systems.moovila.company` may name the tenant: a 429 concerns `{host}#{company}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from shared.sync.clock import Clock, stamp
from shared.sync.connection import SystemSettings
from shared.sync.errors import OutcomeUnknown, RetryLater, SyncError
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.http import Answer, Http
from shared.systems.moovila.models import Project, Record
from shared.systems.moovila.session import NAME, Session, checked
from shared.systems.moovila.steps import Kind, kind_of
from shared.systems.rest import Keys, Read, Reader, Request, changed, encoded
from shared.systems.tenant import Tenant

PAGE_SIZE = 1000

_READER = Reader(NAME)

R = TypeVar("R", bound=Record)


class Moovila(Tenant[Session]):
    """One tenant of Moovila's, a `System` of the engine's. Errors are those of `shared.sync.errors`."""

    name: str = NAME
    overlap: ClassVar[timedelta] = timedelta(minutes=2)
    """How far a run reads back before its predecessor began: whether `updatedAt` is set early or late is not known."""

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        super().__init__(Session(settings, keys, clock, http))

    def may_read(self, what: str) -> None:
        """Reads as little of a list (its path) as can be read; ConfigurationWrong where the key has no right to it."""
        self._session.call(Request("GET", what, encoded("", limit="1")))

    # Reads

    def record(self, model: type[R], record_id: str) -> R | None:
        """One record, archived or not; None only where Moovila says that there is none (404)."""
        request = Request("GET", f"{model.path}/{checked(record_id)}")
        answer = self._session.find(request, within=model.path)
        return None if answer is None else self._record(model, request, answer)

    def project(self, record_id: str) -> Project | None:
        """One project, archived or not; None as for any record."""
        return self.record(Project, record_id)

    def page(
        self,
        model: type[R],
        after: str | None = None,
        *,
        project: str = "",
        task: str = "",
        since: datetime | None = None,
        archived: bool = False,
        external_id: str = "",
    ) -> tuple[list[R], str | None]:
        """One page of a list, from behind an id on; and where to read on (None: it was the last one).

        `project` or `task`: only what is in it; RecordRejected (`NotFound`) where the project or task of a nested list
        is gone. `since`: only what was updated then or later. `archived`: archived projects, too, and what is in them.
        `external_id`: only what has this one; whoever asks compares it, should Moovila not know the filter.
        So a scan can stop and go on later. A list that breaks off raises RetryLater; it never ends early.
        """
        path, query = _place(model, project, task)
        query |= {"limit": str(PAGE_SIZE)}
        if since is not None:
            query["updatedSince"] = stamp(since)
        if archived:
            query["includeArchived"] = "true"
        if external_id:
            query["externalId"] = external_id
        if after:
            query["after"] = checked(after)
        request = Request("GET", path, encoded(":", **query))
        answer = self._session.call(request, within=path.partition("/")[0] if "/" in path else "")
        rows, more = _part(request, answer)
        records = [_READER.row(request, row, self._reading(model)) for row in rows]
        ids = [record.id for record in records]
        if len({after, *ids}) <= len(ids):
            raise RetryLater(f"{NAME} answered {request.what} with records twice", system=NAME)
        if more and not records:
            raise RetryLater(f"{NAME} broke off {request.what}: more was announced", system=NAME)
        return records, records[-1].id if more else None

    def records(
        self,
        model: type[R],
        *,
        project: str = "",
        task: str = "",
        since: datetime | None = None,
        archived: bool = False,
        external_id: str = "",
    ) -> list[R]:
        """A whole list, see `page`."""
        found: dict[str, R] = {}
        after: str | None = None
        while True:
            records, after = self.page(
                model, after, project=project, task=task, since=since, archived=archived, external_id=external_id
            )
            ids = {record.id: record for record in records}
            if ids.keys() & found.keys():
                raise RetryLater(f"{NAME} answered GET {model.path} with the same records again", system=NAME)
            found |= ids
            if after is None:
                return list(found.values())

    def _record(self, model: type[R], request: Request, answer: Answer) -> R:
        return _READER.record(request, answer, self._reading(model))

    def _reading(self, model: type[R]) -> Read[R]:
        return lambda row: model.read(row, self._session.site)

    # Writes

    def apply(self, step: Step) -> Applied:
        """Carries a create, an update or a delete out and returns the record as Moovila then has it (none: deleted).

        An update that changes nothing sends nothing; what is gone already is as good as deleted. A step for a new phase
        or task names its `project`, one for a new time entry, scheduled event or note its `task`. RecordRejected
        (`NotFound`) where the record, or what a new one is to stand under, is gone; ValueError for a step that no flow
        can mean.
        """
        kind = kind_of(step)
        if step.verb == "create":
            path = kind.list_path(step.fields)
            within = path.partition("/")[0] if "/" in path else ""
            return self._send(kind, Request("POST", path, body=kind.written(step.fields)), within)
        key = checked(str(step.key))
        path = f"{kind.model.path}/{key}"
        if step.verb == "delete":
            self._session.find(Request("DELETE", path), within=kind.model.path)
            return Applied(key)
        body = kind.written(changed(step))
        if not body:
            return Applied(key)
        return self._send(kind, Request("PATCH", path, body=body), kind.model.path)

    def _send(self, kind: Kind, request: Request, within: str) -> Applied:
        """Sends a write. What it is answered with counts if all that was sent is in it; else the record is read."""
        answer = self._session.call(request, within)
        row = answer.json() if answer.is_json else None
        record_id = row.get("id") if isinstance(row, Mapping) else None
        if record_id is None and request.method == "PATCH":
            record_id = request.path.rpartition("/")[2]
        try:
            if isinstance(row, Mapping) and {"id", *request.body} <= row.keys():
                return _applied(self._record(kind.model, request, answer))
            found = None if record_id is None else self.record(kind.model, str(record_id))
        except (SyncError, ValueError) as error:
            # The write was carried out: whatever goes wrong now must not look as if it was not.
            raise OutcomeUnknown(
                f"{NAME} took {request.what}; what came of it is not known: {error}", system=NAME
            ) from error
        if found is None:
            raise OutcomeUnknown(f"{NAME} took {request.what}, and does not show what came of it", system=NAME)
        return _applied(found)


def _applied(record: Record) -> Applied:
    return Applied(record.key, record)


def _place(model: type[Record], project: str, task: str) -> tuple[str, dict[str, str]]:
    """The path of a list, and what its query must say of where its records are."""
    if task and "task" in model.model_fields:
        return f"tasks/{checked(task)}/{model.path}", {}
    if project and not task and model.above == "project":
        return f"projects/{checked(project)}/{model.path}", {}
    if project and not task and model.above == "task":
        return model.path, {"projectId": checked(project)}
    if project or task:
        raise ValueError(f"{model.path} are not listed by {'task' if task else 'project'}")
    return model.path, {}


def _part(request: Request, answer: Answer) -> tuple[list[Any], bool]:
    """The rows of one answer, and whether there are more; RetryLater where it is no list that says so."""
    body = answer.json() if answer.is_json else None
    rows = body.get("data") if isinstance(body, Mapping) else None
    more = body.get("hasMore") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not isinstance(more, bool):
        raise RetryLater(f"{NAME} answered {request.what} with something unreadable", system=NAME)
    return rows, more
