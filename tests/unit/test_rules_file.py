"""The list of rules: whole, in order, and named rightly by every test; and how tests are found to name them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rules import RULES, Mark, Rule, all_marks, marks, read, report

SOURCES = Path(__file__).parents[3] / "shared" / "rules"
LAST = {"EA": 62, "MV": 37, "PC": 46, "ZM": 36, "QP": 22}


def ids() -> list[str]:
    return [rule.id for rule in read(RULES.read_text())]


def test_every_rule_has_its_line_in_order() -> None:
    assert ids() == [f"{system}-{number:02}" for system, last in LAST.items() for number in range(1, last + 1)]


def test_every_mark_names_a_rule() -> None:
    assert {mark.rule for mark in all_marks()} <= set(ids())


def test_the_ids_are_those_of_the_sources() -> None:
    if not SOURCES.is_dir():
        pytest.skip("the rules' sources (../shared/rules) are not here")
    told = "".join(file.read_text() for file in SOURCES.glob("*.md"))
    assert set(ids()) == set(re.findall(r"\b(?:EA|MV|PC|ZM|QP)-\d\d\b", told))


def test_rules_are_read_in_their_order() -> None:
    text = '[eautomate]\nA-2 = "Two."\nA-1 = { text = "One.", documentation = true }\n[zomentum]\nB-1 = "Three."'
    assert read(text) == [
        Rule("A-2", "eautomate", "Two."),
        Rule("A-1", "eautomate", "One.", documentation=True),
        Rule("B-1", "zomentum", "Three."),
    ]


@pytest.mark.parametrize("entry", ['""', "{ documentation = true }", '{ text = "One.", documented = true }'])
def test_a_rule_written_otherwise_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"zomentum\.A-1"):
        read(f"[zomentum]\nA-1 = {entry}")


def test_a_test_is_found_by_its_own_mark_its_class_and_its_file() -> None:
    source = """
import pytest
pytestmark = [pytest.mark.slow, pytest.mark.rule("A-1")]

@pytest.mark.rule("A-2", "A-1")
class TestThese:
    @pytest.mark.rule("A-3")
    @pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.rule("A-4"))])
    def test_one(self, n): ...

    def helper(self): ...

async def test_two(): ...
"""
    assert list(marks(source, "t.py")) == [
        *(Mark(rule, "t.py::TestThese::test_one") for rule in ("A-1", "A-2", "A-3", "A-4")),
        Mark("A-1", "t.py::test_two"),
    ]


def test_the_report_tells_tests_their_lack_documentation_and_marks_that_are_wrong() -> None:
    rules = read('[e]\nA-1 = "One."\nA-2 = "Two."\nA-3 = { text = "Three.", documentation = true }')
    assert report(rules, [Mark("A-1", "t.py::test_it"), Mark("A-9", "t.py::test_that")]) == (
        [
            "A-1  One.",
            "       t.py::test_it",
            "A-2  Two.",
            "       no test",
            "A-3  Three.",
            "       documentation",
            "t.py::test_that names A-9, which is no rule of rules.toml",
            "3 rules: 1 held by tests, 1 documentation, 1 without a test",
        ],
        1,
    )
