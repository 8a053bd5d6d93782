"""Starts a cloud with its connections for a command, after the config was found to hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.build.runtime import NoRuntime, Runtime
from infra.local import config as configs
from infra.local.cli import asked
from infra.local.cli.control import local_folder
from infra.local.cli.flows import flows_meant
from infra.local.cli.screen import WRONG_USE, Failed, complain
from infra.local.cloud import Cloud, TemplateFault
from infra.local.cloud.connections import Connected, connect
from infra.local.cloud.emulated import EmulatedLambdas
from infra.local.cloud.lambdas import Lambdas

COMMANDS = {"sync": asked.sync, "invoke": asked.invoke}
OUTPUT = "functions.log"


def read_config(path: Path | None) -> configs.Config:
    """The config of a file, or the default; Failed names every fault."""
    known = configs.Known.of_functions()
    try:
        config = configs.load(path, os.environ, known) if path else configs.default(known)
    except configs.ConfigFaults as faults:
        raise Failed(str(faults), WRONG_USE) from None
    for item in config.connections:
        _warn_of_mixture(item)
    return config


def _warn_of_mixture(item: configs.ConnectionConfig) -> None:
    """Says so where what a simulator made up would be written to a real system."""
    systems, flows = item.connection.systems, item.connection.flows
    real = [name for name in systems if name not in item.simulated]
    real = [name for name in real if not systems[name].base_url.startswith(configs.LOOPBACK)]
    writing = [flow for flow, settings in flows.items() if not settings.get("preview")]
    if real and item.simulated and writing:
        complain(
            f"crosswise: {item.connection.id}: {', '.join(item.simulated)} is simulated, {', '.join(real)} is real, "
            f"and {', '.join(writing)} would write made-up records there: give it a base_url, or set preview = true"
        )


def check_request(config: configs.Config, request: Mapping[str, Any]) -> None:
    """Failed if a command asks for a flow or a connection that the config has not: known before anything starts."""
    if "flow" in request:
        flows_meant((item.connection for item in config.connections), request.get("connection"), request["flow"])


def emulated() -> Lambdas:
    """Functions built and run as they are deployed; Failed where they cannot be."""
    try:
        return EmulatedLambdas(runtime=Runtime.find())
    except NoRuntime as missing:
        raise Failed(str(missing)) from None


@contextmanager
def started(config: configs.Config, *, http: int | None = None, lambdas: Lambdas | None = None) -> Iterator[Connected]:
    """A cloud with these connections; what its functions print goes to a file.

    `http` is its HTTP API's port; without `lambdas` functions run in this process.
    """
    folder = local_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / OUTPUT).open("w", buffering=1) as output:
        cloud = Cloud(output=output.write, http=http, lambdas=lambdas)
        try:
            cloud.start()
        except TemplateFault as fault:
            raise Failed(f"template.yaml: {fault}", WRONG_USE) from None
        except NoRuntime as hindered:
            raise Failed(str(hindered)) from None
        try:
            yield connect(cloud, config)
        finally:
            cloud.stop()
