"""The local AWS for other processes: HTTP on loopback in front of the moto that runs in this one."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from infra.local.cloud.shortcut import answer_posted
from infra.local.cloud.stack import REGION

LOG = logging.getLogger(__name__)
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")
_HOSTS = {"ses": "email"}
"""Services whose host is not called as the service is."""


class Gateway:
    """Answers AWS requests, signed by any key, for as long as the cloud runs. Loopback only.

    Each is answered in its turn with the functions, which moto serves without a lock of its own.
    """

    def __init__(self, turns: AbstractContextManager[None]) -> None:
        self._turns = turns
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int = 0) -> str:
        """Serves from threads of its own, on a free port if `port` is 0; returns the endpoint's URL."""
        self._server = _Server(port, self._turns)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="local-aws", daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stops serving; harmless when not started."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, turns: AbstractContextManager[None]) -> None:
        self.turns = turns
        self._open: set[Any] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Ends the connections that are kept open, too."""
        super().server_close()
        for connection in tuple(self._open):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        if scope is None:
            self._send(403, {}, b"an AWS request must be signed: any access key will do")
            return
        host = f"{_HOSTS.get(scope[1], scope[1])}.{REGION}.amazonaws.com"
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = host if name.lower() == "host" else value
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = AWSPreparedRequest(self.command, f"https://{host}{self.path}", headers, body, False)
        with self.server.turns:
            posted = answer_posted(scope[1], dict(headers), body)
            status, answered, content = (
                posted or botocore_stubber.process_request(request) or (404, {}, "no such service")
            )
        self._send(status, answered, content.encode() if isinstance(content, str) else content)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 (names of http.server)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of http.server)
        LOG.debug(format, *args)
