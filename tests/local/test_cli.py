"""The command line: what it prints, its exit codes, and the cloud that it keeps running."""

from __future__ import annotations

import csv
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from infra.local import cli
from infra.local.cli import control, screen
from infra.local.cloud import Cloud
from shared.sync.names import counted
from tests.said import Run, Said

SMALL = """
[simulated.eautomate]
customers = 12
[simulated.connectwise_psa]
companies = 15
[[connection]]
id = "acme"
name = "Acme [east]"
[connection.flows.eautomate_customers]
create_missing = true
"""


ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The local cloud's folder."""
    folder = tmp_path / "local"
    monkeypatch.setenv(control.FOLDER, str(folder))
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], local: Path) -> Run:
    """Runs `crosswise` in this process."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["crosswise", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        else:
            code = 0
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(SMALL)
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("sync", "eautomate_customers", "--mode", "sideways"),
        ("sync", "eautomate_customers", "--frobnicate"),
        ("sync", "eautomate_custmers"),
        ("sync", "eautomate_customers", "--connection", "nobody"),
        ("sync", "eautomate_customers", "--config", "nowhere.toml"),
        ("up", "--config", "nowhere.toml"),
        ("frobnicate",),
        ("invoke", "clock"),
        ("invoke", "clock", "-e", "nowhere.json"),
        ("history",),
        ("simulate", "pigeons"),
        ("simulate", "eautomate", "--companies", 5),
        ("simulate", "eautomate", "--customers", -5),
    ],
)
def test_wrong_use_ends_with_2_and_starts_nothing(run: Run, local: Path, arguments: tuple[object, ...]) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.strip()
    assert Cloud.running is None
    assert not local.exists()


def test_without_a_command_it_says_what_there_is(run: Run) -> None:
    said = run()
    for command in ("demo", "up", "sync", "links", "issues", "history", "invoke", "simulate"):
        assert f"  {command} " in said.out + said.err


def test_every_fault_of_a_config_file_is_told(run: Run, tmp_path: Path, local: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(SMALL.replace("true", '"perhaps"') + 'colour = "[red]"\n')
    said = run("sync", "eautomate_customers", "--config", path)
    assert said.code == 2
    first, second = said.err.splitlines()
    assert first.startswith(f"crosswise: {path}: connection[0].flows.eautomate_customers.create_missing: ")
    assert second == f"crosswise: {path}: connection[0].flows.eautomate_customers.colour: there is no such setting"
    assert not local.exists()


@pytest.mark.parametrize("arguments", [("links",), ("issues",), ("history", "5")])
def test_what_the_table_holds_is_shown_of_a_running_cloud_only(run: Run, arguments: tuple[str, ...]) -> None:
    said = run(*arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "crosswise: no local cloud runs: start one with `crosswise up` (its records go when it ends), or name a "
        "deployed stack with --stack or CROSSWISE_STACK\n"
    )


def test_sync_in_a_cloud_of_the_moment(run: Run, config: Path, local: Path) -> None:
    said = run("sync", "eautomate_customers", "--config", config, "--json")
    assert said.code == 0, said.err
    result = said.json()
    assert result["flow"] == "eautomate_customers"
    assert result["connections"] == ["acme"]
    assert result["counts"]["scanned"] == 12
    assert sum(result["counts"].get(outcome, 0) for outcome in ("applied", "in_step", "skipped", "issue")) >= 12
    assert result["requests"].keys() == {"connectwise_psa", "eautomate"}
    assert result["seconds"] > 0
    assert (result["waiting"], result["errors"]) == (0, [])
    assert Cloud.running is None
    assert '"message":"batch"' in (local / "functions.log").read_text()


def test_sync_prints_plain_lines_where_there_is_no_terminal(run: Run, config: Path) -> None:
    said = run("sync", "eautomate_customers", "--config", config, "--mode", "comprehensive", "--connection", "acme")
    assert said.code == 0, said.err
    rows = dict(line.split("\t") for line in said.out.splitlines() if "\t" in line)
    assert rows["outcome"] == "records"
    assert rows["scanned"] == "12"
    assert int(rows["connectwise_psa"]) > 0
    assert said.err.splitlines()[0] == "sync eautomate_customers ..."


def test_invoke_runs_one_function_on_an_event_file(run: Run, config: Path, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    said = run("invoke", "clock", "-e", event, "--config", config)
    assert (said.code, said.json()) == (0, {"sent": 0}), said.err
    event.write_text('{"Records": [{}]}')
    said = run("invoke", "EautomateCustomers", "--event", event, "--config", config)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1] == "crosswise: EautomateCustomers failed: KeyError: 'messageId'"
    said = run("invoke", "pigeons", "-e", event, "--config", config)
    assert said.code == 2
    assert "no function is called 'pigeons'; there are: " in said.err


def test_made_up_records_for_a_real_system_are_warned_of(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "x")
    file = tmp_path / "mixed.toml"
    keys = ", ".join(f'{name} = "env:KEY"' for name in ("public_key", "private_key", "client_id"))
    psa = (
        f'[connection.systems.connectwise_psa]\nbase_url = "https://psa.example"\ncompany = "a"\nkeys = {{ {keys} }}\n'
    )
    for preview, warned in (("false", True), ("true", False)):
        file.write_text(f'[[connection]]\nid = "a"\n{psa}[connection.flows.eautomate_customers]\npreview = {preview}\n')
        said = run("sync", "pigeons", "--config", file)
        assert (said.code, said.out) == (2, "")
        assert ("eautomate is simulated, connectwise_psa is real" in said.err) is warned


def test_an_unexpected_error_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise LookupError("a [strange] thing")

    monkeypatch.setattr(control.Up, "find", broken)
    said = run("links")
    assert said.code == 1
    assert said.err == ("crosswise: unexpected LookupError: a [strange] thing (CROSSWISE_TRACEBACK=1 shows where)\n")
    monkeypatch.setenv(cli.TRACEBACK, "1")
    with pytest.raises(LookupError):
        run("links")


def test_names_that_look_like_markup_stay(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("Acme [bold]east[/bold] :smile:", 5), ("two\nlines", "")]
    screen.say_table(("[name]", "n"), rows)
    assert capsys.readouterr().out == "[name]\tn\nAcme [bold]east[/bold] :smile:\t5\ntwo lines\t\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    screen.say_table(("[name]", "n"), rows)
    printed = capsys.readouterr().out
    assert "Acme [bold]east[/bold] :smile:" in printed
    assert "[name]" in printed


def test_progress_on_a_terminal_and_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 1.0, 6.0, 6.0, 7.0])
    monkeypatch.setattr(screen.time, "monotonic", lambda: next(times))
    with screen.progress("sync [x]") as tell:
        tell("1 of [3]")
        tell("2 of [3]")
        tell("3 of [3]")
    assert capsys.readouterr().err == "sync [x] ...\nsync [x]: 2 of [3]\n"
    monkeypatch.undo()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(screen, "Console", lambda **options: Console(force_terminal=True, width=80, **options))
    with screen.progress("sync [x]") as tell:
        tell("1 of [3]")
    assert "sync [x] 1 of [3]" in capsys.readouterr().err


# A cloud that keeps running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`crosswise up` in a process of its own; its folder."""
    folder = tmp_path_factory.mktemp("up")
    config = folder / "config.toml"
    config.write_text(SMALL)
    with crosswise("up", "--config", config, folder=folder) as process:
        wait_for(process, "ready")
        yield folder
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.read().endswith("stopped\n")
        assert process.wait(30) == 0
    assert not (folder / "up.json").exists()


def crosswise(*arguments: object, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from infra.local.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, control.FOLDER: str(folder)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)  # noqa: S603


def wait_for(process: subprocess.Popen[str], word: str) -> list[str]:
    """The lines that it prints up to the one that begins with the word; it ends if the process does."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith(word):
            return lines
    raise AssertionError("\n".join(lines))


@pytest.fixture
def beside(running: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Run:
    """Runs `crosswise` beside the cloud that runs."""
    monkeypatch.setenv(control.FOLDER, str(running))
    return run


def test_where_the_cloud_is_reached_is_for_this_user_only(running: Path) -> None:
    state = running / "up.json"
    assert state.stat().st_mode & 0o777 == 0o600
    known = json.loads(state.read_text())
    assert known["table"] == "crosswise-Table"
    host = known["control"].removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("POST", "/status", "{}", {"Authorization": "Bearer guessed"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 403
    finally:
        connection.close()


def test_sync_links_issues_and_history_of_the_running_cloud(beside: Run) -> None:
    said = beside("sync", "eautomate_customers", "--json", "--mode", "comprehensive")
    assert said.code == 0, said.err
    assert said.json()["counts"]["scanned"] == 12
    links = beside("links", "--json").json()
    assert links
    assert {link["kind"] for link in links} >= {"customer-company"}
    table = beside("links", "--connection", "acme", "--flow", "eautomate_customers")
    assert table.out.splitlines()[-1] == counted(len(links), "link")
    exported = list(csv.DictReader(beside("links", "--csv").out.splitlines()))
    assert len(exported) == len(links)
    companies = [row for row in exported if row["kind"] == "customer-company"]
    assert all(row["url"].endswith(f"recid={row['rec_id']}") for row in companies)
    link = links[0]
    assert f"\t{link['cw_id']}\t{link['cw_name']}\t{link['partner_id']}\t" in table.out
    entries = beside("history", link["cw_id"], "--json").json()
    assert entries
    address = f"cw#{link['kind']}#{link['cw_id']}"
    assert beside("history", address, "--json").json()
    assert beside("history", link["partner_id"]).out.splitlines()[-1].endswith(" entries")
    issues = beside("issues", "--json").json()
    assert beside("issues").out.splitlines()[-1] == counted(len(issues), "issue")
    again = beside("sync", "eautomate_customers", "--json").json()
    assert again["counts"].get("applied", 0) == 0


def test_at_a_terminal_what_the_table_holds_is_read_without_a_word_cut_in_two(
    beside: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside("sync", "eautomate_customers", "--mode", "comprehensive")
    links, issues = beside("links", "--json").json(), beside("issues", "--json").json()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    shown = ANSI.sub("", beside("links").out)
    assert max(map(len, shown.splitlines())) <= 100
    assert f"acme, customer-company ({sum(link['kind'] == 'customer-company' for link in links)})" in shown
    shown = ANSI.sub("", beside("issues").out)
    assert max(map(len, shown.splitlines())) <= 100
    for issue in issues:
        assert f"acme: {issue['issue']['code']} (" in shown
        assert issue["issue"]["message"] in " ".join(shown.split())
    customer = next(link for link in links if link["kind"] == "customer-company")
    number = customer["partner_name"].split()[1]
    shown = ANSI.sub("", beside("history", number).out)
    assert f"partner#customer-company#{customer['partner_id']}" in shown
    assert "  name: None -> '" in shown
    assert "None -> None" not in shown
    shown = ANSI.sub("", beside("preflight", "acme").out)
    assert re.search(r"OK +Keys of ConnectWise: they are accepted", shown)
    assert max(map(len, shown.splitlines())) <= 100
    assert "Look yourself: " in shown


def test_what_has_no_history_and_no_preview_says_so(beside: Run) -> None:
    assert beside("history", "nobody").out.startswith("nothing was done to 'nobody' so far; ")
    assert "it is not in preview" in beside("preview", "eautomate_customers").out


def test_wrong_use_of_a_running_cloud(beside: Run, config: Path) -> None:
    for arguments in (
        ("sync", "pigeons"),
        ("sync", "eautomate_customers", "--connection", "nobody"),
        ("links", "--connection", "nobody"),
        ("links", "--flow", "pigeons"),
        ("history", "cw#nothing"),
        ("sync", "eautomate_customers", "--config", config),
    ):
        said = beside(*arguments)
        assert (said.code, said.out) == (2, ""), arguments
        assert said.err.splitlines()[-1].startswith("crosswise: ")


def test_a_second_cloud_is_refused(beside: Run) -> None:
    said = beside("up")
    assert said.code == 1
    assert "runs already" in said.err


def test_invoke_in_the_running_cloud(beside: Run, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    said = beside("invoke", "clock", "-e", event)
    assert said.code == 0, said.err
    assert "sent" in said.json()


def test_the_running_cloud_has_its_connectwise_tell_of_changes_from_the_start(beside: Run, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"connection": "acme"}')
    kept = beside("invoke", "callback_registration", "-e", event).json()["connections"]["acme"]
    assert (kept["created"], kept["kept"]) == ([], ["company"])


def test_a_cloud_that_died_counts_as_none(run: Run, local: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{held.getsockname()[1]}"
    local.mkdir()
    up = control.Up(1, nobody, nobody, "token", "table")
    up.write()
    assert control.Up.find() is None
    assert run("links").code == 1
    (local / "up.json").write_text("{")
    assert control.Up.find() is None


def test_simulate_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    arguments = ("simulate", "connectwise-psa", "--seed", 7, "--companies", 3, "--tickets", 0)
    with crosswise(*arguments, folder=tmp_path) as process:
        (ready,) = wait_for(process, "ready ")
        host = ready.removeprefix("ready http://")
        with crosswise("simulate", "eautomate", "--port", host.split(":")[1], folder=tmp_path) as second:
            assert second.wait(60) == 1
            assert second.stdout is not None
            assert f"port {host.split(':')[1]}: " in second.stdout.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
