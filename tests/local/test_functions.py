"""Handlers run as Lambda runs them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions import wiring
from infra.local.cloud import Cloud, LocalClock, TemplateFault
from tests.local import tiny
from tests.local.conftest import NOON, SMALL


def test_a_function_sees_its_own_environment_and_no_other_s(cloud: Cloud, ticks: tiny.Told, batches: tiny.Told) -> None:
    cloud.invoke("Ticker", {})
    cloud.invoke("Worker", {})
    assert "QUEUE" not in ticks.environments[0]
    assert batches.environments[0]["QUEUE"] == cloud.queue_url("Queue")
    assert batches.environments[0]["AWS_LAMBDA_FUNCTION_NAME"] == "crosswise-Worker"
    assert batches.environments[0]["AWS_REGION"] == "us-east-1"
    assert "QUEUE" not in os.environ


def test_the_context_is_lambda_s(cloud: Cloud, ticks: tiny.Told) -> None:
    done = cloud.invoke("Ticker", {})
    (context,) = ticks.contexts
    assert context.function_name == "crosswise-Ticker"
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:crosswise-Ticker"
    assert context.memory_limit_in_mb == "128"
    assert context.aws_request_id == done.request_id
    assert 0 < context.get_remaining_time_in_millis() <= 20_000


def test_events_and_answers_are_json(cloud: Cloud, ticks: tiny.Told) -> None:
    ticks.answer = lambda event, _context: {"got": (event["n"], None)}
    event = {"n": 1}
    assert cloud.invoke("Ticker", event).answer == {"got": [1, None]}
    assert ticks.events[0] is not event
    ticks.answer = lambda _event, _context: {1, 2}
    failed = cloud.invoke("Ticker", event)
    assert failed.error_type == "TypeError"
    assert "JSON" in failed.error


@pytest.mark.parametrize("crash", [ValueError("odd"), SystemExit("odd"), BaseException("odd")])
def test_whatever_a_function_raises_is_told(cloud: Cloud, ticks: tiny.Told, crash: BaseException) -> None:
    def raises(_event: object, _context: object) -> None:
        raise crash

    ticks.answer = raises
    done = cloud.invoke("Ticker", {})
    assert (done.failed, done.error, done.error_type) == (True, "odd", type(crash).__name__)


def test_a_function_that_takes_too_long_has_failed(
    cloud: Cloud, ticks: tiny.Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 21.0, 21.0])
    monkeypatch.setattr("infra.local.cloud.lambdas.time.monotonic", lambda: next(times))
    ticks.answer = lambda _event, context: context.get_remaining_time_in_millis()
    done = cloud.invoke("Ticker", {})
    assert done.error == "Task timed out after 20.00 seconds (it took 21.0)"


def test_the_functions_go_by_the_cloud_s_clock(cloud: Cloud) -> None:
    assert wiring.runtime().clock is cloud.clock
    cloud.stop()
    assert wiring.runtime().clock is not cloud.clock


def test_a_function_is_found_by_folder_id_and_name(cloud: Cloud) -> None:
    found = {cloud.stack.function(name).id for name in ("Ticker", "crosswise-Ticker")}
    assert found == {"Ticker"}
    with pytest.raises(KeyError, match="no function is called 'Tocker'; there are: tiny"):
        cloud.stack.function("Tocker")


def test_what_functions_print_goes_where_it_is_wanted(ticks: tiny.Told, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    logger = logging.getLogger("crosswise")

    def chatty(_event: object, _context: object) -> None:
        sys.stdout.write("printed\n")
        logger.warning("logged")

    ticks.answer = chatty
    with Cloud(SMALL, clock=LocalClock(NOON, still=True), output=lines.append) as cloud:
        cloud.invoke("Ticker", {})
    written = "".join(lines)
    assert "printed\n" in written
    assert "logged" in written
    assert capsys.readouterr().out == ""


def test_batches_are_summed_from_the_functions_log(cloud: Cloud, ticks: tiny.Told) -> None:
    logger = logging.getLogger("crosswise")

    def working(event: dict[str, Any], _context: object) -> None:
        extra = {
            "connection": event["of"],
            "flow": "toys",
            "counts": {"applied": 2, "issue": 1},
            "requests": {"psa": 3},
        }
        logger.info("batch", extra=extra)
        logger.info("something else", extra=extra)

    ticks.answer = working
    cloud.invoke("Ticker", {"of": "acme"})
    before = cloud.tally()
    cloud.invoke("Ticker", {"of": "acme"})
    cloud.invoke("Ticker", {"of": "other"})
    assert cloud.tally().counts() == {"applied": 6, "issue": 3}
    since = cloud.tally() - before
    assert since.counts(connection="acme") == {"applied": 2, "issue": 1}
    assert since.counts(flow="toys") == {"applied": 4, "issue": 2}
    assert since.counts(flow="tools") == {}
    assert since.requests_by_system() == {"psa": 6}
    assert since.batches == 2


@pytest.fixture
def foreign_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"):
        monkeypatch.setenv(name, "someone-s")
    yield
    assert os.environ["AWS_PROFILE"] == "someone-s"
    assert os.environ["AWS_ENDPOINT_URL_SQS"] == "someone-s"


@pytest.mark.usefixtures("foreign_settings")
def test_no_aws_setting_of_the_machine_gets_through(ticks: tiny.Told) -> None:
    with Cloud(SMALL) as cloud:
        cloud.invoke("Ticker", {})
        (seen,) = ticks.environments
    assert not {name: value for name, value in seen.items() if name.startswith("AWS_") and value == "someone-s"}
    assert seen["AWS_CONFIG_FILE"] == os.devnull


def test_one_cloud_at_a_time(cloud: Cloud) -> None:
    with pytest.raises(RuntimeError, match="another local cloud"):
        Cloud(SMALL).start()
    cloud.stop()
    with Cloud(SMALL) as other:
        assert other.client("dynamodb").list_tables()["TableNames"] == ["crosswise-Table"]


def test_a_handler_that_is_not_there_is_named_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(SMALL.read_text().replace("tests.local.tiny.on_tick", "functions.nowhere.app.handler"))
    with pytest.raises(TemplateFault, match=r"Ticker: there is no module .* functions\.nowhere\.app\.handler"):
        Cloud(path).start()
    assert Cloud.running is None


def test_a_schedule_that_is_not_known_is_named(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(SMALL.read_text().replace("rate(10 minutes)", "rate(10 weeks)"))
    with pytest.raises(TemplateFault, match=r"rate\(10 weeks\)"):
        Cloud(path).start()
    assert Cloud.running is None
    assert "TABLE" not in os.environ


def test_the_clock_is_turned_ahead_only() -> None:
    clock = LocalClock(NOON, still=True)
    assert clock.turn(minutes=1, seconds=30).minute == 2
    with pytest.raises(ValueError, match="back"):
        clock.turn(minutes=-1)
    assert clock.turn_to(NOON) == clock.now()
    with pytest.raises(ValueError, match="time zone"):
        LocalClock(NOON.replace(tzinfo=None))
