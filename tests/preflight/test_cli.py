"""`crosswise preflight`, as a person types it, against simulators that stand for real systems."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from tests.two_systems import CONFIG, KEYS


@pytest.fixture
def psa() -> Iterator[PsaSimulator]:
    with PsaSimulator(companies=1) as simulator:
        yield simulator


@pytest.fixture
def config(psa: PsaSimulator, tmp_path: Path) -> Iterator[Path]:
    with EautomateSimulator() as eautomate:
        path = tmp_path / "acme.toml"
        path.write_text(CONFIG.format(psa=psa.url, eautomate=eautomate.url))
        yield path


def typed(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **KEYS, "CROSSWISE_LOCAL": str(config.parent / "local")}
    command = [sys.executable, "-c", "from infra.local.cli import main; main()", "preflight", *words]
    return subprocess.run(  # noqa: S603 (our own command)
        [*command, "--config", str(config)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_it_tells_what_fails_and_what_to_do_until_all_is_well(psa: PsaSimulator, config: Path) -> None:
    failing = typed(config, "acme")
    assert failing.returncode == 1, failing.stderr
    (line,) = [line for line in failing.stdout.splitlines() if line.startswith("FAIL\t")]
    assert "Custom field EA Location of a site" in line
    assert "System > Setup Tables > Custom Fields, screen Site, row EA Location: Add a text field" in line
    assert "OK\teautomate\tKeys of e-automate\t" in failing.stdout

    psa.define_custom_field("company/companies/1/sites", "EA Location")
    passing = typed(config, "acme", "--json")
    assert passing.returncode == 0, passing.stderr
    found = json.loads(passing.stdout)
    assert (found["failed"], found["unanswered"]) == (0, [])
    assert {check["of"] for check in found["checks"]} == {"connectwise_psa", "eautomate", "eautomate_customers"}


def test_a_connection_that_there_is_not_is_named(config: Path) -> None:
    done = typed(config, "acne")
    assert done.returncode == 1
    assert "There is no connection 'acne'" in done.stderr
    assert done.stdout == ""
