"""The PSA as a server: who may call, under which address and how often; the rest is done by `api` and `special`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from infra.local.simulators.psa.api import Api, Call
from infra.local.simulators.psa.entities import Entity, load
from infra.local.simulators.psa.errors import (
    Refusal,
    endpoint_not_found,
    forbidden,
    method_not_allowed,
    throttled,
    unauthorized,
)
from infra.local.simulators.psa.records import Records
from infra.local.simulators.psa.seed import API_MEMBER, Seeder
from infra.local.simulators.psa.settings import Settings
from infra.local.simulators.psa.shaping import shape
from infra.local.simulators.psa.special import Special
from infra.local.simulators.server import Fault, Request, Response, Simulator, json_response, utc_now

ROUTER = "v4_6_release"
_API = re.compile(r"^/(?P<codebase>[^/]+)/+apis/3\.0/(?P<rest>.+?)/?$")
_LOGIN = re.compile(r"^/login/companyinfo/(?P<company>[^/]+)$")
_RIGHTS = {"GET": "inquire", "POST": "add", "PUT": "edit", "PATCH": "edit", "DELETE": "delete"}


@dataclass(frozen=True)
class ApiKey:
    """Keys of one API member, and the rights that its security role lacks: (path prefix, right)."""

    public: str
    private: str
    member: str
    denied: frozenset[tuple[str, str]] = frozenset()


class PsaSimulator(Simulator):
    """A ConnectWise PSA of login company `demo`, keys `public` and `private`, with set-up tables filled.

    `companies` and `tickets` say how many to invent. `settings` arms traps and limits, at any time. Two more
    kinds of faults change the list that is asked for just before it is answered: "drift" deletes its lowest
    record, so that pages by number shift, and "touch" updates it.
    """

    name: ClassVar[str] = "connectwise-psa"
    fault_kinds: ClassVar[frozenset[str]] = Simulator.fault_kinds | {"drift", "touch"}

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        companies: int = 0,
        tickets: int = 0,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.settings = settings or Settings()
        self.table = load()
        self.data = Records(self.table, self.settings, self._now)
        self.api = Api(self.data)
        self.special = Special(self.api)
        self.keys = [ApiKey("public", "private", API_MEMBER)]
        self._minute: tuple[int, int] = (0, 0)
        seeder = Seeder(self.data, self.random)
        seeder.set_up()
        seeder.companies(companies)
        seeder.tickets(tickets)

    # For tests, in Python

    @property
    def ignored(self) -> list[tuple[str, str]]:
        """(resource, field) of everything that clients sent and the PSA did not take."""
        return self.data.ignored

    def records(self, path: str) -> list[dict[str, Any]]:
        """The records below a path such as `company/companies` or `company/companies/250/sites`.

        `*` in place of an id stands for all parents.
        """
        with self.lock:
            entity, parent = self._place(path)
            rows = self.data.store.rows(entity.resource)
            form = shape(self.data, entity, "")
            return [form(rows[record]) for record in (rows.ids if parent is None else rows.children(parent))]

    def record(self, path: str, record: int) -> dict[str, Any]:
        """One record. Raises Refusal (404) where there is none."""
        with self.lock:
            entity, parent = self._place(path)
            return shape(self.data, entity, "")(self.data.get(entity, record, parent))

    def add(self, path: str, /, *, by: str = "Admin1", **fields: Any) -> dict[str, Any]:
        """Make a record as a member would on the screen: defaults are filled in, nothing is refused."""
        with self.lock:
            entity, parent = self._place(path)
            row = self.data.create(entity, fields, by, parent=parent, trusted=True)
            return shape(self.data, entity, "")(row)

    def edit(self, path: str, record: int, /, *, by: str = "Admin1", **fields: Any) -> dict[str, Any]:
        """Change fields of a record as a member would on the screen; even to values that the API would refuse."""
        with self.lock:
            entity, _ = self._place(path)
            row = self.data.update(entity, record, fields, by, whole=False, trusted=True)
            return shape(self.data, entity, "")(row)

    def delete(self, path: str, record: int, /, *, by: str = "Admin1") -> None:
        """Delete a record as a member would on the screen. Raises Refusal (404, 409)."""
        with self.lock:
            entity, parent = self._place(path)
            self.data.delete(entity, record, by, parent=parent)

    def define_custom_field(
        self, path: str, caption: str, kind: str = "Text", *, options: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Define a custom field for the entity of a path; with `options` it is a list to choose from."""
        entity, _ = self._place(path)
        defined = self.data.custom.definitions(entity)
        return self.add(
            "system/userDefinedFields",
            podId=entity.pod,
            caption=caption,
            sequenceNumber=len(defined) + 1,
            fieldTypeIdentifier=kind,
            entryTypeIdentifier="List" if options else "EntryField",
            options=[{"optionValue": option} for option in options],
        )

    def api_member(self, identifier: str, public: str, private: str, denied: Mapping[str, str] | None = None) -> None:
        """Give an API member keys. `denied` maps path prefixes to the rights lacking there: "add edit"."""
        pairs = frozenset((path, right) for path, rights in (denied or {}).items() for right in rights.split())
        self.keys = [key for key in self.keys if key.public != public]
        self.keys.append(ApiKey(public, private, identifier, pairs))

    # For the server

    def operation(self, request: Request) -> str:
        """The path without codebase, ids as `{id}`: "GET /company/companies/{id}"."""
        match = _API.match(request.path)
        if match:
            words = ["{id}" if word.isdigit() else word for word in match["rest"].split("/") if word]
            return f"{request.method} /{'/'.join(words)}"
        if _LOGIN.match(request.path):
            return f"{request.method} /login/companyinfo/{{company}}"
        return super().operation(request)

    def handle(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Refusal as refusal:
            return json_response(refusal.body, refusal.status)

    def refusal(self, fault: Fault, request: Request) -> Response:
        del request
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.status == 429:
            return json_response(throttled(fault.retry_after or 30), 429, headers)
        codes = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "RecordInUse"}
        code = codes.get(fault.status, "InternalServerError" if fault.status >= 500 else "InvalidObject")
        message = "An error message has not been defined" if fault.status >= 500 else "The request was refused."
        return json_response({"code": code, "message": message}, fault.status, headers)

    def fault(self, fault: Fault, request: Request) -> Response:
        match = _API.match(request.path)
        entity = self.api.routes.get(self._call(request, match["rest"], "").pattern) if match else None
        ids = self.data.store.rows(entity.resource).ids if entity else []
        if entity and ids and fault.kind == "drift":
            self.data.remove(entity, ids[0], "Admin1")
        elif entity and ids:
            self.data.update(entity, ids[0], {}, "Admin1", whole=False, trusted=True)
        return self.handle(request)

    def _answer(self, request: Request) -> Response:
        if len(self.url) + len(request.raw_target) > self.settings.url_limit:
            html = b"<html><head><title>414 Request-URI Too Long</title></head></html>"
            return Response(414, html, {"Content-Type": "text/html"})
        login = _LOGIN.match(request.path)
        if login:
            return self._company_info(request, login["company"])
        match = _API.match(request.path)
        if match is None or match["codebase"] not in {self.settings.codebase.strip("/"), ROUTER}:
            raise endpoint_not_found()
        key = self._key(request)
        waiting = self._throttle()
        if waiting is not None:
            return json_response(throttled(waiting), 429, {"Retry-After": str(waiting)})
        call = self._call(request, match["rest"], key.member)
        self._check_rights(call, key)
        handler = self.special.find(call)
        return handler(call) if handler else self.api.handle(call)

    def _company_info(self, request: Request, company: str) -> Response:
        if request.method != "GET":
            raise method_not_allowed(request.method)
        if company.casefold() != self.settings.company.casefold():
            return json_response(None)
        version = self.settings.version
        info = {
            "CompanyName": "Demo Managed Services",
            "Codebase": self.settings.codebase,
            "VersionCode": ".".join(version.split(".")[:2]),
            "VersionNumber": version,
            "CompanyID": self.settings.company,
            "IsCloud": self.settings.cloud,
        }
        return json_response(info)

    def _key(self, request: Request) -> ApiKey:
        given = request.headers.get("authorization", "")
        for key in self.keys:
            login = f"{self.settings.company}+{key.public}:{key.private}"
            if given == "Basic " + base64.b64encode(login.encode()).decode() and request.headers.get("clientid"):
                return key
        raise endpoint_not_found() if self.settings.bad_keys_answer == 404 else unauthorized()

    def _throttle(self) -> int | None:
        limit = self.settings.requests_per_minute
        if limit is None:
            return None
        minute, second = divmod(int(self.clock().timestamp()), 60)
        counted = self._minute[1] + 1 if self._minute[0] == minute else 1
        self._minute = (minute, counted)
        return 60 - second if counted > limit else None

    def _check_rights(self, call: Call, key: ApiKey) -> None:
        right, path = _RIGHTS.get(call.request.method, "inquire"), "/".join(call.words)
        for prefix, lacking in key.denied:
            if lacking == right and path.startswith(prefix.lower()):
                raise forbidden(key.member, right, prefix)

    def _call(self, request: Request, rest: str, by: str) -> Call:
        words = tuple(word.lower() for word in rest.split("/") if word)
        root = f"{self.settings.public_url or self.url}/{self.settings.codebase}apis/3.0"
        return Call(request, words, by, root)

    def _place(self, path: str) -> tuple[Entity, int | None]:
        words = [word.lower() for word in path.strip("/").split("/")]
        pattern = tuple("{id}" if word.isdigit() or word == "*" else word for word in words)
        entity = self.api.routes.get(pattern)
        if entity is None:
            raise KeyError(f"there is no {path} in the PSA's table")
        return entity, next((int(word) for word in words if word.isdigit()), None)

    def _now(self) -> datetime:
        return self.clock()
