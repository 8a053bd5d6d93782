"""A function's environment is checked whole when it starts; the template gives every function one that holds."""

from __future__ import annotations

import pytest

from infra.local.cloud.stack import Stack
from shared.aws.environment import Environment
from shared.sync.errors import ConfigurationWrong

GIVEN = {
    "TABLE": "crosswise-Table",
    "POWERTOOLS_SERVICE_NAME": "clock",
    "QUEUE_EAUTOMATE_CUSTOMERS": "https://sqs.example/1/q.fifo",
    "PATH": "/usr/bin",
}


def test_queues_are_named_by_flow() -> None:
    environment = Environment.read(GIVEN)
    assert environment.queues == {"eautomate_customers": "https://sqs.example/1/q.fifo"}
    assert (environment.table, environment.service, environment.secret_prefix, environment.log_level) == (
        "crosswise-Table", "clock", "crosswise", "INFO",
    )  # fmt: skip


def test_every_faulty_variable_is_named() -> None:
    with pytest.raises(ConfigurationWrong) as failure:
        Environment.read({"LOG_LEVEL": "LOUD", "TABLE": " ", "QUEUE_X": "not a url"})
    for name in ("TABLE", "LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "no URL for x"):
        assert name in failure.value.what


def test_every_function_of_the_template_gets_what_it_needs(stack: Stack) -> None:
    assert stack.functions
    for function in stack.functions.values():
        environment = Environment.read(function.environment)
        assert environment.service == function.room
        assert environment.table == stack.tables["Table"].name
