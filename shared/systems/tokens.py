"""The access token that all workers of a connection share: who may ask for a new one, and how the others get it.

Where a new token kills the old one, two workers that refreshed at once would lock each other out for ever. So the token
is an entry of the connection's secret, which everyone reads. Whoever is refused by it reads the secret anew, since
somebody may have refreshed; only if that token is refused as well, he asks for the lease. One holder refreshes and puts
the token into the secret; for all others the call is to be tried again a few seconds later (RetryLater), and finds it
there.

A holder that dies between refresh and put loses nothing but time, as long as the refresh token stays good: when the
lease has run out, the next one refreshes again. Where a new refresh token comes along with an access token it is put as
well; only then a death in that very moment would cost it, and a person had to enter another: CredentialsRefused says
so. Whoever reads the secret so soon after a put that he sees the old version refreshes once more than was needed;
nobody is locked out by that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RetryLater
from shared.systems.errors import Action, Verdict
from shared.systems.http import Answer
from shared.systems.rest import Keys, Request

ACCESS, REFRESH = "access_token", "refresh_token"
"""The entries of the secret. Only the refresh token must be entered by a person."""

WAIT = 5.0
"""Seconds after which a call is tried again that found somebody else refreshing."""

TRIED = 4
"""How many tokens are tried for one request: others may refresh, too."""

_REFUSED = (Action.REFRESH, Action.REJECT, Action.ALLOW)


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
class Issuer:
    """Who gives the tokens of a system.

    `request` asks for a new one with a refresh token. `fix` says how a person gets tokens and where they go, `address`
    which base_url is the right one, `alone` what a person does if another program uses the same account.
    """

    system: str
    request: Callable[[str], Request]
    fix: str
    address: str
    alone: str

    def useless(self) -> CredentialsRefused:
        """What it means that a new token is refused."""
        return CredentialsRefused(self.system, f"it does not take the token that it has just given; {self.alone}")

    def no_api(self, request: Request) -> ConfigurationWrong:
        """What it means that there is no such address."""
        return ConfigurationWrong(
            f"{self.system} does not know {request.what}", where=f"{self.system}: base_url", fix=self.address
        )

    def no_key(self, name: str) -> ConfigurationWrong:
        """What it means that an entry of the secret cannot be sent."""
        return ConfigurationWrong(
            f"{name} in the secret of {self.system} is no token",
            where=f"{self.system}: the secret",
            fix=f"{self.fix} The secret is JSON with {REFRESH} and {ACCESS}.",
        )


@dataclass(frozen=True)
class Token:
    """An access token; `new`: it was asked for just now, by this very worker."""

    issuer: Issuer
    text: str = field(repr=False)
    new: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries; ConfigurationWrong for a token that no header can hold."""
        if not self.text.isascii() or not self.text.isprintable() or " " in self.text:
            raise self.issuer.no_key(ACCESS)
        return {"Authorization": f"Bearer {self.text}", "Accept": "application/json"}


class Tokens:
    """The access token of one account, as this worker knows it."""

    def __init__(self, issuer: Issuer, pace_key: str, keys: SharedKeys, send: Send) -> None:
        self._issuer = issuer
        self._pace_key = pace_key
        self._keys = keys
        self._send = send

    def settled(
        self,
        send: Callable[[Mapping[str, str]], tuple[Answer, Verdict]],
        refused: Callable[[Token, Verdict], Exception],
        *,
        fresh: bool = False,
    ) -> tuple[Answer, Verdict]:
        """An answer that is no 401 any more: a request is sent again with other tokens, since a 401 did nothing.

        `send` sends it with these headers; `refused` says what it means that a new token is refused.
        """
        tried: set[str] = set()
        token = self.current(fresh=fresh)
        while True:
            answer, verdict = send(token.headers)
            if verdict.action is not Action.REFRESH:
                return answer, verdict
            if token.new:
                raise refused(token, verdict)
            tried.add(token.text)
            if len(tried) == TRIED:
                system = self._issuer.system
                raise RetryLater(f"{system} refuses one token after another", system=system, after=WAIT)
            token = self.after(tried)

    def current(self, *, fresh: bool = False) -> Token:
        """The token of the secret, which may be minutes old unless it is to be `fresh`; a new one where it has none."""
        text = self._keys(fresh=fresh).get(ACCESS, "").strip()
        return Token(self._issuer, text) if text else self.after(frozenset())

    def after(self, refused: Collection[str]) -> Token:
        """The token to go on with when these were refused: that of the secret, or a new one, under the lease.

        RetryLater while somebody else holds it. CredentialsRefused where the refresh token is refused.
        """
        if (token := self._stored(refused)) is not None:
            return token
        with self._keys.hold() as held:
            if not held:
                system = self._issuer.system
                raise RetryLater(f"{system}: somebody else is asking for a new token", system=system, after=WAIT)
            token = self._stored(refused)  # whoever held the lease just before may have put one
            return self._refreshed() if token is None else token

    def _stored(self, refused: Collection[str]) -> Token | None:
        """The token of the secret, read anew, unless it is one of those."""
        text = self._keys(fresh=True).get(ACCESS, "").strip()
        return Token(self._issuer, text) if text and text not in refused else None

    def _refreshed(self) -> Token:
        """A new token, put where all find it. Only for whoever holds the lease."""
        issuer, keys = self._issuer, self._keys(fresh=False)
        refresh = keys[REFRESH].strip()
        if not refresh or not refresh.isascii():
            raise issuer.no_key(REFRESH)
        request = issuer.request(refresh)
        answer, verdict = self._send(request, {})
        if verdict.action in (Action.ABSENT, Action.REDISCOVER):
            raise issuer.no_api(request)
        if verdict.action in _REFUSED:
            said = verdict.complaint.words.replace(refresh, "***") or verdict.row.meaning
            raise CredentialsRefused(issuer.system, f"the refresh token: {said}. {issuer.fix}")
        if verdict.action is not Action.SUCCEED:
            raise verdict.error(issuer.system, what=request.what, pace_key=self._pace_key)
        given = _given(answer)
        if not given.get(ACCESS):
            raise RetryLater(f"{issuer.system} answered {request.what} without a token", system=issuer.system)
        self._keys.put(given, instead={REFRESH: keys[REFRESH]})
        return Token(issuer, given[ACCESS], new=True)


def _given(answer: Answer) -> dict[str, str]:
    """The tokens in an answer, or in its `data`, by the names of the secret's entries."""
    said = answer.json() if answer.is_json else None
    inner = said.get("data") if isinstance(said, Mapping) else None
    body = inner if isinstance(inner, Mapping) else said if isinstance(said, Mapping) else {}
    return {
        name: value.strip() for name in (ACCESS, REFRESH) if isinstance(value := body.get(name), str) and value.strip()
    }
