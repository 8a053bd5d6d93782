"""The Automate adapter's session: tokens and their clocks, keys that change, rights, what is never said."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.simulators.automate import AutomateSimulator
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    RetryLater,
    Throttled,
)
from shared.sync.ports import System
from shared.systems.connectwise_automate import (
    Automate,
    Client,
    Computer,
)
from tests.systems.connectwise_automate.conftest import CLOCK, GOOD, LOGIN, REFRESH, says, update
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Secret, Watch


def test_the_adapter_is_a_system_of_the_engine(automate: Automate, server: AutomateSimulator) -> None:
    system: System = automate
    assert system.name == "connectwise_automate"
    assert system.pace_key == f"{urlsplit(server.url).netloc}#"


def test_one_login_serves_all_calls_and_each_names_token_and_client(
    automate: Automate, server: AutomateSimulator, watch: Watch
) -> None:
    automate.clients()
    automate.groups()
    login, *calls = watch.requests
    assert (login.url.path, json.loads(login.content)) == (
        "/cwa/api/v1/apitoken",
        {"UserName": "demo", "Password": "demo"},
    )
    assert "authorization" not in login.headers
    assert {request.headers["clientid"] for request in watch.requests} == {"0b7d-client"}
    assert all(request.headers["authorization"].startswith("Bearer sim-") for request in calls)
    assert server.requests[LOGIN] == 1


@pytest.mark.parametrize("zoned", [True, False])
def test_a_token_is_followed_by_another_before_it_ends(
    automate: Automate, server: AutomateSimulator, clock: TurnableClock, *, zoned: bool
) -> None:
    server.settings.zoned = zoned
    for _ in range(30):
        automate.clients()
        clock.turn(minutes=4)
    assert server.requests[LOGIN] == 1
    assert server.requests[REFRESH] in (2, 4)
    assert [status for operation, status in server.log if operation == "GET Clients"] == [200] * 30


def test_where_no_token_follows_the_user_is_logged_in_again(
    automate: Automate, server: AutomateSimulator, clock: TurnableClock
) -> None:
    automate.clients()
    clock.turn(minutes=57)
    server.tokens.revoke()
    automate.clients()
    clock.turn(hours=5)
    automate.clients()
    assert server.requests == {LOGIN: 3, REFRESH: 1, "GET Clients": 3}


def test_a_servers_two_clocks_may_disagree(automate: Automate, server: AutomateSimulator, clock: TurnableClock) -> None:
    server.settings.told_late = timedelta(hours=-5)
    automate.clients()
    automate.clients()
    assert server.requests[LOGIN] == 1
    server.settings.told_late = timedelta(hours=5)
    clock.turn(hours=1)
    automate.clients()
    clock.turn(hours=1)
    automate.clients()
    assert server.requests == {LOGIN: 3, "GET Clients": 5}


def test_a_token_that_holds_no_more_is_replaced_and_the_call_repeated(
    automate: Automate, server: AutomateSimulator, secret: Secret
) -> None:
    client = server.add_client("Acme")
    automate.clients()
    server.tokens.revoke()
    assert automate.apply(update(client, external_id="301")).id == str(client)
    assert secret.read == 1
    assert server.requests == {LOGIN: 2, "GET Clients": 1, "PATCH Clients/{id}": 2}


@pytest.mark.parametrize("settings", [{"two_factor": "123456"}, {}])
def test_a_login_without_a_token_is_a_fault_of_the_set_up(
    automate: Automate, server: AutomateSimulator, watch: Watch, settings: dict[str, str]
) -> None:
    vars(server.settings).update(settings)
    if not settings:
        watch.rewrite = lambda _, __: httpx.Response(200, json={"TokenType": "Bearer", "AccessToken": None})
    for attempt in (automate.check, automate.clients):
        with pytest.raises(ConfigurationWrong, match="second factor" if settings else "gives no token") as raised:
            attempt()
        assert raised.value.where == "connectwise_automate: the secret"
        assert "user" in raised.value.fix
    assert len(watch.requests) == 2


def test_a_changed_password_is_read_anew_once(automate: Automate, server: AutomateSimulator, secret: Secret) -> None:
    server.settings.password = "changed"
    secret.stored = {**GOOD, "password": "changed"}
    assert automate.clients() == []
    assert (secret.read, server.requests[LOGIN]) == (1, 2)


def test_keys_in_the_secret_that_change_are_taken_up(
    automate: Automate, server: AutomateSimulator, secret: Secret
) -> None:
    automate.clients()
    server.settings.user = "other"
    secret.kept = {**GOOD, "user": "other"}
    automate.clients()
    assert (secret.read, server.requests[LOGIN]) == (0, 2)


def test_refused_keys_are_told_after_the_secret_was_read_anew(
    automate: Automate, server: AutomateSimulator, secret: Secret
) -> None:
    server.settings.password = "changed"
    for attempt in (automate.clients, automate.check):
        with pytest.raises(CredentialsRefused, match="the login") as raised:
            attempt()
        assert raised.value.system == "connectwise_automate"
    assert secret.read == 2
    assert server.requests == {LOGIN: 2}


def test_a_client_id_that_nobody_knows_is_told_apart(automate: Automate, server: AutomateSimulator) -> None:
    server.settings.client_ids = frozenset({"another"})
    for attempt in (automate.clients, automate.check):
        with pytest.raises(CredentialsRefused, match="client_id"):
            attempt()


def test_check_is_content_with_keys_that_hold(automate: Automate, server: AutomateSimulator, secret: Secret) -> None:
    automate.check()
    server.settings.may_not = frozenset({CLOCK})
    automate.check()
    assert secret.read == 2


def test_a_missing_right_is_named(automate: Automate, server: AutomateSimulator) -> None:
    server.settings.may_not = frozenset({"GET Computers"})
    automate.may_read(Client.path)
    with pytest.raises(ConfigurationWrong, match="GET Computers with 403") as raised:
        automate.may_read(Computer.path)
    assert raised.value.where == "connectwise_automate: rights"


def test_a_401_for_one_list_alone_is_no_matter_of_keys(automate: Automate, server: AutomateSimulator) -> None:
    server.faults.order("status", status=401, operation="GET Groups", times=2)
    with pytest.raises(ConfigurationWrong, match="though the keys hold"):
        automate.groups()


def test_a_server_that_has_no_clock_says_nothing_of_the_keys(automate: Automate, server: AutomateSimulator) -> None:
    server.faults.order("status", status=404, operation=CLOCK)
    with pytest.raises(ConfigurationWrong, match="does not know GET DatabaseServerTime"):
        automate.check()


def test_a_login_may_come_too_often_too(automate: Automate, server: AutomateSimulator) -> None:
    server.faults.order("status", status=429, operation=LOGIN, retry_after=3)
    with pytest.raises(Throttled) as raised:
        automate.clients()
    assert (raised.value.pace_key, raised.value.after) == (automate.pace_key, 3)


def test_any_address_of_the_server_will_do(server: AutomateSimulator, connect: Callable[[str], Automate]) -> None:
    for below in ("", "/cwa", "/cwa/api/v1/"):
        assert connect(f"{server.url}{below}").clients() == []
    with pytest.raises(ConfigurationWrong, match="there is no ConnectWise Automate at") as raised:
        connect(f"{server.url}/elsewhere").clients()
    assert raised.value.where == "connectwise_automate: base_url"


@pytest.mark.parametrize("keys", [{**GOOD, "password": " "}, {**GOOD, "client_id": "key\N{EN DASH}1"}])
def test_a_key_that_is_none_is_never_sent(
    automate: Automate, secret: Secret, watch: Watch, keys: Mapping[str, str]
) -> None:
    secret.kept = keys
    with pytest.raises(ConfigurationWrong, match="in the secret of connectwise_automate"):
        automate.clients()
    assert watch.requests == []


def test_no_error_says_a_secret_even_if_the_server_does(
    automate: Automate, server: AutomateSimulator, secret: Secret, watch: Watch
) -> None:
    secret.kept = secret.stored = {**GOOD, "password": "Tr0ub4dor"}
    watch.rewrite = lambda request, _: httpx.Response(400, json={"Message": f"bad: {request.content.decode()}"})
    with pytest.raises(CredentialsRefused) as raised:
        automate.clients()
    assert "bad: " in str(raised.value)
    assert "Tr0ub4dor" not in str(raised.value)
    assert all("Tr0ub4dor" not in str(request.url) for request in watch.requests)


def test_the_servers_time_is_its_databases(automate: Automate, server: AutomateSimulator, watch: Watch) -> None:
    server.clock = lambda: START - timedelta(minutes=3)
    assert automate.server_time() == START - timedelta(minutes=3)
    server.settings.zoned = False
    assert automate.server_time() == START - timedelta(minutes=3)
    watch.rewrite = says("noon")
    with pytest.raises(RetryLater, match="what time it is"):
        automate.server_time()
