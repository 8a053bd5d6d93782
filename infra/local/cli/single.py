"""The commands that run one thing: `invoke` a function, `simulate` an outside system."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.local.cli.place import OnStack
from infra.local.cli.running import ConfigFile, run
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, complain, say_json
from infra.local.simulators import catalog


def invoke(
    function: Annotated[
        str, typer.Argument(metavar="FUNCTION", help="A function by its folder (clock) or its name in template.yaml.")
    ],
    event: Annotated[
        str, typer.Option("-e", "--event", metavar="EVENT.json", help="File with the event; - reads standard input.")
    ],
    config: ConfigFile = None,
    stack: OnStack = None,
) -> None:
    """Run one function on the event of a file, such as `sam local invoke` takes, and print its answer."""
    result = run("invoke", {"function": function, "event": _event(event)}, config, f"invoke {function}", stack)
    if result["error"]:
        complain(result["trace"].rstrip())
        complain(f"crosswise: {function} failed: {result['error']}")
        raise typer.Exit(FAILED)
    say_json(result["answer"])


def _event(source: str) -> object:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        event: object = json.loads(text)
    except (OSError, ValueError) as error:
        raise Failed(f"{source}: {getattr(error, 'strerror', None) or error}", WRONG_USE) from None
    return event


def simulate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="SYSTEM",
            help="One of connectwise-psa, connectwise-automate, eautomate, moovila, pcrt, quickpass, zomentum.",
        ),
    ],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="What is made up is the same for the same seed.")] = 7,
    companies: Annotated[
        int | None, typer.Option(min=0, help="How many companies (connectwise-psa, zomentum).")
    ] = None,
    tickets: Annotated[int | None, typer.Option(min=0, help="How many service tickets (connectwise-psa).")] = None,
    customers: Annotated[int | None, typer.Option(min=0, help="How many customers (eautomate, quickpass).")] = None,
    accounts: Annotated[int | None, typer.Option(min=0, help="How many accounts of each customer (quickpass).")] = None,
    clients: Annotated[int | None, typer.Option(min=0, help="How many clients (connectwise-automate, pcrt).")] = None,
    computers: Annotated[int | None, typer.Option(min=0, help="How many computers (the same).")] = None,
    opportunities: Annotated[int | None, typer.Option(min=0, help="How many opportunities (zomentum).")] = None,
    projects: Annotated[int | None, typer.Option(min=0, help="How many projects (moovila).")] = None,
    tasks: Annotated[int | None, typer.Option(min=0, help="How many tasks (moovila).")] = None,
) -> None:
    """Play an outside system on this machine, until Ctrl-C; prints `ready URL` when it serves."""
    sizes = {
        "companies": companies,
        "tickets": tickets,
        "customers": customers,
        "accounts": accounts,
        "clients": clients,
        "computers": computers,
        "opportunities": opportunities,
        "projects": projects,
        "tasks": tasks,
    }
    try:
        catalog.simulate(name, port, seed, **{size: number for size, number in sizes.items() if number is not None})
    except ValueError as wrong:
        raise Failed(str(wrong), WRONG_USE) from None
    except OSError as error:
        raise Failed(f"port {port}: {error.strerror or error}") from None
