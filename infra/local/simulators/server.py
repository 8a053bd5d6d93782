"""What every simulator is built on: an HTTP server on loopback that counts requests and fails on order."""

from __future__ import annotations

import json
import logging
import random
import re
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.local.simulators.faults import COMMON_KINDS, Fault, Faults

__all__ = ["Fault", "Faults", "Request", "Response", "Simulator", "json_response", "utc_now"]

LOG = logging.getLogger(__name__)
CONTROL = "/_simulator/"
NO_ANSWER = 0
_ID_SEGMENT = re.compile(r"^(?:\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})$")


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Request:
    """One request as received: `path` is decoded and has no query, header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_target: str


@dataclass(frozen=True)
class Response:
    """One answer; the server adds Content-Length and Date."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def gateway_page(fault: Fault) -> Response | None:
    """The page of what stands before a web server that does not answer (502 to 504); None for other faults."""
    if fault.status not in {502, 503, 504}:
        return None
    page = f"<html><head><title>{fault.status} Service Unavailable</title></head></html>".encode()
    return Response(fault.status, page, {"Content-Type": "text/html", **retry_after(fault)})


def retry_after(fault: Fault) -> dict[str, str]:
    """The header that says how long to wait, if the fault has one."""
    return {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as compact JSON in UTF-8."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


class Simulator:
    """An outside system in a process of ours. A subclass implements `handle`, may override other hooks.

    `clock` answers an aware UTC datetime; with `seed` it makes everything that the simulator invents
    repeatable. `handle` is called under `lock`, one request at a time. Errors that escape it are answered
    with status 500 and kept in `crashes`, which a test should find empty.
    """

    name: ClassVar[str] = "simulator"
    fault_kinds: ClassVar[frozenset[str]] = COMMON_KINDS

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, seed: int = 7) -> None:
        self.clock = clock
        self.random = random.Random(seed)
        self.faults = Faults(self.fault_kinds)
        self.requests: Counter[str] = Counter()
        self.log: list[tuple[str, int]] = []
        self.connections = 0
        self.crashes: list[Exception] = []
        self.lock = threading.RLock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    # What a subclass says

    def handle(self, request: Request) -> Response:
        """Carry out one request and answer it."""
        raise NotImplementedError

    def operation(self, request: Request) -> str:
        """The name under which requests are counted and faults ordered: method and path, ids as `{id}`."""
        segments = ["{id}" if _ID_SEGMENT.match(part) else part for part in request.path.split("/")]
        return f"{request.method} {'/'.join(segments)}"

    def refusal(self, fault: Fault, request: Request) -> Response:  # noqa: ARG002 (a subclass may look at the request)
        """The answer of a "status" fault, in the vendor's own shape; not carried out."""
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return json_response({"message": f"Fault ordered: {fault.status}"}, fault.status, headers)

    def fault(self, fault: Fault, request: Request) -> Response:
        """Obey a fault of a kind that the subclass added to `fault_kinds`. Called under `lock`."""
        raise NotImplementedError(f"{self.name} has no fault {fault.kind!r} for {request.path}")

    def control(self, request: Request) -> Response | None:  # noqa: ARG002 (for subclasses)
        """Answer a request below `/_simulator/` that the base does not know, or None. Called under `lock`."""
        return None

    # Life

    def start(self, port: int = 0) -> str:
        """Serve on 127.0.0.1 in threads of its own; port 0 takes a free one. Answers the base URL."""
        if self._server is not None:
            raise RuntimeError(f"{self.name} already serves at {self.url}")
        self._stopping.clear()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.take_connections, name=self.name, daemon=True)
        self._thread.start()
        return self.url

    def stop(self) -> None:
        """Stop serving and close every connection; harmless when not started."""
        if self._server is None or self._thread is None:
            return
        self._stopping.set()
        self._server.take_no_more()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Base URL while serving, without a slash at the end. Raises RuntimeError when not started."""
        if self._server is None:
            raise RuntimeError(f"{self.name} is not started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def forget_requests(self) -> None:
        """Start counting anew: requests, log and connections."""
        with self.lock:
            self.requests.clear()
            self.log.clear()
            self.connections = 0

    # One request

    def respond(self, request: Request) -> Response | None:
        """The answer to one request, or None for a socket closed without one."""
        if request.path.startswith(CONTROL):
            with self.lock:
                return self._control(request)
        operation = self.operation(request)
        with self.lock:
            self.requests[operation] += 1
        response = self._carry_out(request, self.faults.take(operation))
        with self.lock:
            self.log.append((operation, NO_ANSWER if response is None else response.status))
        return response

    def _carry_out(self, request: Request, fault: Fault | None) -> Response | None:
        kind = None if fault is None else fault.kind
        if fault is not None and kind == "status":
            return self.refusal(fault, request)
        if kind == "cut":
            return None
        if fault is not None and kind == "slow":
            self._stopping.wait(fault.seconds)
        try:
            with self.lock:
                if fault is not None and kind not in COMMON_KINDS:
                    return self.fault(fault, request)
                response = self.handle(request)
        except Exception as crash:
            LOG.exception("%s could not answer %s %s", self.name, request.method, request.raw_target)
            self.crashes.append(crash)
            return json_response({"message": f"The simulator failed: {crash!r}"}, 500)
        return None if kind == "lost_answer" else response

    def _control(self, request: Request) -> Response:
        what = (request.method, request.path.removeprefix(CONTROL))
        if what == ("GET", "requests"):
            return json_response({"requests": dict(self.requests), "connections": self.connections, "log": self.log})
        if what == ("DELETE", "requests"):
            self.forget_requests()
            return Response(204)
        if what == ("GET", "faults"):
            return json_response(self.faults.pending())
        if what == ("POST", "faults"):
            return self._order(request)
        if what == ("DELETE", "faults"):
            self.faults.clear()
            return Response(204)
        return self.control(request) or json_response({"message": "no such control"}, 404)

    def _order(self, request: Request) -> Response:
        try:
            order = dict(json.loads(request.body))
            if "probability" in order:
                rng = random.Random(order.pop("seed", 7))
                self.faults.order_random(order.pop("probability"), order.pop("kinds"), rng, **order)
            else:
                self.faults.order(order.pop("kind"), **order)
        except (ValueError, TypeError, KeyError, re.error) as wrong:
            return json_response({"message": f"not an order: {wrong!r}"}, 400)
        return json_response(self.faults.pending(), 201)


class _Server(ThreadingHTTPServer):
    """Loopback only, a daemon thread per connection; knows its connections, so that stopping ends them."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.simulator = simulator
        self.open_sockets: set[socket.socket] = set()
        self.changed = threading.Condition()
        self._ends = False
        super().__init__(("127.0.0.1", port), _Handler)

    def take_connections(self) -> None:
        """Takes one after the other. `serve_forever` would ask now and then whether it is to end; nobody waits here."""
        while True:
            try:
                connection, address = self.get_request()
            except OSError as gone:  # whoever called hung up before the call was taken
                LOG.debug("a connection could not be taken: %s", gone)
                continue
            if self._ends:
                connection.close()
                return
            self.process_request(connection, address)

    def take_no_more(self) -> None:
        """Ends `take_connections`, by a connection of its own."""
        self._ends = True
        socket.create_connection(("127.0.0.1", self.server_port)).close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.changed:
            self.open_sockets.add(request)
        with self.simulator.lock:
            self.simulator.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self.changed:
            self.open_sockets.discard(request)
            self.changed.notify_all()

    def close_connections(self) -> None:
        """End idle connections and wait for those that are being answered."""
        with self.changed:
            for open_socket in self.open_sockets:
                _shut(open_socket)
            if not self.changed.wait_for(lambda: not self.open_sockets, timeout=10):
                raise TimeoutError(f"{self.simulator.name}: {len(self.open_sockets)} requests did not end in 10 s")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away before its answer is its own affair; anything else is a fault of ours."""
        level = logging.DEBUG if isinstance(sys.exception(), ConnectionError) else logging.ERROR
        LOG.log(level, "connection %s of %s broke off", request, client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        split = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(split.path),
            query=dict(parse_qsl(split.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
            raw_target=self.path,
        )
        response = self.server.simulator.respond(request)
        if response is None:
            self.close_connection = True
            _shut(self.connection)
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        body = b"" if response.status in {204, 304} else response.body
        if response.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer  # noqa: N815 (names of http.server)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header tells the simulator's own time, which clients may measure themselves against."""
        del timestamp
        return format_datetime(self.server.simulator.clock().astimezone(UTC), usegmt=True)

    def version_string(self) -> str:
        return self.server.simulator.name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (name of http.server)
        LOG.debug(format, *args)


def _shut(open_socket: socket.socket) -> None:
    try:
        open_socket.shutdown(socket.SHUT_RDWR)
    except OSError as gone:
        LOG.debug("already closed: %s", gone)
