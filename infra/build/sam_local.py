"""`sam local invoke` against the local cloud: one function of each trigger kind, or, with --keep, any that one likes.

    make sam-local                                      builds, invokes, ends
    .venv/bin/python -m infra.build.sam_local --keep    builds, starts the local cloud, says how to invoke, waits

SAM passes to a container only variables that the template declares, so this writes a copy of the built template that
declares AWS_ENDPOINT_URL too, and a file with every function's variables as the local cloud has them. Functions are
chosen that call AWS alone: the simulators listen on this machine's loopback, where no container comes.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from infra.build.relay import relayed
from infra.build.samples import ROOT, SAMPLES, Sample
from infra.local import config
from infra.local.cloud import Cloud
from infra.local.cloud.connections import connect
from infra.local.cloud.stack import REGION, Stack

BUILT = ROOT / ".aws-sam" / "build"
TEMPLATE = "local.yaml"
VARIABLES = "local-env.json"
ROOMS = {"schedule": "clock", "queue": "dead_letters", "http": "connectwise_callback"}
ENDPOINT = "AWS_ENDPOINT_URL"


class CannotRun(Exception):
    """Something that `sam local` needs is not here; says what."""


@dataclass(frozen=True)
class Sam:
    """SAM CLI and how containers reach this machine; `more` are further options of `sam local invoke`."""

    program: str
    host: str
    more: Sequence[str] = ()

    @classmethod
    def find(cls, variables: Mapping[str, str]) -> Sam:
        """What the environment names (SAM, SAM_HOST, SAM_ARGS) or this machine has; CannotRun names what is missing."""
        program = shutil.which(variables.get("SAM") or "sam")
        if program is None:
            raise CannotRun(
                "SAM CLI is not here: install it in an environment of its own (python3.13 -m venv ~/sam; "
                "~/sam/bin/pip install aws-sam-cli) and name it: SAM=~/sam/bin/sam make sam-local"
            )
        where = variables.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        if not _answers(where):
            raise CannotRun(
                f"no container runtime answers at {where}: start Docker, or podman's service (podman system service) "
                "with DOCKER_HOST naming its socket. make test runs the built functions without one."
            )
        host = variables.get("SAM_HOST") or ("172.17.0.1" if sys.platform == "linux" else "host.docker.internal")
        return cls(program, host, shlex.split(variables.get("SAM_ARGS", "")))

    def build(self) -> None:
        """Builds what template.yaml names, into .aws-sam; CannotRun if that fails."""
        if subprocess.run([self.program, "build"], cwd=ROOT, env=self._variables(), check=False).returncode:  # noqa: S603
            raise CannotRun("sam build failed")

    def invocation(self, function: str, event: Path) -> list[str]:
        """The command that runs a function (its logical id) on the event of a file."""
        files = ["-e", event, "-t", BUILT / TEMPLATE, "--env-vars", BUILT / VARIABLES]
        return [self.program, "local", "invoke", function, *map(str, files), *self.more]

    def invoke(self, function: str, event: Path) -> bool:
        """Runs it, showing logs and answer; whether the function answered without an error."""
        command = self.invocation(function, event)
        done = subprocess.run(command, cwd=ROOT, env=self._variables(), stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
        print(done.stdout)  # noqa: T201 (this is a command)
        try:
            answer = json.loads(done.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            return False
        return done.returncode == 0 and not (isinstance(answer, dict) and "errorType" in answer)

    @contextmanager
    def reach(self, endpoint: str) -> Iterator[str]:
        """The URL under which containers reach a loopback endpoint, while this lasts."""
        port = int(endpoint.rsplit(":", 1)[1])
        if self.host == "host.docker.internal":  # Docker Desktop leads there to the loopback itself
            yield f"http://{self.host}:{port}"
            return
        with relayed(self.host, port) as outer:
            yield f"http://{self.host}:{outer}"

    def _variables(self) -> dict[str, str]:
        """SAM's own environment: keys of the local AWS, and nothing that leads to a real account."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION}
        return kept | keys | {"SAM_CLI_TELEMETRY": "0"}


def write(stack: Stack, endpoint: str, folder: Path = BUILT) -> None:
    """Writes the template and the variables that `sam local` is to use beside SAM's own, in the folder of its build."""
    template = yaml_parse((folder / "template.yaml").read_text())
    variables = {}
    for name, function in stack.functions.items():
        declared = template["Resources"][name]["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
        declared[ENDPOINT] = endpoint
        variables[name] = {**function.environment, ENDPOINT: endpoint}
    (folder / TEMPLATE).write_text(json.dumps(template, indent=2, default=str))
    (folder / VARIABLES).write_text(json.dumps(variables, indent=2))


def chosen() -> dict[str, Sample]:
    """One sample of each trigger kind."""
    return {sample.kind: sample for sample in reversed(SAMPLES) if ROOMS.get(sample.kind) == sample.room}


def main() -> int:
    """The command line: 0 if every function answered, 1 if one failed, 2 if something is missing."""
    parser = argparse.ArgumentParser(description="Run functions by sam local, against the local cloud.")
    parser.add_argument("--keep", action="store_true", help="start the local cloud only, and say how to invoke")
    keep = parser.parse_args().keep
    try:
        sam = Sam.find(os.environ)
        sam.build()
    except CannotRun as missing:
        print(f"sam-local: {missing}", file=sys.stderr)  # noqa: T201 (this is a command)
        return 2
    with Cloud(http=0) as cloud:
        connect(cloud, config.default(config.Known.of_functions()))
        with sam.reach(cloud.serve()) as endpoint:
            write(cloud.stack, endpoint)
            commands = {kind: (cloud.stack.function(s.room).id, s.path) for kind, s in chosen().items()}
            if keep:
                _wait(sam, list(commands.values()))
                return 0
            answered = [sam.invoke(*command) for command in commands.values()]
            return 0 if all(answered) else 1


def _wait(sam: Sam, commands: Sequence[tuple[str, Path]]) -> None:
    for function, event in commands:
        print(shlex.join(sam.invocation(function, event.relative_to(ROOT))))  # noqa: T201
    print("the local cloud runs until Ctrl-C", flush=True)  # noqa: T201 (this is a command)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return


def _answers(where: str) -> bool:
    """Whether something listens at Docker's address, a socket's path or a host and port."""
    kind, _, address = where.partition("://")
    try:
        if kind == "unix":
            with socket.socket(socket.AF_UNIX) as tried:
                tried.connect(address)
        else:
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), timeout=2).close()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
