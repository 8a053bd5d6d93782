"""The command `crosswise`: the local cloud, flows, what the table holds, functions, simulators; deployed stacks too."""

from __future__ import annotations

import os
import sys

import typer

from infra.local.cli import (
    asking,
    auditing,
    connecting,
    coverage,
    demo,
    integration_log,
    matching,
    operating,
    orders,
    preflight,
    previewing,
    projects,
    running,
    showing,
    single,
    starting,
)
from infra.local.cli.refusals import is_refusal, refusal
from infra.local.cli.screen import FAILED, Failed, complain
from shared.sync.errors import SyncError

TRACEBACK = "CROSSWISE_TRACEBACK"

app = typer.Typer(
    help="Crosswise on this machine (no AWS account, no Docker), or on a deployed stack (--stack, CROSSWISE_STACK).",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"max_content_width": 120},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    demo.demo,
    running.up,
    running.sync,
    connecting.connect,
    showing.links,
    showing.issues,
    showing.history,
    integration_log.log,
    preflight.preflight,
    starting.start,
    asking.why,
    orders.orders,
    coverage.coverage,
    *matching.COMMANDS,
    auditing.audit,
    *previewing.COMMANDS,
    *operating.COMMANDS,
    *projects.COMMANDS,
    single.invoke,
    single.simulate,
):
    app.command()(command)
app.add_typer(matching.accounts, name="accounts")


def main() -> None:
    """Exit codes: 0 done, 1 something failed, 2 wrong use or config. Never a traceback, unless asked for."""
    try:
        app()
    except Failed as failed:
        complain("\n".join(f"crosswise: {line}" for line in str(failed).splitlines()))
        sys.exit(failed.code)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        if is_refusal(error) or isinstance(error, SyncError):
            complain(f"crosswise: {refusal(error)}")
        else:
            complain(f"crosswise: unexpected {type(error).__name__}: {error} ({TRACEBACK}=1 shows where)")
        sys.exit(FAILED)
