"""Runs functions as they are deployed: built, each in a process of its own under AWS's runtime interface emulator."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.build.runtime import Built, Runtime
from infra.local.cloud.emulator import Answer, Emulator, EmulatorFailed
from infra.local.cloud.lambdas import Host, Invocation, Lambdas
from infra.local.cloud.stack import REGION, Function

APART = timedelta(seconds=1)
"""So far the cloud's clock may be from the machine's."""


@dataclass
class EmulatedLambdas(Lambdas):
    """Builds what is deployed when the cloud starts, and starts a function's process when it is first run.

    Functions run beside each other, as on Lambda; each runs one event at a time.
    Its functions go by the machine's clock: a cloud whose clock stands still or was turned is refused.
    """

    runtime: Runtime = field(kw_only=True)
    _emulators: dict[str, Emulator] = field(default_factory=dict, init=False)
    _busy: dict[str, threading.Lock] = field(default_factory=dict, init=False)
    _host: Host = field(init=False)
    _built: Built = field(init=False)
    _endpoint: str = field(default="", init=False)

    def join(self, host: Host) -> None:
        """Takes its place in a cloud, until that stops; NoRuntime if the build fails."""
        folder = tempfile.TemporaryDirectory(prefix="crosswise-")
        host.at_stop(folder.cleanup)
        self._host, self._built, self._endpoint = host, self.runtime.build(Path(folder.name)), host.serve()
        host.at_stop(self.stop)

    def invoke(self, function: Function, event: object) -> Invocation:
        """Runs a function on an event; whatever it ends with is told, never raised."""
        if self._host.clock.still or abs(self._host.clock.now() - datetime.now(UTC)) > APART:
            raise RuntimeError(
                "built functions go by the machine's clock: the cloud's must neither be turned nor still"
            )
        with self._busy.setdefault(function.id, threading.Lock()):
            began = time.monotonic()
            answer = self._answer(function, event)
        return Invocation(
            function.id,
            answer.request_id,
            time.monotonic() - began,
            answer.value,
            answer.error,
            answer.error_type,
            answer.trace,
        )

    def stop(self) -> None:
        """Ends every process."""
        while self._emulators:
            self._emulators.popitem()[1].stop()

    def _answer(self, function: Function, event: object) -> Answer:
        try:
            return self._emulator(function).invoke(event)
        except EmulatorFailed as failed:
            if (emulator := self._emulators.pop(function.id, None)) is not None:
                emulator.stop()
            return Answer(error=str(failed), error_type="Sandbox.Failure")

    def _emulator(self, function: Function) -> Emulator:
        if function.id not in self._emulators:
            self._emulators[function.id] = Emulator(
                self.runtime,
                self._built,
                function.handler,
                settings(function, self._endpoint),
                timeout=function.timeout,
                printed=self._host.printed,
            )
        return self._emulators[function.id]


def settings(function: Function, endpoint: str) -> dict[str, str]:
    """The whole environment of a function's process: what Lambda sets, and the way to the local AWS."""
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.defpath,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        **function.environment,
    }
