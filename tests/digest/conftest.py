"""The digest on the real table (moto), with a clock that is turned by hand and a mailer that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from functions.error_digest.attempting import send_attempts
from functions.error_digest.sending import send_digests
from infra.local.cloud import resources
from infra.local.cloud.template import read
from shared.aws.table import Store
from shared.sync.clock import stamp
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong
from shared.sync.history import Entry
from shared.sync.issue import Issue, OpenIssue
from shared.sync.link import Intent, Link
from shared.sync.outcome import keep_issues
from shared.sync.record import FlowKey, Name, Ref
from tests.aws.conftest import TEMPLATE
from tests.local_aws import local_aws

TRANSFERS = FlowKey("acme", "eautomate_call_transfers")


def call(number: str) -> Ref:
    return Ref("call-ticket", "partner", number)


class Desk:
    """A connection in Chicago that gets its digest at 7; `mails` is what went out."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.time = datetime(2026, 11, 2, 13, 5, tzinfo=UTC)  # 07:05 in Chicago
        self.mails: list[EmailMessage] = []
        self.dies: BaseException | None = None
        self.refuses = ""
        self.refuses_subject = ""
        self.connect()

    def now(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)

    def connect(self, connection: str = "acme", *, flows: Sequence[str] = (), **mail: Any) -> None:
        settings = {"recipients": [f"desk@{connection}.example"], "hours": [7], **mail}
        known = {
            "id": connection,
            "name": connection.title(),
            "time_zone": "America/Chicago",
            "mail": settings,
            "systems": {"connectwise_psa": {"base_url": "https://api-na.example.com", "company": "acme"}},
            "flows": {flow: {} for flow in flows},
        }
        self.store.flows.put_connection(Connection.model_validate(known))

    def issue(
        self, number: str, code: str = "REFUSED", *, connection: str = "acme", url: str = "", **more: Any
    ) -> OpenIssue:
        ref = Ref("customer-company", "partner", number)
        given = {"category": "refused", "message": f"{number} was refused.", "fix": "Mend it.", **more}
        issue = Issue(code, ref, Name(f"customer {number}", url), **given)
        kept = OpenIssue(
            FlowKey(connection, "eautomate_customers"),
            ref,
            issue,
            first_seen=self.time,
            due=self.time + timedelta(minutes=5),
        )
        self.store.issues.keep(kept)
        return kept

    # What a flow with a mail for each attempt leaves in the table

    def fails(self, number: str, code: str = "REFUSED", **more: Any) -> OpenIssue:
        """A look at call `number` that ends in an issue: opens it, or tries it again where that is due."""
        name = Name(f"call SC{number}", more.pop("url", ""))
        given = {"category": "refused", "message": f"ConnectWise refused {name}.", "fix": "Mend it.", **more}
        keep_issues(self.store, TRANSFERS, call(number), [Issue(code, call(number), name, **given)], self.time)
        return self.store.issues.of_scope(TRANSFERS, call(number))[0]

    def begins(self, number: str) -> None:
        """A create of which nobody knows whether it came off."""
        self.store.links.intend(TRANSFERS, Intent(call(number), "token", self.time, self.time + timedelta(minutes=5)))

    def comes_off(self, number: str, ticket: str, *, what: str = "Created ticket and linked.", **more: Any) -> None:
        """A look at call `number` that ends in a ticket."""
        keep_issues(self.store, TRANSFERS, call(number), [], self.time)
        link = Link("call-ticket", ticket, number, cw_name="ticket Printer", partner_name=f"call SC{number}")
        after = {"summary": "Printer", "cw": ticket, "partner": number}
        entry = Entry(TRANSFERS, call(number), f"{stamp(self.time)}-{number}", self.time, "sync", what, {}, after)
        self.store.links.link(TRANSFERS, link, entry=replace(entry, **more))

    def send(self, message: EmailMessage, /) -> str:
        if message["From"] == self.refuses:
            raise ConfigurationWrong("SES does not send from there")
        self.mails.append(message)
        if self.dies and self.refuses_subject in message["Subject"]:
            raise self.dies
        return "id"

    def digest(self, holder: str = "one") -> int:
        return send_digests(self.store, self, self, holder=holder)

    def attempts(self, holder: str = "one") -> int:
        return send_attempts(self.store, self, self, holder=holder)

    def subjects(self) -> list[str]:
        """The subjects of what went out since this was asked last."""
        told, self.mails = [mail["Subject"] for mail in self.mails], []
        return told


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with local_aws():
        dynamodb = resources.clients().dynamodb
        made = read(TEMPLATE, endpoint="https://sqs.us-east-1.amazonaws.com").tables["Table"]
        dynamodb.create_table(TableName=made.name, **made.definition)
        yield Desk(Store(dynamodb, made.name))


def text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Died(BaseException):
    """The process is gone."""
