"""Schedules by the turned clock, and events that nobody waits for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from infra.local.cloud import Cloud
from tests.local import tiny


def test_a_schedule_fires_when_its_time_has_come(cloud: Cloud, ticks: tiny.Told) -> None:
    assert len(cloud.run_until_quiet()) == 0
    cloud.clock.turn(minutes=9)
    assert len(cloud.run_until_quiet()) == 0
    cloud.clock.turn(minutes=1)
    (happening,) = cloud.run_until_quiet()
    assert (happening.kind, happening.source, happening.function) == ("schedule", "TickerOften", "Ticker")
    (event,) = ticks.events
    assert event["detail-type"] == "Scheduled Event"
    assert event["source"] == "aws.events"
    assert event["time"] == "2026-03-06T12:10:30Z"
    assert event["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/crosswise-TickerOften"]


def test_turning_past_several_times_fires_once_but_waiting_fires_each(cloud: Cloud, ticks: tiny.Told) -> None:
    cloud.clock.turn(minutes=35)
    cloud.run_until_quiet()
    assert len(ticks.events) == 1
    cloud.wait(minutes=30)
    times = [event["time"][11:16] for event in ticks.events[1:] if "time" in event]
    assert times == ["12:40", "12:50", "13:00"]
    assert cloud.clock.now() == datetime(2026, 3, 6, 13, 5, 30, tzinfo=UTC)


def test_a_cron_schedule_goes_by_its_own_time_zone(cloud: Cloud, ticks: tiny.Told) -> None:
    cloud.wait(minutes=59)
    assert {"morning": True} not in ticks.events
    cloud.wait(minutes=1)  # 7:00 in Chicago is 13:00 UTC
    assert ticks.events.count({"morning": True}) == 1
    cloud.wait(hours=48)  # the clocks go forward on the 8th: 7:00 is 12:00 UTC from then on
    assert ticks.events.count({"morning": True}) == 3


def test_a_scheduled_run_that_fails_is_repeated_twice_then_put_aside(cloud: Cloud, ticks: tiny.Told) -> None:
    def crash(_event: object, _context: object) -> None:
        raise RuntimeError("not today")

    ticks.answer = crash
    report = cloud.wait(minutes=12, seconds=59)
    assert [happening.at.strftime("%H:%M:%S") for happening in report.errors] == ["12:10:30", "12:11:30"]
    assert cloud.messages("Failures") == []
    report = cloud.wait(seconds=1)
    assert len(report.errors) == 1
    (put_aside,) = map(json.loads, cloud.messages("Failures"))
    assert put_aside["requestContext"]["condition"] == "RetriesExhausted"
    assert put_aside["requestContext"]["approximateInvokeCount"] == 3
    assert put_aside["requestPayload"]["time"] == "2026-03-06T12:10:30Z"
    assert put_aside["responsePayload"]["errorMessage"] == "not today"
    assert put_aside["responsePayload"]["errorType"] == "RuntimeError"
