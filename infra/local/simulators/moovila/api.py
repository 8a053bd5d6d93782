"""Carries calls out on the records of the simulated Moovila: lists, single records, creates, updates, deletes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.local.simulators.moovila.checks import EMPTY, check, fits, known, writable
from infra.local.simulators.moovila.entities import (
    CUSTOMERS,
    ENTITIES,
    MOMENT,
    PROJECTS,
    TASKS,
    UNDER,
    Entity,
)
from infra.local.simulators.moovila.errors import invalid, method_not_allowed, no_such_address, unreadable
from infra.local.simulators.moovila.settings import Settings
from infra.local.simulators.moovila.store import Row, Store
from infra.local.simulators.partner import json_object
from infra.local.simulators.server import Request, Response, json_response

DEFAULT_LIMIT = 100
FIRST_STATUS: Mapping[str, str] = {PROJECTS: "In Planning", TASKS: "Not Started"}


class Api:
    """Answers calls below the API's root. Raises Refusal for everything else."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings

    def handle(self, request: Request, path: str) -> Response:
        """Answers a call to a path below the API's root."""
        match path.split("/"):
            case [plural] if plural in ENTITIES:
                return self._list(request, ENTITIES[plural], {})
            case [plural, record_id] if plural in ENTITIES:
                return self._record(request, ENTITIES[plural], record_id)
            case [above, record_id, plural] if plural in UNDER.get(above, ()):
                self.store.row(above, record_id)
                return self._list(request, ENTITIES[plural], {f"{ENTITIES[above].name}Id": record_id})
        raise no_such_address(request.path)

    def create(self, entity: Entity, body: Mapping[str, Any]) -> Row:
        """A new record. Raises Refusal."""
        fields = {name: _empty(kind) for name, kind in entity.fields.items()}
        if "active" in fields:
            fields["active"] = True
        fields |= {name: None if name == "taskId" else "" for name in entity.above}
        fields |= known(entity, body) | {name: body[name] for name in entity.above if body.get(name)}
        if fields.get("taskId"):
            task = self.store.lists[TASKS].get(fields["taskId"])
            if task is None:
                raise invalid(f"there is no task {fields['taskId']}", "taskId")
            fields["projectId"] = task["projectId"]
        if entity.above and not fields["projectId"]:
            raise invalid("it is required", "projectId")
        if entity.path in FIRST_STATUS:
            fields["status"] = fields["status"] or FIRST_STATUS[entity.path]
        if entity.path == PROJECTS:
            fields["statusChangedAt"] = self.store.now()
        check(self.store, entity, fields)
        if entity.above:
            writable(self.store, entity, fields)
        return self.store.add(entity.path, fields)

    def update(self, entity: Entity, record_id: str, body: Mapping[str, Any]) -> Row:
        """Changes what the body names; what nothing changes counts as no update. Raises Refusal."""
        row = self.store.row(entity.path, record_id)
        fields = {
            name: _empty(entity.fields[name]) if value is None else value for name, value in known(entity, body).items()
        }
        fields = {name: value for name, value in fields.items() if row[name] != value}
        check(self.store, entity, {**row, **fields}, record_id)
        if set(fields) - {"archived"}:
            writable(self.store, entity, row)
        if entity.path == PROJECTS and "status" in fields:
            fields["statusChangedAt"] = self.store.now()
        return self.store.edit(entity.path, record_id, fields) if fields else row

    def shown(self, entity: Entity, row: Row) -> Row:
        """A record as the API shows it."""
        if entity.path != PROJECTS:
            return dict(row)
        customer = self.store.lists[CUSTOMERS].get(row["customerId"], {})
        return {**row, "customerName": customer.get("name", "")}

    def _list(self, request: Request, entity: Entity, under: Mapping[str, str]) -> Response:
        if request.method == "POST" and "POST" in entity.verbs:
            return self._written(entity, self.create(entity, {**_document(request), **under}), 201)
        if request.method != "GET":
            raise method_not_allowed(request.method)
        query = request.query
        wanted = dict(under)
        if "projectId" in query and "projectId" in entity.above:
            wanted["projectId"] = query["projectId"]
        if "externalId" in query:
            wanted["externalId"] = query["externalId"]
        since = _since(query)
        hidden = set[str]()
        if query.get("includeArchived") != "true":
            hidden = {key for key, row in self.store.lists[PROJECTS].items() if row["archived"]}
        own = "id" if entity.path == PROJECTS else "projectId"
        rows = [
            row
            for row in self.store.behind(entity.path, query.get("after", ""))
            if row.get(own) not in hidden
            and all(row.get(name) == value for name, value in wanted.items())
            and (since is None or datetime.fromisoformat(row["updatedAt"]) >= since)
        ]
        limit = min(_limit(query), self.settings.largest_page)
        shown = [self.shown(entity, row) for row in rows[:limit]]
        return json_response({"data": shown, "hasMore": len(rows) > limit})

    def _record(self, request: Request, entity: Entity, record_id: str) -> Response:
        row = self.store.row(entity.path, record_id)
        if request.method == "GET":
            return json_response(self.shown(entity, row))
        if request.method not in entity.verbs or request.method == "POST":
            raise method_not_allowed(request.method)
        if request.method == "PATCH":
            return self._written(entity, self.update(entity, record_id, _document(request)), 200)
        writable(self.store, entity, row)
        self.store.remove(entity.path, record_id)
        return Response(204)

    def _written(self, entity: Entity, row: Row, status: int) -> Response:
        shown = self.shown(entity, row)
        return json_response(shown if self.settings.answers == "record" else {"id": row["id"]}, status)


def _empty(kind: str) -> Any:
    empty = EMPTY.get(kind, "")
    return list(empty) if isinstance(empty, list) else empty


def _since(query: Mapping[str, str]) -> datetime | None:
    written = query.get("updatedSince", "")
    if not written:
        return None
    if not fits(MOMENT, written):
        raise unreadable("it is no moment", "updatedSince")
    return datetime.fromisoformat(written)


def _limit(query: Mapping[str, str]) -> int:
    written = query.get("limit", "")
    if written and not (written.isascii() and written.isdigit() and int(written) > 0):
        raise unreadable("it is no number", "limit")
    return int(written or DEFAULT_LIMIT)


def _document(request: Request) -> Mapping[str, Any]:
    """The body as a JSON object. Raises Refusal (400)."""
    body = json_object(request)
    if body is None:
        raise unreadable("The body is no JSON object.")
    return body
