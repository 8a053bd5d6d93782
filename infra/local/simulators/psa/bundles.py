"""Several reads of the simulated PSA in one request: each has its own result in the answer, good or bad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.psa.api import DEFAULT_PAGE, LARGEST_PAGE, Api, Call, number, question
from infra.local.simulators.psa.errors import Refusal, Violation, invalid
from infra.local.simulators.psa.shaping import shape
from infra.local.simulators.psa.special import Handlers
from infra.local.simulators.server import Response


class Bundles:
    """Answers `system/bundles`. A resource type is the name of an entity, in any case."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.records = api.records

    def handlers(self) -> Handlers:
        """The paths answered here."""
        return {
            "system/bundles": {"post": lambda call: self._all(call, counting=False)},
            "system/bundles/count": {"post": lambda call: self._all(call, counting=True)},
        }

    def _all(self, call: Call, *, counting: bool) -> Response:
        document = _lowered(call.document())
        requests = document.get("requests") if isinstance(document, dict) else None
        if not isinstance(requests, list):
            text = "The field requests must be an array."
            raise invalid("bundle", [Violation("InvalidField", text, "requests")])
        return call.answer({"results": [self._one(request, counting=counting) for request in requests]})

    def _one(self, request: Mapping[str, Any], *, counting: bool) -> dict[str, Any]:
        result = {
            "sequenceNumber": request.get("sequencenumber", 0),
            "resourceType": str(request.get("resourcetype", "")),
            "version": str(request.get("version", "")),
        }
        try:
            found = self._read(result["resourceType"], request.get("apirequest") or {}, counting=counting)
        except Refusal as refusal:
            return {**result, "success": False, "statusCode": refusal.status, "error": refusal.body}
        return {**result, **found, "success": True, "statusCode": 200}

    def _read(self, kind: str, asked: Mapping[str, Any], *, counting: bool) -> dict[str, Any]:
        entity = next((each for each in self.records.table if each.resource.lower() == kind.lower()), None)
        if entity is None:
            text = f"There is no resource type {kind}."
            raise invalid("bundle", [Violation("InvalidField", text, "resourceType")])
        form = shape(self.records, entity, asked.get("fields") or "")
        parent = asked.get("parentid") if entity.parent else None
        if asked.get("id") and not counting:
            row = self.records.get(entity, asked["id"], parent)
            return {"entities": [form(row)], "count": 1}
        ids = self.api.finder.ids(entity, parent, question(asked.get("filters") or {}))
        if counting:
            return {"count": len(ids)}
        page = {name: str(value) for name, value in (asked.get("page") or {}).items()}
        size = number(page, "pageSize", DEFAULT_PAGE, 1, LARGEST_PAGE)
        first = (number(page, "page", 1, 1, 10**9) - 1) * size
        rows = self.records.store.rows(entity.resource)
        entities = [form(rows[each]) for each in ids[first : first + size]]
        return {"entities": entities, "count": len(entities)}


def _lowered(value: Any) -> Any:
    """Keys in lower case: examples of this API are written in several ways."""
    if isinstance(value, dict):
        return {name.lower(): _lowered(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_lowered(each) for each in value]
    return value
