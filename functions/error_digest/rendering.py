"""Turns a report or an attempt into a mail: text and HTML, and of a report the same rows as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from functions.error_digest.attempts import Attempt, Owed
from functions.error_digest.report import Report
from shared.sync.connection import Connection

COLUMNS = ("section", "code", "record", "link", "message", "what to do", "first seen", "times reported", "next try")


def digest(connection: Connection, report: Report, now: datetime, *, repeat: bool = False) -> EmailMessage:
    """The mail of one digest; `repeat` marks one that may have gone out before."""
    count = f"{report.total} {report.digest.subject}"
    mail = _mail("digest", connection, count, now, {"report": report}, repeat=repeat)
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    mail.add_attachment("\ufeff" + _csv(connection, report), subtype="csv", filename="issues.csv")
    return mail


def attempted(
    connection: Connection, owed: Owed, attempt: Attempt, now: datetime, *, page: str = "", repeat: bool = False
) -> EmailMessage:
    """The mail of one attempt (EA-47), its result in the first column; `page` opens what was made."""
    title = f"{attempt.result}: {attempt.tried}" + (f" is {attempt.made}" if attempt.made else "")
    return _mail("attempt", connection, title, now, {"owed": owed, "attempt": attempt, "page": page}, repeat=repeat)


def _mail(
    template: str, connection: Connection, title: str, now: datetime, known: Mapping[str, Any], *, repeat: bool
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = connection.mail.sender
    mail["To"] = ", ".join(connection.mail.recipients)
    subject = f"{connection.title}: {title}" + (" (may repeat an earlier mail)" if repeat else "")
    mail["Subject"] = " ".join(subject.split())
    known = {"connection": connection, "now": now, "repeat": repeat, "title": title, **known}
    mail.set_content(_template(f"{template}.txt.j2", connection).render(known))
    mail.add_alternative(_template(f"{template}.html.j2", connection).render(known), subtype="html")
    return mail


def _template(name: str, connection: Connection) -> Template:
    return _environment().get_template(name, globals={"local": lambda moment: _local(moment, connection)})


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


def _csv(connection: Connection, report: Report) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for title, groups in report.sections():
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
