"""Does what API Gateway's HTTP APIs do: turns requests on loopback into Lambda events (payload 2.0), and answers."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.local.cloud.lambdas import Invocation
from infra.local.cloud.stack import ACCOUNT, Route

LOG = logging.getLogger(__name__)
LONGEST = 30
"""Seconds after which API Gateway gives up on a function."""
LARGEST = 10 * 1024 * 1024
"""Bytes of a request at most."""
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_JSON = {"Content-Type": "application/json"}

Invoke = Callable[[str, object], Invocation]


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class HttpApi:
    """One HTTP API on loopback: has its address for as long as the context, serves from `open` to `close`."""

    def __init__(self, port: int = 0) -> None:
        self._server = _Server(self, port)
        self._thread: threading.Thread | None = None
        self._routes: tuple[Route, ...] = ()
        self._invoke: Invoke
        self._now: Callable[[], datetime]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def open(self, routes: Sequence[Route], invoke: Invoke, now: Callable[[], datetime]) -> None:
        """Serves these routes from threads of its own."""
        self._routes, self._invoke, self._now = tuple(routes), invoke, now
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http-api", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops serving; harmless where it does not."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes, source: str) -> Answer:
        """Runs the function of the route that fits best; answers as API Gateway does where there is none."""
        split = urlsplit(target)
        path = unquote(split.path)
        found = _route(self._routes, method, path)
        if found is None:
            return _message(404, "Not Found")
        route, parameters = found
        if len(body) > LARGEST:
            return _message(413, "Request Entity Too Large")
        now = self._now()
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": path,
            "rawQueryString": split.query,
            "headers": dict(headers),
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": "local",
                "domainName": headers.get("host", ""),
                "domainPrefix": "local",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": source,
                    "userAgent": headers.get("user-agent", ""),
                },
                "requestId": str(uuid.uuid4()),
                "routeKey": route.key,
                "stage": "$default",
                "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "timeEpoch": int(now.timestamp() * 1000),
            },
            "isBase64Encoded": False,
        }
        if "cookie" in headers:
            event["cookies"] = event["headers"].pop("cookie").split("; ")
        if split.query:
            event["queryStringParameters"] = _joined(parse_qsl(split.query, keep_blank_values=True))
        if parameters:
            event["pathParameters"] = parameters
        if body:
            event["body"], event["isBase64Encoded"] = _body(headers.get("content-type", ""), body)
        invocation = self._invoke(route.function, event)
        if invocation.seconds > LONGEST:
            return _message(503, "Service Unavailable")
        return _message(500, "Internal Server Error") if invocation.failed else _answer(invocation.answer)


def _route(routes: Sequence[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The most special route that fits: plain words before parameters before `{all+}`, a method before ANY."""
    fitting = []
    for route in routes:
        if route.method not in ("ANY", method):
            continue
        parameters = _fit(route.path.strip("/").split("/"), path.strip("/").split("/"))
        if parameters is not None:
            fitting.append(((route.path.count("+}"), len(parameters), route.method == "ANY"), route, parameters))
    if not fitting:
        return None
    _, route, parameters = min(fitting, key=lambda fit: fit[0])
    return route, parameters


def _fit(pattern: Sequence[str], path: Sequence[str]) -> dict[str, str] | None:
    """The path's parameters if it fits the pattern."""
    found: dict[str, str] = {}
    for place, part in enumerate(pattern):
        if part.endswith("+}"):
            return found | {part[1:-2]: "/".join(path[place:])} if path[place:] else None
        if place >= len(path) or (not part.startswith("{") and part != path[place]):
            return None
        if part.startswith("{"):
            if not path[place]:
                return None
            found[part[1:-1]] = path[place]
    return found if len(pattern) == len(path) else None


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Values of one name joined by commas, as payload 2.0 has them."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(content_type: str, body: bytes) -> tuple[str, bool]:
    """The body as an event holds it, and whether as base64."""
    if content_type.lower().startswith(_TEXT):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            LOG.debug("a body of type %s is no UTF-8", content_type)
    return base64.b64encode(body).decode(), True


def _message(status: int, message: str) -> Answer:
    return Answer(status, tuple(_JSON.items()), json.dumps({"message": message}).encode())


def _answer(value: Any) -> Answer:
    """What a function's answer means: a response if it names a status code, else the body of one."""
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value if isinstance(value, str) else json.dumps(value)
        return Answer(200, tuple(_JSON.items()), body.encode())
    body = value.get("body") or ""
    headers = [(str(name), str(content)) for name, content in (value.get("headers") or {}).items()]
    headers += [("Set-Cookie", str(cookie)) for cookie in value.get("cookies") or ()]
    try:
        content = base64.b64decode(body, validate=True) if value.get("isBase64Encoded") else str(body).encode()
        return Answer(int(value["statusCode"]), headers, content)
    except (binascii.Error, ValueError, TypeError) as wrong:
        LOG.debug("the answer makes no response: %s", wrong)
        return _message(500, "Internal Server Error")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: HttpApi, port: int) -> None:
        self.api = api
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = _joined([(name.lower(), value) for name, value in self.headers.items()])
        answer = self.server.api.respond(self.command, self.path, headers, body, self.client_address[0])
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 (names of http.server)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of http.server)
        LOG.debug(format, *args)
