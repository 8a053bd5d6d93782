"""The Moovila tenant: who may call, what is there, and short ways for tests and demos to change it as people do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from infra.local.simulators.json_api import Refused
from infra.local.simulators.moovila import seed as seeding
from infra.local.simulators.moovila.api import Api
from infra.local.simulators.moovila.entities import ENTITIES, PROJECTS
from infra.local.simulators.moovila.errors import forbidden, unauthorized
from infra.local.simulators.moovila.settings import Settings
from infra.local.simulators.moovila.store import Row, Store
from infra.local.simulators.moovila.webhooks import Webhooks
from infra.local.simulators.partner import PAGE, PartnerSimulator
from infra.local.simulators.server import Fault, Request, Response, json_response, utc_now

_ID = re.compile(r"[A-Z]+-\d+")


class MoovilaSimulator(PartnerSimulator):
    """One tenant of Moovila's, of API key `demo`, with status categories, users and a work type set up.

    `projects` and `tasks` say how many are invented. Records are as the API shows them, by the path of their list
    (`tasks`). Requests are counted, and faults ordered, by names like `GET projects/{id}/tasks`. More kinds of faults:
    "html" answers 200 with a page in place of the answer; "drift" deletes the record that comes first in the list asked
    for just before it is answered.
    """

    name: ClassVar[str] = "moovila"
    fault_kinds: ClassVar[frozenset[str]] = PartnerSimulator.fault_kinds | {"html", "drift"}

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        projects: int = 0,
        tasks: int = 0,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.settings = settings or Settings()
        self.store = Store(self._now)
        self.api = Api(self.store, self.settings)
        self.webhooks = Webhooks()
        self.store.listeners.append(self.webhooks.note)
        seeding.set_up(self)
        seeding.settle(self, projects, tasks, self.random)

    # What is there

    def records(self, path: str, **wanted: Any) -> list[Row]:
        """The records of a list that have these values, in the order in which they were made, archived ones too."""
        with self.lock:
            rows = [self.api.shown(ENTITIES[path], row) for row in self.store.lists[path].values()]
        return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]

    def record(self, path: str, record_id: str) -> Row:
        """One record. Raises Refusal where there is none."""
        with self.lock:
            return self.api.shown(ENTITIES[path], self.store.row(path, record_id))

    def find(self, path: str, name: str) -> Row:
        """The first record of this name; KeyError where there is none."""
        for row in self.records(path, name=name):
            return row
        raise KeyError(name)

    # What people do

    def add(self, path: str, **fields: Any) -> str:
        """A record as somebody enters it, by the API's names; returns its id. Raises Refusal."""
        with self.lock:
            return str(self.api.create(ENTITIES[path], fields)["id"])

    def edit(self, path: str, record_id: str, **fields: Any) -> None:
        """Changes fields of a record. Raises Refusal."""
        with self.lock:
            self.api.update(ENTITIES[path], record_id, fields)

    def delete(self, path: str, record_id: str) -> None:
        """Deletes a record with all that is in it. Raises Refusal."""
        with self.lock:
            self.store.remove(path, record_id)

    def archive(self, project: str, *, archived: bool = True) -> None:
        """Archives a project, or brings it back. Raises Refusal."""
        self.edit(PROJECTS, project, archived=archived)

    # For the server

    def operation(self, request: Request) -> str:
        """The path, ids as `{id}`: "GET projects/{id}/tasks"."""
        if request.path.startswith("/_simulator/"):
            return super().operation(request)
        words = ["{id}" if _ID.fullmatch(word) else word for word in request.path.strip("/").split("/")]
        return f"{request.method} {'/'.join(words)}"

    def refused(self, refused: Refused) -> Response:
        body = refused.body if self.settings.codes else {"message": refused.body["message"]}
        return json_response(body, refused.status)

    def fault(self, fault: Fault, request: Request) -> Response:
        if fault.kind == "html":
            return PAGE
        path = request.path.rpartition("/")[2]
        if first := next(iter(self.store.lists.get(path, {})), None):
            self.store.remove(path, first)
        return self.handle(request)

    def _now(self) -> datetime:
        return self.clock()

    def answer(self, request: Request) -> Response:
        if request.headers.get("authorization", "") != f"Bearer {self.settings.api_key}":
            raise unauthorized()
        if self.operation(request) in self.settings.may_not:
            raise forbidden()
        return self.api.handle(request, request.path.strip("/"))
