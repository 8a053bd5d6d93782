"""One token for all workers, in the secret: one holder of the lease puts it, everybody else reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from functions import wiring
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.aws.secrets import HELD, Secrets, SharedKeys
from shared.aws.table import Store
from shared.sync.clock import SystemClock
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong, Conflict
from shared.systems.zomentum import Zomentum
from tests.aws.answers import Answers
from tests.serving import serving

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from shared.aws.clients import Clients

NAME = "crosswise/zomentum/acme"
ENTRIES = {"refresh_token": "demo", "webhook_secret": "shh"}


@dataclass
class Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at


class Ids:
    def __init__(self) -> None:
        self._numbers = count(1)

    def token(self) -> str:
        return f"holder-{next(self._numbers)}"


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def client(clients: Clients) -> SecretsManagerClient:
    clients.secretsmanager.create_secret(Name=NAME, SecretString=json.dumps(ENTRIES))
    return clients.secretsmanager


@pytest.fixture
def workers(client: SecretsManagerClient, store: Store, clock: Clock) -> list[SharedKeys]:
    """Two processes' keys of one connection."""
    ids = Ids()
    return [SharedKeys(Secrets(client, clock), lambda: store.leases, clock, ids, "zomentum", "acme") for _ in range(2)]


def stored(client: SecretsManagerClient) -> dict[str, str]:
    found: dict[str, str] = json.loads(client.get_secret_value(SecretId=NAME)["SecretString"])
    return found


def test_one_holds_the_keys_and_lets_go_of_them(workers: list[SharedKeys]) -> None:
    one, other = workers
    with one.hold() as held, other.hold() as meanwhile, one.hold() as again:
        assert (held, meanwhile, again) == (True, False, False)
    with other.hold() as held:
        assert held


def test_whoever_fails_lets_go_too(workers: list[SharedKeys]) -> None:
    one, other = workers
    with pytest.raises(Conflict), one.hold():
        raise Conflict("lost")
    with other.hold() as held:
        assert held


def test_the_keys_of_a_process_that_died_are_free_after_a_while(
    workers: list[SharedKeys], store: Store, clock: Clock
) -> None:
    died = clock.at
    with workers[0].hold():
        pass
    assert store.leases.acquire("keys/zomentum/acme", "whoever died", died, died + HELD)
    for later, free in ((HELD - timedelta(seconds=1), False), (HELD, True)):
        clock.at = died + later
        with workers[1].hold() as held:
            assert held is free


def test_what_is_put_is_everybodys_and_the_rest_stays(
    workers: list[SharedKeys], client: SecretsManagerClient, answers: Answers
) -> None:
    one, other = workers
    assert other(fresh=False) == ENTRIES
    one.put({"access_token": "new"}, instead={"refresh_token": "demo"})
    assert stored(client) == {**ENTRIES, "access_token": "new"}
    calls = answers.watch(client, "GetSecretValue")
    assert one(fresh=False)["access_token"] == "new"
    assert calls == [], "whoever put it knows it"
    assert "access_token" not in other(fresh=False), "another one's copy is minutes old"
    assert other(fresh=True)["access_token"] == "new"


def test_a_change_by_somebody_else_is_never_overwritten(
    workers: list[SharedKeys], client: SecretsManagerClient
) -> None:
    entered = json.dumps({**ENTRIES, "refresh_token": "another"})
    client.put_secret_value(SecretId=NAME, SecretString=entered)
    with pytest.raises(Conflict):
        workers[0].put({"access_token": "new"}, instead={"refresh_token": "demo"})
    assert stored(client) == {**ENTRIES, "refresh_token": "another"}


def test_a_missing_right_to_put_is_named(
    workers: list[SharedKeys], client: SecretsManagerClient, answers: Answers
) -> None:
    answers.refuse(client, "PutSecretValue", "AccessDeniedException")
    with pytest.raises(ConfigurationWrong, match="a right is missing"):
        workers[0].put({"access_token": "new"}, instead={})


# Joined


@pytest.fixture
def server() -> Iterator[ZomentumSimulator]:
    with serving(ZomentumSimulator()) as simulator:
        simulator.add_company("Acme")
        yield simulator


def test_the_wiring_gives_the_adapter_keys_that_it_shares(
    server: ZomentumSimulator, client: SecretsManagerClient, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TABLE": table, "POWERTOOLS_SERVICE_NAME": "crosswise"}.items():
        monkeypatch.setenv(name, value)
    systems = {"zomentum": {"base_url": server.url, "company": "demo"}}
    connection = Connection.model_validate({"id": "acme", "systems": systems})
    for _ in range(2):
        process = wiring.Runtime(SystemClock())
        system = process.system(connection, "zomentum")
        assert isinstance(system, Zomentum)
        assert [company.name for company in system.companies()] == ["Acme"]
        process.close()
    assert server.tokens.given == 1
    assert stored(client) == {**ENTRIES, "access_token": server.tokens.access}
