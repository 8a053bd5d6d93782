"""AWS's runtime interface emulator: one process that runs one built function, as Lambda's own runtime would."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.build.runtime import Built, Runtime

INVOKE = "/2015-03-31/functions/function/invocations"
_MARK = re.compile(r"^(START|END|REPORT) RequestId: (\S+)")
_PATIENCE = 10.0
"""Seconds for the emulator to listen, to write a run's last line and to end; each takes milliseconds."""

_BEYOND = 30.0
"""Seconds that a run may take beyond the function's timeout, which the emulator keeps: the process's own start."""


class EmulatorFailed(RuntimeError):
    """The emulator itself failed, not the function."""


@dataclass(frozen=True)
class Answer:
    """What a run came to: the function's answer, or its failure in Lambda's words."""

    request_id: str = ""
    value: Any = None
    error: str = ""
    error_type: str = ""
    trace: str = ""


class Emulator:
    """Runs one function, one event at a time. Its first run takes Lambda's cold start, later ones are warm.

    `timeout` is in seconds. `printed` gets every line that the function writes to its log, from a thread.
    """

    def __init__(
        self,
        runtime: Runtime,
        built: Built,
        handler: str,
        settings: Mapping[str, str],
        *,
        timeout: int,
        printed: Callable[[str], object],
    ) -> None:
        self._timeout = timeout
        self._printed = printed
        self._ended = threading.Event()
        self._request_id = ""
        self._own: list[str] = []
        ports = list(_free_ports(2))
        self._port = ports[0]
        command: list[str | Path] = [runtime.emulator, "--log-level", "error"]
        command += ["--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"]
        command += ["--runtime-api-address", f"127.0.0.1:{ports[1]}"]
        command += [runtime.python, "-m", "awslambdaric", handler]
        self._process = subprocess.Popen(  # noqa: S603 (the emulator that infra/build/setup put there)
            command,
            cwd=built.code,
            env={**settings, "PYTHONPATH": built.search_path, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for whoever started it, and that ends it
        )
        self._readers = [
            threading.Thread(target=read, args=(stream,), name=f"{handler} {read.__name__}", daemon=True)
            for read, stream in ((self._read, self._process.stdout), (self._read_own, self._process.stderr))
        ]
        for reader in self._readers:
            reader.start()
        self._await_listening()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, event: object) -> Answer:
        """Runs the function; EmulatorFailed if the emulator did not answer."""
        self._ended.clear()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout + _BEYOND)
        try:
            connection.request("POST", INVOKE, json.dumps(event))
            response = connection.getresponse()
            body = response.read().decode()
        except OSError as error:
            raise EmulatorFailed(f"the emulator did not answer ({error}); it said: {self._said()}") from error
        finally:
            connection.close()
        if response.status == http.HTTPStatus.OK:  # a process that broke off writes no last line
            self._ended.wait(_PATIENCE)
        return self._answer(response.status, body)

    def stop(self) -> None:
        """Ends the process, and the function's with it, which cannot live without."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for reader, stream in zip(self._readers, (self._process.stdout, self._process.stderr), strict=True):
            reader.join(_PATIENCE)
            if stream is not None and not reader.is_alive():
                stream.close()

    def _answer(self, status: int, body: str) -> Answer:
        try:
            value = json.loads(body) if body else None
        except ValueError:
            return Answer(self._request_id, error=body.strip(), error_type="Sandbox.Timedout")
        if isinstance(value, dict) and "errorType" in value and (status != http.HTTPStatus.OK or "stackTrace" in value):
            error, kind = value.get("errorMessage", ""), value["errorType"]
            trace = "".join(
                ["Traceback (most recent call last):\n", *value.get("stackTrace", ()), f"{kind}: {error}\n"]
            )
            return Answer(self._request_id, None, error, kind, trace)
        if status != http.HTTPStatus.OK:
            return Answer(self._request_id, error=body, error_type=f"Sandbox.Status{status}")
        return Answer(self._request_id, value)

    def _read(self, stream: IO[str]) -> None:
        """The function's log, with the lines that the emulator puts around each run."""
        for line in stream:
            mark = _MARK.match(line)
            if mark is None:
                self._printed(line)
            elif mark[1] == "START":
                self._request_id = mark[2]
            elif mark[1] == "END":
                self._ended.set()

    def _read_own(self, stream: IO[str]) -> None:
        """What the emulator says of itself: kept for the case that it fails."""
        for line in stream:
            self._own = [*self._own[-20:], line.rstrip()]

    def _said(self) -> str:
        return "; ".join(self._own) or "nothing"

    def _await_listening(self) -> None:
        until = time.monotonic() + _PATIENCE
        while self.alive and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE).close()
            except ConnectionRefusedError:
                time.sleep(0.002)
            else:
                return
        self.stop()
        raise EmulatorFailed(f"the emulator did not start; it said: {self._said()}")


def _free_ports(number: int) -> Iterator[int]:
    """Ports of this machine that nobody uses now."""
    with ExitStack() as taken:
        for _ in range(number):
            held = taken.enter_context(socket.socket())
            held.bind(("127.0.0.1", 0))
            yield held.getsockname()[1]
