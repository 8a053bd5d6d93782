"""Sends one request to an outside system and says plainly what became of it; the only module that imports httpx.

A request either brings an `Answer`, whatever its status, or an error named by what must be done: `RetryLater` where
nothing was carried out or nothing was to be changed, `OutcomeUnknown` where a write was sent and its answer was lost.
No error holds a URL, a header or a body: keys travel in all three.
"""

from __future__ import annotations

import json
import logging
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from shared.sync.errors import ConfigurationWrong, FailedRequest, OutcomeUnknown, RetryLater, SyncError

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0
"""Seconds to wait for the next bytes of an answer; ConnectWise itself gives up about then."""

LIMITS = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=30.0)

TransportWrapper = Callable[[httpx.BaseTransport], httpx.BaseTransport]

for _logger in ("httpx", "httpcore"):
    # They log whole URLs and headers; what is asked of whom belongs into no log.
    logging.getLogger(_logger).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by lower-case name, and the whole body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 in it is replaced."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def is_json(self) -> bool:
        return self._parsed is not _NOTHING

    @property
    def date(self) -> datetime | None:
        """The other side's own time, from its Date header, to the second."""
        try:
            moment = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    def json(self) -> Any:
        """The body, parsed, its decimal numbers exact; ValueError where it is no JSON."""
        if self._parsed is _NOTHING:
            raise ValueError("the answer is no JSON")
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        try:
            return json.loads(self.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return _NOTHING


_NOTHING = object()


class Http:
    """One pool of connections. No redirects, no cookies, no proxy from the environment, no waiting, no repeating.

    `requests` counts what was sent, by system; whoever reads it may clear it. `transport` takes the place of the
    network's own, and `transport_wrapper` can be set at any time to stand between (tests and fault harnesses).
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._network = transport or httpx.HTTPTransport(limits=LIMITS, verify=_trusted())
        self._seam = _Seam(self._network)
        self._wrapper: TransportWrapper | None = None
        # Tenants share hosts: a cookie of one must never travel with another's request.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(
            transport=self._seam, cookies=no_cookies, follow_redirects=False, headers={"User-Agent": "crosswise"}
        )

    @property
    def transport_wrapper(self) -> TransportWrapper | None:
        """Wraps the transport that carries every request from now on; None takes it away."""
        return self._wrapper

    @transport_wrapper.setter
    def transport_wrapper(self, wrapper: TransportWrapper | None) -> None:
        self._wrapper = wrapper
        self._seam.inner = wrapper(self._network) if wrapper else self._network

    def send(
        self,
        system: str,
        method: str,
        url: str,
        *,
        write: bool,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        what: str = "",
        read_timeout: float | None = None,
    ) -> Answer:
        """Sends one request, once, and returns its answer.

        `write` says whether it is to change something (a SOAP read is a POST and no write). `what` names the request in
        errors, e.g. `GET company/companies`. A GET that found its kept-alive connection closed is sent once more.
        Raises RetryLater, OutcomeUnknown (writes only), ConfigurationWrong where it could not be put together.
        """
        timeout = httpx.Timeout(
            read_timeout or self._read_timeout, connect=self._connect_timeout, pool=self._connect_timeout
        )
        try:
            request = self._client.build_request(method, url, headers=headers, content=content, timeout=timeout)
        except (httpx.InvalidURL, UnicodeError):
            request = None
        if request is None:
            raise ConfigurationWrong(
                f"no request can be made for {system}: its address, or one of its keys, holds characters that HTTP "
                "does not allow",
                where=f"{system}: base_url and the secret",
                fix="Enter them again, without blanks or line ends.",
            )
        outcome = self._try(system, request)
        if isinstance(outcome, _Failure) and outcome.stale and method == "GET" and not write:
            outcome = self._try(system, request)
        if isinstance(outcome, Answer):
            return outcome
        raise outcome.error(system, what or method, write=write)

    def fetch(self, system: str, url: str, *, limit: int, seconds: float, what: str = "") -> Answer:
        """GETs a small document that a stranger named: no keys, `limit` bytes and `seconds` in all at most.

        A redirect is an answer like any other and is not followed. RetryLater where it is larger or takes longer.
        """
        headers = {"Accept-Encoding": "identity"}
        timeout = httpx.Timeout(seconds)
        try:
            request = self._client.build_request("GET", url, headers=headers, timeout=timeout)
        except (httpx.InvalidURL, UnicodeError):
            raise RetryLater(f"no request can be made to {system} for {what or 'GET'}", system=system) from None
        done: Future[Answer | _Failure] = Future()
        until = time.monotonic() + seconds

        def take() -> None:
            try:
                outcome = self._take(system, request, limit, until)
                if isinstance(outcome, _Failure) and outcome.stale:
                    outcome = self._take(system, request, limit, until)
                done.set_result(outcome)
            except BaseException as error:  # noqa: BLE001 (told to whoever waits, in its own thread)
                done.set_exception(error)

        # Only whoever does not read himself can bound the whole: a server may send a byte a second for ever.
        threading.Thread(target=take, name="fetch", daemon=True).start()
        try:
            outcome = done.result(seconds)
        except TimeoutError:
            outcome = _Failure("it took too long", sent=True)
        if isinstance(outcome, Answer):
            return outcome
        raise outcome.error(system, what or "GET", write=False)

    def close(self) -> None:
        """Ends all connections."""
        self._client.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _try(self, system: str, request: httpx.Request) -> Answer | _Failure:
        progress = _Progress()
        request.extensions["trace"] = progress
        self.requests[system] += 1
        try:
            response = self._client.send(request)
        except httpx.HTTPError as error:
            # The error knows the whole request, keys included: only words for it leave this block.
            return _failure(error, progress)
        return Answer(response.status_code, dict(response.headers), response.content)

    def _take(self, system: str, request: httpx.Request, limit: int, until: float) -> Answer | _Failure:
        """Sends a request and reads its answer piece by piece, as far as it may."""
        progress = _Progress()
        request.extensions["trace"] = progress
        self.requests[system] += 1
        body = b""
        try:
            with closing(self._client.send(request, stream=True)) as response:
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > limit:
                        return _Failure(f"it is larger than {limit} bytes", sent=True)
                    if time.monotonic() > until:
                        return _Failure("it took too long", sent=True)
        except httpx.HTTPError as error:
            return _failure(error, progress)
        return Answer(response.status_code, dict(response.headers), body)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to believe; read once a process, for it takes longer than a request."""
    return httpx.create_ssl_context()


@cache
def shared_client() -> Http:
    """The process's own `Http`, which all adapters share."""
    return Http()


class _Seam(httpx.BaseTransport):
    """Hands each request to whatever stands between it and the network now."""

    def __init__(self, network: httpx.BaseTransport) -> None:
        self._network = network
        self.inner = network

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)

    def close(self) -> None:
        self._network.close()


class _Progress:
    """How far one request came, as the connection pool tells it."""

    def __init__(self) -> None:
        self.connected = self.sent = self.answered = False

    def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.startswith("connection.connect_tcp"):
            self.connected = True
        elif event == "http11.send_request_headers.started":
            self.sent = True
        elif event == "http11.receive_response_headers.complete":
            self.answered = True


@dataclass(frozen=True)
class _Failure:
    """A request that brought no answer: whether it may have been carried out, and why, in words."""

    why: str
    sent: bool
    stale: bool = False
    impossible: bool = False

    def error(self, system: str, what: str, *, write: bool) -> SyncError:
        error = self._error(system, what, write=write)
        error.request = FailedRequest.of(system, what, 0, self.why)
        return error

    def _error(self, system: str, what: str, *, write: bool) -> SyncError:
        reason = f"{system} gave no answer to {what}: {self.why}"
        if self.impossible:
            fix = "Enter the keys again, without blanks or line ends."
            return ConfigurationWrong(reason, where=f"{system}: the secret", fix=fix)
        if write and self.sent:
            return OutcomeUnknown(f"{reason}; it may have been carried out", system=system)
        return RetryLater(reason, system=system)


def _failure(error: httpx.HTTPError, progress: _Progress) -> _Failure:
    match error:
        case httpx.ConnectTimeout():
            return _Failure("no connection in time", sent=False)
        case httpx.PoolTimeout():
            return _Failure("all connections are busy", sent=False)
        case httpx.ConnectError() | httpx.UnsupportedProtocol():
            return _Failure(f"no connection ({error})", sent=False)
        case httpx.LocalProtocolError():
            return _Failure("a header holds characters that HTTP does not allow", sent=False, impossible=True)
        case httpx.TimeoutException():
            return _Failure("it took too long", sent=True)
        case httpx.DecodingError():
            return _Failure("the answer could not be unpacked", sent=True)
        case _:
            stale = progress.sent and not progress.connected and not progress.answered
            return _Failure("the connection broke off before the answer was complete", sent=True, stale=stale)
