"""POST, PUT, PATCH and DELETE, and what is refused: contract sections 3 and 4."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from tests.simulators.conftest import TurnableClock

NEW: dict[str, Any] = {"identifier": "Acme", "name": "Acme Roofing", "addressLine1": "1 Main St"}
ADDRESS_MISSING = "At least one address field is required: addressLine1, addressLine2, city, state, zip, country."


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


@pytest.fixture
def acme(api: httpx.Client) -> dict[str, Any]:
    answer = api.post("/company/companies", json=NEW)
    assert answer.status_code == 201
    company: dict[str, Any] = answer.json()
    return company


def test_a_new_company_gets_defaults_and_its_primary_site(psa: PsaSimulator, api: httpx.Client) -> None:
    body = {
        **NEW,
        "city": "Tampa",
        "state": "FL",
        "types": [{"id": "2"}, {"name": "Vendor"}],
        "status": {"id": 2},
        "site": {"name": "Head office"},
        "country": {"identifier": "US"},
    }
    company = api.post("/company/companies", json=body).json()
    assert company["status"]["name"] == "Inactive"
    assert [each["name"] for each in company["types"]] == ["Prospect", "Vendor"]
    assert company["deletedFlag"] is False
    assert "accountNumber" not in company
    assert company["_info"]["updatedBy"] == company["_info"]["enteredBy"] == "Integration"
    sites = api.get(f"/company/companies/{company['id']}/sites").json()
    assert [(site["name"], site["primaryAddressFlag"], site["city"]) for site in sites] == [
        ("Head office", True, "Tampa")
    ]
    assert sites[0]["stateReference"]["identifier"] == "FL"
    assert company["site"]["id"] == sites[0]["id"]
    links = api.get(f"/company/companies/{company['id']}/typeAssociations").json()
    assert [link["type"]["id"] for link in links] == [2, 3]
    assert psa.ignored == []


def test_missing_fields_are_refused_by_name(api: httpx.Client) -> None:
    answer = api.post("/company/companies", json={"name": ""})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "InvalidObject",
        "message": "company object is invalid",
        "errors": [
            {
                "code": "MissingRequiredField",
                "message": "The identifier field is required.",
                "resource": "company",
                "field": "identifier",
            },
            {
                "code": "MissingRequiredField",
                "message": "The name field is required.",
                "resource": "company",
                "field": "name",
            },
            {
                "code": "MissingRequiredField",
                "message": ADDRESS_MISSING,
                "resource": "company",
                "field": "addressLine1",
            },
        ],
    }


def test_a_duplicate_identifier_is_400_whatever_its_case(api: httpx.Client, acme: dict[str, Any]) -> None:
    answer = api.post("/company/companies", json={**NEW, "identifier": "ACME"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0] == {
        "code": "ObjectExists",
        "message": "A matching company already exists",
        "resource": "company",
        "field": "identifier",
    }
    other = api.post("/company/companies", json={**NEW, "identifier": "Acme2"}).json()
    assert api.patch(f"/company/companies/{other['id']}", json=[replace("identifier", "acme")]).status_code == 400
    assert api.patch(f"/company/companies/{acme['id']}", json=[replace("identifier", "ACME")]).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 157),
        ("name", 5),
        ("zip", "1234567890123"),
        ("status", {"id": 99}),
        ("status", {"name": "Nowhere"}),
        ("status", 1),
        ("status", {"id": "first"}),
        ("territoryManager", {"identifier": "nobody"}),
        ("numberOfEmployees", "ten"),
        ("numberOfEmployees", 1.5),
        ("leadFlag", "yes"),
        ("dateAcquired", "2026-01-01"),
        ("dateAcquired", "2026-01-01T00:00:00.000Z"),
        ("dateAcquired", "2026-02-30T00:00:00Z"),
        ("types", {"id": 1}),
        ("types", [{"id": 77}]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_field(api: httpx.Client, field: str, value: Any) -> None:
    answer = api.post("/company/companies", json={**NEW, field: value})
    assert answer.status_code == 400
    assert [(error["code"], error["field"]) for error in answer.json()["errors"]] == [("InvalidField", field)]


def test_a_value_out_of_range(api: httpx.Client) -> None:
    answer = api.post("/company/companies", json={**NEW, "yearEstablished": 12})
    error = answer.json()["errors"][0]
    assert error["code"] == "OutOfRange"
    assert error["message"] == "The field yearEstablished must be between 1900 and 9999."


def test_what_the_psa_does_not_take_is_noted_for_tests(psa: PsaSimulator, api: httpx.Client) -> None:
    answer = api.post("/company/companies", json={**NEW, "colour": "red", "dateDeleted": "2026-01-01T00:00:00Z"})
    assert answer.status_code == 201
    assert "dateDeleted" not in answer.json()
    assert psa.ignored == [("company", "colour"), ("company", "dateDeleted")]


def test_a_body_that_is_no_json_object(api: httpx.Client) -> None:
    assert api.post("/company/companies", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert api.post("/company/companies", json=[NEW]).status_code == 400
    assert api.post("/company/companies", data={"a": "b"}).status_code == 415


def test_patch_changes_only_what_it_names(api: httpx.Client, acme: dict[str, Any], clock: TurnableClock) -> None:
    clock.turn(seconds=90)
    operations = [
        replace("name", "Acme Roofs"),
        replace("/city", "Boston"),
        {"op": "add", "path": "zip", "value": "02101"},
    ]
    answer = api.patch(f"/company/companies/{acme['id']}", json=operations)
    assert answer.status_code == 200
    changed = answer.json()
    differing = {key for key in changed.keys() | acme.keys() if changed.get(key) != acme.get(key)}
    assert differing == {"name", "city", "zip", "_info"}
    assert changed["_info"]["dateEntered"] == "2026-11-02T09:00:00Z"
    assert changed["_info"]["lastUpdated"] == "2026-11-02T09:01:30Z"


def test_patch_removes(api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}"
    api.patch(path, json=[replace("website", "www.acme.example"), replace("territory", {"id": 2})])
    changed = api.patch(path, json=[{"op": "remove", "path": "website"}, replace("territory", None)]).json()
    assert "website" not in changed
    assert "territory" not in changed
    refused = api.patch(path, json=[{"op": "remove", "path": "/name"}])
    assert refused.json()["errors"][0]["code"] == "MissingRequiredField"


@pytest.mark.parametrize(
    "operations",
    [
        [replace("Name", "x")],
        [replace("nothing", "x")],
        [{"op": "move", "path": "name", "value": "x"}],
        [{"op": "replace", "path": "name"}],
        [{"op": "replace", "value": "x"}],
        {"name": "x"},
        ["name"],
        [replace("types/7/id", 1)],
    ],
)
def test_a_patch_that_cannot_be_carried_out(api: httpx.Client, acme: dict[str, Any], operations: Any) -> None:
    answer = api.patch(f"/company/companies/{acme['id']}", json=operations)
    assert answer.status_code == 400, answer.text
    assert api.get(f"/company/companies/{acme['id']}").json() == acme


def test_a_path_into_a_reference_is_a_false_200(api: httpx.Client, acme: dict[str, Any]) -> None:
    answer = api.patch(f"/company/companies/{acme['id']}", json=[replace("status/name", "Inactive")])
    assert answer.status_code == 200
    assert answer.json()["status"]["name"] == "Active"


def test_a_reference_is_replaced_whole_by_id_identifier_or_name(api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}"
    for field, given, name in (
        ("status", {"id": 2}, "Inactive"),
        ("status", {"name": "Credit Hold"}, "Credit Hold"),
        ("territoryManager", {"identifier": "Admin1"}, "System Administrator"),
        ("parentCompany", {"id": "250"}, None),
    ):
        changed = api.patch(path, json=[replace(field, given)]).json()
        assert name in (None, changed[field]["name"])
    assert changed["parentCompany"]["id"] == 250


def test_types_are_changed_by_associations_only(api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}"
    assert api.patch(path, json=[replace("types", [{"id": 3}])]).json()["types"] == acme["types"]
    made = api.post(f"{path}/typeAssociations", json={"type": {"id": 3}})
    assert made.status_code == 201
    assert [each["id"] for each in api.get(path).json()["types"]] == [3]
    assert api.delete(f"{path}/typeAssociations/{made.json()['id']}").status_code == 204
    assert api.get(path).json()["types"] == []


def test_patch_revalidates_the_whole_stored_record(psa: PsaSimulator, api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}"
    psa.edit("company/companies", acme["id"], yearEstablished=12)
    answer = api.patch(path, json=[replace("name", "Other")])
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "InvalidObject",
        "message": "company object is invalid",
        "errors": [
            {
                "code": "OutOfRange",
                "message": "The field yearEstablished must be between 1900 and 9999.",
                "resource": "company",
                "field": "yearEstablished",
            }
        ],
    }
    psa.edit("company/companies", acme["id"], yearEstablished=1990, city="x" * 60)
    assert api.patch(path, json=[replace("name", "Other")]).json()["errors"][0]["field"] == "city"
    assert api.patch(path, json=[replace("name", "Other"), replace("city", "Tampa")]).status_code == 200


def test_line_breaks_come_back_as_blanks(api: httpx.Client, acme: dict[str, Any]) -> None:
    changed = api.patch(f"/company/companies/{acme['id']}", json=[replace("name", "two\r\nlines\tand\na tab")]).json()
    assert changed["name"] == "two lines\tand a tab"


def test_put_replaces_what_is_absent_by_defaults(api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}"
    api.patch(path, json=[replace("website", "www.acme.example"), replace("status", {"id": 2})])
    changed = api.put(path, json={"identifier": "Acme", "name": "Acme", "city": "Tampa"}).json()
    assert "website" not in changed
    assert "addressLine1" not in changed
    assert changed["status"]["name"] == "Active"
    assert api.put(path, json={"identifier": "Acme", "city": "Tampa"}).status_code == 400


def test_delete_takes_what_belongs_to_the_record(api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}"
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404
    assert api.get(f"{path}/sites/{acme['site']['id']}").status_code == 404


def test_a_record_in_use_is_not_deleted(psa: PsaSimulator, api: httpx.Client) -> None:
    company = psa.records("service/tickets")[0]["company"]["id"]
    assert api.delete(f"/company/companies/{company}").status_code == 409
    assert api.delete("/company/companies/statuses/1").status_code == 409


def test_sites_belong_to_their_company(api: httpx.Client, acme: dict[str, Any]) -> None:
    path = f"/company/companies/{acme['id']}/sites"
    assert api.get(f"/company/companies/250/sites/{acme['site']['id']}").status_code == 404
    made = api.post(path, json={"name": "Warehouse", "city": "Dallas", "stateReference": {"identifier": "TX"}}).json()
    assert made["company"]["identifier"] == "Acme"
    assert made["primaryAddressFlag"] is False
    contact = {"firstName": "A", "company": {"id": 250}, "site": {"id": made["id"]}}
    refused = api.post("/company/contacts", json=contact)
    assert refused.json()["errors"][0]["field"] == "site"


def test_the_company_shows_its_primary_sites_address(api: httpx.Client, acme: dict[str, Any]) -> None:
    company, sites = f"/company/companies/{acme['id']}", f"/company/companies/{acme['id']}/sites"
    main = acme["site"]["id"]
    api.patch(f"{sites}/{main}", json=[replace("city", "Tampa"), replace("stateReference", {"identifier": "FL"})])
    assert (api.get(company).json()["city"], api.get(company).json()["state"]) == ("Tampa", "FL")
    api.patch(company, json=[replace("city", "Orlando")])
    assert api.get(f"{sites}/{main}").json()["city"] == "Orlando"
    other = api.post(sites, json={"name": "New", "city": "Dallas", "primaryAddressFlag": True}).json()["id"]
    shown = api.get(company).json()
    assert (shown["site"]["id"], shown["city"]) == (other, "Dallas")
    assert "addressLine1" not in shown
    assert api.get(f"{sites}/{main}").json()["primaryAddressFlag"] is False
    assert api.delete(f"{sites}/{other}").status_code == 409
    assert api.delete(f"{sites}/{main}").status_code == 204
    assert api.patch(f"{sites}/{other}", json=[replace("primaryAddressFlag", False)]).status_code == 400


def test_a_lost_answer_was_carried_out_and_a_cut_request_was_not(psa: PsaSimulator, api: httpx.Client) -> None:
    psa.faults.order("lost_answer", operation="^POST")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/company/companies", json=NEW)
    psa.faults.order("cut", operation="^POST")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/company/companies", json={**NEW, "identifier": "Other"})
    identifiers = [row["identifier"] for row in psa.records("company/companies")]
    assert "Acme" in identifiers
    assert "Other" not in identifiers


@pytest.mark.rule("EA-19")
def test_the_audit_trail_shows_who_changed_what(psa: PsaSimulator, api: httpx.Client, acme: dict[str, Any]) -> None:
    api.patch(f"/company/companies/{acme['id']}", json=[replace("status", {"id": 2})])
    psa.edit("company/companies", acme["id"], by="Admin1", name="By hand")
    asked = {"type": "Company", "id": acme["id"]}
    entries = api.get("/system/audittrail", params=asked).json()
    assert [(entry["enteredBy"], entry["text"]) for entry in entries] == [
        ("Admin1", 'name was changed from "Acme Roofing" to "By hand".'),
        ("Integration", 'status was changed from "Active" to "Inactive".'),
        ("Integration", "Company was created."),
    ]
    assert api.get("/system/audittrail/count", params=asked).json() == {"count": 3}
    forward = api.get("/system/audittrail", params=asked, headers={"pagination-type": "forward-only"})
    assert forward.status_code == 400
    assert api.get("/system/audittrail", params={"id": 1}).status_code == 400


def test_python_access_moves_last_updated_by_the_clock(psa: PsaSimulator, clock: TurnableClock) -> None:
    made = psa.add("company/companies", identifier="P", name="P", city="Tampa")
    clock.turn(hours=1)
    edited = psa.edit("company/companies", made["id"], name="Q")
    assert edited["_info"]["lastUpdated"] == "2026-11-02T10:00:00Z"
    assert psa.record("company/companies", made["id"])["name"] == "Q"
    psa.delete("company/companies", made["id"])
    assert made["id"] not in [row["id"] for row in psa.records("company/companies")]
    with pytest.raises(KeyError):
        psa.records("company/nothing")
