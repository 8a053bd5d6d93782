"""Troubles of a whole system: throttling, refused keys, wrong settings, scans that break off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RetryLater, Throttled
from shared.sync.flow import Page
from shared.sync.ports import Run
from shared.sync.record import Ref
from tests.engine.bench import Bench
from tests.engine.toy import KIND, ToyFlow


def test_a_throttled_tenant_is_left_alone_until_it_may_be_asked_again(bench: Bench) -> None:
    bench.widget("1", "Widget")
    bench.cw.errors = [Throttled("slow down", pace_key=bench.cw.pace_key, after=30)]
    bench.change(Ref(KIND, "partner", "1"))
    bench.deliver(rounds=1)
    assert bench.queue.handed_back == [30]
    asked = len(bench.cw.calls)
    bench.deliver(rounds=1)
    assert len(bench.cw.calls) == asked
    bench.clock.turn(seconds=31)
    bench.deliver()
    assert len(bench.cw.records) == 1


def test_a_long_wait_becomes_an_issue_with_its_own_time(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.cw.errors = [None, RetryLater("down for maintenance", system="connectwise_psa", after=1800)]
    bench.change(ref)
    counts = bench.deliver()
    assert counts["issue"] == 1
    assert bench.issues()["NOT_NOW 1"].due - bench.clock.now() == timedelta(minutes=30)
    bench.clock.turn(minutes=31)
    assert bench.due()["applied"] == 1
    assert bench.issues() == {}


def test_the_third_short_wait_becomes_an_issue(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.cw.errors = [RetryLater("busy", after=5)] * 20
    bench.change(ref)
    bench.deliver()
    assert bench.queue.handed_back == [5, 5]
    assert "NOT_NOW 1" in bench.issues()
    assert bench.queue.messages == []


def test_refused_keys_are_one_issue_and_no_hammering(bench: Bench) -> None:
    for number in range(6):
        bench.widget(str(number), f"Widget {number}")
    bench.cw.accepts_keys = False
    bench.cw.errors = [CredentialsRefused("connectwise_psa", "401")] * 50
    bench.sync()
    assert list(bench.issues()) == ["CREDENTIALS_REFUSED connectwise_psa"]
    assert (
        "the secret connectwise_psa/demo under the stack's SecretPrefix"
        in bench.issues()["CREDENTIALS_REFUSED connectwise_psa"].issue.fix
    )
    assert bench.store.flows.state(bench.key).paused
    asked = len(bench.cw.calls)
    bench.sync()
    for _ in range(4):
        bench.clock.turn(minutes=1)
        bench.due()
    assert len(bench.cw.calls) == asked


def test_mended_keys_resume_the_connection_with_a_comprehensive_scan(bench: Bench) -> None:
    bench.widget("1", "Before")
    bench.sync()
    bench.widget("2", "While paused")
    bench.cw.accepts_keys = False
    bench.cw.errors = [CredentialsRefused("connectwise_psa", "401")] * 50
    bench.sync()
    bench.clock.turn(minutes=6)
    bench.due()
    assert bench.issues()["CREDENTIALS_REFUSED connectwise_psa"].attempts == 1
    bench.cw.accepts_keys, bench.cw.errors = True, []
    bench.clock.turn(minutes=11)
    bench.due()
    bench.clock.turn(minutes=1)
    bench.due()
    assert bench.issues() == {}
    assert len(bench.cw.records) == 2


def test_wrong_settings_pause_the_flow_and_name_the_place(bench: Bench) -> None:
    bench.widget("1", "Widget")
    assert bench.store.flows.connection("demo") is not None
    bench.scan()
    bench.cw.errors = [ConfigurationWrong("No such board", where="flows.toy.board", fix="Name one.")] * 3
    bench.deliver()
    issues = bench.issues()
    assert any(code.startswith("CONFIGURATION_WRONG") for code in issues)


def test_a_scan_that_breaks_off_moves_no_cursor_and_reads_the_same_again(bench: Bench) -> None:
    for number in range(4):
        bench.widget(str(number), f"Widget {number}")
    bench.partner.errors = [None, RetryLater("connection cut", after=600)]
    bench.scan()
    bench.deliver(rounds=1)
    state = bench.store.flows.state(bench.key)
    assert state.cursor == {}
    assert state.last_comprehensive is None
    assert "SCAN_FAILED eautomate_customers" in bench.issues()
    bench.deliver()
    bench.clock.turn(minutes=16)
    bench.due()
    assert bench.store.flows.state(bench.key).cursor == {"partner": "now"}
    assert len(bench.cw.records) == 4
    assert bench.issues() == {}


def test_a_long_scan_goes_on_in_a_new_message_and_finishes_once(bench: Bench) -> None:
    for number in range(7):
        bench.widget(str(number), f"Widget {number}")
    bench.left = 30.0
    bench.scan()
    bench.deliver()
    assert bench.store.flows.state(bench.key).counts["scanned"] == 7
    assert len(bench.cw.records) == 7


class Twice(ToyFlow):
    """Its scan reads the same list two times, as records stand in several lists of a source."""

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        found = super().scan(run, cursor, None)
        return replace(found, cursor=None, next={"from": 0}) if page is None else found


def test_what_stands_in_several_lists_of_a_run_is_queued_once(bench: Bench) -> None:
    bench.flow = Twice
    bench.widget("1", "Widget")
    counts = bench.sync()
    assert (counts["scanned"], counts["queued"], counts["applied"]) == (2, 1, 1)


def test_a_second_scan_leaves_a_run_under_way_alone(bench: Bench) -> None:
    bench.widget("1", "Widget")
    bench.left = 30.0
    for number in range(2, 6):
        bench.widget(str(number), f"Widget {number}")
    bench.scan()
    bench.deliver(rounds=1)
    bench.scan()
    counts = bench.deliver()
    assert counts["scanned"] == 3
    assert len(bench.cw.records) == 5


@pytest.mark.parametrize("received", [1, 2])
def test_carried_fields_are_used_in_the_first_delivery_only(bench: Bench, received: int) -> None:
    bench.widget("1", "As scanned")
    bench.scan()
    bench.deliver(rounds=1)
    bench.partner.records["1"]["name"] = "Since then"
    bench.queue.messages = [(body, received) for body, _ in bench.queue.messages]
    bench.deliver()
    assert bench.cw.records["1"]["name"] == ("As scanned" if received == 1 else "Since then")


def test_a_flow_taken_out_of_the_settings_writes_nothing_more(bench: Bench) -> None:
    bench.widget("1", "Widget")
    bench.scan()
    connection = bench.store.flows.connection("demo")
    assert connection is not None
    bench.store.flows.put_connection(connection.model_copy(update={"flows": {}}))
    assert bench.deliver()["parked"] == 1
    assert bench.cw.calls == []
