"""The door to one dealer's PublicAPI: sends a request with the keys in it; makes a result or an error of the answer.

The keys stand in every body. Whatever the server says is freed of them before it becomes part of an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
)
from shared.systems.eautomate import faults, soap, xml
from shared.systems.eautomate.requests import Answer, Authorize2, Request
from shared.systems.eautomate.soap import Fault
from shared.systems.eautomate.wire import BEGINNING, AuthInfo, Result
from shared.systems.errors import Complaint, judge
from shared.systems.http import Http
from shared.systems.rest import Keys

NAME = "eautomate"
PATH = "/pip/PublicAPIService.asmx"
API_VERSION = "20.1"

R = TypeVar("R")
D_co = TypeVar("D_co", covariant=True)


class Listed(Protocol[D_co]):
    """A list as the PublicAPI answers it, under its own names."""

    @property
    def TimeStamp(self) -> str | None: ...  # noqa: N802

    @property
    def Details(self) -> tuple[D_co, ...] | None: ...  # noqa: N802


class Service:
    """Requests to the PublicAPI of one company, one at a time, each sent once."""

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        if not settings.company:
            raise ConfigurationWrong(
                f"{NAME} has no company",
                where=f"systems.{NAME}.company",
                fix="Set it to the CompanyID that e-automate shows in Help > About, e.g. 1.",
            )
        self.url = address(settings.base_url)
        self._company = settings.company
        self._version = str((settings.model_extra or {}).get("api_version") or API_VERSION)
        self._keys = keys
        self._clock = clock
        self._http = http

    def ask(self, request: Request[R]) -> Answer[R]:
        """The answer to `request`; one without a result where a read finds no such record.

        Raises RecordRejected, RetryLater (Throttled), OutcomeUnknown (writes only), CredentialsRefused (once
        Authorize2 refused them too) and ConfigurationWrong.
        """
        auth = self._auth(fresh=False)
        outcome = self._exchange(request, auth)
        if _refuses_keys(outcome):
            auth = self._auth(fresh=True)
            outcome = self._exchange(request, auth)
            if _refuses_keys(outcome):
                self._authorize(auth)
        if isinstance(outcome, Fault):
            return self._faulted(request, outcome, auth)
        if isinstance(outcome.result, Result) and not outcome.result.ApiResult:
            self._refused_in_band(outcome.result, auth)
        return outcome

    def result(self, request: Request[R]) -> R:
        """The result of a request that always has one; RetryLater where it is missing."""
        result = self.ask(request).result
        if result is None:
            raise RetryLater(f"{NAME} answered {request.operation} without a result", system=NAME)
        return result

    def changed(
        self, list_since: Callable[[str], Request[Listed[D_co]]], since: str | None
    ) -> tuple[Sequence[D_co], str]:
        """The rows new or updated since a TimeStamp (None: all), and the TimeStamp to ask with next time.

        An answer without a TimeStamp leaves the cursor where it was.
        """
        since = since or BEGINNING
        listed = self.result(list_since(since))
        return listed.Details or (), listed.TimeStamp or since

    def authorize(self) -> None:
        """Asks whether the keys are accepted, with the secret read anew; CredentialsRefused if they are not."""
        self._authorize(self._auth(fresh=True))

    def login(self, *, fresh: bool = False) -> tuple[str, str]:
        """User and password, for what a dealer serves beside the PublicAPI."""
        auth = self._auth(fresh=fresh)
        return auth.User or "", auth.Password or ""

    def _authorize(self, auth: AuthInfo) -> None:
        outcome = self._exchange(Authorize2(), auth)
        if isinstance(outcome, Fault):
            if _refuses_keys(outcome):
                raise CredentialsRefused(NAME, _clean(outcome, auth))
            self._faulted(Authorize2(), outcome, auth)
        elif outcome.result is None:
            raise RetryLater(f"{NAME} answered Authorize2 without a result", system=NAME)
        elif not outcome.result:
            raise CredentialsRefused(NAME, _clean(outcome.error_string, auth) or "Authorize2 says no")

    def _auth(self, *, fresh: bool) -> AuthInfo:
        keys = self._keys(fresh=fresh)
        if missing := [name for name in ("user", "password") if not keys.get(name)]:
            raise ConfigurationWrong(
                f"the secret of {NAME} has no {' and no '.join(missing)}",
                where=f"the secret {NAME}/… under the stack's SecretPrefix",
                fix="Put the user and password of an e-automate user into it.",
            )
        return AuthInfo(keys["user"], keys["password"], self._company, self._version, keys.get("partner_token", ""))

    def _exchange(self, request: Request[R], auth: AuthInfo) -> Answer[R] | Fault:
        """Sends `request` once; its answer, or the fault that it was answered with."""
        answer = self._http.send(
            NAME,
            "POST",
            self.url,
            write=request.write,
            headers=soap.headers(request),
            content=soap.envelope(request, auth),
            what=request.operation,
            read_timeout=request.patience,
        )
        try:
            outcome = soap.open_answer(request, answer.body)
        except xml.Unreadable as unreadable:
            why = str(unreadable)
        else:
            return replace(outcome, at=answer.date) if isinstance(outcome, Answer) else outcome
        if answer.status < 300:
            raise _unanswered(request, f"{NAME}'s answer to {request.operation} {why}")
        if answer.status in (401, 403, 404, 405, 410, 415):
            raise ConfigurationWrong(
                f"no PublicAPI answers at {self.url}: HTTP {answer.status} in place of SOAP",
                where=f"systems.{NAME}.base_url",
                fix=f"Set it to the dealer's address, e.g. https://eautomate.example.com{PATH}, and let the server "
                "take requests from here.",
            )
        verdict = judge(answer, write=request.write, now=self._clock.now(), json=False)
        verdict = replace(verdict, complaint=Complaint(words=_clean(verdict.complaint.words, auth)))
        raise verdict.error(NAME, what=request.operation, pace_key=self.pace_key)

    @property
    def pace_key(self) -> str:
        return f"{urlsplit(self.url).netloc.lower()}#{self._company}"

    def _faulted(self, request: Request[R], fault: Fault, auth: AuthInfo) -> Answer[R]:
        """What a fault comes to: no record where a read finds none, else an error in the server's words."""
        said = _clean(fault, auth)
        meaning = faults.meaning(fault)
        if meaning == "missing" and not request.write and request.about and request.about in said.lower():
            return Answer(None)
        if meaning == "later":
            raise _unanswered(request, f"{NAME} could not carry out {request.operation}: {said or 'it crashed'}")
        if request.about:
            codes = {"property": "property_not_configured", "missing": "not_found"}
            raise RecordRejected(NAME, said, code=codes.get(meaning, ""))
        if meaning == "keys":
            raise ConfigurationWrong(
                f"{NAME} accepts the keys, but refuses them {request.operation}: {said}",
                where="the rights of the e-automate user",
                fix="Give the user the right to do this.",
            )
        raise RetryLater(f"{NAME} refused {request.operation}: {said}", system=NAME)

    def _refused_in_band(self, result: Result, auth: AuthInfo) -> NoReturn:
        details = result.Details or ()
        said = "; ".join(dict.fromkeys(detail.ResultString or "" for detail in details if detail.ResultString))
        code = next((str(detail.ResultCode) for detail in details), "")
        raise RecordRejected(NAME, _clean(said, auth) or "it gave no reason", code=code)


def address(base_url: str) -> str:
    """Where the service answers: `base_url` itself, or below it where that is a host alone."""
    parts = urlsplit(base_url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or PATH, "", ""))


def _refuses_keys(outcome: Answer[Any] | Fault) -> bool:
    return isinstance(outcome, Fault) and faults.meaning(outcome) == "keys"


def _clean(said: Fault | str, auth: AuthInfo) -> str:
    secrets = [secret for secret in (auth.Password, auth.PartnerToken) if secret]
    return faults.words(said, [*secrets, *map(xml.escape, secrets)])


def _unanswered(request: Request[Any], reason: str) -> SyncError:
    if request.write:
        return OutcomeUnknown(f"{reason}; it may have been carried out", system=NAME)
    return RetryLater(reason, system=NAME)
