"""The PSA adapter's session: signing, the codebase, keys that change, rights, the server's time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
)
from shared.sync.ports import System
from shared.systems.connectwise_psa import Company, Psa
from shared.systems.http import Http
from tests.systems.connectwise_psa.conftest import COMPANIES, GOOD, add_company, create, update
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Secret, Watch


def test_the_adapter_is_a_system_of_the_engine(psa: Psa, server: PsaSimulator) -> None:
    system: System = psa
    assert system.name == "connectwise_psa"
    assert system.pace_key == f"{urlsplit(server.url).netloc}#demo"


def test_every_call_is_signed_and_names_client_and_version(psa: Psa, watch: Watch) -> None:
    psa.companies()
    info, asked = watch.requests
    assert info.url.path == "/login/companyinfo/demo"
    assert "authorization" not in info.headers
    assert httpx.BasicAuth("demo+public", "private")._auth_header == asked.headers["authorization"]
    assert asked.headers["clientid"] == "0b7d-client"
    assert asked.headers["accept"] == "application/vnd.connectwise.com+json; version=2025.1"
    assert asked.url.path == "/v2026_1/apis/3.0/company/companies"


def test_the_codebase_is_discovered_once(psa: Psa, server: PsaSimulator) -> None:
    psa.company_statuses()
    psa.company_types()
    psa.territories()
    assert server.requests["GET /login/companyinfo/{company}"] == 1


def test_on_premise_the_codebase_is_always_the_same(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    server.settings.cloud = False
    psa.company_statuses()
    assert watch.requests[-1].url.path.startswith("/v4_6_release/apis/3.0/")


def test_a_cloud_release_changes_the_codebase_and_nobody_notices(psa: Psa, server: PsaSimulator) -> None:
    first = psa.companies()
    server.settings.codebase = "v2026_2/"
    assert psa.companies() == first
    made = psa.apply(create(identifier="NEW", name="New", city="Tampa"))
    server.settings.codebase = "v2026_3/"
    psa.apply(update(made.id, city="Boston"))
    assert [company.city for company in psa.companies()] == ["Boston"]
    assert server.requests["GET /login/companyinfo/{company}"] == 3
    assert server.requests["GET /system/info"] == 0


def test_an_unknown_login_company_is_a_setting_to_correct(server: PsaSimulator, secret: Secret, http: Http) -> None:
    for company in ("nobody", ""):
        psa = Psa(SystemSettings(base_url=server.url, company=company), secret, TurnableClock(), http)
        with pytest.raises(ConfigurationWrong, match="knows no company") as raised:
            psa.companies()
        assert raised.value.where == "connectwise_psa: company"


def test_an_address_without_connectwise_is_a_setting_to_correct(
    server: PsaSimulator, secret: Secret, http: Http
) -> None:
    psa = Psa(SystemSettings(base_url=f"{server.url}/elsewhere", company="demo"), secret, TurnableClock(), http)
    with pytest.raises(ConfigurationWrong, match="there is no ConnectWise at") as raised:
        psa.companies()
    assert raised.value.where == "connectwise_psa: base_url"


@pytest.mark.parametrize("answer", [401, 404])
def test_rotated_keys_are_read_anew_once(psa: Psa, server: PsaSimulator, secret: Secret, answer: int) -> None:
    server.settings.bad_keys_answer = answer
    psa.companies()
    server.api_member("Crosswise", "rotated", "key")
    server.keys = server.keys[-1:]
    secret.stored = {**GOOD, "public_key": "rotated", "private_key": "key"}
    assert psa.apply(create(identifier="NEW", name="New", city="Tampa")).id
    assert secret.read == 1
    assert len(server.records(COMPANIES)) == 1


@pytest.mark.parametrize("answer", [401, 404])
def test_keys_are_refused_only_after_secret_and_codebase_anew_and_system_info(
    psa: Psa, server: PsaSimulator, secret: Secret, answer: int
) -> None:
    psa.companies()
    server.forget_requests()
    server.settings.bad_keys_answer = answer
    server.keys = []
    with pytest.raises(CredentialsRefused) as raised:
        psa.companies()
    assert raised.value.system == "connectwise_psa"
    assert server.requests == {
        "GET /company/companies": 1,
        "GET /login/companyinfo/{company}": 1,
        "GET /system/info": 1,
    }
    assert secret.read == 1
    server.forget_requests()
    with pytest.raises(CredentialsRefused):
        psa.check()
    assert sum(server.requests.values()) == 2


def test_a_path_that_is_gone_while_the_keys_hold_is_no_matter_of_keys(psa: Psa) -> None:
    with pytest.raises(ConfigurationWrong, match="though the keys hold"):
        list(psa.pages("company/nonsense", None, Company))


def test_check_is_content_with_keys_that_hold(psa: Psa, server: PsaSimulator, secret: Secret) -> None:
    psa.check()
    server.faults.order("status", status=403, operation="system/info")
    psa.check()
    assert secret.read == 2


def test_a_missing_right_is_named(psa: Psa, server: PsaSimulator) -> None:
    server.faults.order("status", status=403, operation="PATCH")
    company = add_company(server)
    with pytest.raises(ConfigurationWrong, match="with 403") as raised:
        psa.apply(update(company["id"], city="Boston"))
    assert "PATCH company/companies" in raised.value.what
    assert "right" in raised.value.fix


@pytest.mark.parametrize("keys", [{**GOOD, "private_key": " "}, {**GOOD, "client_id": "key\N{EN DASH}1"}])
def test_a_key_that_is_none_is_never_sent(psa: Psa, secret: Secret, watch: Watch, keys: Mapping[str, str]) -> None:
    secret.kept = keys
    with pytest.raises(ConfigurationWrong, match="in the secret of connectwise_psa"):
        psa.companies()
    assert [request.url.path for request in watch.requests] in ([], ["/login/companyinfo/demo"])


def test_the_servers_time_comes_from_an_answer_just_had(psa: Psa, server: PsaSimulator, clock: TurnableClock) -> None:
    server.clock = lambda: clock.time - timedelta(minutes=3)
    assert psa.server_time() == START - timedelta(minutes=3)
    clock.turn(seconds=10)
    assert psa.server_time() == START - timedelta(minutes=3)
    assert sum(server.requests.values()) == 1
    clock.turn(seconds=60)
    assert psa.server_time() == clock.time - timedelta(minutes=3)
    assert server.requests["GET /system/info"] == 1
    clock.turn(hours=-1)
    assert psa.server_time() == clock.time - timedelta(minutes=3)
