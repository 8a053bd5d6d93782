"""The commands of a person, against a deployed stack: reached by the AWS API only, with the caller's credentials."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from infra.local import cli
from infra.local.cli import control
from infra.local.cloud import Cloud
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.aws.table import Store
from shared.sync.record import FlowKey
from tests.operating.stack_api import STACK, StackApi
from tests.said import Run, Said
from tests.two_systems import CONFIG, KEYS

KEY = FlowKey("acme", "eautomate_customers")


@dataclass(frozen=True)
class Deployed:
    """A stack as AWS has it, with the two systems of a connection, and the config file that names them."""

    cloud: Cloud
    api: StackApi
    psa: PsaSimulator
    eautomate: EautomateSimulator
    file: Path

    @property
    def store(self) -> Store:
        return Store(self.cloud.client("dynamodb"), self.cloud.table)

    def table(self) -> list[str]:
        """All that the table holds."""
        return sorted(map(repr, self.cloud.client("dynamodb").scan(TableName=self.cloud.table)["Items"]))

    def work(self) -> None:
        """Until the queues are quiet, and ConnectWise has told of all that was written, which is a change no more."""
        while self.cloud.run_until_quiet(patience=timedelta(seconds=5)).happenings:
            assert self.psa.callbacks.settled()

    def customer(self) -> tuple[str, str]:
        """A linked customer and its company."""
        link = next(link for link in self.store.links.all_links(KEY) if link.kind == "customer-company")
        return str(link.ref("partner")), link.cw_id


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `crosswise` in this process, as somebody called kim, where no local cloud runs."""
    monkeypatch.setenv(control.FOLDER, str(tmp_path / "local"))
    monkeypatch.setenv("LOGNAME", "kim")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["crosswise", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            sys.exit(cli.main())  # type: ignore[func-returns-value]  # None: it went well
        said = capsys.readouterr()
        return Said(int(end.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Deployed]:
    file = tmp_path / "connections.toml"
    with (
        PsaSimulator(companies=4) as psa,
        EautomateSimulator(customers=6) as eautomate,
        Cloud(http=0, parameters={"SecretPrefix": "sync"}) as cloud,
        StackApi(cloud) as api,
    ):
        file.write_text(CONFIG.format(psa=psa.url, eautomate=eautomate.url))
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", api.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", api.url)
        yield Deployed(cloud, api, psa, eautomate, file)


@pytest.fixture
def connected(deployed: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The stack, with the connection of the file, in step; commands are told of it by their environment."""
    monkeypatch.setenv("CROSSWISE_STACK", STACK)
    deployed.psa.define_custom_field("company/companies/*/sites", "EA Location")
    assert run("connect", deployed.file).code == 0
    assert run("sync", KEY.flow, "--mode", "comprehensive").code == 0
    deployed.work()
    return deployed


def test_connect_keeps_keys_and_settings_registers_callbacks_and_tells_what_is_missing(
    deployed: Deployed, run: Run
) -> None:
    said = run("connect", deployed.file, "--stack", STACK)
    assert (said.code, said.err.count("Traceback")) == (1, 0), said.err
    assert "secret sync/connectwise_psa/acme: made" in said.out
    assert "eautomate_customers of acme: begins within a minute" in said.out
    assert "callbacks acme: created company" in said.out
    (failed,) = [line for line in said.out.splitlines() if line.startswith("FAIL\t")]
    assert "row EA Location" in failed
    assert "OK\t" not in said.out
    assert "private" not in (said.out + said.err).replace("private_key", "")
    (entry,) = deployed.psa.records("system/callbacks")
    assert entry["url"] == f"{deployed.cloud.url}/callbacks/acme?recordId="
    assert deployed.store.flows.state(KEY).due is not None


def test_connect_again_renews_keys_and_leaves_callbacks_as_they_are(
    connected: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CW_CLIENT_ID", "1b5b8e4d-5f0e-4f1b-9d1c-2f6f3c1b7a90")
    said = run("connect", connected.file)
    assert said.code == 0, said.err
    assert "secret sync/connectwise_psa/acme: new version" in said.out
    assert "callbacks acme: kept company" in said.out
    secret = connected.cloud.client("secretsmanager").get_secret_value(SecretId="sync/connectwise_psa/acme")
    assert json.loads(secret["SecretString"])["client_id"].startswith("1b5b8e4d")


def test_connect_without_flows_takes_back_what_was_registered(connected: Deployed, run: Run) -> None:
    connected.file.write_text(connected.file.read_text().partition("[connection.flows")[0])
    said = run("connect", connected.file)
    assert said.code == 0, said.err
    assert "eautomate_customers of acme: paused" in said.out
    assert "callbacks acme: removed" in said.out
    assert list(connected.psa.records("system/callbacks")) == []


def test_connect_needs_a_stack_and_systems_that_are_there(deployed: Deployed, run: Run, tmp_path: Path) -> None:
    said = run("connect", deployed.file)
    assert (said.code, said.out) == (2, "")
    assert "name it with --stack or CROSSWISE_STACK" in said.err
    demo = tmp_path / "demo.toml"
    demo.write_text('[[connection]]\nid = "demo"\n[connection.flows.eautomate_customers]\n')
    said = run("connect", demo, "--stack", STACK)
    assert (said.code, said.out) == (2, "")
    assert f"{demo}: demo: systems.eautomate.base_url is missing" in said.err
    assert deployed.store.flows.connection("demo") is None


def test_what_the_table_holds_is_shown(connected: Deployed, run: Run) -> None:
    links = run("links", "--json").json()
    assert {link["connection"] for link in links} == {"acme"}
    assert run("issues", "--connection", "acme").out.splitlines()[-1] == "1 issue"
    customer, company = connected.customer()
    assert run("history", company, "--json").json()[0]["by"] == "sync"
    (answer,) = run("why", customer, "--json").json()
    assert answer["status"] == "in step"
    assert run("preview", KEY.flow, "--json").json() == {"counts": [], "records": []}
    assert "there is no connection 'acne'; there is acme" in run("links", "--connection", "acne").err


def test_why_asks_the_flow_s_function_for_what_the_table_knows_nothing_of(
    connected: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.eautomate.add_customer("A1", "Newcomer Inc", Address="1 Main St")
    table = connected.table()
    said = run("why", "A1")
    assert said.code == 0, said.err
    assert "Newcomer Inc" in said.out
    assert "the table knows nothing of it: this is what a look comes to now" in said.out
    assert "Nothing keeps it back (create company" in said.out
    assert run("why", "A1", "--json").json()[0]["status"] == "ready"
    assert connected.table() == table
    said = run("why", "B2")
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1].endswith("by number and name in the systems that these flows read.")


def test_why_answers_from_the_table_where_the_flow_cannot_be_asked(connected: Deployed, run: Run) -> None:
    _, company = connected.customer()
    words = "User: arn:aws:iam::123456789012:user/kim is not authorized to perform: lambda:InvokeFunction"
    connected.api.refused["DescribeStackResource"] = words
    said = run("why", company)
    assert said.code == 0, said.err
    assert "in step" in said.out
    assert "eautomate_customers of acme could not be asked: AWS refuses DescribeStackResource" in said.err
    connected.api.refused.clear()
    connected.psa.stop()
    said = run("why", "A1")
    assert said.code == 1
    assert "eautomate_customers of acme could not be asked: " in said.err
    assert "Traceback" not in said.err


def test_a_person_s_repairs_reach_the_stack_s_queues(connected: Deployed, run: Run) -> None:
    customer, company = connected.customer()
    assert run("cancel", customer, "--reason", "a trial").code == 0
    connected.work()
    assert run("why", customer, "--json").json()[0]["status"] == "cancelled"
    assert run("uncancel", customer, "--by", "sam").code == 0
    connected.work()
    assert run("unlink", customer).code == 0
    assert run("relink", customer, company).code == 0
    connected.work()
    (answer,) = run("why", customer, "--json").json()
    assert (answer["status"], answer["linked"]["how"]) == ("in step", "kim linked them.")


def test_sync_asks_for_a_scan_and_says_why_not(connected: Deployed, run: Run) -> None:
    said = run("sync", KEY.flow)
    assert said.code == 0, said.err
    assert said.out.startswith("eautomate_customers of acme is scanned now")
    assert len(connected.cloud.messages("EautomateCustomersQueue")) == 1
    connected.work()
    run("pause", "acme", "--reason", "We move house.")
    said = run("sync", KEY.flow)
    assert (said.code, said.out) == (1, "")
    assert "eautomate_customers of acme was not asked for: it is paused: We move house." in said.err
    assert connected.cloud.messages("EautomateCustomersQueue") == []
    assert "goes on" in run("resume", "acme").out
    said = run("sync", "eautomate_custmers")
    assert (said.code, said.err.splitlines()[-1]) == (
        2,
        "crosswise: flow 'eautomate_custmers' is not in use in any connection; in use: eautomate_customers",
    )
    assert run("sync", KEY.flow, "--config", connected.file).code == 2


def test_functions_run_on_the_stack(connected: Deployed, run: Run, tmp_path: Path) -> None:
    found = run("preflight", "acme", "--json").json()
    assert found["failed"] == 0
    said = run("preflight", "acne")
    assert (said.code, said.out) == (1, "")
    assert "There is no connection 'acne'" in said.err
    event = tmp_path / "event.json"
    event.write_text('{"connection": "acme"}')
    kept = run("invoke", "callback_registration", "-e", event).json()
    assert kept["connections"]["acme"]["kept"] == ["company"]
    event.write_text('{"Records": [{}]}')
    said = run("invoke", "EautomateCustomers", "-e", event)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1] == "crosswise: EautomateCustomers failed: KeyError: 'messageId'"
    for name in ("pigeons", "table"):
        said = run("invoke", name, "-e", event)
        assert said.code == 2
        assert f"stack '{STACK}' has no function {name.capitalize()}" in said.err


def test_a_stack_that_there_is_not_or_is_another_s_is_named(deployed: Deployed, run: Run) -> None:
    said = run("links", "--stack", "elsewhere")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("crosswise: there is no stack 'elsewhere' in us-east-1 of this account; AWS_PROFILE and")
    deployed.api.outputs.clear()
    said = run("links", "--stack", STACK)
    assert said.code == 2
    assert "(UPDATE_COMPLETE) has no output Table" in said.err


def test_a_right_that_is_missing_is_named_with_its_action(
    connected: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "User: arn:aws:iam::123456789012:user/kim is not authorized to perform: {} on resource: *"
    connected.api.refused["DescribeStackResource"] = words.format("cloudformation:DescribeStackResource")
    said = run("sync", KEY.flow)
    assert (said.code, said.out) == (1, "")
    assert "is not authorized to perform: cloudformation:DescribeStackResource" in said.err
    assert "infra/docs/deploy.md lists the rights" in said.err
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", connected.api.url)
    connected.api.refused["Query"] = words.format("dynamodb:Query")
    for arguments in (("links",), ("cancel", "partner#customer-company#1", "--reason", "x")):
        said = run(*arguments)
        assert (said.code, said.out) == (1, ""), said.err
        assert "crosswise: AWS refuses Query: User: arn:aws:iam::123456789012:user/kim is not authorized" in said.err


def test_without_credentials_region_or_profile_it_says_how_to_sign_in(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    said = run("issues", "--stack", STACK)
    assert (said.code, said.err.splitlines()[-1][:43]) == (1, "crosswise: no AWS region is chosen: set AWS")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    said = run("issues", "--stack", STACK)
    assert said.code == 1
    assert "crosswise: there are no AWS credentials: Unable to locate credentials. Sign in" in said.err
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    said = run("issues", "--stack", STACK)
    assert said.code == 1
    assert "The config profile (nobody) could not be found" in said.err
