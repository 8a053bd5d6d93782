"""Carries calls out on the records of the simulated Automate server: lists, single records, the few writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.local.simulators.automate.errors import (
    bad_query,
    invalid,
    method_not_allowed,
    no_such_address,
)
from infra.local.simulators.automate.fields import FIELDS, named
from infra.local.simulators.automate.query import listed, shown
from infra.local.simulators.automate.settings import Settings
from infra.local.simulators.automate.store import TABLES, Store
from infra.local.simulators.server import Request, Response, json_response

VERBS: Mapping[str, tuple[str, str]] = {
    # of the list, of one record
    "Clients": ("GET POST", "GET PATCH DELETE"),
    "Locations": ("GET", "GET"),
    "Computers": ("GET", ""),
    "Groups": ("GET", "GET"),
    "GroupComputers": ("GET POST", "GET DELETE"),
    "RetiredAssets": ("GET", "GET"),
}
_READ_ONLY = frozenset({"Id"})


class Api:
    """Answers calls for the tables. Raises Refusal for everything else."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings

    def handle(self, request: Request, path: str) -> Response:
        """Answers a call to a path below the API's root."""
        first, _, last = path.partition("/")
        table = next((name for name in TABLES if name.casefold() == first.casefold()), None)
        if table is None or (last and not (last.isascii() and last.isdigit() and VERBS[table][1])):
            raise no_such_address(request.path)
        if request.method not in VERBS[table][bool(last)].split():
            raise method_not_allowed(request.method)
        return self._record(request, table, int(last)) if last else self._list(request, table)

    def _list(self, request: Request, table: str) -> Response:
        if request.method == "POST":
            return json_response(self._create(table, document(request)))
        page = listed(table, self.store.shown(table), request.query, self.settings.largest_page)
        headers = {"Total-Count": str(page.total)} if self.settings.total_count else {}
        return json_response(page.rows, headers=headers)

    def _record(self, request: Request, table: str, number: int) -> Response:
        self.store.row(table, number)
        if request.method == "DELETE":
            self.delete(table, number)
            return Response(204)
        if request.method == "PATCH":
            self.store.edit(table, number, _patched(table, document(request)))
        return json_response(shown(table, self.store.one(table, number), request.query))

    def delete(self, table: str, number: int) -> None:
        """Takes a record away; a client goes with its computers and locations. Raises Refusal (404)."""
        if table == "Clients":
            for owned in ("Computers", "Locations"):
                for each in self.store.numbers(owned, Client=number):
                    self.store.remove(owned, each)
        self.store.remove(table, number)

    def _create(self, table: str, body: Any) -> dict[str, Any]:
        if not isinstance(body, Mapping):
            raise invalid({"body": ["An object is expected."]})
        given = _known(table, body)
        if table == "Clients":
            if not given.get("Name"):
                raise invalid({"Name": ["The Name field is required."]})
            return self.store.one(table, self.store.add(table, given))
        pair = {"GroupId": _number(given, "GroupId"), "ComputerId": _number(given, "ComputerId")}
        self.store.row("Groups", pair["GroupId"])
        self.store.row("Computers", pair["ComputerId"])
        if self.store.membership(pair["ComputerId"], pair["GroupId"]) is not None:
            raise invalid({"ComputerId": ["The computer is in the group already."]})
        return self.store.one(table, self.store.add(table, pair))


def document(request: Request) -> Any:
    """The body as JSON. Raises Refusal (400)."""
    try:
        return json.loads(request.body)
    except ValueError:
        raise bad_query("The body is not JSON.") from None


def _patched(table: str, operations: Any) -> dict[str, Any]:
    """What a PATCH changes. Raises Refusal (400)."""
    if not isinstance(operations, list) or not all(isinstance(each, Mapping) for each in operations):
        raise invalid({"operations": ["A list of operations is expected."]})
    changed: dict[str, Any] = {}
    for operation in operations:
        told = {name.casefold(): value for name, value in operation.items()}
        path, verb = str(told.get("path", "")), str(told.get("op", "")).casefold()
        if verb not in {"add", "replace", "remove"}:
            raise invalid({"Op": [f"'{verb}' is no operation."]})
        body = _known(table, {path.removeprefix("/"): "" if verb == "remove" else told.get("value")})
        if not body:
            raise invalid({"Path": [f"There is no '{path}' to be changed."]})
        changed |= body
    return changed


def _known(table: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body that the table has, under their own names. Raises Refusal (400) for values of no use."""
    found = {name: value for given, value in body.items() if (name := named(table, given)) and name not in _READ_ONLY}
    wrong = {
        name: [f"The value '{value}' is not valid for {name}."]
        for name, value in found.items()
        if FIELDS[table][name] == "text" and not isinstance(value, str)
    }
    if wrong:
        raise invalid(wrong)
    return found


def _number(given: Mapping[str, Any], name: str) -> int:
    value = str(given.get(name, ""))
    if not (value.isascii() and value.isdigit()):
        raise invalid({name: [f"The {name} field is required."]})
    return int(value)
