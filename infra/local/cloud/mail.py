"""The mail that functions sent by SES, as files that a mail program and a browser open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from moto.ses.models import RawMessage, ses_backends

from infra.local.cloud.stack import ACCOUNT, REGION


@dataclass(frozen=True)
class SentMail:
    """One mail as SES accepted it: `raw` is the whole MIME text, `to` the addresses of its envelope."""

    id: str
    to: tuple[str, ...]
    raw: str

    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return BytesParser(policy=policy.default).parsebytes(self.raw.encode())

    @property
    def subject(self) -> str:
        return str(self.message()["Subject"] or "")

    @property
    def html(self) -> str:
        """Its HTML part, empty if it has none."""
        part = self.message().get_body(("html",))
        return part.get_content() if isinstance(part, EmailMessage) else ""


def sent() -> list[SentMail]:
    """Every mail that SES accepted since the cloud started, oldest first."""
    messages: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
    mails = []
    for message in messages:
        if not isinstance(message, RawMessage):
            raise TypeError(f"mail {message.id} was not sent as raw MIME, of which SES keeps every part")
        mails.append(SentMail(message.id, _addresses(message.destinations), message.raw_data))
    return mails


def _addresses(destinations: list[str]) -> tuple[str, ...]:
    """Each address once: moto adds those of the headers to those of the envelope."""
    return tuple(dict.fromkeys(address for _, address in getaddresses(destinations)))


def save(mails: list[SentMail], folder: Path) -> list[Path]:
    """Writes each mail as `.eml`, and its HTML part as `.html`, under its number and subject; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, mail in enumerate(mails, 1):
        words = re.sub(r"[^a-z0-9]+", "-", mail.subject.lower()).strip("-")[:60] or "mail"
        for ending, text in ((".eml", mail.raw), (".html", mail.html)):
            if text:
                path = folder / f"{number:02d}-{words}{ending}"
                path.write_bytes(text.encode())
                written.append(path)
    return written
