"""What the PSA adapter reads: records, lists page by page, look-ups; and what it takes for an error."""

from __future__ import annotations

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    CredentialsRefused,
    RecordRejected,
    RetryLater,
    Throttled,
)
from shared.systems import conditions
from shared.systems.connectwise_psa import Company, Psa
from shared.systems.connectwise_psa.client import PAGE_SIZE, URL_LIMIT
from shared.systems.http import Http
from tests.systems.connectwise_psa.conftest import COMPANIES, add_company, add_many
from tests.systems.vault import TurnableClock
from tests.systems.watching import Secret, Watch


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
