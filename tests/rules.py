"""Prints every rule of rules.toml with the tests that hold it, or the lack of them.

rules.toml holds one table a system, of rule ids and their text; a rule that is told and not coded is a table itself:

    [eautomate]
    EA-13 = "An e-automate customer number equals a company's identifier or account number."
    EA-03 = {text = "No extra cost.", documentation = true}
"""

from __future__ import annotations

import contextlib
import io
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Rule:
    """One rule in our own words. One that is `documentation` needs no test."""

    id: str
    system: str
    text: str
    documentation: bool = False


def read(text: str) -> list[Rule]:
    """The rules of a rules.toml; ValueError names one that has no text."""
    rules = []
    for system, table in tomllib.loads(text).items():
        for name, entry in table.items():
            fields = {"text": entry} if isinstance(entry, str) else entry
            if not fields.get("text"):
                raise ValueError(f"{system}.{name} has no text")
            rules.append(Rule(name, system, fields["text"], fields.get("documentation", False)))
    return rules


class Collector:
    """A pytest plugin that keeps which test holds which rule."""

    def __init__(self) -> None:
        self.held: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            test = item.nodeid.partition("[")[0]
            for marker in item.iter_markers("rule"):
                for rule in marker.args:
                    tests = self.held.setdefault(rule, [])
                    if test not in tests:
                        tests.append(test)


def collect() -> dict[str, list[str]]:
    """The tests of this project by the rules that they hold; RuntimeError with pytest's words if it cannot tell."""
    collector, said = Collector(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", str(RULES.parent)], plugins=[collector])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(said.getvalue())
    return collector.held


def report(rules: Iterable[Rule], held: Mapping[str, list[str]]) -> tuple[list[str], int]:
    """The lines to print, and how many marks of tests name no rule."""
    lines: list[str] = []
    counts: dict[str, int] = {"held by tests": 0, "documentation": 0, "without a test": 0}
    known = set()
    for rule in rules:
        known.add(rule.id)
        tests = held.get(rule.id, [])
        state = "held by tests" if tests else "documentation" if rule.documentation else "without a test"
        counts[state] += 1
        lines.append(f"{rule.id}  {rule.text}")
        lines.extend(f"    {test}" for test in tests)
        if not tests:
            lines.append(f"    {'documentation' if rule.documentation else 'NO TEST'}")
    unknown = sorted(set(held) - known)
    lines.extend(f"{rule} is no rule of rules.toml, but marks {', '.join(held[rule])}" for rule in unknown)
    summary = ", ".join(f"{number} {state}" for state, number in counts.items())
    lines.append(f"{sum(counts.values())} rules: {summary}")
    return lines, len(unknown)


def main() -> int:
    """Exit code 1 if a test names a rule that there is not."""
    lines, unknown = report(read(RULES.read_text(encoding="utf-8")), collect())
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
