"""The ConnectWise PSA adapter against the simulator: session, reads, steps, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    Throttled,
)
from shared.sync.plan import Step
from shared.sync.ports import System
from shared.systems import conditions
from shared.systems.connectwise_psa import LIMITS, Company, CustomField, Psa, Reference, Site
from shared.systems.connectwise_psa.client import PAGE_SIZE, URL_LIMIT
from shared.systems.connectwise_psa.kinds import Kind
from shared.systems.connectwise_psa.steps import KINDS
from shared.systems.http import Http
from tests.serving import serving
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Secret, Watch

CONTRACT = Path(__file__).parents[3] / "shared" / "contract"
COMPANIES = "company/companies"
GOOD: Mapping[str, str] = {"public_key": "public", "private_key": "private", "client_id": "0b7d-client"}


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[PsaSimulator]:
    with serving(PsaSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def secret() -> Secret:
    return Secret(GOOD)


@pytest.fixture
def psa(server: PsaSimulator, secret: Secret, clock: TurnableClock, http: Http) -> Psa:
    return Psa(SystemSettings(base_url=server.url, company="demo"), secret, clock, http)


def add_company(server: PsaSimulator, **fields: Any) -> dict[str, Any]:
    given = {"identifier": "ACME", "name": "Acme Copiers", "addressLine1": "1 Main St", "city": "Tampa"}
    return server.add(COMPANIES, **{**given, **fields})


def add_many(server: PsaSimulator, number: int) -> list[int]:
    return [add_company(server, identifier=f"C{place:05d}", name=f"Company {place}")["id"] for place in range(number)]


def create(kind: str = "company", **fields: Any) -> Step:
    return Step("one", "connectwise_psa", kind, "create", fields=fields)


def update(key: Any, kind: str = "company", before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("one", "connectwise_psa", kind, "update", str(key), fields=fields, before=before or {})


# Session


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


# Reads


def test_a_company_as_it_is_read(psa: Psa, server: PsaSimulator, clock: TurnableClock) -> None:
    server.define_custom_field(COMPANIES, "Sales Rep")
    made = add_company(
        server, accountNumber="C100", addressLine2="Suite 2", state="FL", zip="33601",
        country={"name": "United States"}, phoneNumber="8135550100", faxNumber="8135550101", website="acme.example",
        status={"name": "Active"}, types=[{"name": "Client"}], territory={"name": "Tampa Office"},
    )  # fmt: skip
    company = psa.company(made["id"])
    assert company is not None
    assert company == psa.companies()[0]
    assert company.model_dump(exclude={"id", "url", "status", "types", "territory", "custom_fields"}) == {
        "identifier": "ACME", "name": "Acme Copiers", "account_number": "C100", "address_line1": "1 Main St",
        "address_line2": "Suite 2", "city": "Tampa", "state": "FL", "zip": "33601", "country": "United States",
        "phone": "8135550100", "fax": "8135550101", "website": "acme.example", "deleted": False, "updated": clock.time,
    }  # fmt: skip
    assert company.key == str(made["id"])
    assert company.status is not None
    assert (company.status.name, [kind.name for kind in company.types]) == ("Active", ["Client"])
    assert company.territory is not None
    assert company.territory.name == "Tampa Office"
    assert (company.has_custom_field("sales rep"), company.custom_field("Sales Rep")) == (True, None)
    assert company.url == (
        f"{server.url}/v4_6_release/services/system_io/router/openrecord.rails"
        f"?locale=en_US&companyName=demo&recordType=CompanyFV&recid={company.id}"
    )


def test_people_open_records_at_the_host_for_people(secret: Secret, http: Http) -> None:
    psa = Psa(
        SystemSettings(base_url="https://api-na.myconnectwise.net", company="acme it"), secret, TurnableClock(), http
    )
    assert psa._session.link("CompanyFV", 5) == (
        "https://na.myconnectwise.net/v4_6_release/services/system_io/router/openrecord.rails"
        "?locale=en_US&companyName=acme+it&recordType=CompanyFV&recid=5"
    )
    assert psa.pace_key == "api-na.myconnectwise.net#acme it"


def test_nulls_and_absent_values_are_the_same() -> None:
    absent = Company.model_validate({"id": 1})
    nulls = Company.model_validate(
        {"id": 1, "name": None, "country": None, "status": None, "types": None, "deletedFlag": None,
         "customFields": None, "_info": None, "accountNumber": None, "unheardOf": {"a": 1}}
    )  # fmt: skip
    assert absent == nulls
    assert (absent.name, absent.status, absent.types, absent.updated) == ("", None, (), None)
    assert Company.model_validate({"id": 1, "accountNumber": 4711}).account_number == "4711"


def test_a_company_that_is_not_there_is_none_and_trouble_is_no_none(psa: Psa, server: PsaSimulator) -> None:
    assert psa.company(4711) is None
    server.faults.order("status", status=500, operation="companies")
    with pytest.raises(RetryLater):
        psa.company(4711)
    server.keys = []
    server.settings.bad_keys_answer = 404
    with pytest.raises(CredentialsRefused):
        psa.company(4711)


def test_sites_belong_to_their_company(psa: Psa, server: PsaSimulator) -> None:
    first, second = add_company(server), add_company(server, identifier="OTHER")
    state = server.records("company/states")[0]
    server.add(f"{COMPANIES}/{first['id']}/sites", name="Depot", city="Boston", stateReference={"id": state["id"]})
    main, depot = psa.sites(first["id"])
    assert (main.name, main.primary, depot.name, depot.primary, depot.inactive) == ("Main", True, "Depot", False, False)
    assert (depot.company_id, depot.state, depot.city) == (first["id"], state["identifier"], "Boston")
    assert depot.url == psa.companies()[0].url
    assert [site.company_id for site in psa.sites(second["id"])] == [second["id"]]
    with pytest.raises(RecordRejected) as raised:
        psa.sites(4711)
    assert raised.value.code == "NotFound"


def test_setup_tables_are_read_by_name(psa: Psa) -> None:
    assert {"Active", "Inactive"} <= {row.name for row in psa.company_statuses()}
    assert {"Client", "Vendor"} <= {row.name for row in psa.company_types()}
    assert {"Tampa Office", "Boston Office"} <= {row.name for row in psa.territories()}


def test_a_list_is_read_by_ascending_id_in_pages_of_a_thousand(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    ids = add_many(server, PAGE_SIZE + 1)
    everything = psa.companies()
    assert [company.id for company in everything] == sorted({*ids, *(company.id for company in everything)})
    assert set(ids) <= {company.id for company in everything}
    assert server.requests["GET /company/companies"] == 2
    assert server.connections == 1
    for request in watch.requests[1:]:
        assert request.headers["pagination-type"] == "forward-only"
        assert "customFields" in request.url.params["fields"]
        assert request.url.params["pageSize"] == "1000"


def test_a_scan_can_stop_and_go_on(psa: Psa, server: PsaSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.systems.connectwise_psa.client.PAGE_SIZE", 2)
    ids = add_many(server, 5)
    first, behind = psa.page(COMPANIES, None, Company)
    assert behind == first[-1].id
    server.delete(COMPANIES, first[0].id)
    rest = []
    while behind is not None:
        page, behind = psa.page(COMPANIES, None, Company, str(behind))
        rest += [company.id for company in page]
    assert sorted([company.id for company in first] + rest) == sorted({*ids, *(c.id for c in first)})
    listed = [company.id for page in psa.pages(COMPANIES, None, Company) for company in page]
    assert set(listed) == {*ids, *rest} - {first[0].id} | {first[1].id}


@pytest.mark.parametrize("fault", ["cut", "lost_answer", "status"])
def test_a_list_that_breaks_off_is_an_error(
    psa: Psa, server: PsaSimulator, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("shared.systems.connectwise_psa.client.PAGE_SIZE", 2)
    add_many(server, 5)
    server.faults.order(fault, operation="GET /company/companies", after=1, times=3)
    with pytest.raises(RetryLater):
        psa.companies()


def test_records_that_come_and_go_while_a_list_is_read_neither_hide_nor_double_others(
    psa: Psa, server: PsaSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.systems.connectwise_psa.client.PAGE_SIZE", 3)
    ids = add_many(server, 10)
    server.faults.order("drift", operation="GET /company/companies", after=1, times=2)
    seen = [company.id for company in psa.companies()]
    assert len(seen) == len(set(seen))
    assert set(ids) - {record["id"] for record in server.records(COMPANIES)} <= set(seen)
    assert {record["id"] for record in server.records(COMPANIES)} <= set(seen)


@pytest.mark.parametrize(
    "body", [b'[{"id": 1}, {"id": 2', b"<html><title>Sign in</title></html>", b'{"id": 1}', b"[1]", b'[{"name": "x"}]',
             b'[{"id": 2}, {"id": 1}]', b'[{"id": 1}, {"id": 1}]', b""]
)  # fmt: skip
def test_an_answer_that_is_no_list_of_records_is_an_error(psa: Psa, watch: Watch, body: bytes) -> None:
    def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "companyinfo" in request.url.path:
            return response
        response.close()
        return httpx.Response(200, content=body)

    watch.rewrite = rewrite
    with pytest.raises(RetryLater):
        psa.companies()


def test_only_what_changed_since_a_moment_is_read(psa: Psa, server: PsaSimulator, clock: TurnableClock) -> None:
    add_many(server, 3)
    clock.turn(hours=1)
    since = clock.time
    changed = server.edit(COMPANIES, server.records(COMPANIES)[0]["id"], city="Boston")
    assert [company.id for company in psa.companies(conditions.changed_since(since))] == [changed["id"]]


def test_a_look_up_of_many_is_split_by_the_length_of_the_url(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    add_many(server, 300)
    wanted: list[conditions.Value] = [f"C{place:05d}" for place in range(300)]
    numbers = conditions.any_of(conditions.is_in("identifier", wanted), conditions.is_in("accountNumber", wanted))
    found = psa.companies(conditions.all_of(conditions.equals("deletedFlag", value=False), numbers))
    assert len(found) == 300
    sent = [str(request.url) for request in watch.requests[1:]]
    assert all(len(url) <= URL_LIMIT for url in sent)
    assert len(sent) <= 7
    assert psa.companies(conditions.is_in("id", [])) == []
    assert len(watch.requests) == 1 + len(sent)


@pytest.mark.parametrize(
    "name", ["O'Brien & Sons", 'The "12" Shop', "[old] 100% + more", "naïve * ? #1", "a\\b", "both ' and \""]
)
def test_whatever_a_name_holds_it_is_found(psa: Psa, server: PsaSimulator, name: str) -> None:
    made = add_company(server, name=name)
    add_company(server, identifier="OTHER", name="another")
    assert [company.id for company in psa.companies(conditions.equals("name", name))] == [made["id"]]


def test_a_throttled_tenant_is_left_alone_as_long_as_it_says(psa: Psa, server: PsaSimulator) -> None:
    server.faults.order("status", status=429, retry_after=45, operation="companies")
    with pytest.raises(Throttled) as raised:
        psa.companies()
    assert (raised.value.after, raised.value.pace_key) == (45.0, psa.pace_key)
    assert server.requests["GET /company/companies"] == 1


# Steps


def test_a_company_is_created_with_one_request_and_comes_back_as_it_is(
    psa: Psa, server: PsaSimulator, watch: Watch
) -> None:
    applied = psa.apply(
        create(
            identifier="ACME", name="Acme", account_number="C100", address_line1="1 Main St", city="Tampa", state="FL",
            zip="33601", phone="8135550100", country="United States", status="Active", types=("Client",),
            territory="Tampa Office", website=None,
        )
    )  # fmt: skip
    (body,) = watch.bodies()
    assert body == {
        "identifier": "ACME", "name": "Acme", "accountNumber": "C100", "addressLine1": "1 Main St", "city": "Tampa",
        "state": "FL", "zip": "33601", "phoneNumber": "8135550100", "country": {"name": "United States"},
        "status": {"name": "Active"}, "types": [{"name": "Client"}], "territory": {"name": "Tampa Office"},
    }  # fmt: skip
    assert isinstance(applied.record, Company)
    assert applied.record == psa.company(applied.id)
    assert server.ignored == []


def test_an_update_sends_only_what_differs(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    made = add_company(server)
    applied = psa.apply(
        update(
            made["id"], before={"city": "Tampa", "name": "Acme Copiers"}, city="Boston", name="Acme Copiers", status=2
        )
    )
    assert watch.bodies() == [
        [
            {"op": "replace", "path": "city", "value": "Boston"},
            {"op": "replace", "path": "status", "value": {"id": 2}},
            {"op": "replace", "path": "customFields", "value": []},
        ]
    ]
    assert isinstance(applied.record, Company)
    assert (applied.id, applied.record.city, applied.record.status) == (
        str(made["id"]), "Boston", Reference(id=2, name="Inactive"),
    )  # fmt: skip
    assert sum(server.requests.values()) == 2


def test_an_update_that_changes_nothing_sends_nothing(psa: Psa, server: PsaSimulator) -> None:
    applied = psa.apply(update(5, before={"city": "Tampa"}, city="Tampa"))
    assert (applied.id, applied.record) == ("5", None)
    assert sum(server.requests.values()) == 0


def test_a_value_is_taken_away_or_emptied_as_the_step_says(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    made = add_company(server, addressLine2="Suite 2", territory={"name": "Tampa Office"}, website="acme.example")
    applied = psa.apply(update(made["id"], address_line2=None, territory=None, website=""))
    (operations,) = watch.bodies()
    assert operations[:3] == [
        {"op": "remove", "path": "addressLine2"},
        {"op": "remove", "path": "territory"},
        {"op": "replace", "path": "website", "value": ""},
    ]
    assert isinstance(applied.record, Company)
    assert (applied.record.address_line2, applied.record.territory, applied.record.website) == ("", None, "")


def test_custom_fields_are_written_whole_and_only_the_named_ones_change(
    psa: Psa, server: PsaSimulator, watch: Watch
) -> None:
    server.settings.patch_needs_custom_fields = True
    rep, hold = (server.define_custom_field(COMPANIES, caption)["id"] for caption in ("Sales Rep", "On Hold"))
    amount = server.define_custom_field(COMPANIES, "Amount", "Number")["id"]
    made = add_company(server, customFields=[{"id": rep, "value": "Ann"}, {"id": amount, "value": 10.25}])
    applied = psa.apply(update(made["id"], custom_fields={"On Hold": "COD", "sales rep": None}))
    entries = watch.bodies()[-1][0]["value"]
    assert [(entry["id"], entry["caption"], entry["value"]) for entry in entries] == [
        (rep, "Sales Rep", None),
        (hold, "On Hold", "COD"),
        (amount, "Amount", 10.25),
    ]
    assert set(entries[0]) == {"id", "caption", "type", "entryMethod", "numberOfDecimals", "value"}
    assert isinstance(applied.record, Company)
    assert applied.record.custom_field("On Hold") == "COD"
    assert applied.record.custom_field("Amount") == Decimal("10.25")
    psa.apply(update(made["id"], city="Boston"))
    assert server.record(COMPANIES, made["id"])["customFields"][1]["value"] == "COD"
    assert server.ignored == []


def test_a_custom_field_goes_back_with_no_more_than_came() -> None:
    entry = {"id": 7, "caption": "Sales Rep", "value": None, "rowNum": 1}
    assert CustomField.model_validate(entry).written("Ann") == {"id": 7, "caption": "Sales Rep", "value": "Ann"}


def test_custom_fields_just_read_are_not_read_again_and_old_ones_are(
    psa: Psa, server: PsaSimulator, clock: TurnableClock
) -> None:
    for caption in ("Sales Rep", "On Hold"):
        server.define_custom_field(COMPANIES, caption)
    made = add_company(server)
    psa.companies()
    psa.apply(update(made["id"], custom_fields={"Sales Rep": "Ann"}))
    assert server.requests["GET /company/companies/{id}"] == 0
    clock.turn(seconds=61)
    hold = server.record(COMPANIES, made["id"])["customFields"][1]["id"]
    server.edit(COMPANIES, made["id"], customFields=[{"id": hold, "value": "COD"}])
    psa.apply(update(made["id"], custom_fields={"Sales Rep": "Bob"}))
    assert server.requests["GET /company/companies/{id}"] == 1
    values = [entry["value"] for entry in server.record(COMPANIES, made["id"])["customFields"]]
    assert values == ["Bob", "COD"]


def test_a_custom_field_that_is_not_defined_is_named(psa: Psa, server: PsaSimulator) -> None:
    made = add_company(server)
    for step in (
        update(made["id"], custom_fields={"Sales Rep": "Ann"}),
        create(identifier="NEW", name="New", city="Tampa", custom_fields={"Sales Rep": "Ann"}),
    ):
        with pytest.raises(ConfigurationWrong, match="no custom field 'Sales Rep' on a company"):
            psa.apply(step)
    assert [record["identifier"] for record in server.records(COMPANIES)].count("NEW") == 0


def test_a_site_is_created_with_its_marker_and_updated(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    company = add_company(server)
    path = f"{COMPANIES}/{company['id']}/sites"
    for caption in ("EA Location", "Other"):
        server.define_custom_field(path, caption)
    other = server.records(path)[0]["customFields"][1]["id"]
    server.edit(path, server.records(path)[0]["id"], customFields=[{"id": other, "value": "of the main site"}])
    made = psa.apply(
        create("site", company_id=str(company["id"]), name="Depot", city="Boston", state="FL",
               custom_fields={"EA Location": "C100-2"})
    )  # fmt: skip
    (body,) = watch.bodies()
    assert body["stateReference"] == {"identifier": "FL"}
    assert [(entry["caption"], entry["value"]) for entry in body["customFields"]] == [("EA Location", "C100-2")]
    assert isinstance(made.record, Site)
    assert (made.record.company_id, made.record.state) == (company["id"], "FL")
    assert made.record.custom_field("EA Location") == "C100-2"
    changed = psa.apply(update(made.id, "site", company_id=str(company["id"]), inactive=True, state=None))
    assert isinstance(changed.record, Site)
    assert (changed.record.inactive, changed.record.state) == (True, "")
    assert changed.record.custom_field("EA Location") == "C100-2"
    assert psa.sites(company["id"])[1] == changed.record
    assert server.ignored == []


def test_a_refused_record_comes_with_the_vendors_words(psa: Psa, server: PsaSimulator) -> None:
    add_company(server)
    with pytest.raises(RecordRejected) as raised:
        psa.apply(create(identifier="ACME", name="Again", city="Tampa"))
    assert (raised.value.code, raised.value.field) == ("ObjectExists", "identifier")
    with pytest.raises(RecordRejected) as raised:
        psa.apply(create(identifier="NEW", name="x" * 200, city="Tampa"))
    assert raised.value.field == "name"
    assert raised.value.words.startswith("company object is invalid; ")
    with pytest.raises(RecordRejected) as raised:
        psa.apply(update(4711, city="Boston"))
    assert (raised.value.code, raised.value.words) == ("NotFound", "Company 4711 not found")


@pytest.mark.parametrize("fault", ["lost_answer", "status"])
def test_a_lost_answer_to_a_create_is_never_followed_by_another_create(
    psa: Psa, server: PsaSimulator, fault: str
) -> None:
    server.faults.order(fault, operation="POST", status=503)
    with pytest.raises(OutcomeUnknown):
        psa.apply(create(identifier="NEW", name="New", city="Tampa"))
    assert server.requests["POST /company/companies"] == 1
    marked = psa.companies(conditions.equals("identifier", "NEW"))
    assert len(marked) == (1 if fault == "lost_answer" else 0)


def test_an_unreadable_answer_to_a_write_leaves_its_outcome_unknown(
    psa: Psa, server: PsaSimulator, watch: Watch
) -> None:
    made = add_company(server)

    def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "PATCH":
            return response
        response.close()
        return httpx.Response(200, content=b'{"name": "no id"}')

    watch.rewrite = rewrite
    with pytest.raises(OutcomeUnknown):
        psa.apply(update(made["id"], city="Boston"))


@pytest.mark.parametrize(
    "step",
    [
        create("gadget", summary="x"),
        create(nonsense="x"),
        Step("one", "connectwise_psa", "company", "delete", "5"),
        update(5, types=("Client",)),
        create("site", name="of no company"),
    ],
    ids=lambda step: f"{step.verb} {step.kind} {sorted(step.fields)}",
)
def test_a_step_that_no_flow_can_mean_is_a_fault_of_ours(psa: Psa, watch: Watch, step: Step) -> None:
    with pytest.raises(ValueError, match=r"gadget|no fields|cannot delete|only when|must name"):
        psa.apply(step)
    assert watch.bodies() == []


def test_known_lengths_are_there_for_rules_to_use() -> None:
    assert LIMITS["company"]["address_line1"] == 50
    assert LIMITS["site"]["zip"] == 12
    assert "account_number" not in LIMITS["company"]


# Against the vendor's own contract


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not CONTRACT.is_dir():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    document = json.loads((CONTRACT / "connectwise-psa.openapi.json").read_text())
    found: dict[str, Any] = document["components"]["schemas"]
    return found


@pytest.mark.parametrize(("kind", "schema"), [("company", "Company"), ("site", "CompanySite")])
def test_every_field_read_or_written_is_one_of_the_vendors(schemas: dict[str, Any], kind: str, schema: str) -> None:
    row: Kind = KINDS[kind]
    properties = schemas[schema]["properties"]
    asked = {name.split("/")[0] for name in row.model.wire_fields.split(",")}
    assert asked <= properties.keys()
    assert {how.name for how in row.fields.values()} <= properties.keys()
    read = {info.alias or name for name, info in row.model.model_fields.items()} - {"url", "company_id"}
    assert read == asked
    assert row.fields.keys() <= row.model.model_fields.keys()


@pytest.mark.parametrize(("file", "model"), [("company.json", Company), ("company-sites.json", Site)])
def test_recorded_answers_are_read(schemas: dict[str, Any], file: str, model: type[Company | Site]) -> None:
    del schemas
    recorded = json.loads((CONTRACT / "payloads" / file).read_text())
    for row in recorded if isinstance(recorded, list) else [recorded]:
        record = model.read(row, f"{COMPANIES}/2/sites", lambda kind, id_: f"{kind}{id_}")
        assert (record.id, record.name, record.url) == (row["id"], row["name"], "CompanyFV2")
