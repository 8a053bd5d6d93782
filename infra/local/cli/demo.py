"""`crosswise demo`: customers, then a month of all flows on this machine, all that can go wrong, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def demo(
    mail: Annotated[Path, typer.Option(help="Where mail is written, as .eml and .html.")] = Path(".local/mail"),
) -> None:
    """Show customers in step, then a dealer's month: every failure an issue of its own, repaired, synced by itself."""
    from infra.local.demo.show import demo as show  # noqa: PLC0415 (seconds of imports, spared where it is not shown)

    raise typer.Exit(show(Console(highlight=False), mail))
