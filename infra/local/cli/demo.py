"""`crosswise demo`: the main job on this machine, from first sync to nothing left to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def demo(
    mail: Annotated[Path, typer.Option(help="Where the digest is written, as .eml and .html.")] = Path(".local/mail"),
) -> None:
    """Show the main job: 400 customers become companies, 20 edits follow, and then nothing is left to do."""
    from infra.local.demo.show import demo as show  # noqa: PLC0415 (seconds of imports, spared where it is not shown)

    raise typer.Exit(show(Console(highlight=False), mail))
