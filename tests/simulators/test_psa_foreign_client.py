"""A client that others wrote (pyconnectwise) pages, filters, creates, patches, and is refused as by the vendor."""

from __future__ import annotations

import warnings

import pytest

from infra.local.simulators.psa import PsaSimulator

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of pydantic, about the client's own models
    from pyconnectwise import ConnectWiseManageAPIClient
    from pyconnectwise.exceptions import (
        AuthenticationFailedException,
        ConflictException,
        MalformedRequestException,
        MethodNotAllowedException,
        NotFoundException,
        ObjectExistsError,
        PermissionsFailedException,
        ServerError,
    )

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class LoopbackClient(ConnectWiseManageAPIClient):
    """The same client over plain http: its own addresses always begin with https."""

    def _get_url(self) -> str:
        return super()._get_url().replace("https://", "http://")

    def _try_get_codebase_from_api(self, manage_url: str, company_name: str, headers: dict[str, str]) -> str:
        answer = self._make_request("GET", f"http://{manage_url}/login/companyinfo/{company_name}", headers=headers)
        return str(answer.json()["Codebase"])


@pytest.fixture
def client(psa: PsaSimulator) -> ConnectWiseManageAPIClient:
    return LoopbackClient("demo", psa.url.removeprefix("http://"), "client", "public", "private")


def test_it_finds_the_codebase_and_reads_the_info(client: ConnectWiseManageAPIClient) -> None:
    assert client.codebase == "v2026_1/"
    assert client.system.info.get().is_cloud is True


def test_it_pages_through_everything(psa: PsaSimulator, client: ConnectWiseManageAPIClient) -> None:
    pages = client.company.companies.paginated(1, 15)
    assert [company.id for company in pages.all()] == [row["id"] for row in psa.records("company/companies")]
    assert psa.requests["GET /company/companies"] == 3


def test_it_filters_orders_and_counts(psa: PsaSimulator, client: ConnectWiseManageAPIClient) -> None:
    expected = sorted(row["name"] for row in psa.records("company/companies") if row["status"]["name"] == "Active")
    found = client.company.companies.get(
        params={"conditions": "status/name='Active'", "orderBy": "name asc", "pageSize": 1000}
    )
    assert [company.name for company in found] == expected
    assert client.company.companies.count.get(params={"conditions": "status/name='Active'"}).count == len(expected)


def test_it_creates_patches_and_deletes(client: ConnectWiseManageAPIClient) -> None:
    made = client.company.companies.post(
        {"identifier": "Made", "name": "Made", "city": "Tampa", "types": [{"id": 1}], "site": {"name": "Main"}}
    )
    assert made.id is not None
    one = client.company.companies.id(made.id)
    assert one.patch([{"op": "replace", "path": "name", "value": "Other"}]).name == "Other"
    assert one.get().name == "Other"
    assert [site.name for site in one.sites.get()] == ["Main"]
    one.delete()
    with pytest.raises(NotFoundException):
        one.get()


def test_it_reads_what_the_flows_read(psa: PsaSimulator, client: ConnectWiseManageAPIClient) -> None:
    """Its models are a second opinion on the shape of the records."""
    contact = psa.add(
        "company/contacts",
        firstName="Jo",
        company={"id": 250},
        communicationItems=[{"type": {"id": 1}, "value": "jo@example.com"}],
    )
    item = psa.add("procurement/catalog", identifier="X", description="X", customerDescription="X", price=5.0)
    day = "2026-11-02T00:00:00Z"
    project = psa.add(
        "project/projects",
        name="P",
        company={"id": 250},
        board={"id": 3},
        billingMethod="FixedFee",
        estimatedStart=day,
        estimatedEnd=day,
    )
    phase = psa.add(f"project/projects/{project['id']}/phases", description="x")
    psa.add("project/tickets", summary="x", phase={"id": phase["id"]})
    psa.add("finance/agreements", name="A", type={"id": 1}, company={"id": 250}, contact={"id": contact["id"]})
    psa.add("finance/invoices", type="Standard", company={"id": 250}, serviceTotal=5.0)
    psa.add("sales/opportunities", name="O", company={"id": 250}, contact={"id": contact["id"]})
    psa.add("sales/orders", company={"id": 250})
    psa.add("procurement/products", catalogItem={"id": item["id"]}, billableOption="Billable")
    ticket = psa.records("service/tickets")[0]["id"]  # its enum of what time is charged to lacks the company
    psa.add("time/entries", chargeToId=ticket, chargeToType="ServiceTicket", timeStart=day, actualHours=1)
    psa.add("schedule/entries", type={"identifier": "C"}, member={"id": 140})
    for endpoint in (
        client.company.contacts,
        client.procurement.catalog,
        client.project.projects,
        client.project.projects.id(project["id"]).phases,
        client.project.tickets,
        client.service.tickets,
        client.finance.agreements,
        client.finance.invoices,
        client.finance.tax_codes,
        client.sales.opportunities,
        client.sales.orders,
        client.procurement.products,
        client.time.entries,
        client.schedule.entries,
        client.system.locations,
        client.service.boards,
        client.service.boards.id(1).statuses,
    ):
        assert endpoint.get(), endpoint


def test_it_is_refused_as_by_the_vendor(psa: PsaSimulator, client: ConnectWiseManageAPIClient) -> None:
    companies = client.company.companies
    taken = {"identifier": psa.records("company/companies")[0]["identifier"], "name": "x", "city": "x"}
    with pytest.raises(ObjectExistsError, match="A matching company already exists"):
        companies.post(taken)
    with pytest.raises(MalformedRequestException):
        companies.get(params={"conditions": "nothing = 1"})
    with pytest.raises(MethodNotAllowedException):
        client.system.info._make_request("DELETE")
    with pytest.raises(ConflictException):
        client.company.companies.statuses.id(1).delete()
    psa.faults.order("status", status=500)
    with pytest.raises(ServerError):
        companies.get()
    psa.api_member("Narrow", "public", "private", {})
    with pytest.raises(PermissionsFailedException):
        companies.get()
    psa.keys.clear()
    with pytest.raises(AuthenticationFailedException):
        companies.get()
