"""The paths of the API that are no plain list of records: system info, audit trail, ticket search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from infra.local.simulators.psa.api import DEFAULT_PAGE, LARGEST_PAGE, Api, Call, navigation, question
from infra.local.simulators.psa.audit import TYPES
from infra.local.simulators.psa.errors import Refusal, invalid_parameter, method_not_allowed
from infra.local.simulators.server import Response

Handler = Callable[[Call], Response]


class Special:
    """Answers the paths that are handled one by one; `find` tells whether a call is for one of them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.records = api.records
        self._handlers: dict[tuple[str, ...], tuple[str, Handler]] = {
            ("system", "info"): ("get", self._info),
            ("system", "audittrail"): ("get", self._audit_trail),
            ("system", "audittrail", "count"): ("get", self._audit_count),
            ("service", "tickets", "search"): ("post", self._search),
            ("project", "tickets", "search"): ("post", self._search),
        }

    def find(self, call: Call) -> Handler | None:
        """The handler of this call's path, or None. Raises Refusal (405) for another verb."""
        found = self._handlers.get(call.pattern)
        if found is None:
            return None
        if found[0] != call.method:
            raise method_not_allowed(call.request.method)
        return found[1]

    def _info(self, call: Call) -> Response:
        settings = self.records.settings
        info = {
            "version": settings.version,
            "isCloud": settings.cloud,
            "serverTimeZone": settings.time_zone,
            "licenseBits": [],
            "cloudRegion": "NA",
            "maxWorkFlowRecordsAllowed": 1000,
        }
        return call.answer(info)

    def _audit_trail(self, call: Call) -> Response:
        if call.request.headers.get("pagination-type", "").lower() == "forward-only":
            raise invalid_parameter("pageId", "The audit trail has no forward-only pagination.")
        entries = self._entries(call)
        query = call.request.query
        size = min(int(query.get("pageSize") or DEFAULT_PAGE), LARGEST_PAGE)
        page = int(query.get("page") or 1)
        shown = entries[(page - 1) * size : page * size]
        return call.answer(shown, 200, navigation(call, page, size, len(entries)))

    def _audit_count(self, call: Call) -> Response:
        return call.answer({"count": len(self._entries(call))})

    def _entries(self, call: Call) -> list[dict[str, Any]]:
        query: Mapping[str, str] = call.request.query
        kinds = {kind.lower(): kind for kind in TYPES}
        kind = kinds.get(query.get("type", "").lower())
        if kind is None:
            raise invalid_parameter("type", "The type of record is required.")
        if not query.get("id", "").isdigit():
            raise invalid_parameter("id", "The id of the record is required.")
        return self.records.audit.of(kind, int(query["id"]))

    def _search(self, call: Call) -> Response:
        body = call.document()
        if not isinstance(body, dict):
            raise Refusal(400, {"code": "InvalidObject", "message": "search object is invalid"})
        entity = self.api.routes[call.pattern[:-1]]
        asked = question({name: value for name, value in body.items() if isinstance(value, str)})
        return self.api.listed(call, entity, None, asked)
