"""The paths of the simulated PSA that are no plain list of records, each with its handler by verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from infra.local.simulators.psa.api import Api, Call, question
from infra.local.simulators.psa.audit import TYPES
from infra.local.simulators.psa.errors import invalid_parameter, method_not_allowed
from infra.local.simulators.server import Response

Handler = Callable[[Call], Response]
Handlers = Mapping[str, Mapping[str, Handler]]
"""Handlers by path (ids as `{id}`, no slash in front) and verb."""


class Special:
    """Knows the handlers of every special path."""

    def __init__(self, api: Api, *handlers: Handlers) -> None:
        self._plain = api.routes
        self._handlers = {
            tuple(path.lower().split("/")): verbs for several in handlers for path, verbs in several.items()
        }

    def find(self, call: Call) -> Handler | None:
        """The handler of this call, or None where it is for plain records. Raises Refusal (405)."""
        pattern = call.pattern
        verbs = self._handlers.get(pattern, {})
        if verbs and call.method not in verbs and not (pattern in self._plain or pattern[:-1] in self._plain):
            raise method_not_allowed(call.request.method)
        return verbs.get(call.method)


class Information:
    """What the PSA tells of itself and of what was done in it, and the search for tickets."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.records = api.records

    def handlers(self) -> Handlers:
        """The paths answered here."""
        return {
            "system/info": {"get": self._info},
            "system/audittrail": {"get": self._audit_trail},
            "system/audittrail/count": {"get": self._audit_count},
            "service/tickets/search": {"post": self._search},
            "project/tickets/search": {"post": self._search},
        }

    def _info(self, call: Call) -> Response:
        settings = self.records.settings
        info = {
            "version": settings.version,
            "isCloud": settings.cloud,
            "serverTimeZone": settings.time_zone,
            "licenseBits": [{"name": "PSA", "activeFlag": True}],
            "cloudRegion": "NA",
            "maxWorkFlowRecordsAllowed": 1000,
        }
        return call.answer(info)

    def _audit_trail(self, call: Call) -> Response:
        if call.forward_only:
            raise invalid_parameter("pageId", "The audit trail has no forward-only pagination.")
        entries = self._entries(call)
        return self.api.paged(call, list(range(len(entries))), lambda page: [entries[each] for each in page])

    def _audit_count(self, call: Call) -> Response:
        return call.answer({"count": len(self._entries(call))})

    def _entries(self, call: Call) -> list[dict[str, Any]]:
        query = call.request.query
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
            raise invalid_parameter("body", "The body must be an object.")
        entity = self.api.routes[call.pattern[:-1]]
        asked = question({name: value for name, value in body.items() if isinstance(value, str)})
        return self.api.listed(call, entity, None, asked)
