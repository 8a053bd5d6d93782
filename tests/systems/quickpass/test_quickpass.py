"""The Quickpass adapter against its simulator: tokens, customers, end users that may not be told, the noted contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from infra.local.simulators.quickpass import QuickpassSimulator
from shared.sync.connection import REGIONS, SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    Throttled,
)
from shared.sync.plan import Step
from shared.systems.quickpass import Quickpass, account_key, customer_of
from tests.systems.vault import START, TurnableClock, Vault
from tests.systems.watching import Watch

REFRESH = "POST oauth/token"
LIST = "GET customers/{id}/end-users"


def note(key: str, contact: str, before: str = "") -> Step:
    fields, was = {"psa_contact_id": contact}, {"psa_contact_id": before}
    return Step("tell", "quickpass", "account", "update", key, fields, before=was)


# Tokens


def test_the_first_call_refreshes_by_a_form_and_the_secret_keeps_the_token(
    quickpass: Quickpass, server: QuickpassSimulator, vault: Vault, watch: Watch
) -> None:
    quickpass.customers()
    assert vault.stored["access_token"] == server.tokens.access
    refresh, call = watch.requests
    assert (refresh.url.path, refresh.url.query) == ("/oauth/token", b"")
    assert refresh.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(refresh.content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["demo"]}
    assert call.headers["authorization"] == f"Bearer {server.tokens.access}"


def test_a_token_that_ran_out_is_renewed_and_a_new_refresh_token_is_kept(
    quickpass: Quickpass, server: QuickpassSimulator, vault: Vault, clock: TurnableClock
) -> None:
    server.settings.rotates = True
    quickpass.customers()
    clock.turn(hours=25)
    quickpass.customers()
    assert server.tokens.given == 2
    assert vault.stored["refresh_token"] == server.settings.refresh_token != "demo"


def test_a_refused_refresh_token_says_who_makes_another(quickpass: Quickpass, server: QuickpassSimulator) -> None:
    server.settings.refresh_token = "another"
    with pytest.raises(CredentialsRefused, match="Primary or Super user") as refused:
        quickpass.check()
    assert "demo" not in str(refused.value)


def test_a_refresh_whose_answer_was_lost_is_asked_again(quickpass: Quickpass, server: QuickpassSimulator) -> None:
    server.faults.order("lost_answer", operation=REFRESH)
    with pytest.raises(RetryLater) as lost:
        quickpass.check()
    assert not isinstance(lost.value, OutcomeUnknown)
    quickpass.check()


def test_a_wrong_address_is_told(quickpass: Quickpass, server: QuickpassSimulator) -> None:
    quickpass.check()
    server.faults.order("status", operation="GET customers", status=404)
    with pytest.raises(ConfigurationWrong, match="does not know GET customers"):
        quickpass.customers()


# Regions


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_names_the_host_and_an_address_overrides_it(region: str) -> None:
    assert SystemSettings.model_validate({"region": region}).base_url == REGIONS[region]
    given = {"region": region, "base_url": "http://127.0.0.1:1"}
    assert SystemSettings.model_validate(given).base_url == "http://127.0.0.1:1"


@pytest.mark.parametrize("given", [{}, {"region": ""}, {"region": "us"}])
def test_without_a_region_there_must_be_an_address(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SystemSettings.model_validate(given)


# Reads


def test_customers_and_accounts_are_read_to_the_last_page(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str
) -> None:
    server.settings.page_size = 1
    server.add_customer("Birch Bakery")
    assert [one.name for one in quickpass.customers()] == ["Alder Dental", "Birch Bakery"]
    ada, ben = quickpass.accounts(alder)
    assert (ada.full_name, ada.email, ada.mobile, ada.upn) == (
        "Ada Abbott", "ada@alder.example", "+1 512 555 0100", "ada@alder.example",
    )  # fmt: skip
    assert (ben.source, ben.enabled, ben.email, ben.psa_contact_id) == ("AD", False, "", "")
    assert ada.key == account_key(alder, ada.id)
    assert (customer_of(ada.key), customer_of("5")) == (alder, "")
    assert quickpass.account(ada.key) == ada
    assert quickpass.account(account_key(alder, "nobody")) is None


def test_only_what_changed_since_is_asked_for(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str, clock: TurnableClock
) -> None:
    clock.turn(hours=1)
    server.edit(alder, server.account(alder, "Ben")["id"], mobile="1")
    assert [one.first_name for one in quickpass.accounts(alder, START + timedelta(minutes=1))] == ["Ben"]
    assert quickpass.server_time() == clock.now()
    assert quickpass.cursor().startswith("2026-11-21T09:28")


@pytest.mark.parametrize(
    "answer",
    [[], {}, {"items": None}, {"items": [1]}, {"items": [{"firstName": "no id"}]}, {"items": [], "nextPage": "1"}],
)
def test_a_list_that_cannot_be_read_is_no_shorter_list(
    quickpass: Quickpass, alder: str, watch: Watch, answer: Any
) -> None:
    quickpass.check()
    watch.answer(f"customers/{alder}/end-users", answer)
    with pytest.raises(RetryLater):
        quickpass.accounts(alder)


def test_a_list_that_breaks_off_is_an_error(quickpass: Quickpass, server: QuickpassSimulator, alder: str) -> None:
    server.settings.page_size = 1
    quickpass.check()
    server.faults.order("cut", operation=LIST, after=1, times=2)
    with pytest.raises(RetryLater):
        quickpass.accounts(alder)


def test_a_tenant_without_end_users_is_told_of_the_import(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str
) -> None:
    server.settings.end_users = False
    with pytest.raises(ConfigurationWrong) as wrong:
        quickpass.accounts(alder)
    assert "crosswise accounts import" in wrong.value.fix
    with pytest.raises(RecordRejected) as gone:
        quickpass.accounts("nobody")
    assert gone.value.code == "NotFound"


@pytest.mark.parametrize(
    ("status", "error"), [(429, Throttled), (500, RetryLater), (403, ConfigurationWrong), (400, RecordRejected)]
)
def test_what_is_refused_is_named_by_what_to_do(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str, status: int, error: type[Exception]
) -> None:
    quickpass.check()
    server.faults.order("status", operation=LIST, status=status)
    with pytest.raises(error):
        quickpass.accounts(alder)


def test_no_odd_id_becomes_part_of_an_address(quickpass: Quickpass) -> None:
    for odd in ("../customers", "a b", ""):
        with pytest.raises(ValueError, match="no id"):
            quickpass.accounts(odd)


# Writes


def test_the_contact_of_an_account_is_noted_and_taken_back(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str
) -> None:
    key = account_key(alder, server.account(alder, "Ada")["id"])
    noted = quickpass.apply(note(key, "55"))
    assert (noted.id, noted.record) == (key, quickpass.account(key))
    assert server.account(alder, "Ada")["psaContactId"] == "55"
    asked = sum(server.requests.values())
    assert quickpass.apply(note(key, "55", "55")).record is None
    assert sum(server.requests.values()) == asked, "nothing differs"
    quickpass.apply(note(key, "", "55"))
    assert server.account(alder, "Ada")["psaContactId"] is None


def test_a_tenant_that_takes_no_contact_says_which_setting_to_change(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str
) -> None:
    server.settings.write_back = False
    with pytest.raises(ConfigurationWrong) as wrong:
        quickpass.apply(note(account_key(alder, server.account(alder, "Ada")["id"]), "55"))
    assert wrong.value.where == "flows.quickpass_contacts.write_back"


def test_an_account_that_is_gone_takes_none(quickpass: Quickpass, alder: str) -> None:
    with pytest.raises(RecordRejected) as gone:
        quickpass.apply(note(account_key(alder, "nobody"), "55"))
    assert gone.value.code == "NotFound"


def test_a_lost_answer_to_a_write_is_not_taken_for_nothing_done(
    quickpass: Quickpass, server: QuickpassSimulator, alder: str
) -> None:
    quickpass.check()
    server.faults.order("lost_answer", operation="PATCH")
    with pytest.raises(OutcomeUnknown):
        quickpass.apply(note(account_key(alder, server.account(alder, "Ada")["id"]), "55"))


def test_no_other_step_is_known(quickpass: Quickpass) -> None:
    for kind, verb, fields in (("account", "create", {}), ("customer", "update", {}), ("account", "update", {"x": 1})):
        with pytest.raises(ValueError, match="Quickpass cannot"):
            quickpass.apply(Step("one", "quickpass", kind, verb, "a/b", fields))  # type: ignore[arg-type]
