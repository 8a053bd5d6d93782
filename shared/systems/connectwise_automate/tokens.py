"""Automate's token, which every call carries: how it is asked for, renewed in time, and what a login without one means.

A token lives about an hour by the server's clock. Shortly before its end it is refreshed, which needs no password;
where that fails, and after a 401, the user is logged in anew with the secret as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from shared.sync.clock import Clock
from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RetryLater
from shared.systems.connectwise_automate.models import TokenResult
from shared.systems.errors import Action, Verdict
from shared.systems.http import Answer
from shared.systems.rest import Keys, Request

NAME = "connectwise_automate"
TOKEN_HOLDS = timedelta(minutes=30)
"""How long a token is used whose end the server does not tell, or tells without a time zone."""

EARLY = timedelta(minutes=5)
"""How long before its end a token is renewed."""

_REFUSED = (Action.REFRESH, Action.REJECT)
_SECRET = f"{NAME}: the secret"


Send = Callable[[Request, Mapping[str, str]], tuple[Answer, Verdict]]
"""Sends a request with these headers, once."""


@dataclass(frozen=True)
class _Token:
    text: str = field(repr=False)
    login: tuple[str, str] = field(repr=False)
    until: datetime


class Tokens:
    """The token of one API user at one server."""

    def __init__(self, site: str, pace_key: str, keys: Keys, clock: Clock, send: Send) -> None:
        self._site = site
        self._pace_key = pace_key
        self._keys = keys
        self._clock = clock
        self._send = send
        self._token: _Token | None = None

    def headers(self) -> dict[str, str]:
        """The headers that every call carries; asks for a token where there is none that holds."""
        keys = self._keys(fresh=False)
        token = self._token
        if token is None or token.login != _login(keys) or self._clock.now() >= token.until:
            token = self._log_in(keys)
        elif self._clock.now() >= token.until - EARLY:
            token = self._refresh(token, keys) or self._log_in(keys)
        self._token = token
        return {**_headers(self._keys(fresh=False)), "Authorization": f"Bearer {token.text}"}

    def renew(self) -> None:
        """Logs in with the secret read anew. CredentialsRefused, ConfigurationWrong, RetryLater."""
        self._token = None
        self._token = self._log_in(self._keys(fresh=True), again=False)

    def _log_in(self, keys: Mapping[str, str], *, again: bool = True) -> _Token:
        """A token for these keys, or `again` for those that the secret holds by now, where these are refused."""
        user, password = login = _login(keys)
        request = Request("POST", "apitoken", body={"UserName": user, "Password": password}, asks=True)
        answer, verdict = self._ask(request, keys, password)
        if again and verdict.action in _REFUSED and _login(fresh := self._keys(fresh=True)) != login:
            return self._log_in(fresh, again=False)
        if verdict.action in _REFUSED:
            said = verdict.complaint.words or verdict.row.meaning
            raise CredentialsRefused(NAME, f"the login: {said} (the user must be one that may log in without SSO)")
        if verdict.action in (Action.REDISCOVER, Action.ABSENT):
            raise ConfigurationWrong(
                f"there is no ConnectWise Automate at {self._site}",
                where=f"{NAME}: base_url",
                fix="Set base_url to the address of the Automate server, e.g. https://automate.example.com.",
            )
        if verdict.action is not Action.SUCCEED:
            raise verdict.error(NAME, what=request.what, pace_key=self._pace_key)
        result = _result(answer)
        if not result.token:
            raise _no_token(result)
        return _Token(result.token, login, self._end(result, answer))

    def _refresh(self, token: _Token, keys: Mapping[str, str]) -> _Token | None:
        """The token that follows this one; None where the server gives none."""
        request = Request("POST", "apitoken/refresh", body=token.text, asks=True)
        answer, verdict = self._ask(request, keys, token.text)
        if verdict.action is not Action.SUCCEED:
            return None
        result = _result(answer)
        return _Token(result.token, token.login, self._end(result, answer)) if result.token else None

    def _ask(self, request: Request, keys: Mapping[str, str], secret: str) -> tuple[Answer, Verdict]:
        """Sends a request whose body holds a secret; should the server say it back, it is taken out."""
        answer, verdict = self._send(request, _headers(keys))
        complaint = replace(verdict.complaint, words=verdict.complaint.words.replace(secret, "***"))
        return answer, replace(verdict, complaint=complaint)

    def _end(self, result: TokenResult, answer: Answer) -> datetime:
        """When a token ends by our clock. A server whose two clocks disagree is not believed; a 401 tells in time."""
        now = self._clock.now()
        try:
            expires = datetime.fromisoformat(result.expires)
        except ValueError:
            return now + TOKEN_HOLDS
        if expires.tzinfo is None:
            return now + TOKEN_HOLDS
        holds = expires - (answer.date or now)
        return now + (holds if holds > EARLY else TOKEN_HOLDS)


def _login(keys: Mapping[str, str]) -> tuple[str, str]:
    return _key(keys, "user").strip(), _key(keys, "password")


def _headers(keys: Mapping[str, str]) -> dict[str, str]:
    client_id = _key(keys, "client_id").strip()
    if not client_id.isascii():
        raise _no_key("client_id")
    return {"clientId": client_id, "Accept": "application/json"}


def _key(keys: Mapping[str, str], name: str) -> str:
    if not (key := keys[name]).strip():
        raise _no_key(name)
    return key


def _no_key(name: str) -> ConfigurationWrong:
    return ConfigurationWrong(
        f"{name} in the secret of {NAME} is no key",
        where=_SECRET,
        fix="Enter the keys again, without typographic signs; the secret is JSON with user, password and client_id.",
    )


def _result(answer: Answer) -> TokenResult:
    try:
        return TokenResult.model_validate(answer.json() if answer.is_json else None)
    except ValidationError:
        raise RetryLater(f"{NAME} answered the login with something unreadable", system=NAME) from None


def _no_token(result: TokenResult) -> ConfigurationWrong:
    if result.second_factor or result.internal_second_factor:
        return ConfigurationWrong(
            f"{NAME} takes the user and the password, but asks for a second factor, which nobody can enter here",
            where=_SECRET,
            fix="In Automate, make a user for the API alone whose two-factor authentication is off, and enter that "
            "user and its password into the secret.",
        )
    return ConfigurationWrong(
        f"{NAME} takes the user and the password, but gives no token",
        where=_SECRET,
        fix="In Automate, allow the user of the secret to use the API and to log in locally, without SSO.",
    )
