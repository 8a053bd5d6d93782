"""Requests to one Zomentum tenant with the shared token: its address, its errors, what a 401 or a 404 really means.

Of the errors 400, 401 and 403 are documented, without codes. Which of them an unknown id gets is told nowhere: that a
record is not there is believed only when a list filtered by its id does not have it either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import RecordRejected, RetryLater
from shared.systems.bearer import BearerSession
from shared.systems.errors import Action, Verdict
from shared.systems.http import Answer, Http
from shared.systems.rest import Request, encoded
from shared.systems.tokens import SharedKeys
from shared.systems.zomentum.tokens import ISSUER, NAME

ROOT = "v2"
PATIENCE = 40.0
"""Seconds to wait for the next bytes of an answer: a page of a thousand records takes long."""

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


def site(settings: SystemSettings) -> str:
    """Where people open records; assumed to be the API's host with `app.` unless `web_url` says otherwise."""
    return settings.web_url or re.sub(r"^(https?://)api\.", r"\1app.", _base(settings))


def _base(settings: SystemSettings) -> str:
    return re.sub(rf"/{ROOT}$", "", settings.base_url)


class Session(BearerSession):
    """One tenant as its API user sees it."""

    def __init__(self, settings: SystemSettings, keys: SharedKeys, clock: Clock, http: Http) -> None:
        base = _base(settings)
        self.site = site(settings)
        super().__init__(
            ISSUER, f"{base}/{ROOT}", _PROBE, keys, clock, http, company=settings.company, patience=PATIENCE
        )

    def call(self, request: Request, record: Address | None = None, *, json: bool = True) -> Answer:
        """The answer to a request that succeeded; everything else is raised as an error of `shared.sync.errors`.

        `record` is the one that the request is about, if it is about one that is there already: a RecordRejected with
        the code `NotFound` where it is not. `json`: the answer is to be JSON.
        """
        answer, verdict = self.settled(request, json=json)
        if verdict.action in (Action.ABSENT, Action.REDISCOVER):
            if record is None:
                raise self.no_api(request)
            if not self._is_absent(record):
                raise self._contradicts(request, verdict)
            raise RecordRejected(NAME, f"there is no {record.path} any more", code="NotFound")
        if verdict.action is not Action.SUCCEED:
            raise self.error(verdict, request)
        return answer

    def find(self, record: Address, query: str = "") -> Answer | None:
        """One record: None where there is no such one, and only then."""
        request = Request("GET", record.path, query)
        answer, verdict = self.settled(request)
        told_absent = verdict.action in (Action.ABSENT, Action.REDISCOVER)
        # "Invalid reference ids" are a 400, of which nobody knows whether an id in the address is one.
        if (told_absent or (verdict.action is Action.REJECT and record.listed)) and self._is_absent(record):
            return None
        if told_absent:
            raise self._contradicts(request, verdict)
        if verdict.action is not Action.SUCCEED:
            raise self.error(verdict, request)
        return answer

    def _is_absent(self, record: Address) -> bool:
        """Whether a record is not in its list either; an error where that cannot be read."""
        query = encoded(":;", count_query_flag="true", page="1", limit="1", filters=f"id:eq:{record.id};")
        answer = self.call(Request("GET", record.list, query))
        body = answer.json() if answer.is_json else None
        return isinstance(body, Mapping) and body.get("data") == []

    def _contradicts(self, request: Request, verdict: Verdict) -> RetryLater:
        return RetryLater(f"{NAME} answers {request.what} with {verdict.status}, but lists it", system=NAME)
