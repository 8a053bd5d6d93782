"""The emulator's process: answers, failures and logs as Lambda has them, whatever a function does."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.build.runtime import Built, Runtime
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.emulated import EmulatedLambdas
from infra.local.cloud.emulator import Emulator, EmulatorFailed

HANDLERS = """
import os, sys, threading
import boto3

def answer(event, context):
    print("one line\\nand another", file=sys.stdout)
    print("aside", file=sys.stderr)
    return {"event": event, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis(),
            "name": context.function_name, "environment": dict(os.environ), "path": sys.path, "boto3": boto3.__file__}

def fail(event, context):
    raise LookupError("no such thing")

def hang(event, context):
    threading.Event().wait()

def die(event, context):
    print("last words")
    os._exit(event)

def nothing(event, context):
    pass

def looks_failed(event, context):
    return {"errorType": "ours", "errorMessage": "to be told, not raised"}
"""
Start = Callable[..., tuple[Emulator, list[str]]]


@pytest.fixture
def start(runtime: Runtime, tmp_path: Path) -> Iterator[Start]:
    """Starts a function of the module above; returns its process, and the lines that it logs."""
    (tmp_path / "made.py").write_text(HANDLERS)
    with ExitStack() as end:

        def started(handler: str, timeout: int = 10) -> tuple[Emulator, list[str]]:
            lines: list[str] = []
            emulator = Emulator(
                runtime,
                Built(tmp_path, tmp_path / "layer"),
                handler,
                {"PATH": os.defpath, "AWS_LAMBDA_FUNCTION_NAME": "made-Up", "AWS_REGION": "us-east-1", "OURS": "yes"},
                timeout=timeout,
                printed=lines.append,
            )
            end.callback(emulator.stop)
            return emulator, lines

        yield started


def test_a_function_answers_with_what_lambda_would_give_it(start: Start, tmp_path: Path) -> None:
    emulator, _ = start("made.answer", timeout=7)
    answer = emulator.invoke({"umlaut": "ä"})
    assert answer.error_type == ""
    assert answer.value["event"] == {"umlaut": "ä"}
    assert answer.value["id"] == answer.request_id
    assert answer.value["name"] == "made-Up"
    assert 0 < answer.value["left"] <= 7000
    assert answer.value["path"][:3] == [str(tmp_path), str(tmp_path), str(tmp_path / "layer" / "python")]
    assert answer.value["boto3"].startswith(str(Path(__file__).parents[2] / ".venv-lambda")), "the runtime's own"


def test_a_function_sees_no_more_of_this_machine_than_it_is_given(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THIS_SHELL", "x")
    emulator, _ = start("made.answer")
    environment = emulator.invoke({}).value["environment"]
    assert environment["OURS"] == "yes"
    assert "SECRET_OF_THIS_SHELL" not in environment


def test_every_line_is_there_when_the_answer_is(start: Start) -> None:
    emulator, lines = start("made.answer")
    for number in range(1, 6):
        emulator.invoke({})
        assert sorted(lines) == sorted(["one line\n", "and another\n", "aside\n"] * number)


def test_no_answer_is_none(start: Start) -> None:
    emulator, _ = start("made.nothing")
    assert emulator.invoke({}).value is None


def test_what_a_function_raises_is_told_with_its_place(start: Start) -> None:
    emulator, _ = start("made.fail")
    answer = emulator.invoke({})
    assert (answer.error_type, answer.error) == ("LookupError", "no such thing")
    assert "made.py" in answer.trace
    assert answer.trace.endswith("LookupError: no such thing\n")


def test_an_answer_that_speaks_of_an_error_is_an_answer(start: Start) -> None:
    emulator, _ = start("made.looks_failed")
    answer = emulator.invoke({})
    assert answer.error_type == ""
    assert answer.value == {"errorType": "ours", "errorMessage": "to be told, not raised"}


def test_a_function_that_hangs_is_ended_at_its_timeout_and_runs_anew(start: Start) -> None:
    emulator, _ = start("made.hang", timeout=1)
    for _ in range(2):
        answer = emulator.invoke({})
        assert answer.error_type == "Sandbox.Timedout"
        assert "timed out after 1.00 seconds" in answer.error


def test_a_function_that_dies_is_told_and_runs_anew(start: Start) -> None:
    emulator, _ = start("made.die")
    for status in (3, 4):
        answer = emulator.invoke(status)
        assert answer.error_type == "Runtime.ExitError"
        assert f"exit status {status}" in answer.error


@pytest.mark.parametrize(
    ("handler", "error"), [("absent.handler", "Runtime.ImportModuleError"), ("made.absent", "Runtime.HandlerNotFound")]
)
def test_a_handler_that_is_not_there_is_told(start: Start, handler: str, error: str) -> None:
    emulator, _ = start(handler)
    assert emulator.invoke({}).error_type == error


def test_an_emulator_that_was_stopped_does_not_answer(start: Start) -> None:
    emulator, _ = start("made.nothing")
    emulator.invoke({})
    emulator.stop()
    assert not emulator.alive
    with pytest.raises(EmulatorFailed, match="did not answer"):
        emulator.invoke({})


def test_an_emulator_that_does_not_start_says_why(runtime: Runtime, tmp_path: Path) -> None:
    broken = dataclasses.replace(runtime, emulator=tmp_path / "emulator")
    broken.emulator.write_text("#!/bin/sh\necho out of order >&2\nexit 1\n")
    broken.emulator.chmod(0o755)
    with pytest.raises(EmulatorFailed, match="did not start; it said: out of order"):
        Emulator(broken, Built(tmp_path, tmp_path), "made.nothing", {}, timeout=1, printed=print)


@pytest.mark.parametrize("clock", [LocalClock(still=True), LocalClock(datetime.now(UTC) + timedelta(hours=1))])
def test_built_functions_refuse_a_clock_that_is_not_theirs(runtime: Runtime, clock: LocalClock) -> None:
    with (
        Cloud(clock=clock, lambdas=EmulatedLambdas(runtime=runtime)) as cloud,
        pytest.raises(RuntimeError, match="machine's clock"),
    ):
        cloud.invoke("clock", {})
