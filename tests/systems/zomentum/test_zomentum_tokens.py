"""One token for all workers: one of them refreshes, all others read it, and nobody locks anybody out."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    Conflict,
    CredentialsRefused,
    RetryLater,
    Throttled,
)
from shared.systems.http import Http
from shared.systems.zomentum import Zomentum
from tests.systems.vault import Died, TurnableClock, Vault, WorkerKeys
from tests.systems.watching import Watch
from tests.systems.zomentum.conftest import create

REFRESH = "GET auth0/access_token"
COMPANIES = "client/companies"


@pytest.fixture
def worker(server: ZomentumSimulator, vault: Vault, clock: TurnableClock, http: Http) -> Callable[[], Zomentum]:
    """Another worker of the same connection, with a copy of the secret as it is now."""
    return lambda: Zomentum(SystemSettings(base_url=server.url), WorkerKeys(vault), clock, http)


def test_the_first_call_asks_for_a_token_and_the_secret_keeps_it(
    zomentum: Zomentum, server: ZomentumSimulator, vault: Vault, watch: Watch, worker: Callable[[], Zomentum]
) -> None:
    zomentum.companies()
    zomentum.contacts()
    assert vault.stored == {
        "refresh_token": "demo",
        "webhook_secret": "kept",
        "access_token": server.tokens.access,
    }
    refresh, *calls = watch.requests
    assert (refresh.url.path, refresh.url.query) == ("/v2/auth0/access_token", b"refresh_token=demo")
    assert "authorization" not in refresh.headers
    assert {call.headers["authorization"] for call in calls} == {f"Bearer {server.tokens.access}"}
    worker().companies()
    assert server.tokens.given == 1


def test_workers_whose_token_ran_out_end_with_one_refresh(
    server: ZomentumSimulator, clock: TurnableClock, vault: Vault, worker: Callable[[], Zomentum]
) -> None:
    server.add_company("Acme")
    worker().companies()
    workers = [worker() for _ in range(6)]
    clock.turn(hours=25)
    server.faults.order("slow", operation=REFRESH, seconds=0.1)
    start, outcomes, waited = threading.Barrier(len(workers)), [], []

    def work(zomentum: Zomentum) -> None:
        start.wait(10)
        for _ in range(5):
            try:
                outcomes.append([company.name for company in zomentum.companies()])
            except RetryLater as later:
                waited.append(later.after)
                vault.released()
            else:
                return

    threads = [threading.Thread(target=work, args=(each,)) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [["Acme"]] * len(workers)
    assert server.tokens.given == 2, "one at first, one for all of them"
    assert waited, "nobody came while another one was refreshing: this proves nothing"
    assert set(waited) == {5.0}
    for each in workers:
        each.companies()
    assert server.tokens.given == 2


def test_whoever_is_refused_reads_the_secret_before_all_else(
    zomentum: Zomentum, server: ZomentumSimulator, keys: WorkerKeys, worker: Callable[[], Zomentum]
) -> None:
    zomentum.companies()
    server.tokens.revoke()
    worker().companies()
    assert server.tokens.given == 2
    read = keys.read
    zomentum.companies()
    assert (server.tokens.given, keys.read) == (2, read + 1)


def test_whoever_gets_the_lease_looks_first_whether_it_was_just_used(
    zomentum: Zomentum, server: ZomentumSimulator, keys: WorkerKeys, worker: Callable[[], Zomentum]
) -> None:
    zomentum.companies()
    server.tokens.revoke()
    keys.overtaken = worker().companies
    zomentum.companies()
    assert server.tokens.given == 2


def test_a_holder_that_dies_before_the_put_costs_time_alone(
    server: ZomentumSimulator,
    clock: TurnableClock,
    vault: Vault,
    keys: WorkerKeys,
    zomentum: Zomentum,
    worker: Callable[[], Zomentum],
) -> None:
    zomentum.companies()
    clock.turn(hours=25)
    keys.dies = True
    with pytest.raises(Died):
        zomentum.companies()
    assert server.tokens.access != vault.stored["access_token"], "the new token is in nobody's hands"
    heir = worker()
    with pytest.raises(RetryLater, match="somebody else is asking"):
        heir.companies()
    clock.turn(minutes=3)
    heir.companies()
    assert server.tokens.given == 3
    assert vault.stored["access_token"] == server.tokens.access


def test_a_refresh_without_an_answer_is_made_again(zomentum: Zomentum, server: ZomentumSimulator, vault: Vault) -> None:
    server.faults.order("lost_answer", operation=REFRESH)
    with pytest.raises(RetryLater):
        zomentum.companies()
    assert vault.until is None, "the lease is given back"
    assert zomentum.companies() == []
    assert server.tokens.given == 2


def test_a_new_refresh_token_is_kept_as_well(
    zomentum: Zomentum, server: ZomentumSimulator, vault: Vault, clock: TurnableClock
) -> None:
    server.settings.rotates = True
    zomentum.companies()
    clock.turn(hours=25)
    zomentum.companies()
    assert vault.stored["refresh_token"] == server.settings.refresh_token != "demo"


def test_keys_that_a_person_enters_meanwhile_are_not_lost(
    zomentum: Zomentum, server: ZomentumSimulator, vault: Vault, watch: Watch
) -> None:
    def entered(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("access_token"):
            vault.stored = {**vault.stored, "refresh_token": "another"}
        return response

    watch.rewrite = entered
    with pytest.raises(Conflict):
        zomentum.companies()
    assert vault.stored["refresh_token"] == "another"
    assert "access_token" not in vault.stored


def test_a_refused_refresh_token_is_told(zomentum: Zomentum, server: ZomentumSimulator, keys: WorkerKeys) -> None:
    server.settings.refresh_token = "changed"
    for attempt in (zomentum.companies, zomentum.check):
        with pytest.raises(CredentialsRefused, match="Generate token"):
            attempt()
    assert keys.read >= 2


def test_a_changed_refresh_token_is_taken_up(zomentum: Zomentum, server: ZomentumSimulator, vault: Vault) -> None:
    zomentum.companies()
    server.settings.refresh_token = "changed"
    server.tokens.revoke()
    vault.stored = {**vault.stored, "refresh_token": "changed"}
    assert zomentum.companies() == []


def test_a_stranger_who_refreshes_with_the_same_user_is_told_of(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch
) -> None:
    def robbed(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("access_token"):
            server.tokens.refresh("demo")
        return response

    watch.rewrite = robbed
    with pytest.raises(CredentialsRefused, match="an API user of its own"):
        zomentum.companies()
    assert server.requests[REFRESH] == 1


def test_a_401_for_one_list_alone_is_no_matter_of_keys(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    zomentum.check()
    server.faults.order("status", status=401, operation="GET items", times=2)
    with pytest.raises(ConfigurationWrong, match=r"GET items with 401 .* though the keys hold"):
        zomentum.items()


def test_a_day_later_a_token_of_ones_own_has_run_out_like_any_other(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock
) -> None:
    for _ in range(3):
        zomentum.companies()
        clock.turn(hours=25)
    assert server.tokens.given == 3


def test_a_write_that_was_refused_for_its_token_is_carried_out_once(
    zomentum: Zomentum, server: ZomentumSimulator
) -> None:
    zomentum.check()
    server.tokens.revoke()
    zomentum.apply(create("company", name="Acme"))
    assert [row["name"] for row in server.records(COMPANIES)] == ["Acme"]
    assert server.requests["POST client/companies"] == 2


@pytest.mark.parametrize(
    ("status", "error"), [(429, Throttled), (500, RetryLater), (404, ConfigurationWrong), (403, CredentialsRefused)]
)
def test_a_refresh_fails_like_any_call(
    zomentum: Zomentum, server: ZomentumSimulator, vault: Vault, status: int, error: type[Exception]
) -> None:
    server.faults.order("status", status=status, operation=REFRESH, retry_after=3)
    with pytest.raises(error):
        zomentum.companies()
    assert vault.until is None


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"data": {}}, [], "token"])
def test_a_refresh_that_brings_no_token_is_tried_again(zomentum: Zomentum, watch: Watch, answer: object) -> None:
    watch.answer("auth0/access_token", answer)
    with pytest.raises(RetryLater, match="without a token"):
        zomentum.companies()


def test_a_token_may_stand_within_data(zomentum: Zomentum, server: ZomentumSimulator, watch: Watch) -> None:
    watch.rewrite = lambda request, response: (
        httpx.Response(200, json={"data": {"access_token": server.tokens.access}})
        if request.url.path.endswith("access_token")
        else response
    )
    assert zomentum.companies() == []


@pytest.mark.parametrize("entry", ["refresh_token", "access_token"])
def test_a_token_that_is_none_is_never_sent(zomentum: Zomentum, vault: Vault, keys: WorkerKeys, entry: str) -> None:
    keys.kept = vault.stored = {**vault.stored, entry: "to\N{EN DASH}ken"}
    with pytest.raises(ConfigurationWrong, match=f"{entry} in the secret of zomentum"):
        zomentum.companies()


def test_no_error_says_a_token_even_if_the_server_does(
    zomentum: Zomentum, vault: Vault, keys: WorkerKeys, watch: Watch
) -> None:
    keys.kept = vault.stored = {"refresh_token": "Tr0ub4dor"}
    watch.answer("auth0/access_token", {"message": "bad: Tr0ub4dor"}, 400)
    with pytest.raises(CredentialsRefused, match="bad: ") as raised:
        zomentum.companies()
    assert "Tr0ub4dor" not in str(raised.value)
