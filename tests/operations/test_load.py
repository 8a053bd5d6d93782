"""Loading connections into a stack: keys to Secrets Manager, settings to the table, flows made due once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.load import main
from infra.local.cloud import Cloud, LocalClock
from shared.aws.table import Store
from shared.sync.record import FlowKey

CONFIG = """
[[connection]]
id = "acme"
[connection.systems.connectwise_psa]
base_url = "https://api-na.myconnectwise.net"
company = "acme"
keys = {public_key = "env:CW_PUBLIC", private_key = "env:CW_PRIVATE", client_id = "env:CW_CLIENT_ID"}
[connection.systems.eautomate]
base_url = "https://eautomate.example.com"
company = "1"
keys = {user = "env:EA_USER", password = "env:EA_PASSWORD"}
[connection.flows.eautomate_customers]
preview = true
"""
KEY = FlowKey("acme", "eautomate_customers")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("CW_PUBLIC", "CW_PRIVATE", "CW_CLIENT_ID", "EA_USER", "EA_PASSWORD"):
        monkeypatch.setenv(name, name.lower())
    with Cloud(clock=LocalClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC), still=True)) as started:
        yield started


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "connections.toml"
    path.write_text(CONFIG)
    return path


def test_what_a_file_says_is_kept(cloud: Cloud, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(config), "--table", cloud.table]) == 0
    flows = Store(cloud.client("dynamodb"), cloud.table).flows
    kept = flows.connection("acme")
    assert kept is not None
    assert kept.flows == {KEY.flow: {"preview": True}}
    assert flows.state(KEY).due is not None
    value = cloud.client("secretsmanager").get_secret_value(SecretId="crosswise/connectwise_psa/acme")["SecretString"]
    assert json.loads(value) == {
        "company": "acme",
        "public_key": "cw_public",
        "private_key": "cw_private",
        "client_id": "cw_client_id",
    }
    told = capsys.readouterr()
    assert "cw_private" not in told.out + told.err


def test_loading_again_renews_keys_and_leaves_a_flow_where_it_stands(
    cloud: Cloud, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main([str(config), "--table", cloud.table])
    flows = Store(cloud.client("dynamodb"), cloud.table).flows
    flows.pause(KEY, "a person wants it so")
    monkeypatch.setenv("EA_PASSWORD", "rotated")
    assert main([str(config), "--table", cloud.table]) == 0
    value = cloud.client("secretsmanager").get_secret_value(SecretId="crosswise/eautomate/acme")["SecretString"]
    assert json.loads(value)["password"] == "rotated"
    assert flows.state(KEY).paused == "a person wants it so"


def test_a_file_that_leaves_a_system_to_be_simulated_is_refused_whole(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "demo.toml"
    path.write_text('[[connection]]\nid = "demo"\n[connection.flows.eautomate_customers]\n')
    assert main([str(path), "--table", cloud.table]) == 2
    assert "base_url is missing" in capsys.readouterr().err
    assert Store(cloud.client("dynamodb"), cloud.table).flows.connection("demo") is None


def test_a_flow_taken_out_of_the_file_stands_until_it_is_named_again(
    cloud: Cloud, config: Path, tmp_path: Path
) -> None:
    flows = Store(cloud.client("dynamodb"), cloud.table).flows
    main([str(config), "--table", cloud.table])
    without = tmp_path / "without.toml"
    without.write_text(CONFIG.split("[connection.flows", maxsplit=1)[0])
    assert main([str(without), "--table", cloud.table]) == 0
    assert (flows.state(KEY).paused_by, flows.state(KEY).due) == ("load", None)
    assert main([str(config), "--table", cloud.table]) == 0
    assert flows.state(KEY).paused == ""
    assert flows.state(KEY).due is not None
