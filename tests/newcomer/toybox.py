"""The toy partner: Toybox keeps widgets, each of a company. Its adapter and its simulator, as small as they can be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from infra.local.simulators.server import Request, Response, Simulator, json_response
from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import CredentialsRefused
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.errors import Action, judge
from shared.systems.http import Answer, Http


class Widget(BaseModel):
    id: str
    company: str
    name: str


class Toybox:
    """One tenant of Toybox's: a `System` of the engine's, with the reads that its flow needs."""

    name = "toybox"

    def __init__(
        self, settings: SystemSettings, keys: Callable[..., Mapping[str, str]], clock: Clock, http: Http
    ) -> None:
        self._base, self._keys, self._clock, self._http = settings.base_url, keys, clock, http
        self.pace_key = f"{urlsplit(self._base).netloc}#{settings.company}"

    # What every system does

    def check(self) -> None:
        self._call("GET", "/me", fresh=True)

    def may_read(self, what: str) -> None:
        self._call("GET", what)

    def server_time(self) -> datetime:
        return self._call("GET", "/me").date or self._clock.now()

    def apply(self, step: Step) -> Applied:
        path = f"/widgets/{step.key}" if step.key else "/widgets"
        verb = {"create": "POST", "update": "PATCH", "delete": "DELETE"}[step.verb]
        widget = self._call(verb, path, dict(step.fields)).json()
        return Applied(widget["id"], Widget.model_validate(widget))

    # What its flow reads

    def widgets_of(self, companies: Iterable[str]) -> list[Widget]:
        """By the marker that a create leaves: the company's id."""
        answer = self._call("GET", f"/widgets?companies={','.join(sorted(companies))}")
        return [Widget.model_validate(one) for one in answer.json()]

    def shelf(self) -> str:
        return str(self._call("GET", "/me").json()["shelf"])

    def _call(self, verb: str, path: str, body: Any = None, *, fresh: bool = False) -> Answer:
        write = verb != "GET"
        headers = {"Authorization": f"Bearer {self._keys(fresh=fresh)['token']}"}
        content = json.dumps(body).encode() if write else None
        what = f"{verb} {path.partition('?')[0]}"
        answer = self._http.send(
            self.name, verb, f"{self._base}{path}", write=write, headers=headers, content=content, what=what
        )
        verdict = judge(answer, write=write, now=self._clock.now())
        if verdict.action is Action.REFRESH and not fresh:
            return self._call(verb, path, body, fresh=True)
        if verdict.action is Action.REFRESH:
            raise CredentialsRefused(self.name, "it does not know the token")
        if verdict.action is not Action.SUCCEED:
            raise verdict.error(self.name, what=what, pace_key=self.pace_key)
        return answer


class ToyboxSimulator(Simulator):
    """Keeps widgets in memory."""

    name = "toybox"

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.widgets: dict[str, dict[str, str]] = {}
        self.shelf = "open"

    def handle(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer toy":
            return json_response({"message": "Who are you?"}, 401)
        if request.path == "/me":
            return json_response({"shelf": self.shelf})
        if request.method == "GET":
            wanted = request.query["companies"].split(",")
            return json_response([one for one in self.widgets.values() if one["company"] in wanted])
        body = json.loads(request.body)
        key = request.path.removeprefix("/widgets").strip("/") or str(len(self.widgets) + 1)
        self.widgets[key] = {**self.widgets.get(key, {}), **body, "id": key}
        return json_response(self.widgets[key])
