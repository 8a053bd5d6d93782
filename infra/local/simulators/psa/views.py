"""Lists of the simulated PSA that show what is kept elsewhere: a ticket's time entries, products, documents, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.simulators.psa.api import Api, Call
from infra.local.simulators.psa.documents import Documents
from infra.local.simulators.psa.errors import invalid_parameter, record_not_found
from infra.local.simulators.psa.special import Handlers
from infra.local.simulators.psa.store import ROOT
from infra.local.simulators.server import Response

Rows = list[dict[str, Any]]
TICKETS = {"service/tickets": "ticket", "project/tickets": "projectTicket"}


class Views:
    """Reference lists of tickets, `allNotes`, and the configurations attached to tickets and agreements."""

    def __init__(self, api: Api, documents: Documents) -> None:
        self.api = api
        self.records = api.records
        self.documents = documents
        self._attached: dict[tuple[str, int], list[int]] = {}

    def handlers(self) -> Handlers:
        """The paths answered here."""
        found: dict[str, Mapping[str, Callable[[Call], Response]]] = {}
        for path, resource in TICKETS.items():
            for name, listed in (
                ("timeentries", self._time_entries),
                ("products", self._products),
                ("documents", self._documents),
                ("scheduleentries", self._schedule_entries),
                ("allNotes", self._notes),
            ):
                found[f"{path}/{{id}}/{name}"] = {"get": self._list(resource, listed)}
                if name != "allNotes":
                    found[f"{path}/{{id}}/{name}/count"] = {"get": self._count(resource, listed)}
        for path, resource in {**TICKETS, "finance/agreements": "agreement"}.items():
            place = f"{path}/{{id}}/configurations"
            attached = self._configurations(resource)
            found[place] = {"get": self._list(resource, attached), "post": self._attach(resource)}
            found[f"{place}/count"] = {"get": self._count(resource, attached)}
            found[f"{place}/{{id}}"] = {"get": self._one(resource), "delete": self._detach(resource)}
        return found

    def _list(self, resource: str, listed: Callable[[int], Rows]) -> Callable[[Call], Response]:
        def handle(call: Call) -> Response:
            if call.request.query.get("conditions"):
                raise invalid_parameter("conditions", "This list is short: the simulator does not filter it.")
            rows = {row["id"]: row for row in listed(self._owner(call, resource))}
            return self.api.paged(call, sorted(rows), lambda page: [rows[each] for each in page])

        return handle

    def _count(self, resource: str, listed: Callable[[int], Rows]) -> Callable[[Call], Response]:
        return lambda call: call.answer({"count": len(listed(self._owner(call, resource)))})

    def _owner(self, call: Call, resource: str) -> int:
        record = next(int(word) for word in call.words if word.isdigit())
        self.records.get(self.records.table[resource], record)
        return record

    def _time_entries(self, ticket: int) -> Rows:
        found = self.records.store.rows("timeEntry").find(("ticket", "id"), [ticket])
        return [_reference(each, "time/entries") for each in found]

    def _products(self, ticket: int) -> Rows:
        rows = self.records.store.rows("productItem")
        found = rows.find(("ticket", "id"), [ticket])
        return [_reference(each, "procurement/products", description=rows[each].get("description")) for each in found]

    def _documents(self, ticket: int) -> Rows:
        rows = self.records.store.rows("documentInfo")
        found = self.documents.of("Ticket", ticket)
        return [_reference(each, "system/documents", name=rows[each]["title"]) for each in found]

    def _schedule_entries(self, ticket: int) -> Rows:
        rows = self.records.store.rows("scheduleEntry")
        found = rows.find(("objectId",), [ticket])
        return [_reference(each, "schedule/entries", description=rows[each].get("name")) for each in found]

    def _notes(self, ticket: int) -> Rows:
        """Notes of the ticket and notes of its time entries, whose ids are made negative so that none meet."""
        store = self.records.store
        own = {"ticket": store.reference("ticket", ticket)}
        shown: Rows = []
        for resource in ("serviceNote", "ticketNote"):
            rows = store.rows(resource)
            shown += [_note(rows[each], "TicketNote", own) for each in rows.children(ticket)]
        entries = store.rows("timeEntry")
        for each in entries.find(("ticket", "id"), [ticket]):
            if entries[each].get("notes"):
                row = {**entries[each], "id": -each, "text": entries[each]["notes"]}
                row["detailDescriptionFlag"] = row.get("addToDetailDescriptionFlag", False)
                row["internalAnalysisFlag"] = row.get("addToInternalAnalysisFlag", False)
                row["resolutionFlag"] = row.get("addToResolutionFlag", False)
                shown.append(_note(row, "TimeEntryNote", own))
        return shown

    def _configurations(self, resource: str) -> Callable[[int], Rows]:
        return lambda owner: [self._configuration(each) for each in self._attached.get((resource, owner), [])]

    def _configuration(self, record: int) -> dict[str, Any]:
        row = self.records.get(self.records.table["configuration"], record)
        return _reference(record, "company/configurations", deviceIdentifier=row.get("deviceIdentifier"))

    def _attach(self, resource: str) -> Callable[[Call], Response]:
        def handle(call: Call) -> Response:
            owner, body = self._owner(call, resource), call.document()
            record = body.get("id") if isinstance(body, dict) else None
            if not isinstance(record, int) or record not in self.records.store.rows("configuration"):
                raise invalid_parameter("id", f"The configuration {record} does not exist.")
            attached = self._attached.setdefault((resource, owner), [])
            if record not in attached:
                attached.append(record)
            return call.answer(self._configuration(record), 201)

        return handle

    def _one(self, resource: str) -> Callable[[Call], Response]:
        return lambda call: call.answer(self._configuration(self._attached_one(call, resource)))

    def _detach(self, resource: str) -> Callable[[Call], Response]:
        def handle(call: Call) -> Response:
            record = self._attached_one(call, resource)
            self._attached[resource, self._owner(call, resource)].remove(record)
            return Response(204)

        return handle

    def _attached_one(self, call: Call, resource: str) -> int:
        owner, record = self._owner(call, resource), int(call.words[-1])
        if record not in self._attached.get((resource, owner), []):
            raise record_not_found("configuration", record)
        return record


def _reference(record: int, path: str, **shown: Any) -> dict[str, Any]:
    known = {name: value for name, value in shown.items() if value is not None}
    return {"id": record, **known, "_info": {"href": f"{ROOT}/{path}/{record}"}}


def _note(row: Mapping[str, Any], kind: str, own: Mapping[str, Any]) -> dict[str, Any]:
    names: Iterable[str] = (
        "id", "text", "detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag", "timeStart", "timeEnd",
        "issueFlag", "member", "contact", "_info",
    )  # fmt: skip
    kept = {name: row[name] for name in names if name in row}
    return {**kept, "noteType": kind, "isMarkdownFlag": False, "bundledFlag": False, "mergedFlag": False, **own}
