"""Requests to a JSON API with the token that all workers share: its address, its clock, what a 401 really means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from shared.sync.clock import Clock
from shared.sync.errors import ConfigurationWrong, SyncError
from shared.systems.errors import Action, Verdict, judge
from shared.systems.http import Answer, Http
from shared.systems.rest import Request, ServerTime, json_body, send
from shared.systems.tokens import Issuer, SharedKeys, Token, Tokens


class BearerSession:
    """One tenant as the account of its tokens sees it. `pace_key` is `{host}#{company}`.

    `root` is what paths begin with, `probe` a small request that every account may make, `patience` the seconds to wait
    for the next bytes of an answer.
    """

    def __init__(
        self,
        issuer: Issuer,
        root: str,
        probe: Request,
        keys: SharedKeys,
        clock: Clock,
        http: Http,
        *,
        company: str = "",
        patience: float | None = None,
    ) -> None:
        self.system = issuer.system
        self.pace_key = f"{urlsplit(root).netloc}#{company}"
        self._issuer = issuer
        self._root = root
        self._probe = probe
        self._clock = clock
        self._http = http
        self._patience = patience
        self._tokens = Tokens(issuer, self.pace_key, keys, self._send)
        self._time = ServerTime(issuer.system, clock)

    def url(self, path: str, query: str = "") -> str:
        """The whole URL of a path below the API's root."""
        return f"{self._root}/{path}?{query}" if query else f"{self._root}/{path}"

    def check(self) -> None:
        """Asks whether the keys hold, with the secret read anew; CredentialsRefused if they do not."""
        self._ask(fresh=True)

    def server_time(self) -> datetime:
        """The server's clock, in UTC, to the second; up to 15 seconds late, as an answer just had serves as well."""
        return self._time.now(lambda: self._ask(fresh=False))

    def _ask(self, *, fresh: bool) -> None:
        """Makes the probe; an account without the right to it is known all the same."""
        _, verdict = self.settled(self._probe, fresh=fresh)
        if verdict.action in (Action.ABSENT, Action.REDISCOVER):
            raise self.no_api(self._probe)
        if verdict.action not in (Action.SUCCEED, Action.ALLOW):
            raise self.error(verdict, self._probe)

    def settled(self, request: Request, *, json: bool = True, fresh: bool = False) -> tuple[Answer, Verdict]:
        """An answer that is no 401 any more, with what to do about it. `json`: it is to be JSON."""
        return self._tokens.settled(
            lambda headers: self._send(request, headers, json=json),
            lambda token, verdict: self._refused(request, token, verdict),
            fresh=fresh,
        )

    def error(self, verdict: Verdict, request: Request) -> SyncError:
        """What an answer means that did not succeed."""
        return verdict.error(self.system, what=request.what, pace_key=self.pace_key)

    def no_api(self, request: Request) -> ConfigurationWrong:
        """What it means that there is no such address."""
        return self._issuer.no_api(request)

    def _refused(self, request: Request, token: Token, verdict: Verdict) -> SyncError:
        """What it means that a new token is refused: nobody's fault but this request's, if others are answered."""
        _, probed = self._send(self._probe, token.headers)
        if request is self._probe or probed.action is Action.REFRESH:
            return self._issuer.useless()
        fix = "Give the account to which the keys belong the right to this part of it."
        return verdict.not_allowed(self.system, what=request.what, fix=fix)

    def _send(self, request: Request, headers: Mapping[str, str], *, json: bool = True) -> tuple[Answer, Verdict]:
        body = request.body
        content = body if body is None or isinstance(body, bytes) else json_body(body)
        url = self.url(request.path, request.query)
        answer = send(self._http, self.system, url, request, headers, content, self._patience)
        self._time.note(answer)
        return answer, judge(answer, write=request.write, now=self._clock.now(), json=json)
