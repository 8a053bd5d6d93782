"""The list of rules and the tests that hold them."""

from __future__ import annotations

import pytest

from tests.rules import Collector, Rule, read, report

TEXT = """
[eautomate]
EA-13 = "Numbers equal."
EA-03 = {text = "No cost.", documentation = true}
[zomentum]
ZM-01 = {text = "A user."}
"""


def test_rules_are_read_in_their_order() -> None:
    assert read(TEXT) == [
        Rule("EA-13", "eautomate", "Numbers equal."),
        Rule("EA-03", "eautomate", "No cost.", documentation=True),
        Rule("ZM-01", "zomentum", "A user."),
    ]
    with pytest.raises(ValueError, match=r"zomentum\.ZM-02 has no text"):
        read("[zomentum]\nZM-02 = {documentation = true}")


@pytest.mark.rule("EA-13", "ZM-99")
def test_each_rule_is_told_with_its_tests(request: pytest.FixtureRequest) -> None:
    collector = Collector()
    collector.pytest_collection_modifyitems([request.node, request.node])
    lines, unknown = report(read(TEXT), collector.held)
    this = "tests/local/test_rules.py::test_each_rule_is_told_with_its_tests"
    assert lines == [
        "EA-13  Numbers equal.",
        f"    {this}",
        "EA-03  No cost.",
        "    documentation",
        "ZM-01  A user.",
        "    NO TEST",
        f"ZM-99 is no rule of rules.toml, but marks {this}",
        "3 rules: 1 held by tests, 1 documentation, 1 without a test",
    ]
    assert unknown == 1
