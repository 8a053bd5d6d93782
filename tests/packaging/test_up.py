"""`crosswise up --runtime rie`: the local cloud of the command line, on the built functions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.build import runtime as runtime_module
from infra.build.runtime import Runtime
from infra.build.samples import ROOT
from infra.local.cli import session
from infra.local.cli.control import FOLDER
from infra.local.cli.screen import Failed

CONFIG = """
[simulated.eautomate]
customers = 6
[simulated.connectwise_psa]
companies = 8
[[connection]]
id = "demo"
[connection.flows.eautomate_customers]
create_missing = true
"""
CROSSWISE = (sys.executable, "-c", "from infra.local.cli import main; main()")


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, FOLDER: str(tmp_path / "local"), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def up(runtime: Runtime, variables: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, running; what it says comes from its standard output."""
    (tmp_path / "config.toml").write_text(CONFIG)
    command = [*CROSSWISE, "up", "--runtime", "rie", "--config", str(tmp_path / "config.toml")]
    with subprocess.Popen(  # noqa: S603 (our own command)
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("ready"):
                break
        assert said, "it ended at once"
        assert said[-1].startswith("ready"), "".join(said)
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.usefixtures("up")
def test_other_commands_run_the_built_functions(variables: dict[str, str], tmp_path: Path) -> None:
    def crosswise(*arguments: str) -> Any:
        done = subprocess.run(  # noqa: S603 (our own command)
            [*CROSSWISE, *arguments], env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    done = crosswise("sync", "eautomate_customers", "--json")
    assert done["errors"] == []
    assert done["counts"]["scanned"] > 0
    assert done["counts"]["applied"] > 0
    assert crosswise("invoke", "clock", "-e", str(ROOT / "functions/clock/events/schedule.json"))["sent"] >= 0
    logged = (tmp_path / "local" / "functions.log").read_text().splitlines()
    assert any(json.loads(line).get("message") == "batch" for line in logged if line.startswith("{"))


def test_without_the_runtime_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runtime_module, "PLACE", tmp_path / ".venv-lambda")
    with pytest.raises(Failed, match="infra/build/setup makes it"):
        session.emulated()
