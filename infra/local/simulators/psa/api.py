"""Lists, counts, reads and writes records of the simulated PSA over HTTP, the same way for every entity."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from infra.local.simulators.psa.entities import Entity
from infra.local.simulators.psa.errors import (
    Violation,
    endpoint_not_found,
    invalid,
    invalid_parameter,
    method_not_allowed,
    unsupported_media,
)
from infra.local.simulators.psa.patch import patched
from infra.local.simulators.psa.query import Finder, Question
from infra.local.simulators.psa.records import Records
from infra.local.simulators.psa.shaping import encode, shape
from infra.local.simulators.server import Request, Response

DEFAULT_PAGE = 25
LARGEST_PAGE = 1000
Show = Callable[[list[int]], list[Any]]
JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Call:
    """One request to the API: who asks, for which path (words of it, in lower case, ids as numbers)."""

    request: Request
    words: tuple[str, ...]
    by: str
    root: str
    """The API's address as links in the answer are to name it, ending in `apis/3.0`."""

    @property
    def method(self) -> str:
        """The verb, in lower case."""
        return self.request.method.lower()

    @property
    def pattern(self) -> tuple[str, ...]:
        """The words with ids as `{id}`."""
        return tuple("{id}" if word.isdigit() else word for word in self.words)

    @property
    def forward_only(self) -> bool:
        """Whether pages are to go on from the last id seen."""
        return self.request.headers.get("pagination-type", "").lower() == "forward-only"

    def document(self) -> Any:
        """The body as JSON. Raises Refusal (400, 415)."""
        kind = self.request.headers.get("content-type", "application/json")
        if "json" not in kind.lower():
            raise unsupported_media(kind)
        try:
            return json.loads(self.request.body)
        except ValueError:
            raise invalid("body", [Violation("InvalidField", "The body is not JSON.", "body")]) from None

    def answer(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """`value` as JSON, with the links in it completed."""
        return Response(status, encode(value, self.root), {**JSON, **(headers or {})})


class Api:
    """Answers calls for the entities of the table. Raises Refusal for everything else."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.finder = Finder(records)
        self.routes = records.table.routes()

    def handle(self, call: Call) -> Response:
        """Answer one call."""
        pattern = call.pattern
        if pattern in self.routes:
            entity = self.routes[pattern]
            return self._collection(call, entity, self._parent(entity, call.words))
        if pattern[-1:] == ("count",) and pattern[:-1] in self.routes:
            entity = self.routes[pattern[:-1]]
            if "count" not in entity.verbs:
                raise endpoint_not_found()
            if call.method != "get":
                raise method_not_allowed(call.request.method)
            ids = self.finder.ids(entity, self._parent(entity, call.words[:-1]), question(call.request.query))
            return call.answer({"count": len(ids)})
        if pattern[-1:] == ("{id}",) and pattern[:-1] in self.routes:
            entity = self.routes[pattern[:-1]]
            return self._record(call, entity, self._parent(entity, call.words[:-1]), int(call.words[-1]))
        raise endpoint_not_found()

    def listed(self, call: Call, entity: Entity, parent: int | None, asked: Question) -> Response:
        """A page of the records that fit."""
        form = shape(self.records, entity, call.request.query.get("fields", ""))
        rows = self.records.store.rows(entity.resource)
        ids = self.finder.ids(entity, parent, asked)
        return self.paged(call, ids, lambda page: [form(rows[each]) for each in page], ordered=bool(asked.order_by))

    def paged(self, call: Call, ids: list[int], show: Show, *, ordered: bool = False) -> Response:
        """A page of `ids`, by number or forward only, as `show` makes answers of them."""
        query = call.request.query
        size = number(query, "pageSize", DEFAULT_PAGE, 1, LARGEST_PAGE)
        if call.forward_only:
            if ordered:
                raise invalid_parameter("orderBy", "Forward-only pagination is ordered by id.")
            after = number(query, "pageId", 0, 0, 2**53)
            start = bisect_right(ids, after)
            shown = ids[start : start + size]
            following = {**query, "pageId": str(shown[-1] if shown else after), "pageSize": str(size)}
            following.pop("page", None)
            return call.answer(show(shown), 200, {"Link": f'<{_address(call, following)}>; rel="next"'})
        page = number(query, "page", 1, 1, 10**9)
        shown = ids[(page - 1) * size : page * size]
        return call.answer(show(shown), 200, _navigation(call, page, size, len(ids)))

    def _collection(self, call: Call, entity: Entity, parent: int | None) -> Response:
        if call.method not in entity.verbs:
            raise method_not_allowed(call.request.method)
        if call.method == "get":
            return self.listed(call, entity, parent, question(call.request.query))
        body = _object(entity, call.document())
        form = shape(self.records, entity, call.request.query.get("fields", ""))
        row = self.records.create(entity, body, call.by, parent=parent)
        return call.answer([form(row)] if "post" in entity.as_list else form(row), entity.created)

    def _record(self, call: Call, entity: Entity, parent: int | None, record: int) -> Response:
        if f"one:{call.method}" not in entity.verbs:
            raise method_not_allowed(call.request.method)
        if call.method == "delete":
            self.records.delete(entity, record, call.by, parent=parent)
            return Response(204)
        form = shape(self.records, entity, call.request.query.get("fields", ""))
        row = self.records.get(entity, record, parent)
        if call.method == "put":
            body = _object(entity, call.document())
            row = self.records.update(entity, record, body, call.by)
        elif call.method == "patch":
            row = self._patched(call, entity, record)
        return call.answer([form(row)] if f"one:{call.method}" in entity.as_list else form(row))

    def _patched(self, call: Call, entity: Entity, record: int) -> Mapping[str, Any]:
        row = self.records.get(entity, record)
        custom = self.records.custom
        body = patched(entity, row, custom.shown(entity, record), call.document())
        if (
            self.records.settings.patch_needs_custom_fields
            and "customFields" not in body
            and custom.definitions(entity)
        ):
            text = "The customFields must be passed with every change."
            raise invalid(entity.resource, [Violation("InvalidField", text, "customFields")])
        return self.records.update(entity, record, body, call.by, whole=False)

    def _parent(self, entity: Entity, words: tuple[str, ...]) -> int | None:
        """The parent's id in the path. Raises Refusal (404) when there is no such parent."""
        if not entity.parent:
            return None
        parent = next(int(word) for word in words if word.isdigit())
        self.records.get(self.records.table[entity.parent], parent)
        return parent


def question(query: Mapping[str, str]) -> Question:
    """The question in a query string; parameter names are taken without regard to case."""
    folded = {name.lower(): value for name, value in query.items()}
    return Question(
        folded.get("conditions", ""),
        folded.get("childconditions", ""),
        folded.get("customfieldconditions", ""),
        folded.get("orderby", ""),
    )


def _navigation(call: Call, page: int, size: int, total: int) -> dict[str, str]:
    """The Link header of navigable paging; none at all where one page holds everything.

    `page` comes last in each address: clients are known that look for it there.
    """
    last = max(1, -(-total // size))
    places = {"next": page + 1, "last": last} if page < last else {}
    if page > 1:
        places = {"first": 1, "prev": min(page - 1, last), **places}
    asked = {name: value for name, value in call.request.query.items() if name not in {"page", "pageSize"}}
    links = [
        f'<{_address(call, {**asked, "pageSize": str(size), "page": str(place)})}>; rel="{name}"'
        for name, place in places.items()
    ]
    return {"Link": ", ".join(links)} if links else {}


def _address(call: Call, query: Mapping[str, str]) -> str:
    return f"{call.root}/{'/'.join(call.words)}?{urlencode(query)}"


def number(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query string. Raises Refusal (400) beyond `low` and `high`."""
    written = {key.lower(): value for key, value in query.items()}.get(name.lower(), "")
    if not written:
        return default
    if not written.lstrip("-").isdigit():
        raise invalid_parameter(name, f"The field {name} must be an integer.")
    if not low <= int(written) <= high:
        raise invalid_parameter(name, f"The field {name} must be between {low} and {high}.", "OutOfRange")
    return int(written)


def _object(entity: Entity, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise invalid(entity.resource, [Violation("InvalidField", "The body must be an object.", "body")])
    return document
