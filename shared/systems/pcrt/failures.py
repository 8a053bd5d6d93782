"""The one table that says what to do about each error of PCRT's database, by its code.

Codes are those of MySQL and MariaDB, and SQLite's own. Whatever the table does not know asks to look again, and is an
outcome unknown where something was being written.
"""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
)
from shared.systems.errors import Action

NAME = "pcrt"
_URL = f"systems.{NAME}.base_url"
_OTHER = "Name the database of PCRT 9.6 or a later one."
_RIGHTS = "GRANT SELECT ON DATABASE.* TO the user, and UPDATE on the table of the members column."


@dataclass(frozen=True)
class Row:
    """What to do about some codes; `where` and `fix` are for a person who must set something right."""

    codes: frozenset[int]
    action: Action
    where: str = ""
    fix: str = ""


def _row(*codes: int, action: Action, where: str = "", fix: str = "") -> Row:
    return Row(frozenset(codes), action, where, fix)


_SERVER: tuple[Row, ...] = (
    # Access denied, password expired or to be changed, account locked.
    _row(1045, 1698, 1820, 1862, 3118, 4151, action=Action.REFRESH),
    # Access denied to the database, a table, a column, an operation.
    _row(1044, 1142, 1143, 1227, 1370, action=Action.ALLOW, where="rights", fix=_RIGHTS),
    _row(1130, action=Action.ALLOW, where="rights", fix="Let the user connect from where Crosswise runs."),
    _row(1049, action=Action.CONFIGURE, where=_URL, fix="Name PCRT's database at its end."),
    # No such table, no such column.
    _row(1146, 1054, action=Action.CONFIGURE, where=_URL, fix=_OTHER),
    # A table that MyISAM left broken.
    _row(126, 127, 144, 145, 1034, 1194, 1195, action=Action.CONFIGURE, where="its tables", fix="Repair the table."),
    # Takes no writes: read only, a replica.
    _row(1290, 1792, 1836, action=Action.CONFIGURE, where=_URL, fix="Name the server that takes writes."),
    # No TLS.
    _row(2026, action=Action.CONFIGURE, where=_URL, fix="Let the server offer TLS; without it only loopback is used."),
    # The value does not fit.
    _row(1264, 1292, 1366, 1406, action=Action.REJECT),
    # Nothing was done: no connection, too many of them, no lock, a deadlock.
    _row(1040, 1042, 1043, 1129, 1203, 1205, 1213, 1226, 2002, 2003, 2005, action=Action.RETRY),
)  # fmt: skip

_FILE: tuple[Row, ...] = (
    _row(sqlite3.SQLITE_ERROR, action=Action.CONFIGURE, where=_URL, fix=_OTHER),
    _row(
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT,
        action=Action.CONFIGURE, where=_URL, fix="Name a file that holds PCRT's database.",
    ),
    _row(
        sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH,
        action=Action.ALLOW, where="rights", fix="Let the file be written.",
    ),
    _row(sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, action=Action.REJECT),
    _row(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT, action=Action.RETRY),
)  # fmt: skip

_DISTRUSTED = _row(
    action=Action.CONFIGURE,
    where="the secret",
    fix="Put the certificate of the CA of the server there as ca; name the server in base_url as it names itself.",
)


def failure(error: BaseException | None, what: str, settings: SystemSettings, *, write: bool) -> SyncError:
    """What a driver's error asks for; `what` names the statement in words that hold no value."""
    row, words = _judged(error)
    text = f"PCRT's database answered {what} with an error: {words}"
    match row.action if row else None:
        case Action.RETRY:
            return RetryLater(text, system=NAME)
        case Action.REFRESH:
            return CredentialsRefused(NAME, words)
        case Action.REJECT:
            return RecordRejected(NAME, words, field="members")
        case Action.CONFIGURE | Action.ALLOW if row is not None:
            where = _setting(words, settings) or (row.where if row.where == _URL else f"{NAME}: {row.where}")
            return ConfigurationWrong(text, where=where, fix=row.fix)
    if write:
        return OutcomeUnknown(f"{text}; it may have been carried out", system=NAME)
    return RetryLater(text, system=NAME)


def _judged(error: BaseException | None) -> tuple[Row | None, str]:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return _known(_FILE, code), str(error)
    code, *said = error.args if error is not None and error.args else (0,)
    words = " ".join(str(part) for part in said if part) or f"error {code}"
    below = getattr(error, "original_exception", None)
    distrusted = isinstance(below, ssl.SSLError) and not isinstance(below, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
    return _DISTRUSTED if distrusted else _known(_SERVER, code), words


def _known(table: tuple[Row, ...], code: object) -> Row | None:
    return next((row for row in table if code in row.codes), None)


def _setting(words: str, settings: SystemSettings) -> str:
    """The setting that named the table or column of which the database's words speak, if one did."""
    named: Mapping[str, str] = {
        "cwa_group_column": settings.cwa_group_column,
        "members_column": settings.members_column,
    }
    for setting, place in named.items():
        table, column = place.split(".")
        if column in words or (table != "servicecontracts" and table in words):
            return f"systems.{NAME}.{setting}"
    return ""
