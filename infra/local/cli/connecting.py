"""The command `connect`: a stack begins to work for the connections of a file, and it is said what they lack."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.local.cli.place import STACK, OnStack, Tell
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, complain, progress, say

CALLBACKS = "callback_registration"
DONE = ("created", "repaired", "reactivated", "removed", "kept")
"""What its answer tells of a connection, each a list."""

Invoke = Callable[[Mapping[str, Any], Tell], dict[str, Any]]
"""Runs a function: `Place.ask` for `invoke`."""


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
        well = well and preflight.is_well(found)
    if not well:
        raise typer.Exit(FAILED)


def keep_callbacks(invoke: Invoke, connections: Iterable[str], tell: Tell = lambda _: None) -> bool:
    """Has ConnectWise tell of changes from now on, not from the next daily run on; whether it let itself be told."""
    well = True
    for name in connections:
        result = invoke({"function": CALLBACKS, "event": {"connection": name}}, tell)
        done = {} if result["error"] else result["answer"]["connections"].get(name, {})
        made = [f"{what} {', '.join(map(str, done[what]))}" for what in DONE if done.get(what)]
        if made:
            say(f"callbacks {name}: {'; '.join(made)}")
        if error := result["error"] or done.get("error"):
            complain(f"crosswise: callbacks {name}: {error}")
            well = False
    return well
