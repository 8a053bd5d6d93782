"""Lists: both ways of paging, order, fields, counts: contract section 2."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from tests.simulators.conftest import TurnableClock

FORWARD = {"pagination-type": "forward-only"}


def test_a_page_is_25_unless_asked_otherwise(api: httpx.Client) -> None:
    assert len(api.get("/company/companies").json()) == 25
    assert len(api.get("/company/companies", params={"pageSize": 1000}).json()) == 40


@pytest.mark.parametrize("size", ["0", "1001", "-5"])
def test_a_page_size_out_of_range(api: httpx.Client, size: str) -> None:
    answer = api.get("/company/companies", params={"pageSize": size})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "InvalidObject",
        "message": "pageSize object is invalid",
        "errors": [
            {
                "code": "OutOfRange",
                "message": "The field pageSize must be between 1 and 1000.",
                "resource": "pageSize",
                "field": "pageSize",
            }
        ],
    }


def test_navigable_paging_names_first_prev_next_and_last(api: httpx.Client) -> None:
    answer = api.get("/company/companies", params={"pageSize": 15, "page": 2, "fields": "id"})
    assert set(answer.links) == {"first", "prev", "next", "last"}
    rest = api.get(answer.links["next"]["url"])
    assert len(rest.json()) == 10
    assert set(rest.links) == {"first", "prev"}
    assert "link" not in api.get("/company/companies", params={"pageSize": 40}).headers
    assert api.get("/company/companies", params={"pageSize": 40, "page": 2}).json() == []


def test_links_may_name_another_host(psa: PsaSimulator, api: httpx.Client) -> None:
    psa.settings.public_url = "https://na.example.net"
    answer = api.get("/company/companies", params={"pageSize": 1})
    assert answer.links["next"]["url"].startswith("https://na.example.net/v2026_1/apis/3.0/company/companies?")
    href = answer.json()[0]["status"]["_info"]["status_href"]
    assert href == "https://na.example.net/v2026_1/apis/3.0/company/companies/statuses/1"


def walk(api: httpx.Client, **params: str | int) -> list[int]:
    """All ids, read forward only."""
    ids: list[int] = []
    answer = api.get("/company/companies", params={"fields": "id", **params}, headers=FORWARD)
    while answer.json():
        ids += [row["id"] for row in answer.json()]
        answer = api.get(answer.links["next"]["url"], headers=FORWARD)
    return ids


def test_forward_only_reads_everything_by_id_and_always_names_a_next(psa: PsaSimulator, api: httpx.Client) -> None:
    all_ids = [row["id"] for row in psa.records("company/companies")]
    assert walk(api, pageSize=7) == all_ids
    assert walk(api, pageSize=7, pageId=all_ids[9]) == all_ids[10:]
    active = [row["id"] for row in psa.records("company/companies") if row["status"]["name"] == "Active"]
    assert walk(api, pageSize=7, conditions='status/name="Active"', page=3) == active


def test_forward_only_takes_no_order(api: httpx.Client) -> None:
    answer = api.get("/company/companies", params={"orderBy": "name asc"}, headers=FORWARD)
    assert answer.status_code == 400


def test_a_list_that_shrinks_between_pages_loses_rows_by_number_but_not_forward_only(
    psa: PsaSimulator, api: httpx.Client
) -> None:
    all_ids = [row["id"] for row in psa.records("company/companies")]
    psa.faults.order("drift", operation="GET /company/companies$", after=1)
    pages = [api.get("/company/companies", params={"pageSize": 20, "page": page}).json() for page in (1, 2)]
    assert all_ids[20] not in [row["id"] for page in pages for row in page]
    psa.faults.order("drift", operation="GET /company/companies$", after=1)
    assert walk(api, pageSize=20) == all_ids[1:]


def test_a_touched_record_moves_in_a_list_by_time(psa: PsaSimulator, api: httpx.Client, clock: TurnableClock) -> None:
    lowest = psa.records("company/companies")[0]["id"]
    clock.turn(minutes=1)
    psa.faults.order("touch", operation="GET /company/companies$")
    latest = api.get("/company/companies", params={"orderBy": "lastUpdated desc", "pageSize": 1}).json()
    assert latest[0]["id"] == lowest


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("name", lambda row: row["name"].casefold()),
        ("Name asc", lambda row: row["name"].casefold()),
        ("territory/name asc, identifier", lambda row: (row["territory"]["name"], row["identifier"].casefold())),
        ("lastUpdated", lambda row: (row["_info"]["lastUpdated"], row["id"])),
    ],
)
def test_order(psa: PsaSimulator, api: httpx.Client, order: str, key: Callable[[dict[str, str]], str]) -> None:
    expected = [row["id"] for row in sorted(psa.records("company/companies"), key=key)]
    answer = api.get("/company/companies", params={"orderBy": order, "pageSize": 1000})
    assert [row["id"] for row in answer.json()] == expected
    filtered = api.get("/company/companies", params={"orderBy": order, "pageSize": 1000, "conditions": "id > 0"})
    assert [row["id"] for row in filtered.json()] == expected


def test_descending_order_keeps_absent_values_at_the_end(psa: PsaSimulator, api: httpx.Client) -> None:
    first, second = (row["id"] for row in psa.records("company/companies")[:2])
    psa.edit("company/companies", first, accountNumber="1")
    psa.edit("company/companies", second, accountNumber="2")
    answer = api.get("/company/companies", params={"orderBy": "accountNumber desc", "pageSize": 3})
    assert [row["id"] for row in answer.json()][:2] == [second, first]


@pytest.mark.parametrize("order", ["nothing", "name up", "name asc desc", "types asc"])
def test_an_order_that_cannot_be_read(api: httpx.Client, order: str) -> None:
    assert api.get("/company/companies", params={"orderBy": order}).status_code == 400


def test_fields_cut_the_rows(psa: PsaSimulator, api: httpx.Client) -> None:
    psa.define_custom_field("company/companies", "Code")
    fields = "id,status/name,types/id,_info/lastUpdated,customFields,accountNumber"
    row = api.get("/company/companies", params={"fields": fields, "pageSize": 1}).json()[0]
    assert set(row) == {"id", "status", "types", "_info", "customFields"}
    assert row["status"] == {"name": "Active"}
    assert set(row["types"][0]) == {"id"}
    assert set(row["_info"]) == {"lastUpdated"}
    one = api.get(f"/company/companies/{row['id']}", params={"fields": "Identifier"}).json()
    assert set(one) == {"identifier"}
    assert api.get("/company/companies", params={"fields": "id,nothing"}).status_code == 400


def test_fields_cut_the_answer_to_a_post(api: httpx.Client) -> None:
    body = {"identifier": "Cut", "name": "Cut", "city": "Tampa"}
    answer = api.post("/company/companies", params={"fields": "identifier"}, json=body)
    assert answer.json() == {"identifier": "Cut"}


def test_counts(psa: PsaSimulator, api: httpx.Client) -> None:
    assert api.get("/company/companies/count").json() == {"count": 40}
    active = sum(row["status"]["name"] == "Active" for row in psa.records("company/companies"))
    answer = api.get("/company/companies/count", params={"conditions": "status/id=1"})
    assert answer.json() == {"count": active}
    record = psa.records("company/companies")[0]["id"]
    assert api.get(f"/company/companies/{record}/sites/count").json() == {"count": 1}


SETUP = """
company/companies/statuses company/companies/types company/countries company/states system/locations
system/departments system/members service/boards service/boards/1/statuses service/priorities
service/sources company/communicationTypes
"""


@pytest.mark.parametrize("path", SETUP.split())
def test_setup_tables_are_filled(api: httpx.Client, path: str) -> None:
    assert api.get(f"/{path}").json()
