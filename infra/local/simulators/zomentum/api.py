"""Carries calls out on the records of the simulated Zomentum: lists, single records, creates, updates, documents."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from typing import Any

from infra.local.simulators.partner import json_object
from infra.local.simulators.refusals import bad, method_not_allowed, no_such_address
from infra.local.simulators.server import Request, Response, json_response
from infra.local.simulators.zomentum import documents
from infra.local.simulators.zomentum.entities import (
    COMPANIES,
    CONTACTS,
    DAY,
    DOCUMENTS,
    ENTITIES,
    FIELDS,
    FLAG,
    IDS,
    LIST,
    NUMBER,
    OBJECT,
    OPPORTUNITIES,
    PIPELINES,
    Entity,
)
from infra.local.simulators.zomentum.query import listed
from infra.local.simulators.zomentum.settings import Settings
from infra.local.simulators.zomentum.store import Row, Store

SYNC_DATA = "_sync_data"
"""What is kept of a record's other integrations; shown only where it is asked for."""

_HIDDEN = frozenset({SYNC_DATA, "_lines"})
_SHAPES: Mapping[str, type | tuple[type, ...]] = {
    NUMBER: (int, float), FLAG: bool, IDS: list, OBJECT: dict, LIST: list,
}  # fmt: skip


class Api:
    """Answers calls below the API's root. Raises Refusal for everything else."""

    def __init__(self, store: Store, settings: Settings, rng: random.Random) -> None:
        self.store = store
        self.settings = settings
        self._rng = rng

    def handle(self, request: Request, path: str) -> Response:
        """Answers a call to a path below the API's root, which may end with a slash."""
        match path.strip("/").split("/"):
            case ["documents", "download", record_id]:
                return documents.download(self.store.row(DOCUMENTS, record_id))
            case ["documents", record_id, "revisions", revision, "downloadproducts"]:
                return self._lines(record_id, revision)
        whole = path.strip("/")
        entity = ENTITIES.get(whole)
        if entity is not None:
            return self._list(request, entity)
        above, _, record_id = whole.rpartition("/")
        entity = ENTITIES.get(above)
        if entity is None:
            raise no_such_address(request.path)
        return self._record(request, entity, record_id)

    def create(self, entity: Entity, body: Mapping[str, Any]) -> str:
        """A new record; returns its id. Raises Refusal (400)."""
        for name in entity.required:
            outer, _, inner = name.partition(".")
            value = body.get(outer)
            if inner:
                value = value.get(inner) if isinstance(value, Mapping) else None
            if value in (None, "", []):
                raise bad(f"{name} is required.")
        fields = self._known(entity, body)
        self._check(entity, fields, "")
        return self.store.add(entity.path, self._defaults(entity) | fields)

    def update(self, entity: Entity, record_id: str, body: Mapping[str, Any]) -> None:
        """Changes what the body names. Raises Refusal."""
        row = self.store.row(entity.path, record_id)
        fields = self._known(entity, body)
        if "name" in fields and not fields["name"]:
            raise bad("name is required.")
        self._check(entity, {**row, **fields}, record_id)
        self.store.edit(entity.path, record_id, fields)

    def shown(self, entity: Entity, row: Row, included: str = "") -> Row:
        """A record as the API shows it, with the child entities that are asked for."""
        asked = set(included.split(","))
        shown = {
            name: value
            for name, value in row.items()
            if name not in _HIDDEN and (name not in entity.shown_with or entity.shown_with[name] in asked)
        }
        if entity.shown_with.get("client_details") in asked:
            shown["client_details"] = {"sync_data": self._sync_data(entity, row)}
        return shown

    def _sync_data(self, entity: Entity, row: Row) -> list[dict[str, Any]]:
        if entity.path in (COMPANIES, CONTACTS):
            return list(row.get(SYNC_DATA, ()))
        company = self.store.lists[COMPANIES].get(row.get("client_company_id", ""), {})
        return list(company.get(SYNC_DATA, ()))

    def _list(self, request: Request, entity: Entity) -> Response:
        if request.method == "POST" and entity.writable:
            return self._written(entity, self.create(entity, _document(request)), 201)
        if request.method != "GET":
            raise method_not_allowed(request.method)
        rows, count = listed(entity, self._within(entity, request.query), request.query, self.settings, self._rng)
        included = request.query.get("included_child_entities", "")
        answer: dict[str, Any] = {"data": [self.shown(entity, row, included) for row in rows]}
        if self.settings.counts and request.query.get("count_query_flag") == "true":
            answer["filtered_count_map"] = {"all": count}
        return json_response(answer)

    def _within(self, entity: Entity, query: Mapping[str, str]) -> list[Row]:
        """The records that a list is about: opportunities of one pipeline, custom fields of one sort of record."""
        rows = list(self.store.lists[entity.path].values())
        if entity.path == OPPORTUNITIES:
            pipeline = query.get("opportunity_pipeline_id") or self.default_pipeline()
            return [row for row in rows if row["opportunity_pipeline_id"] == pipeline]
        if entity.path == FIELDS:
            if not query.get("entity_type"):
                raise bad("entity_type is required.")
            return [row for row in rows if row["entity_type"] == query["entity_type"]]
        return rows

    def default_pipeline(self) -> str:
        """The id of the pipeline that is taken where none is named; empty where there is none."""
        return next((key for key, row in self.store.lists[PIPELINES].items() if row.get("is_default")), "")

    def _record(self, request: Request, entity: Entity, record_id: str) -> Response:
        row = self.store.row(entity.path, record_id)
        if request.method == "PUT" and entity.writable:
            self.update(entity, record_id, _document(request))
            return self._written(entity, record_id, 200)
        if request.method != "GET":
            raise method_not_allowed(request.method)
        shown = self.shown(entity, row, request.query.get("included_child_entities", ""))
        return json_response({"data": shown} if self.settings.answers == "wrapped" else shown)

    def _written(self, entity: Entity, record_id: str, status: int) -> Response:
        shown = self.shown(entity, self.store.row(entity.path, record_id))
        answers = {"record": shown, "wrapped": {"data": shown}, "id": {"id": record_id}}
        return json_response(answers[self.settings.answers], status)

    def _lines(self, record_id: str, revision: str) -> Response:
        row = self.store.row(DOCUMENTS, record_id)
        if revision not in row.get("_lines", {}):
            raise bad(f"There is no revision {revision} of this document.")
        return documents.lines(row["_lines"][revision])

    def _defaults(self, entity: Entity) -> dict[str, Any]:
        empty: dict[str, Any] = {IDS: [], LIST: [], OBJECT: {}, FLAG: False, NUMBER: None, DAY: None}
        found = {name: empty.get(kind, "") for name, kind in entity.fields.items()}
        if entity.path == OPPORTUNITIES:
            found["status"] = "open"
        return found | ({"custom_fields": []} if entity.customs else {})

    def _known(self, entity: Entity, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a body that the list has; others are passed over. Raises Refusal (400) for odd values."""
        fields = {name: value for name, value in body.items() if name in entity.fields}
        for name, value in fields.items():
            kind = entity.fields[name]
            fits = value is None or isinstance(value, _SHAPES.get(kind, str))
            if kind == DAY and isinstance(value, str) and value:
                try:
                    date.fromisoformat(value)
                except ValueError:
                    fits = False
            if not fits or (kind == NUMBER and isinstance(value, bool)):
                raise bad(f"{name} is not valid.")
        if entity.customs and "custom_fields" in body:
            fields["custom_fields"] = self._customs(entity, body["custom_fields"])
        return fields

    def _customs(self, entity: Entity, entries: Any) -> list[dict[str, Any]]:
        known = {key for key, row in self.store.lists[FIELDS].items() if row["entity_type"] == entity.name}
        if not isinstance(entries, list):
            raise bad("custom_fields is not valid.")
        for entry in entries:
            if not isinstance(entry, Mapping) or entry.get("id") not in known or not _texts(entry.get("values")):
                raise bad("custom_fields is not valid: each needs the id of a custom field, and values.")
        return [{"id": entry["id"], "values": entry["values"]} for entry in entries if entry["values"]]

    def _check(self, entity: Entity, row: Mapping[str, Any], record_id: str) -> None:
        """What a record refers to must be there, and what is unique must be. Raises Refusal (400)."""
        for name, path in entity.refers.items():
            ids = row.get(name) or []
            for wanted in ids if isinstance(ids, list) else [ids]:
                if wanted not in self.store.lists[path]:
                    raise bad(f"{name} refers to no {ENTITIES[path].name}.")
        if entity.path == OPPORTUNITIES:
            pipeline = self.store.lists[PIPELINES][row["opportunity_pipeline_id"]]
            if row["opportunity_pipeline_stage_id"] not in {stage["id"] for stage in pipeline["stages"]}:
                raise bad("opportunity_pipeline_stage_id is no stage of the pipeline.")
        if entity.unique:
            taken = [_unique(entity, other) for key, other in self.store.lists[entity.path].items() if key != record_id]
            if _unique(entity, row) in taken:
                raise bad(f"A {entity.name} with this name already exists.")


def _unique(entity: Entity, row: Mapping[str, Any]) -> list[str]:
    return [str(row.get(name, "")).strip().casefold() for name in entity.unique]


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _document(request: Request) -> Mapping[str, Any]:
    """The body as a JSON object. Raises Refusal (400)."""
    body = json_object(request)
    if body is None:
        raise bad("The body is no JSON object.")
    return body
