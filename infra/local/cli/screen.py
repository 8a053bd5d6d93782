"""How the command line speaks: tables and progress on a terminal, plain lines elsewhere, one clear line for errors."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

FAILED = 1
WRONG_USE = 2
LONG_WORD = 24
"""Letters of a word that a column of a table leaves whole, if the terminal is wide enough."""

PLAIN_EVERY = 5.0
"""Seconds between two lines of progress where there is no terminal."""


class Failed(Exception):
    """Ends a command with a message for the person who typed it; `code` is the process's exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    """A line on standard output, as it is."""
    print(text, flush=True)


def complain(text: str) -> None:
    """A line on standard error, as it is."""
    print(text, file=sys.stderr, flush=True)


def say_json(value: object) -> None:
    """A JSON document on standard output."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def on_terminal() -> bool:
    """Whether a person reads standard output as it comes, rather than a program or a file."""
    return sys.stdout.isatty()


def say_block(heading: str, *lines: str, indent: int = 2) -> None:
    """For people at a terminal: a heading, and below it lines that are wrapped where they are indented."""
    console = Console(highlight=False, markup=False)
    console.print(Text(heading, style="bold"))
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, indent)))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows under their headings: wrapped on a terminal, nothing where there is none; elsewhere one whole line a row.

    Off the terminal there are tabs between cells, and the headings stand there without rows, too.
    """
    if not on_terminal():
        say("\t".join(columns))
        for row in rows:
            say("\t".join(" ".join(str(cell).split()) for cell in row))
        return
    if not rows:
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        words = (word for cell in (column, *(row[place] for row in rows)) for word in str(cell).split())
        table.add_column(Text(column), overflow="fold", min_width=min(max(map(len, words), default=1), LONG_WORD))
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))  # Text: records' names may look like rich's markup
    Console(highlight=False, markup=False).print(table)


class Progressing:
    """Tells how far something is, on standard error."""

    def __init__(self, title: str, bar: Progress | None) -> None:
        self._title = title
        self._bar = bar
        self._task = bar.add_task(Text(title).plain, total=None, state="") if bar else None
        self._next = time.monotonic() + PLAIN_EVERY

    def __call__(self, state: str) -> None:
        """Shows a new state; without a terminal only every few seconds."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, state=state)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_EVERY
            complain(f"{self._title}: {state}")


@contextmanager
def progress(title: str) -> Iterator[Progressing]:
    """Shows that something goes on for as long as the block runs."""
    if not sys.stderr.isatty():
        complain(f"{title} ...")
        yield Progressing(title, None)
        return
    # A file of its own: functions' output is taken from sys.stdout while they run.
    console = Console(file=sys.stderr, highlight=False, markup=False)
    columns: list[Any] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[state]}", markup=False),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console, transient=True) as bar:
        yield Progressing(title, bar)
