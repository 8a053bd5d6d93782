"""The control port of `crosswise up`: commands from other processes of this machine, as JSON, with their progress."""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.local.cli.screen import Failed

LOG = logging.getLogger(__name__)
FOLDER = "CROSSWISE_LOCAL"
"""Environment variable that puts the local cloud's files elsewhere than into .local of the project."""

Tell = Callable[[str], object]
Command = Callable[[Mapping[str, Any], Tell], dict[str, Any]]


def local_folder() -> Path:
    """Where the local cloud leaves its files."""
    return Path(os.environ.get(FOLDER) or Path(__file__).parents[3] / ".local")


def _state() -> Path:
    return local_folder() / "up.json"


@dataclass(frozen=True)
class Up:
    """Where a running local cloud is reached. `token` is what the control port wants to see."""

    pid: int
    endpoint: str
    control: str
    token: str
    table: str

    def write(self) -> None:
        """Leaves it for other commands, readable by this user only."""
        path = _state()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2)

    @staticmethod
    def forget() -> None:
        """Takes back what was left."""
        _state().unlink(missing_ok=True)

    @classmethod
    def find(cls) -> Up | None:
        """The cloud that runs, or None; what one that died left behind counts as none."""
        try:
            up = cls(**json.loads(_state().read_text()))
            up.ask("status", {})
        except (OSError, ValueError, TypeError) as gone:
            LOG.debug("no local cloud runs: %s", gone)
            return None
        return up

    def ask(self, command: str, request: Mapping[str, Any], tell: Tell = lambda _: None) -> dict[str, Any]:
        """Has the running cloud carry out a command; Failed with its words, OSError if it cannot be reached."""
        host, _, port = self.control.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port))
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request("POST", f"/{command}", json.dumps(dict(request)), headers)
            for line in connection.getresponse():
                said = json.loads(line)
                if "failed" in said:
                    raise Failed(said["failed"], said["code"])
                if "result" in said:
                    result: dict[str, Any] = said["result"]
                    return result
                tell(said["state"])
        finally:
            connection.close()
        raise Failed("the local cloud ended in the middle of the command")


class Control:
    """Serves commands on loopback to whoever knows the token."""

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self.token = secrets.token_urlsafe(24)
        self._server = _Server(commands, self.token)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="control", daemon=True)

    def start(self) -> str:
        """Returns the URL."""
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Ends it; commands under way are not waited for."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, commands: Mapping[str, Command], token: str) -> None:
        self.commands = commands
        self.token = token
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        given = self.headers.get("Authorization", "")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        command = self.server.commands.get(self.path.removeprefix("/"))
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            self.send_error(403)
        elif command is None:
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.end_headers()
            self._run(command, json.loads(body))

    def _run(self, command: Command, request: Mapping[str, Any]) -> None:
        try:
            answer: dict[str, Any] = {"result": command(request, lambda state: self._line({"state": state}))}
        except Failed as failed:
            answer = {"failed": str(failed), "code": failed.code}
        except Exception as error:
            LOG.exception("%s failed", self.path)
            answer = {"failed": f"{type(error).__name__}: {error}", "code": 1}
        self._line(answer)

    def _line(self, value: Mapping[str, Any]) -> None:
        """One line of the answer; whoever asked may have gone, which ends nothing but the telling."""
        try:
            self.wfile.write(json.dumps(value, default=str).encode() + b"\n")
            self.wfile.flush()
        except ConnectionError as gone:
            LOG.debug("nobody listens any more: %s", gone)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name of http.server)
        LOG.debug(format, *args)
