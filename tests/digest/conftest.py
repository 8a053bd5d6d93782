"""The digest on the real table (moto), with a clock that is turned by hand and a mailer that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from moto import mock_aws

from functions.error_digest.sending import send_digests
from infra.local.cloud.template import read
from shared.aws.clients import Clients
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong
from shared.sync.issue import Issue, OpenIssue
from shared.sync.record import FlowKey, Name, Ref
from tests.aws.conftest import TEMPLATE


class Desk:
    """A connection in Chicago that gets its digest at 7; `mails` is what went out."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.time = datetime(2026, 11, 2, 13, 5, tzinfo=UTC)  # 07:05 in Chicago
        self.mails: list[EmailMessage] = []
        self.dies: BaseException | None = None
        self.refuses = ""
        self.connect()

    def now(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)

    def connect(self, connection: str = "acme", **mail: Any) -> None:
        settings = {"recipients": [f"desk@{connection}.example"], "hours": [7], **mail}
        self.store.flows.put_connection(
            Connection.model_validate(
                {"id": connection, "name": connection.title(), "time_zone": "America/Chicago", "mail": settings}
            )
        )

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

    def send(self, message: EmailMessage, /) -> str:
        if message["From"] == self.refuses:
            raise ConfigurationWrong("SES does not send from there")
        self.mails.append(message)
        if self.dies:
            raise self.dies
        return "id"

    def digest(self, holder: str = "one") -> int:
        return send_digests(self.store, self, self, holder=holder)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        dynamodb = Clients(attempts=1).dynamodb
        made = read(TEMPLATE, endpoint="https://sqs.us-east-1.amazonaws.com").tables["Table"]
        dynamodb.create_table(TableName=made.name, **made.definition)
        yield Desk(Store(dynamodb, made.name))
