"""The two schedules of the digest's function, on the local cloud: the digests by the hour, the attempts in minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from functions import wiring
from infra.local.cloud import Cloud, LocalClock
from shared.sync.connection import Connection
from shared.sync.issue import Issue, OpenIssue
from shared.sync.record import FlowKey, Name, Ref

FLOW = "eautomate_call_transfers"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(clock=LocalClock(datetime(2026, 11, 2, 9, 31, tzinfo=UTC), still=True)) as cloud:
        cloud.verify("crosswise@example.com")
        yield cloud


@pytest.mark.rule("EA-47")
def test_an_attempt_is_mailed_within_minutes_and_the_digest_at_its_hour(cloud: Cloud) -> None:
    with cloud.settings_of("ErrorDigest"):
        store, call = wiring.runtime().store, Ref("call-ticket", "partner", "5001")
        mail = {"recipients": ["desk@example.com"], "hours": [10]}
        store.flows.put_connection(Connection.model_validate({"id": "demo", "mail": mail, "flows": {FLOW: {}}}))
        issue = Issue("REFUSED", call, Name("call SC5001"), "Refused.", "Mend it.", category="refused")
        now = cloud.clock.now()
        store.issues.keep(OpenIssue(FlowKey("demo", FLOW), call, issue, now, due=now + timedelta(hours=9)))
    cloud.wait(minutes=5)
    assert [mail.subject for mail in cloud.mails()] == ["demo: FAIL: call SC5001"]
    report = cloud.wait(minutes=30)
    assert [mail.subject for mail in cloud.mails()][1:] == ["demo: 1 refused, or for a person to look at"]
    assert report.errors == []
