"""Dead letters: what crashed its function ten times becomes an issue, is replayed, and the queue ends empty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions import wiring
from functions.dead_letters.letters import Letter, keep
from infra.local.cloud import Cloud, LocalClock
from shared.aws.queues import Queues
from shared.aws.table import Store
from shared.sync.again import NOWHERE
from shared.sync.change import Change
from shared.sync.clock import RandomIds
from shared.sync.connection import Connection
from shared.sync.issue import OpenIssue
from shared.sync.operating import Operator
from shared.sync.record import FlowKey, Ref
from tests.engine.bench import Bench
from tests.engine.toy import KIND, ToyFlow

KEY = FlowKey("demo", ToyFlow.name)
REF = Ref(KIND, "partner", "1")


class Site:
    """The real template in the local cloud, with the toy flow's two systems behind its one flow."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.store = Store(cloud.client("dynamodb"), cloud.table)
        self.bench = Bench(self.store)
        self.queue = Queues(cloud.client("sqs"), lambda _flow: cloud.queue_url("EautomateCustomersQueue"))
        self.kim = Operator(self.store, self.queue, cloud.clock, RandomIds(), "kim")

    def change(self, ref: Ref, **more: Any) -> Change:
        return Change(
            connection="demo", flow=ToyFlow.name, kind=ref.kind, side=ref.side, id=ref.id,
            occasion="told", at=self.cloud.clock.now(), **more,
        )  # fmt: skip

    def issues(self, connection: str = "demo") -> dict[str, OpenIssue]:
        return {f"{one.issue.code} {one.scope}": one for one in self.store.issues.of_connection(connection)}

    def dead(self) -> list[str]:
        return [*self.cloud.messages("DeadLettersQueue"), *self.cloud.messages("ScheduleDeadLetters")]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with Cloud(clock=LocalClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC), still=True)) as cloud:
        made = Site(cloud)
        monkeypatch.setattr(wiring.Runtime, "flow", lambda _self, _flow, connection: made.bench._flow(connection))
        made.bench.store.flows.set_due(KEY, cloud.clock.now().replace(year=2030))
        yield made


def test_a_message_that_crashes_ten_times_becomes_its_records_issue_and_is_replayed_from_there(site: Site) -> None:
    ref = site.bench.widget("1", "Poison")
    site.bench.cw.errors = [ZeroDivisionError("password=hunter2")] * 1000
    site.queue.send([site.change(ref, carried={"name": "carried", "secret": "hunter2"})])
    site.cloud.wait(hours=3)
    assert site.dead() == []
    issue = site.issues()[f"CRASHED {ref}"]
    assert (issue.issue.category, issue.due, issue.attempts) == ("system", None, 0)
    assert f"crosswise retry '{ref}'" in issue.issue.fix
    assert "hunter2" not in str(issue)
    site.bench.cw.errors = []
    site.kim.retry(issue)
    site.cloud.run_until_quiet()
    assert [record["name"] for record in site.bench.cw.records.values()] == ["Poison"]
    assert site.issues() == {}
    assert "kim" in {entry.by for entry in site.store.journal.of_record(KEY, ref)}


def test_what_crashes_again_after_its_retry_is_another_try_of_the_same_issue(site: Site) -> None:
    ref = site.bench.widget("1", "Poison")
    site.bench.cw.errors = [ZeroDivisionError()] * 1000
    site.queue.send([site.change(ref)])
    site.cloud.wait(hours=3)
    site.kim.retry(site.issues()[f"CRASHED {ref}"])
    site.cloud.wait(hours=3)
    assert site.dead() == []
    assert site.issues()[f"CRASHED {ref}"].attempts == 1


def test_a_failed_run_of_a_schedule_becomes_an_issue_that_names_the_function(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_more: object) -> int:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr("functions.clock.app.send_due", fail)
    site.cloud.wait(minutes=2)
    assert site.dead() == []
    issue = site.issues(NOWHERE)["FUNCTION_FAILED cw#function#crosswise-Clock"]
    assert "crosswise-Clock failed at 2026-11-02" in issue.issue.message
    assert "ZeroDivisionError" in issue.issue.message
    assert "hunter2" not in str(issue)
    assert not site.kim.retry(issue)
    assert site.issues(NOWHERE) == {}


def test_a_message_that_nobody_can_read_becomes_an_issue_of_its_connection(site: Site) -> None:
    sqs, url = site.cloud.client("sqs"), site.cloud.queue_url("EautomateCustomersQueue")
    body = json.dumps({"connection": "demo", "flow": ToyFlow.name, "password": "hunter2"})
    for number, text in enumerate((body, "no JSON: hunter2")):
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId=str(number), MessageDeduplicationId=str(number))
    site.cloud.wait(hours=3)
    assert site.dead() == []
    (of_connection,), (of_none,) = site.issues().values(), site.issues(NOWHERE).values()
    assert of_connection.issue.code == of_none.issue.code == "MALFORMED_MESSAGE"
    assert "hunter2" not in str(of_connection) + str(of_none)
    site.bench.widget("1", "Whatever it meant")
    assert site.kim.retry(of_connection)
    site.cloud.run_until_quiet()
    assert len(site.bench.cw.records) == 1
    site.kim.retry(of_none)
    assert site.issues() == site.issues(NOWHERE) == {}


# By themselves


@pytest.fixture
def now(bench: Bench) -> datetime:
    return bench.clock.now()


def letter(body: object, id_: str = "m-1", *, fifo: bool = True) -> Letter:
    return Letter(id_, body if isinstance(body, str) else json.dumps(body), fifo)


CHANGE = {
    "type": "change", "connection": "demo", "flow": ToyFlow.name, "kind": KIND, "side": "partner", "id": "1",
    "occasion": "x", "at": "2026-11-02T09:00:00Z",
}  # fmt: skip


def test_a_letter_that_comes_twice_is_one_try(bench: Bench, now: datetime) -> None:
    for _ in range(2):
        keep(bench.store, letter(CHANGE), now)
    assert bench.issues()["CRASHED 1"].attempts == 0
    keep(bench.store, letter(CHANGE, "m-2"), now)
    assert bench.issues()["CRASHED 1"].attempts == 1


def test_a_change_of_another_version_is_still_its_records(bench: Bench, now: datetime) -> None:
    keep(bench.store, letter({**CHANGE, "added_later": "hunter2", "at": None}), now)
    issue = bench.issues()["CRASHED 1"]
    assert issue.scope == REF
    assert "hunter2" not in str(issue)


def test_a_crashed_scan_is_the_flows(bench: Bench, now: datetime) -> None:
    scan = {"type": "scan", "connection": "demo", "flow": ToyFlow.name, "occasion": "x", "at": "2026-11-02T09:00:00Z"}
    keep(bench.store, letter(scan), now)
    assert str(bench.issues()["CRASHED eautomate_customers"].scope) == "cw#scan#eautomate_customers"
    bench.sync()
    assert bench.issues() == {}


@pytest.mark.parametrize("connection", ["gone", "-", "", None, 7, "a#b"])
def test_a_message_of_no_connection_of_ours_is_an_issue_of_none(bench: Bench, now: datetime, connection: Any) -> None:
    keep(bench.store, letter({**CHANGE, "connection": connection}), now)
    assert [one.issue.code for one in bench.store.issues.of_connection(NOWHERE)] == ["MALFORMED_MESSAGE"]
    assert bench.issues() == {}


def test_a_run_for_one_connection_is_an_issue_of_it(bench: Bench, now: datetime) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:crosswise-CallbackRegistration:$LATEST"
    run = {"requestContext": {"functionArn": arn}, "requestPayload": {"connection": "demo"}}
    keep(bench.store, letter(run, fifo=False), now)
    assert list(bench.issues()) == ["FUNCTION_FAILED crosswise-CallbackRegistration"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80) | st.sampled_from(["demo", KIND, "#", "partner"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CHANGE, "requestContext"]), inner),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(max_size=200) | JSON | JSON.map(lambda more: {**CHANGE, "id": more}), fifo=st.booleans())
def test_any_letter_at_all_ends_as_an_issue(bench: Bench, body: object, fifo: bool) -> None:
    for connection in ("demo", NOWHERE):
        for one in bench.store.issues.of_connection(connection):
            bench.store.issues.close(one)
    keep(bench.store, letter(body, fifo=fifo), bench.clock.now())
    kept = [one for name in ("demo", NOWHERE) for one in bench.store.issues.of_connection(name)]
    assert len(kept) == 1
    assert kept[0].due is None


def test_a_letter_stays_while_the_table_does_not_answer(site: Site) -> None:
    assert isinstance(site.store.flows.connection("demo"), Connection)
    letters = site.cloud.client("sqs")
    url = site.cloud.queue_url("DeadLettersQueue")
    letters.send_message(QueueUrl=url, MessageBody="odd", MessageGroupId="g", MessageDeduplicationId="d")
    function = site.cloud.stack.functions["DeadLetters"]
    broken = replace(function, environment={**function.environment, "TABLE": "no-such-table"})
    site.cloud.stack.functions["DeadLetters"] = broken  # type: ignore[index]
    wiring.use(clock=site.cloud.clock)
    site.cloud.run_until_quiet()
    assert site.cloud.messages("DeadLettersQueue") == ["odd"]
    site.cloud.stack.functions["DeadLetters"] = function  # type: ignore[index]
    wiring.use(clock=site.cloud.clock)
    site.cloud.wait(minutes=6)
    assert site.dead() == []
    assert len(site.issues(NOWHERE)) == 1
