"""The commands that run flows: `up` keeps a local cloud running, `sync` scans a flow."""

from __future__ import annotations

import contextlib
import enum
import functools
import os
import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.local.cli.callbacks import Invoke, keep_callbacks
from infra.local.cli.control import Control, Up, local_folder
from infra.local.cli.place import OnStack, find
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, complain, progress, say, say_json, say_table
from shared.sync.names import counted

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Config file with the connections; without it one demo connection."),
]
OUTCOMES = ("applied", "in_step", "skipped", "issue", "parked")


class Mode(enum.StrEnum):
    """How much a scan looks at."""

    DELTA = "delta"
    COMPREHENSIVE = "comprehensive"


class RunBy(enum.StrEnum):
    """What runs functions."""

    PROCESS = "process"
    RIE = "rie"


def up(
    config: ConfigFile = None,
    runtime: Annotated[
        RunBy, typer.Option(help="Run functions in this process, or built, under AWS's runtime interface emulator.")
    ] = RunBy.PROCESS,
) -> None:
    """Keep a local cloud running, until Ctrl-C. Other commands then talk to it."""
    from infra.local.cli import session  # noqa: PLC0415 (a second of imports, spared where no cloud is started)

    checked = session.read_config(config)
    if (other := Up.find()) is not None:
        raise Failed(f"a local cloud runs already (process {other.pid}): use that one, or end it first with Ctrl-C")
    lambdas = session.emulated() if runtime is RunBy.RIE else None
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with contextlib.ExitStack() as until_stopped:
        with progress("starting"):
            connected = until_stopped.enter_context(session.started(checked, http=0, lambdas=lambdas))
            cloud = connected.cloud
            commands = {name: functools.partial(command, connected) for name, command in session.COMMANDS.items()}
            control = Control({"status": lambda _request, _tell: {"waiting": cloud.waiting()}, **commands})
            endpoint = cloud.serve()
            Up(os.getpid(), endpoint, control.start(), control.token, cloud.table).write()
            cloud.at_stop(Up.forget)
            cloud.at_stop(control.stop)
        _serve(connected, endpoint, commands["invoke"], stopped)
    say("stopped")  # no function runs any more, whose output would take this along


def _serve(connected: Any, endpoint: str, invoke: Invoke, stopped: threading.Event) -> None:
    """Shows where things are, and works until told to stop."""
    cloud = connected.cloud
    folder = local_folder()
    mails = 0

    def watch(happening: Any) -> None:
        nonlocal mails
        if happening.error:
            complain(f"{happening.function} failed: {happening.error} (see {folder / 'functions.log'})")
        if len(sent := cloud.mails()) > mails:
            mails = len(sent)
            complain(f"mail: {sent[-1].subject} (in {folder / 'mail'})")
            cloud.save_mail(folder / "mail")

    cloud.watchers.append(watch)
    connected.make_due()
    for name, connection in connected.connections.items():
        for system, settings in connection.systems.items():
            played = "simulated" if (name, system) in connected.simulators else "real"
            say(f"{name}: {system} at {settings.base_url} ({played})")
    say(f"AWS at {endpoint}, for example: AWS_ENDPOINT_URL={endpoint} aws dynamodb list-tables")
    if cloud.stack.routes:
        say(f"HTTP API at {cloud.url}: {', '.join(route.key for route in cloud.stack.routes)}")
    keep_callbacks(invoke, connected.connections)
    say("ready: other crosswise commands now work on this cloud (sync FLOW, issues, why RECORD ...); Ctrl-C ends it")
    cloud.run(stopped)


def sync(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="The flow to run, for example eautomate_customers.")],
    connection: Annotated[str | None, typer.Option(metavar="ID", help="Only this connection.")] = None,
    mode: Annotated[Mode | None, typer.Option(help="How much to look at; the flow decides if left out.")] = None,
    config: ConfigFile = None,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    stack: OnStack = None,
) -> None:
    """Scan a flow now: locally, until the queues are quiet, if need be in a cloud of the moment; a stack is asked."""
    request = {"flow": flow, "connection": connection, "mode": mode.value if mode else None}
    result = run("sync", request, config, f"sync {flow}", stack)
    if json:
        say_json(result)
    elif stack:
        for name in result["asked"]:
            say(f"{flow} of {name} is scanned now; `crosswise issues` and `crosswise why RECORD` tell what comes of it")
    else:
        _tell(result)
    if stack:
        for name, why in result["hindered"].items():
            complain(f"crosswise: {flow} of {name} was not asked for: it is {why}")
        raise typer.Exit(FAILED if result["hindered"] else 0)
    for error in result["errors"]:
        complain(f"crosswise: {error}")
    if result["waiting"]:
        complain(f"crosswise: to be tried again: {counted(result['waiting'], 'message')}")
    if result["errors"] or result["waiting"]:
        raise typer.Exit(FAILED)


def run(
    command: str, request: dict[str, Any], config: Path | None, title: str, stack: str | None = None
) -> dict[str, Any]:
    """Carries out a command on the stack, in the local cloud that runs, or in one started for it with this config."""
    place = find(stack)
    if place is not None:
        if config is not None:
            raise Failed(f"{place.name} has connections of its own: leave out --config", WRONG_USE)
        with progress(title) as tell:
            return place.ask(command, request, tell)
    from infra.local.cli import session  # noqa: PLC0415 (a second of imports, spared where no cloud is started)

    checked = session.read_config(config)
    session.check_request(checked, request)
    with progress(title) as tell, session.started(checked) as connected:
        return session.COMMANDS[command](connected, request, tell)


def _tell(result: dict[str, Any]) -> None:
    counts = dict(result["counts"])
    scanned, queued = counts.pop("scanned", 0), counts.pop("queued", 0)
    rows: list[tuple[str, int]] = [("scanned", scanned), ("unchanged", scanned - queued)]
    rows += [(outcome.replace("_", " "), counts.pop(outcome, 0)) for outcome in OUTCOMES]
    rows += [(name.replace("_", " "), number) for name, number in sorted(counts.items())]
    say_table(("outcome", "records"), rows)
    say_table(("system", "requests"), sorted(result["requests"].items()))
    say(f"{result['seconds']} seconds")
    if result["counts"].get("parked"):
        say(
            "parked: the flow is paused, so that its scan waits; `crosswise resume CONNECTION` lets it go on, or "
            "`crosswise start CONNECTION` where its settings have not been started yet"
        )
