"""PCRT's database: a connection for each statement, and errors named by what must be done about them.

MySQL and MariaDB through PyMySQL, over TLS unless the server is on loopback; SQLite as the embedded default. Nothing is
kept open: a Lambda function may sleep for hours, and small servers count their connections. Every statement is a
transaction of its own (stock PCRT's tables, MyISAM, know no longer ones), both sides limit its time, and no setting of
the server cuts a list short.
"""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pymysql
import sqlalchemy as sa
from pymysql.constants import CLIENT
from sqlalchemy.pool import NullPool

from shared.sync.connection import SystemSettings, on_loopback
from shared.sync.errors import ConfigurationWrong, CredentialsRefused
from shared.systems.http import Http
from shared.systems.pcrt.failures import NAME, failure
from shared.systems.rest import Keys

CONNECT_TIMEOUT = 5
ANSWER_TIMEOUT = 20
"""Seconds to wait for a connection, and for the next bytes of an answer."""

_SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES', sql_select_limit = 18446744073709551615, lock_wait_timeout = 15"
    " /*!50708 , max_execution_time = 18000 */ /*M!100101 , max_statement_time = 18 */"
)
"""Nothing is cut to fit, no list is shortened, and the server gives up before we do. MySQL reads the first limit of
time (in milliseconds), MariaDB the second."""


Done = tuple[list[tuple[Any, ...]], int]
"""The rows of an answer, and how many rows a write found."""


class Database:
    """One database of PCRT's, at a URL that holds no keys."""

    def __init__(self, settings: SystemSettings, keys: Keys, http: Http) -> None:
        parts = urlsplit(settings.base_url)
        self._host, self._port = parts.hostname or "", parts.port or 3306
        self._path = unquote(parts.path)[1:]
        self._settings = settings
        self._keys = keys
        self._http = http
        self.embedded = parts.scheme == "sqlite"
        """Whether it is SQLite's, which has no server and no keys."""

        if parts.scheme not in ("sqlite", "mysql+pymysql"):
            raise ConfigurationWrong(
                f"{settings.base_url} is the address of no database",
                where=f"systems.{NAME}.base_url",
                fix="Set it to mysql+pymysql://HOST:3306/DATABASE, without user and password.",
            )
        connect: Callable[[], Any] = self._open if self.embedded else self._connect
        self._engine = sa.create_engine(
            settings.base_url,
            creator=connect,
            poolclass=NullPool,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )

    def rows(self, statement: sa.Select[Any], what: str) -> list[tuple[Any, ...]]:
        """All rows of an answer; `what` names it in errors, which are those of `shared.sync.errors`."""
        return self._twice(statement, what, write=False)[0]

    def change(self, statement: sa.Update, what: str) -> int:
        """Carries a write out, once; how many rows it found. OutcomeUnknown where the answer was lost."""
        return self._twice(statement, what, write=True)[1]

    def renew(self) -> None:
        """Reads the secret anew."""
        if not self.embedded:
            self._keys(fresh=True)

    def _twice(self, statement: sa.Executable, what: str, *, write: bool) -> Done:
        """Asks again with the secret read anew, where the keys are refused: nothing was carried out then."""
        try:
            return self._run(statement, what, write=write)
        except CredentialsRefused:
            self.renew()
        return self._run(statement, what, write=write)

    def _run(self, statement: sa.Executable, what: str, *, write: bool) -> Done:
        self._http.requests[NAME] += 1
        try:
            with self._engine.connect() as connection:
                result = connection.execute(statement)
                return [] if write else [tuple(row) for row in result], result.rowcount
        except sa.exc.DBAPIError as error:
            # It knows the statement and its values: only words for it leave this block.
            failed = failure(error.orig, what, self._settings, write=write)
        raise failed

    def _open(self) -> sqlite3.Connection:
        """A file that is there: SQLite would make an empty one."""
        return sqlite3.connect(f"file:{quote(self._path)}?mode=rw", uri=True, timeout=CONNECT_TIMEOUT)

    def _connect(self) -> pymysql.Connection[Any]:
        keys = self._keys(fresh=False)
        secure = "ca" in keys or not on_loopback(self._host)
        try:
            return pymysql.connect(
                host=self._host,
                port=self._port,
                database=self._path,
                user=keys["user"],
                password=keys["password"].encode(),  # as text it would have to be latin1
                ssl=self._trust(keys.get("ca")) if secure else None,
                ssl_disabled=not secure,
                client_flag=CLIENT.FOUND_ROWS,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=ANSWER_TIMEOUT,
                write_timeout=ANSWER_TIMEOUT,
                init_command=_SESSION,
            )
        except RuntimeError as error:
            words = str(error)
        raise ConfigurationWrong(
            f"PCRT's database wants a way of logging in that is not supported: {words}",
            where=f"{NAME}: the user",
            fix="Let the user log in by a password (mysql_native_password, or caching_sha2_password over TLS).",
        )

    @staticmethod
    def _trust(ca: str | None) -> ssl.SSLContext:
        """Whom to believe: the CA of the secret alone, or those that everybody believes."""
        try:
            context = ssl.create_default_context(cadata=ca)
        except (ssl.SSLError, ValueError):
            raise ConfigurationWrong(
                "The entry ca of PCRT's secret is no certificate.",
                where=f"{NAME}: the secret",
                fix="Put the certificate of the CA there that signed the database server's, in PEM form.",
            ) from None
        if ca is not None:
            # A CA of one's own seldom writes all that Python 3.13 wants to see in a certificate.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context
