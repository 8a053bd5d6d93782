"""The command `connect`: a stack begins to work for the connections of a file, and it is said what they lack."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.local.cli.callbacks import keep_callbacks
from infra.local.cli.place import STACK, OnStack
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, progress, say


def connect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Config file with the connections.")],
    stack: OnStack = None,
) -> None:
    """Load connections into a stack: keys and settings; have ConnectWise tell of changes; check what may be missing.

    Say it again whenever settings or keys have changed. A connection that is not in the file is left as it is.
    """
    if not stack:
        raise Failed(
            f"connect loads into a deployed stack: name it with --stack or {STACK}; a local cloud takes its "
            "connections by `crosswise up --config FILE`",
            WRONG_USE,
        )
    from infra.load import load  # noqa: PLC0415 (a second of imports, spared where nothing is loaded)
    from infra.local.cli import preflight, session  # noqa: PLC0415
    from infra.local.cli.deployed import Deployed  # noqa: PLC0415

    config = session.read_config(file)
    played = [f"{item.connection.id}: systems.{name}" for item in config.connections for name in item.simulated]
    if played:
        raise Failed("\n".join(f"{file}: {where}.base_url is missing" for where in played), WRONG_USE)
    place = Deployed.find(stack)
    prefix, key = place.parameters.get("SecretPrefix", "crosswise"), place.parameters.get("KmsKeyArn", "")
    for line in load(config, place.store, place.clients.secretsmanager, prefix, key, datetime.now(UTC)):
        say(line)
    names = [item.connection.id for item in config.connections]
    invoke = functools.partial(place.ask, "invoke")
    with progress("callbacks") as tell:
        well = keep_callbacks(invoke, names, tell)
    for name in names:
        with progress(f"preflight {name}") as tell:
            found = preflight.found_of(name, invoke(preflight.request(name), tell))
        say(f"preflight {name}:")
        preflight.tell(found, failed_only=True)
        if found["waiting"]:
            say(f"they run once you start them: crosswise start {name}")
        well = well and preflight.is_well(found)
    if not well:
        raise typer.Exit(FAILED)
