"""The commands of the matching, beside a local cloud whose ConnectWise and Quickpass are simulated."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.local import config
from infra.local.cli import app, control, session
from infra.local.cli.screen import Failed
from infra.local.cloud.connections import Connected
from tests.flows.quickpass import COMPANIES, CONTACTS, EMAIL

FLOW = "quickpass_contacts"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    """One customer with its company, two accounts, and a contact of one of them."""
    monkeypatch.setenv(control.FOLDER, str(tmp_path / "local"))
    sizes = {"connectwise_psa": {"companies": 0}, "quickpass": {"customers": 1, "accounts": 2}}
    flows = {FLOW: {"auto_match": ["*"]}}
    checked = config.check(
        {"connection": [{"id": "acme", "flows": flows}], "simulated": sizes}, {}, config.Known.of_functions()
    )
    with session.started(checked) as connected:
        commands = {name: functools.partial(command, connected) for name, command in session.COMMANDS.items()}
        served = control.Control({"status": lambda _request, _tell: {}, **commands})
        connected.cloud.at_stop(served.stop)
        table = connected.cloud.table
        control.Up(1, connected.cloud.serve(), served.start(), served.token, table).write()
        psa: Any = connected.simulators["acme", "connectwise_psa"]
        company = psa.add(COMPANIES, identifier="ALDER", name="Alder Dental", addressLine1="1 Main St")
        items = [{"type": EMAIL, "value": "ada.abbott@alder-dental.example.com"}]
        psa.add(CONTACTS, firstName="Ada", company={"id": company["id"]}, communicationItems=items)
        yield connected


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=True)


def lines(*words: str) -> list[str]:
    result = run(*words)
    assert result.exception is None, result.exception
    return result.stdout.splitlines()


def standing(*words: str) -> dict[str, str]:
    return {row["name"]: row["standing"] for row in json.loads("\n".join(lines("matches", "acme", "--json", *words)))}


def settle(connected: Connected) -> None:
    """What was asked for is worked on, and what is due a minute later."""
    for _ in range(2):
        connected.cloud.run_until_quiet()
        connected.cloud.clock.turn(minutes=1)
    connected.cloud.run_until_quiet()


@pytest.mark.rule("QP-04", "QP-06", "QP-12", "QP-13", "QP-16", "QP-21")
def test_a_customer_is_matched_from_the_command_line(cloud: Connected) -> None:
    run("sync", FLOW)
    assert standing() == {"Alder Dental": "suggested"}
    assert lines("approve", FLOW, "Alder Dental")[-1] == "1 record approved"
    settle(cloud)
    ada, ben = "Ada Abbott (ada.abbott@alder-dental.example.com)", "Ben Abbott (ben.abbott@alder-dental.example.com)"
    assert standing() == {"Alder Dental": "matched", ada: "suggested", ben: "create?"}
    assert standing("--unmatched") == {ben: "create?"}
    (suggested,) = json.loads("\n".join(lines("matches", "acme", "--json", "--suggested")))
    assert suggested["other"].split(" ", 1)[1] == "Ada"
    assert standing("--customer", "alder dental", "--suggested") == {ada: "suggested"}
    refused = run("approve", FLOW, "--all")
    assert isinstance(refused.exception, Failed)
    assert "--verb create or --verb link" in str(refused.exception)
    lines("approve", FLOW, "--all", "--verb", "link")
    settle(cloud)
    assert standing("--matched") == {"Alder Dental": "matched", ada: "matched"}
    lines("approve", FLOW, "--all", "--verb", "create")
    settle(cloud)
    assert set(standing().values()) == {"matched"}

    psa: Any = cloud.simulators["acme", "connectwise_psa"]
    contact = next(row for row in psa.records(CONTACTS) if row["firstName"] == "Ada")
    company = {"id": contact["company"]["id"]}
    ticket = psa.add("service/tickets", summary="Locked", company=company, contact={"id": contact["id"]})
    told = lines("resolve", "acme", f"ticket:{ticket['id']}")
    assert told[0] == "Ada Abbott ada.abbott@alder-dental.example.com"
    assert json.loads("\n".join(lines("resolve", "acme", f"contact:{contact['id']}", "--json")))["reason"] == ""
    assert "neither ticket:NUMBER nor contact:NUMBER" in str(run("resolve", "acme", "Ada").exception)
    assert "has no contact 99999" in str(run("resolve", "acme", "contact:99999").exception)
    picked = lines("pick", "acme", "Alder Dental", "ADA")
    assert picked[1].split("\t")[1:] == ["Ada", "ada.abbott@alder-dental.example.com", ada]
    assert picked[-1] == "1 contact"
    shown = lines("matches", "acme", "--matched")
    assert shown[0].split("\t") == ["customer", "account", "standing", "in ConnectWise", "why", "address"]
    assert shown[-1].startswith("unmatch: crosswise unlink")


@pytest.mark.rule("QP-03")
def test_accounts_are_loaded_from_a_file_and_matched_at_once(cloud: Connected, tmp_path: Path) -> None:
    connection = cloud.connections["acme"]
    flows = {FLOW: {"accounts_from": "import"}}
    cloud.store().flows.put_connection(connection.model_copy(update={"flows": flows}))
    quickpass: Any = cloud.simulators["acme", "quickpass"]
    guid = quickpass.find("Alder Dental")
    file = tmp_path / "accounts.csv"
    head = "Username,First Name,Last Name,Email\n"
    file.write_text(f"{head}ada,Ada,Abbott,ada.abbott@alder-dental.example.com\nben,Ben,Abbott,ben\n")
    loaded = run("accounts", "import", "acme", guid, str(file))
    assert loaded.exit_code == 1, "a line was not taken"
    assert "1 account loaded, 1 new or changed" in loaded.stdout
    assert "line 3: 'ben' is no e-mail address" in loaded.stderr
    settle(cloud)
    lines("approve", FLOW, "Alder Dental")
    settle(cloud)
    assert standing() == {
        "Alder Dental": "matched", "Ada Abbott (ada.abbott@alder-dental.example.com)": "suggested",
    }  # fmt: skip
    lines("approve", FLOW, "--all")
    settle(cloud)
    assert "every line must be good" in str(run("accounts", "import", "acme", guid, str(file), "--whole").exception)
    file.write_text(f"{head}cleo,Cleo,Castro,cleo@alder-dental.example.com\n")
    told = lines("accounts", "import", "acme", "Alder Dental", str(file))
    assert told[-1] == "1 account not in the file: kept (with --whole they go)"
    told = lines("accounts", "import", "acme", "Alder Dental", str(file), "--whole")
    assert told[-1] == "1 account not in the file: taken away"
    settle(cloud)
    assert standing() == {"Alder Dental": "matched", "Cleo Castro (cleo@alder-dental.example.com)": "create?"}


def test_what_cannot_be_meant_is_said(cloud: Connected, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("Name\nAda\n")
    for words, why in (
        (("accounts", "import", "acme", "Nobody", str(file)), "no column Username or ID"),
        (("accounts", "import", "acme", "Nobody", str(tmp_path / "none.csv")), "No such file"),
        (("matches", "acme", "--customer", "Nobody"), "no customer 'Nobody' is known here"),
        (("matches", "acme", "--matched", "--all"), "give one of"),
        (("matches", "other"), "there is no connection 'other'"),
        (("pick", "acme", "Nobody"), "no customer 'Nobody' is known here"),
        (("pick", "acme", "0b7d5a3e-1c5f-4c55-9d1c-2f6f3c1b7a90"), "has no company yet"),
    ):
        assert why in str(run(*words).exception), words
    file.write_text("Username\nada\n")
    told = run("accounts", "import", "acme", "0b7d5a3e-1c5f-4c55-9d1c-2f6f3c1b7a90", str(file))
    assert "nothing reads them until accounts_from" in told.stderr
