"""The one table that says what to do about each answer of an outside system, by status and error code.

`judge` looks an answer up, `Verdict.error` turns it into one of the errors of `shared.sync.errors`. Adapters of systems
that tell errors in another way (SOAP faults) read those first and leave the rest to this table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    FailedRequest,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
    Throttled,
)
from shared.systems.http import Answer


class Action(Enum):
    """What an answer asks for."""

    SUCCEED = "take the answer"
    RETRY = "nothing was done: look again later"
    UNKNOWN = "it may have been done: look for the result, never repeat blindly"
    SLOW_DOWN = "nothing was done: the tenant wants fewer requests"
    REFRESH = "read the keys anew once; refused again, ask whether they hold at all"
    REDISCOVER = "find the tenant's base URL anew once; missing again, ask whether the keys hold at all"
    ABSENT = "there is no such record"
    REJECT = "an issue of this record; the rest goes on"
    CONFIGURE = "a person must set something right"
    ALLOW = "a person must give the account a right"


NO_JSON = "(no JSON)"
"""Stands for the error code of an answer that should be JSON and is not: a proxy's page, a login form, half a body."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what to do about a status with an error code, for reads and for writes."""

    status: str
    code: str
    read: Action
    write: Action
    meaning: str
    where: str = ""
    fix: str = ""

    def fits(self, status: int, codes: frozenset[str]) -> bool:
        return re.fullmatch(self.status.replace("x", r"\d"), str(status)) is not None and (
            self.code == "*" or self.code in codes
        )


_RIGHTS = "Give the account to which the keys belong the right to do this."

TABLE: tuple[Row, ...] = (
    #   status  code          when read          when written       what it means
    Row("2xx", NO_JSON, Action.RETRY, Action.UNKNOWN, "a page came instead of the answer"),
    Row("2xx", "*", Action.SUCCEED, Action.SUCCEED, "done"),
    Row(
        "3xx", "*", Action.CONFIGURE, Action.CONFIGURE, "it sends us to another address",
        "base_url", "Set base_url to the address that answers by itself.",
    ),
    Row("400", "*", Action.REJECT, Action.REJECT, "it finds the request or the record invalid"),
    Row("401", "*", Action.REFRESH, Action.REFRESH, "it does not know the keys"),
    Row(
        "403", "Security", Action.CONFIGURE, Action.CONFIGURE, "it wants TLS and the API's own host",
        "base_url", "Set base_url to the host of the API, with https, e.g. https://api-na.myconnectwise.net.",
    ),
    Row("403", NO_JSON, Action.RETRY, Action.UNKNOWN, "something on the way refuses the request"),
    Row("403", "*", Action.ALLOW, Action.ALLOW, "the account lacks the right", "rights", _RIGHTS),
    Row("404", "NotFound", Action.ABSENT, Action.ABSENT, "there is no such record"),
    Row("404", "*", Action.REDISCOVER, Action.REDISCOVER, "there is no such address, or it does not know the keys"),
    Row("408", "*", Action.RETRY, Action.UNKNOWN, "it gave up waiting for the request"),
    Row("409", "*", Action.REJECT, Action.REJECT, "others use the record"),
    Row("414", "*", Action.REJECT, Action.REJECT, "the request is longer than it takes"),
    Row("429", "*", Action.SLOW_DOWN, Action.SLOW_DOWN, "too many requests"),
    Row("4xx", NO_JSON, Action.RETRY, Action.UNKNOWN, "something on the way refuses the request"),
    Row("4xx", "*", Action.REJECT, Action.REJECT, "it refuses the request"),
    Row("5xx", "*", Action.RETRY, Action.UNKNOWN, "it failed"),
    Row("xxx", "*", Action.RETRY, Action.UNKNOWN, "it answers in no known way"),
)  # fmt: skip
"""The first row that fits holds. A status is digits, `x` for any; a code is the body's own or one of its `errors`."""


@dataclass(frozen=True)
class Complaint:
    """What an error body says: its codes, the outer one first, its words in one text, and the field it names."""

    codes: tuple[str, ...] = ()
    words: str = ""
    field: str = ""

    @property
    def code(self) -> str:
        """The most particular code."""
        return self.codes[-1] if self.codes else ""


@dataclass(frozen=True)
class Verdict:
    """What to do about one answer. `after` is in seconds, where the other side said it."""

    action: Action
    status: int
    row: Row
    complaint: Complaint = field(default_factory=Complaint)
    after: float | None = None

    def error(self, system: str, *, what: str, pace_key: str = "") -> SyncError:
        """The error that says so; `what` names the request in words that hold no secret.

        For REFRESH and REDISCOVER call it only when everything anew was refused too.
        """
        said = self.complaint.words or self.row.meaning
        error = self._error(system, what, said, pace_key)
        error.request = FailedRequest.of(system, what, self.status, said)
        return error

    def _error(self, system: str, what: str, said: str, pace_key: str) -> SyncError:
        text = f"{system} answered {what} with {self.status}: {said}"
        match self.action:
            case Action.SLOW_DOWN:
                return Throttled(text, pace_key=pace_key, system=system, after=self.after)
            case Action.UNKNOWN:
                return OutcomeUnknown(text, system=system, after=self.after)
            case Action.REJECT | Action.ABSENT:
                return RecordRejected(system, said, code=self.complaint.code, field=self.complaint.field)
            case Action.CONFIGURE | Action.ALLOW:
                return ConfigurationWrong(text, where=f"{system}: {self.row.where}", fix=self.row.fix)
            case Action.REFRESH | Action.REDISCOVER:
                return CredentialsRefused(system, f"{what}: {said}")
            case _:
                return RetryLater(text, system=system, after=self.after)

    def not_allowed(self, system: str, *, what: str, fix: str) -> ConfigurationWrong:
        """The error of a request that is refused like unknown keys, though another one showed that the keys hold."""
        return ConfigurationWrong(
            f"{system} answers {what} with {self.status} ({self.complaint.words}), though the keys hold",
            where=f"{system}: rights",
            fix=fix,
        )


def judge(answer: Answer, *, write: bool, now: datetime, json: bool = True) -> Verdict:
    """Looks an answer up in the table.

    `write` says whether the request was to change something. With `json` an answer that is no JSON counts as NO_JSON;
    an empty one does not. `now` measures a Retry-After that is a date, where the answer has no date of its own.
    """
    complaint = _complaint(answer, json=json)
    row = next(row for row in TABLE if row.fits(answer.status, frozenset(complaint.codes)))
    after = retry_after(answer, complaint.words, now) if answer.status in (429, 503) else None
    return Verdict(row.write if write else row.read, answer.status, row, complaint, after)


def retry_after(answer: Answer, words: str, now: datetime) -> float | None:
    """Seconds to wait: the Retry-After header (seconds or an HTTP date), else the seconds that the words name."""
    given = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d*)?", given):
        return float(given)
    if given and (then := _http_date(given)):
        return max(0.0, (then - (answer.date or now)).total_seconds())
    named = re.search(r"(\d+)\s*second", words)
    return float(named.group(1)) if named else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _complaint(answer: Answer, *, json: bool) -> Complaint:
    if answer.status < 300:
        return Complaint((NO_JSON,)) if json and answer.body.strip() and not answer.is_json else Complaint()
    if not answer.is_json:
        return Complaint((NO_JSON,) if json and answer.body.strip() else (), _title(answer.text))
    body = answer.json()
    if not isinstance(body, Mapping):
        return Complaint()
    errors = body.get("errors")
    parts = [part for part in errors if isinstance(part, Mapping)] if isinstance(errors, list) else []
    words = [_words(body), *map(_words, parts), *_model_state(body.get("ModelState"))]
    outer = body.get("code") or body.get("error")
    codes = [outer, *(part.get("code") for part in reversed(parts))]
    return Complaint(
        tuple(code for code in codes if isinstance(code, str) and code),
        _joined(words),
        next((str(part["field"]) for part in parts if part.get("field")), ""),
    )


def _words(body: Mapping[str, Any]) -> str:
    said = body.get("message") or body.get("Message") or ""
    return said if isinstance(said, str) else ""


def _model_state(state: object) -> list[str]:
    if not isinstance(state, Mapping):
        return []
    return [f"{name}: {said}" for name, texts in state.items() for said in (texts if isinstance(texts, list) else [])]


def _joined(words: list[str]) -> str:
    """Each thing said once, in its order, as one text that fits a mail."""
    text = "; ".join(dict.fromkeys(said.strip().rstrip(".") for said in words if said.strip()))
    return text if len(text) <= 1000 else f"{text[:1000]}..."


def _title(page: str) -> str:
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    title = " ".join(found.group(1).split())[:100] if found else ""
    return f"a page came instead of an answer: {title!r}" if title else ""
