"""Requests to one Moovila tenant: its address, its key, its errors, and what a 401 or a 404 there really means.

Assumed are an API key that travels as `Authorization: Bearer` and error bodies `{"code", "message", "errors"}`, with
the code `NotFound` for a record that is not there. A 404 that does not say so is believed only where the list in which
the record would stand is answered; a page that is no JSON never.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RecordRejected, RetryLater, SyncError
from shared.systems.errors import NO_JSON, Action, Verdict, judge
from shared.systems.http import Answer, Http
from shared.systems.rest import Keys, Request, ServerTime, json_body, send

NAME = "moovila"
KEY = "api_key"
"""The entry of the secret."""

PATIENCE = 40.0
"""Seconds to wait for the next bytes of an answer: a page of a thousand records takes long."""

_ID = re.compile(r"[A-Za-z0-9_-]+")
"""What can be an id, since ids become parts of addresses."""

_PROBE = Request("GET", "users", "limit=1")
_ABSENT = (Action.ABSENT, Action.REDISCOVER)


def checked(record_id: str) -> str:
    """The id; ValueError for what cannot be one."""
    if not _ID.fullmatch(record_id):
        raise ValueError(f"{record_id!r} is no id of Moovila's")
    return record_id


class Session:
    """One tenant as its API key sees it."""

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        self._root = settings.base_url
        self.site = settings.web_url or re.sub(r"^(https?://)api\.", r"\1app.", settings.base_url)
        """Where people open records; assumed to be the API's host with `app.` unless `web_url` says otherwise."""
        self.pace_key = f"{urlsplit(self._root).netloc}#{settings.company}"
        self._keys = keys
        self._clock = clock
        self._http = http
        self._time = ServerTime(NAME, clock)

    def call(self, request: Request, within: str = "") -> Answer:
        """The answer to a request that succeeded; everything else is raised as an error of `shared.sync.errors`.

        `within` names the list whose record the address names, if it names one: a RecordRejected with the code
        `NotFound` where that is not there.
        """
        answer = self.find(request, within)
        if answer is None:
            raise RecordRejected(NAME, f"there is no {request.path} any more", code="NotFound")
        return answer

    def find(self, request: Request, within: str = "") -> Answer | None:
        """Like `call`, but None where there is no such record, and only then."""
        answer, verdict = self._settled(request)
        if verdict.action in _ABSENT:
            self._confirm_absent(request, verdict, within)
            return None
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        return answer

    def check(self) -> None:
        """Asks whether the key holds, with the secret read anew; CredentialsRefused if it does not.

        A user without the right to what is asked for is known all the same.
        """
        self._keys(fresh=True)
        self._probe()

    def server_time(self) -> datetime:
        """The server's clock, in UTC, to the second; up to 15 seconds late, as an answer just had serves as well."""
        return self._time.now(lambda: self.call(_PROBE))

    def _settled(self, request: Request) -> tuple[Answer, Verdict]:
        """An answer that is no 401 any more; a 401 carried nothing out, so that a write may be repeated, too."""
        answer, verdict = self._send(request)
        if verdict.action is not Action.REFRESH:
            return answer, verdict
        before = self._headers()
        if before != self._headers(fresh=True):
            answer, verdict = self._send(request)
            if verdict.action is not Action.REFRESH:
                return answer, verdict
        self._probe()
        fix = "Give the user to whom the API key belongs the right to this part of Moovila."
        raise verdict.not_allowed(NAME, what=request.what, fix=fix)

    def _probe(self) -> None:
        """Whether the key holds at all."""
        _, verdict = self._send(_PROBE)
        if verdict.action is Action.REFRESH:
            raise CredentialsRefused(NAME, f"the API key: {verdict.complaint.words or verdict.row.meaning}")
        if verdict.action in _ABSENT:
            raise self._no_api(_PROBE)
        if verdict.action not in (Action.SUCCEED, Action.ALLOW):
            raise self._error(verdict, _PROBE)

    def _send(self, request: Request) -> tuple[Answer, Verdict]:
        content = None if request.body is None else json_body(request.body)
        url = f"{self._root}/{request.path}?{request.query}" if request.query else f"{self._root}/{request.path}"
        answer = send(self._http, NAME, url, request, self._headers(), content, PATIENCE)
        self._time.note(answer)
        return answer, judge(answer, write=request.write, now=self._clock.now())

    def _headers(self, *, fresh: bool = False) -> Mapping[str, str]:
        """What every call carries; ConfigurationWrong for a key that no header can hold."""
        key = self._keys(fresh=fresh)[KEY].strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigurationWrong(
                f"{KEY} in the secret of {NAME} is no key",
                where=f"{NAME}: the secret",
                fix=f"Enter the API key again, without blanks or line ends; the secret is JSON with {KEY}.",
            )
        return {"Authorization": f"Bearer {key}", "Accept": "application/json"}

    def _confirm_absent(self, request: Request, verdict: Verdict, within: str) -> None:
        """Returns if a 404 means that there is no such record; an error says what else it means."""
        if not within:
            raise self._no_api(request)
        if NO_JSON in verdict.complaint.codes:
            raise RetryLater(f"something on the way answers {request.what} with {verdict.status}", system=NAME)
        if verdict.action is Action.REDISCOVER:
            probe = Request("GET", within, "limit=1")
            _, probed = self._settled(probe)
            if probed.action in _ABSENT:
                raise self._no_api(probe)
            if probed.action is not Action.SUCCEED:
                raise self._error(probed, probe)

    def _no_api(self, request: Request) -> ConfigurationWrong:
        return ConfigurationWrong(
            f"{NAME} does not know {request.what}",
            where=f"{NAME}: base_url",
            fix="Set base_url to the address of Moovila's API, as Moovila gives it to you.",
        )

    def _error(self, verdict: Verdict, request: Request) -> SyncError:
        return verdict.error(NAME, what=request.what, pace_key=self.pace_key)
