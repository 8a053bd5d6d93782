"""Keys are read when needed, kept for five minutes, and never shown."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.aws.secrets import Secrets
from shared.sync.errors import ConfigurationWrong, RetryLater
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from shared.aws.clients import Clients

NAME = "crosswise/eautomate/acme"


@dataclass
class Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def client(clients: Clients) -> SecretsManagerClient:
    return clients.secretsmanager


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def secrets(client: SecretsManagerClient, clock: Clock) -> Secrets:
    client.create_secret(Name=NAME, SecretString=json.dumps({"user": "demo", "password": "hunter2"}))
    return Secrets(client, clock)


def test_keys_are_read_once_in_five_minutes(
    secrets: Secrets, client: SecretsManagerClient, answers: Answers, clock: Clock
) -> None:
    calls = answers.watch(client, "GetSecretValue")
    keys = secrets.keys("eautomate", "acme")
    assert calls == [], "an adapter that is only built reads nothing"
    assert keys() == {"user": "demo", "password": "hunter2"}
    assert secrets.keys("eautomate", "acme")() == keys()
    clock.at += timedelta(minutes=5) - timedelta(seconds=1)
    keys()
    assert calls == [{"SecretId": NAME}]
    clock.at += timedelta(seconds=1)
    keys()
    assert len(calls) == 2


def test_fresh_keys_are_read_anew_and_kept(secrets: Secrets, client: SecretsManagerClient) -> None:
    keys = secrets.keys("eautomate", "acme")
    assert keys()["password"] == "hunter2"
    client.put_secret_value(SecretId=NAME, SecretString=json.dumps({"password": "changed"}))
    assert keys()["password"] == "hunter2"
    assert keys(fresh=True)["password"] == "changed"
    assert keys()["password"] == "changed"


def test_each_connection_and_system_has_its_own_secret(secrets: Secrets, client: SecretsManagerClient) -> None:
    client.create_secret(Name="crosswise/eautomate/other", SecretString='{"user": "else"}')
    assert secrets.keys("eautomate", "other")()["user"] == "else"
    assert secrets.keys("eautomate", "acme")()["user"] == "demo"


def test_a_missing_secret_is_named(secrets: Secrets) -> None:
    with pytest.raises(ConfigurationWrong, match="crosswise/connectwise_psa/acme does not exist") as failure:
        secrets.keys("connectwise_psa", "acme")()
    assert "crosswise/connectwise_psa/acme" in failure.value.where


def test_a_secret_marked_for_deletion_is_named(secrets: Secrets, client: SecretsManagerClient) -> None:
    client.delete_secret(SecretId=NAME)
    with pytest.raises(ConfigurationWrong, match=f"{NAME} does not exist, or is marked"):
        secrets.keys("eautomate", "acme")()


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]', '{"password": ["hunter2"]}', '{"password": "hunter2"'])
def test_a_secret_of_another_form_is_named_but_not_shown(
    secrets: Secrets, client: SecretsManagerClient, text: str
) -> None:
    client.put_secret_value(SecretId=NAME, SecretString=text)
    with pytest.raises(ConfigurationWrong, match=f"{NAME} is not a JSON object") as failure:
        secrets.keys("eautomate", "acme")()
    assert failure.value.__context__ is None, "the error of the JSON text would carry it along"
    assert "hunter2" not in "".join(traceback.format_exception(failure.value))


def test_an_entry_that_is_missing_is_named(secrets: Secrets) -> None:
    keys = secrets.keys("eautomate", "acme")()
    assert keys.get("company") is None
    with pytest.raises(ConfigurationWrong, match=f"{NAME} has no entry 'company'"):
        keys["company"]


def test_keys_do_not_show_when_they_are_printed(secrets: Secrets) -> None:
    keys = secrets.keys("eautomate", "acme")()
    shown = f"{keys} {keys!r} {[keys]} {secrets!r}"
    assert NAME in shown
    assert "hunter2" not in shown


def test_keys_of_a_secrets_manager_that_is_busy_come_later(
    secrets: Secrets, client: SecretsManagerClient, answers: Answers
) -> None:
    answers.refuse(client, "GetSecretValue", "ThrottlingException")
    with pytest.raises(RetryLater):
        secrets.keys("eautomate", "acme")()
