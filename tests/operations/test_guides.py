"""The guides: tables equal to what they are made from, and no command, output, file or alarm that is not there."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from infra.docs.settings import PLACES, renewed
from infra.local import config
from infra.local.cli import app
from tests.template import reading

ROOT = Path(__file__).parents[2]
GUIDES = [
    ROOT / "infra" / "docs" / f"{name}.md" for name in ("deploy", "pcrt", "upgrade", "rotate-keys", "restore", "remove")
]
PAGES = [ROOT / "README.md", ROOT / "infra" / "docs" / "settings.md", *GUIDES]


def blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [block[2] for block in re.finditer(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)]


def shell(path: Path) -> str:
    return "\n".join(blocks(path, "sh"))


@pytest.mark.parametrize("name", list(PLACES))
def test_a_table_says_what_the_code_says(name: str) -> None:
    path, text = renewed(name)
    assert path.read_text(encoding="utf-8") == text, "run: python -m infra.docs.settings"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_whatever_a_page_links_is_there(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_commands_of_ours_are_there(path: Path) -> None:
    text = shell(path)
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {str(group.name) for group in app.registered_groups}
    assert set(re.findall(r"^ *crosswise (\w+)", text, re.MULTILINE)) <= known
    for module in re.findall(r"python -m ([\w.]+)", text):
        assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_what_is_asked_of_the_stack_is_there(path: Path) -> None:
    text, template = shell(path), reading.written()
    outputs = {
        *re.findall(r"output (\w+)\)", text),
        *re.findall(r"OutputKey=='(\w+)'", text),
    }
    assert outputs <= set(template["Outputs"])
    resources = {
        *re.findall(r"^ *run (\w+)", text, re.MULTILINE),
        *re.findall(r"--logical-resource-id (\w+)", text),
    }
    assert resources <= set(template["Resources"])


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_commands_are_shell(path: Path) -> None:
    text = shell(path)
    assert text
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)  # noqa: S607
    assert done.stderr == ""


def test_the_config_file_of_the_deployment_holds() -> None:
    (text,) = blocks(ROOT / "infra" / "docs" / "deploy.md", "toml")
    names = dict.fromkeys(re.findall(r'"env:(\w+)"', text), "x")
    checked = config.check(tomllib.loads(text), names, config.Known.of_functions())
    (item,) = checked.connections
    assert item.simulated == ()
    assert item.connection.flows["eautomate_customers"]["preview"] is True


def test_the_config_file_of_coverage_holds() -> None:
    (text,) = blocks(ROOT / "infra" / "docs" / "pcrt.md", "toml")
    names = dict.fromkeys(re.findall(r'"env:(\w+)"', text), "x")
    (item,) = config.check(tomllib.loads(text), names, config.Known.of_functions()).connections
    assert item.simulated == ()
    assert list(item.connection.flows) == ["pcrt_coverage"]


def test_the_keys_policy_is_json() -> None:
    (text,) = blocks(ROOT / "infra" / "docs" / "deploy.md", "json")
    assert {statement["Principal"]["Service"] for statement in json.loads(text)} == {
        "logs.REGION.amazonaws.com",
        "cloudwatch.amazonaws.com",
    }


def test_every_alarm_has_its_line() -> None:
    rows = re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", (ROOT / "infra/docs/deploy.md").read_text("utf-8"), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    alarms = [name for name, r in reading.written()["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    for alarm in alarms:
        assert alarm in told or any(name.startswith("...") and alarm.endswith(name[3:]) for name in told), alarm
