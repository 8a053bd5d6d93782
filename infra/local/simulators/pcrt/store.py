"""Where the tables are: a file of SQLite's or a database of MariaDB's, written to in plain SQL."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

_SCHEMA = Path(__file__).with_name("schema.sql").read_text("utf-8")

Row = dict[str, Any]


class Place(Protocol):
    """A database that is there, empty at first."""

    url: str
    """What Crosswise takes as base URL."""

    def ddl(self) -> Mapping[str, str]:
        """What the schema leaves open: `key` and `engine`."""
        ...

    def connect(self) -> Any:
        """A DB-API connection, which commits when told."""
        ...

    def sql(self, text: str) -> str:
        """A statement with `?` for values as this database's driver wants it."""
        ...


class File:
    """A file of SQLite's in a temporary folder, which goes with this object."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="pcrt-"))
        self.path = folder / "pcrt.sqlite"
        self.url = f"sqlite:///{self.path}"
        self._end = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def ddl(self) -> Mapping[str, str]:
        return {"key": "INTEGER PRIMARY KEY AUTOINCREMENT", "engine": ""}

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def sql(self, text: str) -> str:
        return text


class Store:
    """The tables of one PCRT."""

    def __init__(self, place: Place) -> None:
        self.place = place
        with self._cursor() as run:
            for statement in _SCHEMA.replace("{key}", place.ddl()["key"]).split(";\n"):
                if statement.strip():
                    run(statement.replace("{engine}", place.ddl()["engine"]), ())

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """The rows of a SELECT, by column name."""
        with self._cursor() as run:
            cursor = run(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def write(self, sql: str, *values: Any) -> int:
        """Carries a write out; how many rows it found."""
        with self._cursor() as run:
            return int(run(sql, values).rowcount)

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Adds rows that have the same columns, together."""
        if not rows:
            return
        names = list(rows[0])
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 (ours)
        connection = self.place.connect()
        try:
            connection.cursor().executemany(self.place.sql(sql), [tuple(row[name] for name in names) for row in rows])
            connection.commit()
        finally:
            connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[Callable[[str, Sequence[Any]], Any]]:
        connection = self.place.connect()
        try:
            cursor = connection.cursor()

            def run(sql: str, values: Sequence[Any]) -> Any:
                cursor.execute(self.place.sql(sql), tuple(values))
                return cursor

            yield run
            connection.commit()
        finally:
            connection.close()
