"""Prints every rule with the tests that hold it (`make rules`); exit code 1 where a test names a rule that is none.

`rules.toml` has a table for each system, of rule ids and their text; a rule with nothing to test is a table itself:

    [eautomate]
    EA-13 = "A company is a customer's if ..."
    EA-03 = { text = "No extra cost.", documentation = true }

Tests are read, not run or imported: a mark is found in their decorators, in their class's, or in a file's `pytestmark`.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
RULES = TESTS / "rules.toml"


@dataclass(frozen=True)
class Rule:
    """One rule in our own words; of one that is `documentation` there is nothing to test."""

    id: str
    system: str
    text: str
    documentation: bool = False


@dataclass(frozen=True)
class Mark:
    """A test that says it holds a rule; `test` is its address, as pytest takes it."""

    rule: str
    test: str


def read(text: str) -> list[Rule]:
    """The rules of a rules.toml, in order; ValueError names one that is written otherwise."""
    rules = []
    for system, table in tomllib.loads(text).items():
        for id_, entry in table.items():
            fields = {"text": entry} if isinstance(entry, str) else entry
            if not fields.get("text") or set(fields) - {"text", "documentation"}:
                raise ValueError(f"{system}.{id_} is to be a text, or a table of text and documentation")
            rules.append(Rule(id_, system, **fields))
    return rules


def marks(source: str, file: str) -> Iterator[Mark]:
    """Every test of a test file, with each rule that it is marked for."""
    yield from _within(ast.parse(source).body, file, ())


def _within(body: Sequence[ast.stmt], address: str, above: tuple[str, ...]) -> Iterator[Mark]:
    for statement in body:
        if isinstance(statement, ast.Assign) and any(_name(target) == "pytestmark" for target in statement.targets):
            above = (*above, *_named(statement.value))
    for statement in body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        rules = (*above, *(rule for decorator in statement.decorator_list for rule in _named(decorator)))
        below = f"{address}::{statement.name}"
        if isinstance(statement, ast.ClassDef):
            yield from _within(statement.body, below, rules)
        elif statement.name.startswith("test"):
            yield from (Mark(rule, below) for rule in dict.fromkeys(rules))


def _named(node: ast.AST) -> Iterator[str]:
    """The ids in every `mark.rule(...)` below a decorator or a `pytestmark`."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and _name(call.func) == "rule":
            yield from (str(one.value) for one in call.args if isinstance(one, ast.Constant))


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def all_marks() -> list[Mark]:
    """Every mark in the project's tests."""
    files = sorted(TESTS.rglob("test_*.py"))
    return [one for file in files for one in marks(file.read_text("utf-8"), file.relative_to(TESTS.parent).as_posix())]


def report(rules: Iterable[Rule], found: Iterable[Mark]) -> tuple[list[str], int]:
    """The lines to print, and how many marks name no rule."""
    tests: dict[str, list[str]] = {}
    for mark in found:
        tests.setdefault(mark.rule, []).append(mark.test)
    counts = {"held by tests": 0, "documentation": 0, "without a test": 0}
    lines = []
    for rule in rules:
        held = tests.pop(rule.id, [])
        counts["held by tests" if held else "documentation" if rule.documentation else "without a test"] += 1
        lines.append(f"{rule.id}  {rule.text}")
        lines += [f"       {test}" for test in held] or [
            f"       {'documentation' if rule.documentation else 'no test'}"
        ]
    unknown = [
        f"{test} names {rule}, which is no rule of {RULES.name}" for rule, held in tests.items() for test in held
    ]
    summary = ", ".join(f"{number} {state}" for state, number in counts.items())
    return [*lines, *unknown, f"{sum(counts.values())} rules: {summary}"], len(unknown)


def main() -> int:
    lines, unknown = report(read(RULES.read_text("utf-8")), all_marks())
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
