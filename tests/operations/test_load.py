"""What `crosswise connect` loads into a stack: keys to Secrets Manager, settings to the table, flows made due once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.load import load
from infra.local import config as configs
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


def loaded(cloud: Cloud, file: Path, *, prefix: str = "crosswise", key: str = "") -> list[str]:
    """Loads a file; what was said of it."""
    config = configs.load(file, os.environ, configs.Known.of_functions())
    store, secrets = Store(cloud.client("dynamodb"), cloud.table), cloud.client("secretsmanager")
    return list(load(config, store, secrets, prefix, key, cloud.clock.now()))


def test_what_a_file_says_is_kept(cloud: Cloud, config: Path) -> None:
    told = loaded(cloud, config)
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
    assert "connection acme: kept" in told
    assert "cw_private" not in "".join(told)


def test_new_secrets_have_the_stack_s_prefix_and_key(cloud: Cloud, config: Path) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    assert loaded(cloud, config, prefix="other", key=key)[0] == "secret other/connectwise_psa/acme: made"
    secret = cloud.client("secretsmanager").describe_secret(SecretId="other/connectwise_psa/acme")
    assert secret["KmsKeyId"] == key


def test_loading_again_renews_keys_and_leaves_a_flow_where_it_stands(
    cloud: Cloud, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(cloud, config)
    flows = Store(cloud.client("dynamodb"), cloud.table).flows
    flows.pause(KEY, "a person wants it so")
    monkeypatch.setenv("EA_PASSWORD", "rotated")
    loaded(cloud, config)
    value = cloud.client("secretsmanager").get_secret_value(SecretId="crosswise/eautomate/acme")["SecretString"]
    assert json.loads(value)["password"] == "rotated"
    assert flows.state(KEY).paused == "a person wants it so"


def test_a_flow_taken_out_of_the_file_stands_until_it_is_named_again(
    cloud: Cloud, config: Path, tmp_path: Path
) -> None:
    flows = Store(cloud.client("dynamodb"), cloud.table).flows
    loaded(cloud, config)
    without = tmp_path / "without.toml"
    without.write_text(CONFIG.split("[connection.flows", maxsplit=1)[0])
    loaded(cloud, without)
    assert (flows.state(KEY).paused_by, flows.state(KEY).due) == ("load", None)
    loaded(cloud, config)
    assert flows.state(KEY).paused == ""
    assert flows.state(KEY).due is not None
