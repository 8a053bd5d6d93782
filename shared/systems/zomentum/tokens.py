"""The access token that all workers of a connection share: who may ask for a new one, and how the others get it.

An access token lives 24 hours, and **a new one kills the old one** (documented): two workers that refreshed at once
would lock each other out for ever. So the token is an entry of the connection's secret, which everyone reads. Whoever
is refused by it reads the secret anew, since somebody may have refreshed; only if that token is refused as well, he
asks for the lease. One holder refreshes and puts the token into the secret; for all others the call is to be tried
again a few seconds later (RetryLater), and finds it there.

A holder that dies between refresh and put loses nothing but time: the old token is dead and the new one in nobody's
hands, but the refresh token stays good (it is what the API user was given; only access tokens are told to be
invalidated). When the lease has run out, the next one refreshes again. Should Zomentum give a new refresh token along
with an access token, which nothing says, it is put as well; only then a death in that very moment would cost it, and a
person had to generate tokens anew: CredentialsRefused says so. Whoever reads the secret so soon after a put that he
sees the old version refreshes once more than was needed; nobody is locked out by that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RetryLater
from shared.systems.errors import Action, Verdict
from shared.systems.http import Answer
from shared.systems.rest import Keys, Request

NAME = "zomentum"
ACCESS, REFRESH = "access_token", "refresh_token"
"""The entries of the secret. Only the refresh token must be entered by a person."""

WAIT = 5.0
"""Seconds after which a call is tried again that found somebody else refreshing."""

REFRESH_PATH = "auth0/access_token"

_REFUSED = (Action.REFRESH, Action.REJECT, Action.ALLOW)
_FIX = (
    "In Zomentum, Settings > Users, choose the API user and Generate token; enter the refresh token (and the access "
    "token) into the secret."
)


class SharedKeys(Keys, Protocol):
    """Keys of which one, the token, is renewed by whoever holds the lease, for all."""

    def hold(self) -> AbstractContextManager[bool]:
        """The lease of these keys, for as long as a refresh and a put may take; whether it was to be had."""
        ...

    def put(self, entries: Mapping[str, str], *, instead: Mapping[str, str]) -> None:
        """Makes a new version of the secret in which these entries are changed; others read it from then on.

        Conflict where an entry no longer is what `instead` says: somebody has entered others meanwhile.
        """
        ...


Send = Callable[[Request, Mapping[str, str]], tuple[Answer, Verdict]]
"""Sends a request with these headers, once."""


@dataclass(frozen=True)
class Token:
    """An access token; `new`: it was asked for just now, by this very worker."""

    text: str = field(repr=False)
    new: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries; ConfigurationWrong for a token that no header can hold."""
        if not self.text.isascii() or not self.text.isprintable() or " " in self.text:
            raise _no_key(ACCESS)
        return {"Authorization": f"Bearer {self.text}", "Accept": "application/json"}


class Tokens:
    """The access token of one API user, as this worker knows it."""

    def __init__(self, pace_key: str, keys: SharedKeys, send: Send) -> None:
        self._pace_key = pace_key
        self._keys = keys
        self._send = send

    def current(self, *, fresh: bool = False) -> Token:
        """The token of the secret, which may be minutes old unless it is to be `fresh`; a new one where it has none."""
        text = self._keys(fresh=fresh).get(ACCESS, "").strip()
        return Token(text) if text else self.after(frozenset())

    def after(self, refused: Collection[str]) -> Token:
        """The token to go on with when these were refused: that of the secret, or a new one, under the lease.

        RetryLater while somebody else holds it. CredentialsRefused where the refresh token is refused.
        """
        if (token := self._stored(refused)) is not None:
            return token
        with self._keys.hold() as held:
            if not held:
                raise RetryLater(f"{NAME}: somebody else is asking for a new token", system=NAME, after=WAIT)
            token = self._stored(refused)  # whoever held the lease just before may have put one
            return self._refreshed() if token is None else token

    def _stored(self, refused: Collection[str]) -> Token | None:
        """The token of the secret, read anew, unless it is one of those."""
        text = self._keys(fresh=True).get(ACCESS, "").strip()
        return Token(text) if text and text not in refused else None

    def _refreshed(self) -> Token:
        """A new token, put where all find it. Only for whoever holds the lease."""
        keys = self._keys(fresh=False)
        refresh = keys[REFRESH].strip()
        if not refresh or not refresh.isascii():
            raise _no_key(REFRESH)
        request = Request("GET", REFRESH_PATH, f"refresh_token={quote(refresh, safe='')}")
        answer, verdict = self._send(request, {})
        if verdict.action in (Action.ABSENT, Action.REDISCOVER):
            raise no_api(request)
        if verdict.action in _REFUSED:
            said = verdict.complaint.words.replace(refresh, "***") or verdict.row.meaning
            raise CredentialsRefused(NAME, f"the refresh token: {said}. {_FIX}")
        if verdict.action is not Action.SUCCEED:
            raise verdict.error(NAME, what=request.what, pace_key=self._pace_key)
        given = _given(answer)
        if not given.get(ACCESS):
            raise RetryLater(f"{NAME} answered {request.what} without a token", system=NAME)
        self._keys.put(given, instead={REFRESH: keys[REFRESH]})
        return Token(given[ACCESS], new=True)


def useless() -> CredentialsRefused:
    """What it means that a new token is refused."""
    return CredentialsRefused(
        NAME,
        "it does not take the token that it has just given; if another program uses the same API user, each of its "
        "tokens kills ours: give Crosswise an API user of its own",
    )


def no_api(request: Request) -> ConfigurationWrong:
    """What it means that there is no such address."""
    return ConfigurationWrong(
        f"{NAME} does not know {request.what}",
        where=f"{NAME}: base_url",
        fix="Set base_url to the address of the API without its version, e.g. https://api.zomentum.com.",
    )


def _given(answer: Answer) -> dict[str, str]:
    """The tokens in an answer, by the names of the secret's entries."""
    said = answer.json() if answer.is_json else None
    inner = said.get("data") if isinstance(said, Mapping) else None
    body = inner if isinstance(inner, Mapping) else said if isinstance(said, Mapping) else {}
    return {
        name: value.strip() for name in (ACCESS, REFRESH) if isinstance(value := body.get(name), str) and value.strip()
    }


def _no_key(name: str) -> ConfigurationWrong:
    return ConfigurationWrong(
        f"{name} in the secret of {NAME} is no token",
        where=f"{NAME}: the secret",
        fix=f"{_FIX} The secret is JSON with refresh_token and access_token.",
    )
