"""A MariaDB server of one's own: Debian's `mariadbd` on loopback, in a temporary folder, as long as it is needed."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pymysql

HOST = "127.0.0.1"
STARTS_WITHIN = 30.0
"""Seconds."""

ROOM = 300_000_000
"""Bytes."""

USER = PASSWORD = "demo"  # noqa: S105 (what the server takes)
_SMALL = (
    "--innodb-buffer-pool-size=8M",
    "--innodb-log-file-size=4M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-fast-shutdown=2",
    "--performance-schema=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
)


class NoMariaDb(Exception):
    """No server can be started here; says why."""


class MariaDb:
    """A server with the users `root` (no password) and `demo` (password `demo`), who may do everything.

    `options` are the server's own, like `--ssl-cert=FILE`; `listen` are the addresses of this machine to listen on.
    """

    def __init__(self, *options: str, listen: str = HOST) -> None:
        self._options = (*options, f"--bind-address={listen}")
        self._numbers = itertools.count(1)
        self._folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> Self:
        """Makes the server's folder and starts it. NoMariaDb where it is not installed or does not come up."""
        for program in ("mariadbd", "mariadb-install-db"):
            if _found(program) is None:
                raise NoMariaDb(f"{program} is not installed (Debian: apt-get install mariadb-server)")
        self._folder = Path(tempfile.mkdtemp(prefix="mariadb-", dir=_memory()))
        try:
            self._install(self._folder)
            self._run(self._folder)
            self._wait(self._folder)
            self.sql(f"GRANT ALL ON *.* TO '{USER}'@'%' IDENTIFIED BY '{PASSWORD}' WITH GRANT OPTION")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends the server and takes its folder away; harmless when not started."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._server = self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def sql(self, statement: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Carries a statement out as root; the rows of its answer."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def connect(self, database: str | None = None) -> pymysql.Connection[Any]:
        """A connection as root, each statement a transaction of its own."""
        return pymysql.connect(
            host=HOST, port=self.port, user="root", database=database, autocommit=True, ssl_disabled=True
        )

    def database(self, engine: str = "MyISAM", charset: str = "utf8mb3") -> Database:
        """A new, empty database."""
        name = f"pcrt{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return Database(self, name, engine, charset)

    def _install(self, folder: Path) -> None:
        done = subprocess.run(  # noqa: S603
            [str(_found("mariadb-install-db")), "--no-defaults", f"--datadir={folder}", "--skip-test-db",
             "--auth-root-authentication-method=normal", *_as_root(), *_SMALL],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NoMariaDb(f"mariadb-install-db failed: {_last(done.stderr or done.stdout)}")

    def _run(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.port = free.getsockname()[1]
        with (folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(  # noqa: S603
                [str(_found("mariadbd")), "--no-defaults", f"--datadir={folder}", f"--socket={folder}/socket",
                 f"--pid-file={folder}/pid", f"--port={self.port}", *_as_root(), *_SMALL, *self._options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def _wait(self, folder: Path) -> None:
        assert self._server is not None
        until = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self.connect().close()
            except pymysql.Error:
                if self._server.poll() is not None or time.monotonic() > until:
                    said = _last((folder / "server.log").read_text(errors="replace"))
                    raise NoMariaDb(f"mariadbd does not come up: {said}") from None
                time.sleep(0.05)
            else:
                return


class Database:
    """One database of a server's, for a PCRT."""

    def __init__(self, server: MariaDb, name: str, engine: str, charset: str) -> None:
        self.server = server
        self.name = name
        self.url = f"mysql+pymysql://{HOST}:{server.port}/{name}"
        self._engine = f"ENGINE={engine} DEFAULT CHARSET={charset}"

    def ddl(self) -> Mapping[str, str]:
        return {"key": "int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY", "engine": self._engine}

    def connect(self) -> pymysql.Connection[Any]:
        return self.server.connect(self.name)

    def sql(self, text: str) -> str:
        return text.replace("%", "%%").replace("?", "%s")


def _found(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def _memory() -> str | None:
    """Linux's folder in memory, where there is room for a server: waiting for disks is most of what it would do."""
    place = Path("/dev/shm")  # noqa: S108 (mkdtemp makes a folder of our own there)
    roomy = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free > ROOM
    return str(place) if roomy else None


def _as_root() -> tuple[str, ...]:
    return ("--user=root",) if os.geteuid() == 0 else ()


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
