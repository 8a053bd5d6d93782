"""The command `start`: flows that wait for a person begin, with the settings that were just checked (ADR-0014)."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from infra.local.cli import preflight
from infra.local.cli.desk import By
from infra.local.cli.place import OnStack
from infra.local.cli.running import run
from infra.local.cli.screen import FAILED, complain, say


def start(
    connection: Annotated[str, typer.Argument(help="The connection whose flows are to start, by its id.")],
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Check a connection's settings against its systems and, if all holds, start the flows that wait for it.

    Nothing of Zomentum runs before, nor with settings that were changed since: say it again then.
    """
    request = preflight.request(connection)
    request["event"]["start"] = by or getpass.getuser()
    found = preflight.found_of(connection, run("invoke", request, None, f"start {connection}", stack))
    preflight.tell(found, failed_only=True)
    for flow in found["started"]:
        say(f"{flow} is started, and compares everything within a minute")
    if found["refused"]:
        complain(f"crosswise: not started, until all checks of all of them hold: {', '.join(found['refused'])}")
        raise typer.Exit(FAILED)
    if not found["started"]:
        say("there was nothing to start")
