"""Turns a report into a mail: text, HTML and the same rows as CSV."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from functions.error_digest.report import Report
from shared.sync.connection import Connection

COLUMNS = ("section", "code", "record", "link", "message", "what to do", "first seen", "times reported", "next try")


def message(connection: Connection, found: Report, now: datetime, *, repeat: bool = False) -> EmailMessage:
    """The mail; `repeat` marks one that may have gone out before."""
    count = f"{found.total} open issue{'s' if found.total != 1 else ''}"
    mail = EmailMessage()
    mail["From"] = connection.mail.sender
    mail["To"] = ", ".join(connection.mail.recipients)
    mail["Subject"] = f"{connection.title}: {count}" + (" (may repeat an earlier mail)" if repeat else "")
    known = {"connection": connection, "report": found, "now": now, "repeat": repeat, "count": count}
    mail.set_content(_template("digest.txt.j2", connection).render(known))
    mail.add_alternative(_template("digest.html.j2", connection).render(known), subtype="html")
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    mail.add_attachment("\ufeff" + _csv(connection, found), subtype="csv", filename="issues.csv")
    return mail


def _template(name: str, connection: Connection):  # type: ignore[no-untyped-def]
    template = _environment().get_template(name)
    template.globals["local"] = lambda moment: f"{moment.astimezone(connection.zone):%Y-%m-%d %H:%M}"
    return template


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(
        loader=loader,
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _csv(connection: Connection, found: Report) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for title, groups in found.sections():
        for group in groups:
            for row in group.rows:
                issue = row.issue
                cells = (
                    title, group.code, issue.name.text, issue.name.url, issue.message, issue.fix,
                    _local(row.first_seen, connection), str(row.times_mailed + 1),
                    _local(row.due, connection) if row.due else "",
                )  # fmt: skip
                writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _local(moment: datetime, connection: Connection) -> str:
    return f"{moment.astimezone(connection.zone):%Y-%m-%d %H:%M}"


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet takes as text: records' names come from outside and could begin a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
