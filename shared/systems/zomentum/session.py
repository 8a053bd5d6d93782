"""Requests to one Zomentum tenant with the shared token: its address, its errors, what a 401 or a 404 really means.

Of the errors 400, 401 and 403 are documented, without codes. Which of them an unknown id gets is told nowhere: that a
record is not there is believed only when a list filtered by its id does not have it either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, RecordRejected, RetryLater, SyncError
from shared.systems.errors import Action, Verdict, judge
from shared.systems.http import Answer, Http
from shared.systems.rest import Request, ServerTime, encoded, json_body, send
from shared.systems.zomentum.tokens import NAME, WAIT, SharedKeys, Token, Tokens, no_api, useless

ROOT = "v2"
PATIENCE = 40.0
"""Seconds to wait for the next bytes of an answer: a page of a thousand records takes long."""

TOKENS = 4
"""How many tokens are tried for one request: others may refresh, too."""

_ID = re.compile(r"[A-Za-z0-9_-]+")
"""What can be an id, since ids become parts of addresses and filters."""

_PROBE = Request("GET", "users", encoded(":;", count_query_flag="true", page="1", limit="1"))


@dataclass(frozen=True)
class Address:
    """Where one record is: its list, and its id; ValueError for what cannot be an id.

    `listed`: that list, asked for without more ado, has every such record (that of opportunities has one pipeline's).
    """

    list: str
    id: str
    listed: bool = True

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no id of Zomentum's")

    @property
    def path(self) -> str:
        return f"{self.list}/{self.id}"


class Session:
    """One tenant as its API user sees it."""

    def __init__(self, settings: SystemSettings, keys: SharedKeys, clock: Clock, http: Http) -> None:
        base = re.sub(rf"/{ROOT}$", "", settings.base_url)
        self._root = f"{base}/{ROOT}"
        self.site = settings.web_url or re.sub(r"^(https?://)api\.", r"\1app.", base)
        """Where people open records; assumed to be the API's host with `app.` unless `web_url` says otherwise."""
        self.pace_key = f"{urlsplit(base).netloc}#{settings.company}"
        self._clock = clock
        self._http = http
        self._tokens = Tokens(self.pace_key, keys, self._send)
        self._time = ServerTime(NAME, clock)

    def url(self, path: str, query: str = "") -> str:
        """The whole URL of a path below the API's root."""
        return f"{self._root}/{path}?{query}" if query else f"{self._root}/{path}"

    def call(self, request: Request, record: Address | None = None, *, json: bool = True) -> Answer:
        """The answer to a request that succeeded; everything else is raised as an error of `shared.sync.errors`.

        `record` is the one that the request is about, if it is about one that is there already: a RecordRejected with
        the code `NotFound` where it is not. `json`: the answer is to be JSON.
        """
        answer, verdict = self._settled(request, json=json)
        if verdict.action in (Action.ABSENT, Action.REDISCOVER):
            if record is None:
                raise no_api(request)
            if not self._is_absent(record):
                raise self._contradicts(request, verdict)
            raise RecordRejected(NAME, f"there is no {record.path} any more", code="NotFound")
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        return answer

    def find(self, record: Address, query: str = "") -> Answer | None:
        """One record: None where there is no such one, and only then."""
        request = Request("GET", record.path, query)
        answer, verdict = self._settled(request)
        told_absent = verdict.action in (Action.ABSENT, Action.REDISCOVER)
        # "Invalid reference ids" are a 400, of which nobody knows whether an id in the address is one.
        if (told_absent or (verdict.action is Action.REJECT and record.listed)) and self._is_absent(record):
            return None
        if told_absent:
            raise self._contradicts(request, verdict)
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        return answer

    def check(self) -> None:
        """Asks whether the keys hold, with the secret read anew; CredentialsRefused if they do not.

        A user without the right to what is asked for is known all the same.
        """
        _, verdict = self._settled(_PROBE, fresh=True)
        if verdict.action in (Action.ABSENT, Action.REDISCOVER):
            raise no_api(_PROBE)
        if verdict.action not in (Action.SUCCEED, Action.ALLOW):
            raise self._error(verdict, _PROBE)

    def server_time(self) -> datetime:
        """The server's clock, in UTC, to the second; up to 15 seconds late, as an answer just had serves as well."""
        return self._time.now(lambda: self.call(_PROBE))

    def _settled(self, request: Request, *, json: bool = True, fresh: bool = False) -> tuple[Answer, Verdict]:
        """An answer that is no 401 any more: the request is sent again with other tokens, since a 401 did nothing."""
        refused: set[str] = set()
        token = self._tokens.current(fresh=fresh)
        while True:
            answer, verdict = self._send(request, token.headers, json=json)
            if verdict.action is not Action.REFRESH:
                return answer, verdict
            if token.new:
                raise self._refused(request, token, verdict)
            refused.add(token.text)
            if len(refused) == TOKENS:
                raise RetryLater(f"{NAME} refuses one token after another", system=NAME, after=WAIT)
            token = self._tokens.after(refused)

    def _refused(self, request: Request, token: Token, verdict: Verdict) -> SyncError:
        """What it means that a new token is refused: nobody's fault but this request's, if others are answered."""
        _, probed = self._send(_PROBE, token.headers)
        if request is _PROBE or probed.action is Action.REFRESH:
            return useless()
        return ConfigurationWrong(
            f"{NAME} answers {request.what} with 401 ({verdict.complaint.words}), though the keys hold",
            where=f"{NAME}: rights",
            fix="Give the API user the right to this part of Zomentum.",
        )

    def _send(self, request: Request, headers: Mapping[str, str], *, json: bool = True) -> tuple[Answer, Verdict]:
        content = None if request.body is None else json_body(request.body)
        url = self.url(request.path, request.query)
        answer = send(self._http, NAME, url, request, headers, content, PATIENCE)
        self._time.note(answer)
        return answer, judge(answer, write=request.write, now=self._clock.now(), json=json)

    def _is_absent(self, record: Address) -> bool:
        """Whether a record is not in its list either; an error where that cannot be read."""
        query = encoded(":;", count_query_flag="true", page="1", limit="1", filters=f"id:eq:{record.id};")
        answer = self.call(Request("GET", record.list, query))
        body = answer.json() if answer.is_json else None
        return isinstance(body, Mapping) and body.get("data") == []

    def _contradicts(self, request: Request, verdict: Verdict) -> RetryLater:
        return RetryLater(f"{NAME} answers {request.what} with {verdict.status}, but lists it", system=NAME)

    def _error(self, verdict: Verdict, request: Request) -> SyncError:
        return verdict.error(NAME, what=request.what, pace_key=self.pace_key)
