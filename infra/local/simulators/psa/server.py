"""The PSA as a server: who may call, under which address and how often; the rest is done by `api` and `special`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from infra.local.simulators.json_api import JsonApi
from infra.local.simulators.psa.api import Api, Call
from infra.local.simulators.psa.bundles import Bundles
from infra.local.simulators.psa.callbacks import Callbacks
from infra.local.simulators.psa.documents import Documents
from infra.local.simulators.psa.entities import Entity, load
from infra.local.simulators.psa.errors import (
    Refusal,
    endpoint_not_found,
    method_not_allowed,
    throttled,
    unauthorized,
)
from infra.local.simulators.psa.forecast import Forecasts
from infra.local.simulators.psa.records import Records
from infra.local.simulators.psa.rights import Role
from infra.local.simulators.psa.seed import API_MEMBER, Seeder
from infra.local.simulators.psa.settings import Settings
from infra.local.simulators.psa.shaping import shape
from infra.local.simulators.psa.special import Information, Special
from infra.local.simulators.psa.views import Views
from infra.local.simulators.server import CONTROL, Fault, Request, Response, Simulator, json_response, utc_now

ROUTER = "v4_6_release"
_API = re.compile(r"^/(?P<codebase>[^/]+)/+apis/3\.0/(?P<rest>.+?)/?$")
_LOGIN = re.compile(r"^/login/companyinfo/(?P<company>[^/]+)$")
_KEY = re.compile(r"^/[^/]+/+system/callbackkey/index\.rails$")


@dataclass(frozen=True)
class ApiKey:
    """Keys of one API member, and its security role."""

    public: str
    private: str
    member: str
    role: Role


class PsaSimulator(JsonApi):
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
        self.documents = Documents(self.api)
        self.callbacks = Callbacks(self.data, seed, self.lock)
        self.special = Special(
            self.api,
            Information(self.api).handlers(),
            self.documents.handlers(),
            Views(self.api, self.documents).handlers(),
            Forecasts(self.api).handlers(),
            Bundles(self.api).handlers(),
        )
        self.keys = [ApiKey("public", "private", API_MEMBER, Role())]
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

    def api_member(self, identifier: str, public: str, private: str, granted: Mapping[str, str] | None = None) -> None:
        """Give an API member keys, in place of any with the same public key.

        `granted` is its security role: rights by the names of `rights.toml`; None for all of them.
        """
        self.keys = [key for key in self.keys if key.public != public]
        self.keys.append(ApiKey(public, private, identifier, Role(granted)))

    # For the server

    def start(self, port: int = 0) -> str:
        """Serve, and send callbacks."""
        url = super().start(port)
        self.callbacks.start(self.settings.public_url or url)
        return url

    def stop(self) -> None:
        """Stop serving and sending."""
        self.callbacks.stop()
        super().stop()

    def operation(self, request: Request) -> str:
        """The path without codebase, ids as `{id}`: "GET /company/companies/{id}"."""
        match = _API.match(request.path)
        if match:
            words = ["{id}" if word.isdigit() else word for word in match["rest"].split("/") if word]
            return f"{request.method} /{'/'.join(words)}"
        if _LOGIN.match(request.path):
            return f"{request.method} /login/companyinfo/{{company}}"
        return super().operation(request)

    def control(self, request: Request) -> Response | None:
        """The Python access over HTTP, for tests of another process: records, settings, ignored."""
        what = (request.method, request.path.removeprefix(CONTROL))
        try:
            given = json.loads(request.body or b"{}")
            match what:
                case ("POST", "records"):
                    return json_response(self.add(given["path"], **given.get("fields", {})), 201)
                case ("PATCH", "records"):
                    return json_response(self.edit(given["path"], given["id"], **given.get("fields", {})))
                case ("DELETE", "records"):
                    self.delete(given["path"], given["id"])
                    return Response(204)
                case ("PATCH", "settings"):
                    replace(self.settings, **given)  # refuses what there is not
                    vars(self.settings).update(given)
                    return json_response(asdict(self.settings))
                case ("GET", "ignored"):
                    return json_response(self.ignored)
        except Refusal as refusal:
            return json_response(refusal.body, refusal.status)
        except (ValueError, TypeError, KeyError) as wrong:
            return json_response({"message": f"not carried out: {wrong!r}"}, 400)
        return None

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

    def answer(self, request: Request) -> Response:
        if len(self.url) + len(request.raw_target) > self.settings.url_limit:
            html = b"<html><head><title>414 Request-URI Too Long</title></head></html>"
            return Response(414, html, {"Content-Type": "text/html"})
        login = _LOGIN.match(request.path)
        if login:
            return self._company_info(request, login["company"])
        if _KEY.match(request.path) and request.method == "GET":
            return json_response({"signing_key": self.callbacks.signing_key(request.query.get("id", ""))})
        match = _API.match(request.path)
        if match is None or match["codebase"] not in {self.settings.codebase.strip("/"), ROUTER}:
            raise endpoint_not_found()
        key = self._key(request)
        waiting = self._throttle()
        if waiting is not None:
            return json_response(throttled(waiting), 429, {"Retry-After": str(waiting)})
        call = self._call(request, match["rest"], key.member)
        key.role.require(key.member, call.method, call.words)
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
