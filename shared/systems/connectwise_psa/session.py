"""Signed requests to one ConnectWise tenant: keys, codebase, server time, and what to do when either is refused.

In the cloud a wrong key can be answered 404 like a wrong path, and the path itself changes with every release. So a 401
or a 404 without a record behind it is believed only when the secret was read anew, the codebase was discovered anew and
`system/info` was refused as well.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from pydantic import ValidationError

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, RetryLater, SyncError
from shared.systems.connectwise_psa.models import CompanyInfo
from shared.systems.errors import Action, Verdict, judge
from shared.systems.http import Answer, Http
from shared.systems.rest import Keys, Request, ServerTime, json_body, send

NAME = "connectwise_psa"
VERSION = "2025.1"
"""The version of the API that our models are made for; a version stays answerable for about a year."""

ON_PREMISE = "v4_6_release"
_MISTRUSTED = (Action.REFRESH, Action.REDISCOVER)
_JSON = "application/json"


def site(settings: SystemSettings) -> str:
    """Where people sign in to this tenant: the user-facing host, which is the API's without its `api-`."""
    return re.sub(r"^(https?://)api-", r"\1", settings.base_url)


def page(settings: SystemSettings, record_type: str, record: int) -> str:
    """Where a person opens a record of this tenant."""
    query = urlencode({"locale": "en_US", "companyName": settings.company, "recordType": record_type, "recid": record})
    return f"{site(settings)}/{ON_PREMISE}/services/system_io/router/openrecord.rails?{query}"


class Session:
    """One tenant as its API member sees it. Its codebase is found at first use and kept."""

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        self._base = settings.base_url
        self._company = settings.company
        self._keys = keys
        self._clock = clock
        self._http = http
        self._settings = settings
        self._codebase = ""
        self._time = ServerTime(NAME, clock)

    @property
    def pace_key(self) -> str:
        return f"{urlsplit(self._base).netloc}#{self._company}"

    def link(self, record_type: str, record: int) -> str:
        """Where a person opens a record; `record_type` is the PSA's name of that kind of page."""
        return page(self._settings, record_type, record)

    def url(self, path: str, query: str = "") -> str:
        """The whole URL of a path below the API's root."""
        root = f"{self._base}/{self._known_codebase()}/apis/3.0/{path}"
        return f"{root}?{query}" if query else root

    def call(self, request: Request) -> Answer:
        """The answer to a request that succeeded; everything else is raised as an error of `shared.sync.errors`.

        A record that is not there is a RecordRejected with the code `NotFound`.
        """
        answer, verdict = self._settled(request)
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        return answer

    def find(self, request: Request) -> Answer | None:
        """Like `call`, but None where there is no such record, and only then."""
        answer, verdict = self._settled(request)
        if verdict.action is Action.ABSENT:
            return None
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        return answer

    def check(self) -> None:
        """Asks whether the keys hold, with secret and codebase anew; CredentialsRefused if they do not."""
        self._keys(fresh=True)
        self._rediscover()
        self._probe()

    def server_time(self) -> datetime:
        """The server's clock, in UTC, to the second; up to 15 seconds late, as an answer just had serves as well."""
        return self._time.now(
            lambda: self.call(Request("GET", "system/info")) if self._codebase else self._rediscover()
        )

    def _settled(self, request: Request) -> tuple[Answer, Verdict]:
        """An answer that is to be believed."""
        answer, verdict = self._ask(request)
        return self._ask_anew(request, verdict) if verdict.action in _MISTRUSTED else (answer, verdict)

    def _ask(self, request: Request) -> tuple[Answer, Verdict]:
        headers = self._signed(self._keys(fresh=False))
        content = request.content if request.body is None else json_body(request.body)
        return self._send(request, self.url(request.path, request.query), headers, content)

    def _send(
        self, request: Request, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> tuple[Answer, Verdict]:
        answer = send(self._http, NAME, url, request, headers, content)
        self._time.note(answer)
        return answer, judge(answer, write=request.write, now=self._clock.now())

    def _ask_anew(self, request: Request, verdict: Verdict) -> tuple[Answer, Verdict]:
        """Asks once more with keys read anew, and with the codebase discovered anew, where that brings anything new.

        A request that was refused in this way was not carried out: a write may be repeated too. Raises
        CredentialsRefused where `system/info` is refused as well, ConfigurationWrong where it is not.
        """
        renewals = [self._renew_keys, self._rediscover]
        for renew in renewals if verdict.action is Action.REFRESH else renewals[::-1]:
            if renew():
                answer, verdict = self._ask(request)
                if verdict.action not in _MISTRUSTED:
                    return answer, verdict
        self._probe()
        fix = "Give the API member's security role the right to this part of ConnectWise, or correct base_url."
        raise verdict.not_allowed(NAME, what=request.what, fix=fix)

    def _probe(self) -> None:
        """Whether the keys hold: a member without the right to `system/info` is known all the same."""
        request = Request("GET", "system/info")
        _, verdict = self._ask(request)
        if verdict.action not in (Action.SUCCEED, Action.ALLOW):
            raise self._error(verdict, request)

    def _renew_keys(self) -> bool:
        """Reads the secret anew; whether it holds other keys than before."""
        before = self._signed(self._keys(fresh=False))
        return before != self._signed(self._keys(fresh=True))

    def _rediscover(self) -> bool:
        """Asks for the codebase anew; whether it is another than before."""
        before, self._codebase = self._codebase, self._discover()
        return before != self._codebase

    def _known_codebase(self) -> str:
        if not self._codebase:
            self._codebase = self._discover()
        return self._codebase

    def _discover(self) -> str:
        """The codebase that the host names for the company; on premise it is always the same."""
        if not self._company:
            raise self._unknown_company()
        request = Request("GET", f"login/companyinfo/{quote(self._company, safe='')}")
        answer, verdict = self._send(request, f"{self._base}/{request.path}", {"Accept": _JSON})
        if verdict.action in (*_MISTRUSTED, Action.ABSENT, Action.REJECT):
            raise ConfigurationWrong(
                f"there is no ConnectWise at {self._base}",
                where=f"{NAME}: base_url",
                fix="Set base_url to the host of the API, e.g. https://api-na.myconnectwise.net.",
            )
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        said = answer.json() if answer.is_json else None
        if said is None:
            raise self._unknown_company()
        try:
            info = CompanyInfo.model_validate(said)
        except ValidationError:
            raise RetryLater(f"{NAME} answered {request.what} with something unreadable", system=NAME) from None
        return info.codebase.strip("/") if info.is_cloud else ON_PREMISE

    def _signed(self, keys: Mapping[str, str]) -> dict[str, str]:
        """The headers that every call carries."""
        public, private, client = (self._key(keys, name) for name in ("public_key", "private_key", "client_id"))
        pair = base64.b64encode(f"{self._company}+{public}:{private}".encode()).decode()
        return {
            "Authorization": f"Basic {pair}",
            "clientId": client,
            "Accept": f"application/vnd.connectwise.com+json; version={VERSION}",
        }

    def _key(self, keys: Mapping[str, str], name: str) -> str:
        key = keys[name].strip()
        if not key or not key.isascii():
            raise ConfigurationWrong(
                f"{name} in the secret of {NAME} is no key",
                where=f"{NAME}: the secret",
                fix="Enter the keys again, without typographic signs; the secret is JSON with public_key, private_key "
                "and client_id.",
            )
        return key

    def _unknown_company(self) -> ConfigurationWrong:
        return ConfigurationWrong(
            f"ConnectWise at {self._base} knows no company {self._company!r}",
            where=f"{NAME}: company",
            fix="Set company to the company that people enter when they log in to ConnectWise.",
        )

    def _error(self, verdict: Verdict, request: Request) -> SyncError:
        return verdict.error(NAME, what=request.what, pace_key=self.pace_key)
