"""`make sam-local`: says what is missing, and leads containers to the local cloud and nowhere else."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from infra.build import sam_local
from infra.build.relay import relayed
from infra.build.sam_local import CannotRun, Sam
from infra.build.samples import ROOT
from infra.local.cloud.template import read


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Something that could be SAM CLI."""
    file = tmp_path / "sam"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return str(file)


def test_without_sam_cli_it_says_how_to_have_it(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="SAM=~/sam/bin/sam make sam-local"):
        Sam.find({"SAM": str(tmp_path / "sam")})


@pytest.mark.parametrize("where", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1"])
def test_without_a_container_runtime_it_says_where_it_looked(program: str, where: str) -> None:
    with pytest.raises(CannotRun, match=f"answers at {where}: start Docker"):
        Sam.find({"SAM": program, "DOCKER_HOST": where})


def test_a_runtime_is_found_by_its_socket(program: str, tmp_path: Path) -> None:
    place = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        found = Sam.find(
            {"SAM": program, "DOCKER_HOST": f"unix://{place}", "SAM_HOST": "10.0.0.1", "SAM_ARGS": "-x 'y z'"}
        )
    assert (found.program, found.host, found.more) == (program, "10.0.0.1", ["-x", "y z"])


def test_one_function_of_each_trigger_kind_is_chosen() -> None:
    assert {kind: sample.room for kind, sample in sam_local.chosen().items()} == sam_local.ROOMS


def test_every_function_is_told_the_endpoint_and_its_own_variables(tmp_path: Path) -> None:
    stack = read(ROOT / "template.yaml", endpoint="https://sqs.us-east-1.amazonaws.com")
    shutil.copy(ROOT / "template.yaml", tmp_path)
    sam_local.write(stack, "http://10.0.0.1:1", tmp_path)
    declared = yaml_parse((tmp_path / sam_local.TEMPLATE).read_text())
    variables = json.loads((tmp_path / sam_local.VARIABLES).read_text())
    assert set(variables) == set(stack.functions)
    for name, function in stack.functions.items():
        assert variables[name] == {**function.environment, "AWS_ENDPOINT_URL": "http://10.0.0.1:1"}
        own = declared["Resources"][name]["Properties"]["Environment"]["Variables"]
        assert set(variables[name]) <= set(own) | set(declared["Globals"]["Function"]["Environment"]["Variables"])


def test_sam_itself_gets_no_keys_of_a_real_account(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "real")
    variables = Sam(program, "10.0.0.1")._variables()
    assert {name: value for name, value in variables.items() if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.mark.parametrize(
    ("prints", "well"),
    [
        ('{"sent": 0}', True),
        ('{"errorType": "KeyError", "errorMessage": "x", "stackTrace": []}', False),
        ("", False),
        ("no answer", False),
    ],
)
def test_an_invocation_is_judged_by_its_answer(program: str, prints: str, well: bool) -> None:
    Path(program).write_text(f"#!/bin/sh\nprintf '%s\\n' '{prints}'\n")
    assert Sam(program, "10.0.0.1").invoke("Clock", Path("event.json")) is well


def test_a_relay_carries_both_ways_until_each_side_is_done() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        relayed("127.0.0.1", server.getsockname()[1]) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as caller,
    ):
        caller.sendall(b"question")
        caller.shutdown(socket.SHUT_WR)
        inner, _ = server.accept()
        with inner:
            assert b"".join(iter(lambda: inner.recv(100), b"")) == b"question"
            inner.sendall(b"answer")
        assert b"".join(iter(lambda: caller.recv(100), b"")) == b"answer"
