"""Follows infra/docs/add-a-flow.md: makes its folder, row and block, and runs what comes of it; no more is touched."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import functions
import tests.faults
from functions import wiring
from infra.build import samples
from infra.docs import settings as settings_table
from infra.local.cloud import Cloud
from shared.sync import names
from shared.sync.clock import RandomIds
from shared.sync.operating import Operator
from shared.sync.record import Ref
from shared.sync.why import why
from tests.bench import cost
from tests.bench.costs import costs_of
from tests.callbacks import test_deployed
from tests.faults import world as harness
from tests.faults.points import Points, sorts
from tests.faults.running import CALM, run, undisturbed
from tests.faults.world import Scenario, World
from tests.newcomer import toybox
from tests.template import reading, test_operations, test_template

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "infra" / "docs" / "add-a-flow.md"
FLOW, CAMEL = "toybox_widgets", "ToyboxWidgets"
COPIED = ("eautomate_customers", "EautomateCustomers", "eautomate")
FIRST = Ref("company-widget", "cw", "250")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the guide, and a template with one block more."""
    place = tmp_path_factory.mktemp("newcomer")
    for path, code in blocks():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(code)
    (place / "functions" / FLOW / "__init__.py").write_text('"""Each ConnectWise company has a Toybox widget."""\n')
    samples.write(FLOW, FIRST, place / "functions")
    (place / "template.yaml").write_text(with_block((ROOT / "template.yaml").read_text()))
    return place


def blocks() -> Iterator[tuple[str, str]]:
    """The guide's files with their code."""
    found = re.findall(
        r"\*\*`([\w/.]+)`\*\*[^`*]*(?:`[^`\n]+`[^`*]*)*\n\n```python\n(.*?)```", GUIDE.read_text(), re.DOTALL
    )
    assert len(found) == GUIDE.read_text().count("```python")
    yield from found


def with_block(template: str) -> str:
    """Section 3 of the guide."""
    old, old_camel, partner = COPIED
    block = re.search(rf"  # [^\n]*\n  {old_camel}Queue:\n.*?\n\n", template, re.DOTALL)
    assert block is not None
    copy = block[0].replace(f"SecretPrefix}}/{partner}/", "SecretPrefix}/toybox/")
    copy = copy.replace(old, FLOW).replace(old_camel, CAMEL)
    template = template.replace(block[0], block[0] + copy)
    head, dashboard = template.split("  Dashboard:\n    Type", 1)
    for row in (f"!GetAtt {old_camel}Queue.QueueName\n", f"!Ref {old_camel}\n"):
        dashboard = dashboard.replace(row, f"{row}              - {row.replace(old_camel, CAMEL)}")
    return f"{head}  Dashboard:\n    Type{dashboard}"


@pytest.fixture
def added(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The project with the flow in it: its folder, its row; and the toy partner, which the guide takes as given."""
    monkeypatch.setattr(functions, "__path__", [*functions.__path__, str(place / "functions")])
    monkeypatch.setattr(tests.faults, "__path__", [*tests.faults.__path__, str(place / "tests" / "faults")])
    monkeypatch.setattr(wiring, "FLOWS", (*wiring.FLOWS, FLOW))
    monkeypatch.setitem(sys.modules, "shared.systems.toybox", toybox)
    monkeypatch.setitem(wiring.ADAPTERS, "toybox", "Toybox")
    monkeypatch.setitem(names.TITLES, "toybox", "Toybox")
    monkeypatch.setattr(harness, "SIMULATORS", {**harness.SIMULATORS, "toybox": toybox.ToyboxSimulator})
    monkeypatch.setattr(harness, "KEYS", {**harness.KEYS, "toybox": {"token": "toy"}})
    monkeypatch.setattr(harness, "COMPANY", {**harness.COMPANY, "toybox": "toys"})
    monkeypatch.setattr(harness, "Cloud", partial(Cloud, place / "template.yaml"))
    before = set(sys.modules)
    yield place
    for name in set(sys.modules) - before:
        if name.startswith((f"functions.{FLOW}", f"tests.faults.{FLOW}")):
            del sys.modules[name]


@pytest.fixture
def scenario(added: Path) -> Scenario:
    found: Scenario = __import__(f"tests.faults.{FLOW}", fromlist=["SCENARIO"]).SCENARIO
    return found


def kim() -> Operator:
    here = wiring.runtime()
    return Operator(here.store, here.queue, here.clock, RandomIds(), "kim")


def test_the_guides_code_is_as_ours_is(place: Path) -> None:
    files = sorted(str(path) for path in place.rglob("*.py"))
    for check in (["check", "--ignore", "I001"], ["format", "--check"]):  # which folder is first-party is told by place
        ruff = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml"), *files]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
        assert done.returncode == 0, done.stdout
    assert all(ast.get_docstring(ast.parse(Path(path).read_text())) for path in files)


def test_it_takes_no_line_of_the_engine_and_a_block_of_the_template(place: Path) -> None:
    """The block is found by whoever holds rights, alarms and names of the template."""
    assert {path.split("/")[0] for path, _ in blocks()} == {"functions", "tests"}
    longer = (place / "template.yaml").read_text().splitlines()
    ours = (ROOT / "template.yaml").read_text().splitlines()
    own = [line for line in longer if "oybox" in line]
    assert len(longer) - len(ours) < 100
    assert len(own) < 30


def test_the_tests_of_the_template_hold(added: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TEMPLATE", added / "template.yaml")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    resources: Any = reading.translated()["Resources"]
    for test in (
        test_template.test_every_flow_has_a_queue_and_trigger_of_the_same_make,
        test_template.test_a_flow_sends_to_its_own_queue_and_the_clock_to_all,
        test_template.test_a_flow_may_use_its_own_queue_and_the_keys_of_its_two_systems,
        test_template.test_nobody_may_do_more_than_the_table_and_queues_need,
        test_template.test_every_function_keeps_its_logs_for_a_time,
        test_operations.test_every_queue_has_its_alarm,
        test_operations.test_the_dashboard_shows_every_function_and_every_flows_queue,
    ):
        test(resources)
    stack = test_deployed.read(added / "template.yaml", endpoint="http://127.0.0.1:1")
    assert stack.queue_of(FLOW).name.endswith(f"flow-{FLOW}.fifo")


def test_the_settings_have_their_table(added: Path) -> None:
    table = settings_table.settings().partition("## `[connection.flows.toybox_widgets]`\n")[2]
    assert "| `prefix` | none | What the name of every widget begins with. |" in table


def test_its_samples_run(added: Path, scenario: Scenario) -> None:
    handler = __import__(f"functions.{FLOW}.app", fromlist=["handler"]).handler
    with World(scenario) as world, world.inside():
        for name in ("scan", "change"):
            event = json.loads((added / "functions" / FLOW / "events" / f"{name}.json").read_text())
            context = SimpleNamespace(get_remaining_time_in_millis=lambda: 100_000)
            assert handler(event, context) == {"batchItemFailures": []}


def test_companies_get_their_widgets_and_keep_them(scenario: Scenario) -> None:
    state = run(scenario, Points())[-1]
    assert [company == widget for company, widget in state["state"]] == [True] * len(state["state"])
    assert "Alder Dental North" in dict(state["state"])
    assert (state["messages"], state["intents"], state["crashes"]) == ({}, [], [])


def test_the_fault_harness_cuts_it_off(scenario: Scenario) -> None:
    calm = undisturbed(scenario)
    outside = [one for one in sorts(calm.passed[0]) if not one[1].startswith("aws")]
    assert outside
    for sort in outside:
        points = Points(sort=sort)
        assert run(scenario, points) == calm.states, points.fired
        assert points.fired


def test_what_a_record_costs_is_measured(scenario: Scenario) -> None:
    costs = costs_of(scenario)
    assert cost.flow_section(costs).startswith(f"\n## {FLOW}\n\n|  | to ConnectWise | to Toybox | read units")
    assert (costs.unchanged, costs.waiting) == ({}, {})
    assert costs.changed_too["requests to toybox"] == 1
    assert costs.new_too["requests to toybox"] == 2, "Toybox's time, for the intent, and the create"


def test_preview_approval_why_and_preflight_know_it(scenario: Scenario) -> None:
    with World(scenario) as world:
        toybox_: Any = world.simulators["toybox"]
        world.connect(preview=True)
        world.turn(*CALM)
        assert toybox_.widgets == {}
        with world.inside():
            asked: Any = {str(one.name): one for one in world.store.proposals.of_flow(world.key)}
            assert {"Alder Dental", "Birch Bakery"} <= set(asked)
            assert why(world.store, [world.key], "Alder Dental")[0].status == "proposed"
            kim().approve([asked["Alder Dental"]])
        world.turn(*CALM)
        assert [one["name"] for one in toybox_.widgets.values()] == ["Alder Dental"]
        with world.inside():
            assert why(world.store, [world.key], "Alder Dental")[0].status == "in step"
        toybox_.shelf = "shut"
        assert failed(world) == {"PREFLIGHT_SHELF"}
        toybox_.shelf = "open"
        assert failed(world) == set()


def failed(world: World) -> set[str]:
    """What preflight finds wrong with Toybox and its flow."""
    world.cloud.invoke("Preflight", {"connection": "demo"})
    with world.inside():
        issues: Any = world.store.issues.of_connection("demo")
        return {one.issue.code for one in issues if "toybox" in one.scope.id}
