"""A function's environment is checked whole when it starts; the template gives every function one that holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.aws.environment import Environment
from shared.sync.errors import ConfigurationWrong

GIVEN = {
    "TABLE": "crosswise-Table",
    "POWERTOOLS_SERVICE_NAME": "clock",
    "QUEUES": "https://sqs.example/1/stack-flow-",
    "PATH": "/usr/bin",
}


def test_queues_are_named_by_flow() -> None:
    environment = Environment.read(GIVEN)
    assert environment.queue("eautomate_customers") == "https://sqs.example/1/stack-flow-eautomate_customers.fifo"
    assert (environment.table, environment.service, environment.secret_prefix, environment.log_level) == (
        "crosswise-Table", "clock", "crosswise", "INFO",
    )  # fmt: skip


def test_every_faulty_variable_is_named() -> None:
    with pytest.raises(ConfigurationWrong) as failure:
        Environment.read({"LOG_LEVEL": "LOUD", "TABLE": " ", "QUEUES": "not a url"})
    for name in ("TABLE", "LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "QUEUES"):
        assert name in failure.value.what


def test_every_function_of_the_template_gets_what_it_needs(template: Mapping[str, Any]) -> None:
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    functions = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    assert functions
    for function in functions:
        variables = shared | function["Environment"]["Variables"]
        environment = Environment.read({name: _deployed(template, value) for name, value in variables.items()})
        assert function["Handler"] == f"functions.{environment.service}.app.handler"
        assert environment.table == "Table"


def _deployed(template: Mapping[str, Any], value: Any) -> str:
    """What a variable may say once it is deployed: a parameter's default, a URL, or the name of the resource."""
    if isinstance(value, str):
        return value
    ((_, named),) = value.items()
    name = named if isinstance(named, str) else named[0]
    if name in template["Parameters"]:
        return str(template["Parameters"][name]["Default"])
    return "Table" if name == "Table" else f"https://aws.example.{name.lower()}"
