"""Lets containers reach what listens on this machine's loopback only."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

_CHUNK = 65536


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.target)) as inner:
            back = threading.Thread(target=_pour, args=(inner, self.request), daemon=True)
            back.start()
            _pour(self.request, inner)
            back.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, host: str, target: int) -> None:
        self.target = target
        super().__init__((host, 0), _Handler)


@contextlib.contextmanager
def relayed(host: str, port: int) -> Iterator[int]:
    """Passes what comes to an address of this machine on to a loopback port; yields the port to come to."""
    with _Server(host, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="relay", daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Copies until the source ends, then tells the target so; either side may break off."""
    with contextlib.suppress(ConnectionError, OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
