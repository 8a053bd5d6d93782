"""The documents say what the code does: every right, every code of an issue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from functions.wiring import FLOWS, flow_class
from infra.build.rights import PATH, write
from infra.build.rights import needed as needed_rights
from infra.local.simulators.psa.rights import needed
from shared.sync.checked import PREFIX
from tests.preflight.conftest import ALL

ROOT = Path(__file__).parents[2]
FAILURES = ROOT / "infra" / "docs" / "failures.md"
RAISING = {"Issue", "issue", "Check", "listed", "_item", "_code"}
"""What makes an issue or a check; the code comes first. In a `Needed` it comes third."""

PASSED_ON = {"code", "CODE", "self.code", "PREFIX + check.code"}
"""Codes that another function gives, which is read itself."""


def calls(path: Path) -> Iterator[tuple[str, ast.expr, dict[str, str]]]:
    """Each call that names a code: who is called, its first argument, and the module's constants."""
    tree = ast.parse(path.read_text())
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        if called in RAISING:
            yield called, node.args[0], constants
        elif called == "Needed":
            yield called, node.args[2], constants


def shrinking(path: Path) -> Iterator[str]:
    """The codes that settings of sets name for lists that shrink."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "shrank" and path.parent.name != "sync":
            assert isinstance(node.value, ast.Constant)
            yield str(node.value.value)


def codes(path: Path) -> Iterator[str]:
    yield from shrinking(path)
    for called, given, constants in calls(path):
        prefix = PREFIX if called in ("Check", "listed", "_item", "_code") else ""
        if isinstance(given, ast.Constant):
            if isinstance(given.value, str) and re.fullmatch(r"[A-Z][A-Z_]+", given.value):
                yield prefix + given.value
        elif isinstance(given, ast.Name) and given.id in constants:
            yield prefix + constants[given.id]
        elif called == "Issue":
            assert ast.unparse(given) in PASSED_ON, f"{path.name}: what code is {ast.unparse(given)}?"


def test_the_table_of_failures_has_every_code_that_the_code_has() -> None:
    found = {
        code for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*.py") for code in codes(path)
    }
    assert {"NOT_NOW", "AMBIGUOUS_MATCH", "CALLBACKS_NOT_KEPT", "PREFLIGHT_KEYS", "PREFLIGHT_TERRITORY"} <= found
    rows = [line for line in FAILURES.read_text().splitlines() if line.startswith("| `")]
    listed = [re.match(r"\| `([A-Z_]+)` \|", row) for row in rows]
    told = [match[1] for match in listed if match]
    assert sorted(told) == sorted(found)
    for row in rows:
        assert all(len(cell.strip()) > 10 or cell.startswith(" `") for cell in row.strip("|").split("|")), row


def test_the_document_of_rights_is_that_of_the_table() -> None:
    assert PATH.read_text() == write(), "run: python -m infra.build.rights"


def test_every_right_is_of_a_flow_or_function_and_a_system_of_its() -> None:
    for by in needed_rights():
        assert by in FLOWS or by == "every flow" or (ROOT / "functions" / by / "app.py").is_file()
    for flow in FLOWS:
        asked = {right.system for right in flow_class(flow).rights}
        assert asked == set(flow_class(flow).systems), f"{flow} needs no right in one of its systems?"


@pytest.mark.rule("EA-12")
def test_what_tries_a_right_asks_for_just_that_right() -> None:
    for right in chain.from_iterable(needed_rights().values()):
        if right.system == "connectwise_psa" and right.reads:
            assert needed("get", tuple(right.reads.split("/"))) == (right.name, right.level)


def test_the_least_rights_of_these_tests_are_those_of_the_table() -> None:
    least: dict[str, list[str]] = {}
    for right in chain.from_iterable(needed_rights().values()):
        if right.system == "connectwise_psa" and right.level not in least.setdefault(right.name, []):
            least[right.name].append(right.level)
    assert {name: sorted(levels) for name, levels in least.items()} == {
        name: sorted(levels.split()) for name, levels in ALL.items()
    }


def test_preflight_may_read_the_keys_of_every_system_of_a_flow() -> None:
    template = (ROOT / "template.yaml").read_text()
    block = template.split("\n  Preflight:\n")[1].split("\n  PreflightLogs:")[0]
    for system in {system for flow in FLOWS for system in flow_class(flow).systems} - {"connectwise_psa"}:
        assert f"${{SecretPrefix}}/{system}/*" in block
    assert "ReadConnectWiseKeys" in block
