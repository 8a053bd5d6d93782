"""Signed requests to one Automate server: its address, its errors, and what a 401 or a 404 there really means.

Automate's error bodies carry no codes. A 401 is believed only when a login with the secret read anew did not help; a
404 of a record only when its list does not have the record either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RecordRejected, RetryLater, SyncError
from shared.systems.connectwise_automate.tokens import NAME, Tokens
from shared.systems.errors import Action, Verdict, judge
from shared.systems.http import Answer, Http
from shared.systems.rest import Keys, Request, send

ROOT = "cwa/api/v1"
PATIENCE = 40.0
"""Seconds to wait for the next bytes of an answer: a page of a thousand computers takes long."""

_CLOCK = Request("GET", "DatabaseServerTime")
_ABSENT = (Action.REDISCOVER, Action.ABSENT)
_RECORD = re.compile(r"(?P<list>.+)/(?P<id>\d+)")


class Session:
    """One Automate server as its API user sees it."""

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        self.site = re.sub(r"/cwa(/api(/v1)?)?$", "", settings.base_url, flags=re.IGNORECASE)
        """The server's address: what is above the API, and where people open it."""
        self.pace_key = f"{urlsplit(self.site).netloc}#{settings.company}"
        self._clock = clock
        self._http = http
        self._tokens = Tokens(self.site, self.pace_key, keys, clock, self._send)

    def url(self, path: str, query: str = "") -> str:
        """The whole URL of a path below the API's root."""
        root = f"{self.site}/{ROOT}/{path}"
        return f"{root}?{query}" if query else root

    def call(self, request: Request) -> Answer:
        """The answer to a request that succeeded; everything else is raised as an error of `shared.sync.errors`.

        A record that is not there is a RecordRejected with the code `NotFound`.
        """
        answer = self.find(request)
        if answer is None:
            raise RecordRejected(NAME, f"there is no {request.path} any more", code="NotFound")
        return answer

    def find(self, request: Request) -> Answer | None:
        """Like `call`, but None where there is no such record, and only then."""
        answer, verdict = self._ask(request)
        if verdict.action is Action.REFRESH:
            answer, verdict = self._ask_anew(request)
        if verdict.action in _ABSENT:
            self._confirm_absent(request, verdict)
            return None
        if verdict.action is not Action.SUCCEED:
            raise self._error(verdict, request)
        return answer

    def check(self) -> None:
        """Asks whether the keys hold, with the secret read anew; CredentialsRefused if they do not."""
        self._tokens.renew()
        self._probe()

    def server_time(self) -> datetime:
        """The clock of Automate's database, in UTC."""
        answer = self.call(_CLOCK)
        said = answer.json() if answer.is_json else None
        try:
            moment = datetime.fromisoformat(said if isinstance(said, str) else "")
        except ValueError:
            raise RetryLater(f"{NAME} does not say what time it is there", system=NAME) from None
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        if answer.date is None:
            raise RetryLater(f"{NAME} does not say in which time zone its clock is", system=NAME)
        return answer.date

    def _ask(self, request: Request) -> tuple[Answer, Verdict]:
        return self._send(request, self._tokens.headers())

    def _send(self, request: Request, headers: Mapping[str, str]) -> tuple[Answer, Verdict]:
        content = None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode()
        url = self.url(request.path, request.query)
        answer = send(self._http, NAME, url, request, headers, content, PATIENCE)
        return answer, judge(answer, write=request.write, now=self._clock.now())

    def _ask_anew(self, request: Request) -> tuple[Answer, Verdict]:
        """Asks once more with a new token, since a 401 carried nothing out.

        Raises CredentialsRefused where the server's clock is refused as well, ConfigurationWrong where it is not.
        """
        self._tokens.renew()
        answer, verdict = self._ask(request)
        if verdict.action is not Action.REFRESH:
            return answer, verdict
        self._probe()
        fix = "Give the API user's class the right to this part of Automate."
        raise verdict.not_allowed(NAME, what=request.what, fix=fix)

    def _probe(self) -> None:
        """Whether the keys hold, for every call and not for the login alone, which does not look at the client id."""
        _, verdict = self._ask(_CLOCK)
        if verdict.action is Action.REFRESH:
            said = verdict.complaint.words or verdict.row.meaning
            raise CredentialsRefused(NAME, f"it logs the user in, but not this client_id: {said}")
        if verdict.action in _ABSENT:
            self._confirm_absent(_CLOCK, verdict)
        if verdict.action not in (Action.SUCCEED, Action.ALLOW):
            raise self._error(verdict, _CLOCK)

    def _confirm_absent(self, request: Request, verdict: Verdict) -> None:
        """Returns if the record of a request is not in its list either."""
        record = _RECORD.fullmatch(request.path)
        if record is None:
            raise ConfigurationWrong(
                f"{NAME} at {self.site} does not know {request.what}",
                where=f"{NAME}: base_url",
                fix="Set base_url to the address of the Automate server; if it is, update Automate (2020.11 or newer).",
            )
        condition = quote(f"Id = {record['id']}")
        answer = self.call(Request("GET", record["list"], f"condition={condition}&includeFields=Id&pageSize=1"))
        if not answer.is_json or answer.json() != []:
            raise RetryLater(f"{NAME} answers {request.what} with {verdict.status}, but lists it", system=NAME)

    def _error(self, verdict: Verdict, request: Request) -> SyncError:
        return verdict.error(NAME, what=request.what, pace_key=self.pace_key)
