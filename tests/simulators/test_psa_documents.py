"""Documents by multipart, bundles of reads, and the simulator's own controls."""

from __future__ import annotations

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator

OF_COMPANY = {"recordType": "Company", "recordId": "250"}
PDF = ("quote.pdf", b"%PDF-1.4 \x00\xff", "application/pdf")


def upload(api: httpx.Client, fields: dict[str, str], **files: tuple[str, bytes, str]) -> httpx.Response:
    return api.post("/system/documents", data=fields, files=files or {"nothing": ("", b"", "")})


def test_a_document_is_uploaded_listed_downloaded_and_deleted(api: httpx.Client) -> None:
    made = upload(api, {**OF_COMPANY, "title": "Quote"}, file=PDF)
    assert made.status_code == 201
    document = made.json()
    assert (document["title"], document["fileName"], document["size"]) == ("Quote", "quote.pdf", 11)
    assert (document["publicFlag"], document["owner"], document["linkFlag"]) == (False, "Integration", False)
    assert api.get("/system/documents", params=OF_COMPANY).json() == [document]
    assert api.get("/system/documents/count", params=OF_COMPANY).json() == {"count": 1}
    assert api.get("/system/documents", params={**OF_COMPANY, "recordId": "251"}).json() == []
    path = f"/system/documents/{document['id']}"
    assert api.get(path).json() == document
    downloaded = api.get(f"{path}/download")
    assert (downloaded.content, downloaded.headers["content-type"]) == (PDF[1], "application/pdf")
    assert "quote.pdf" in downloaded.headers["content-disposition"]
    assert api.delete(path).status_code == 204
    assert api.get(f"{path}/download").status_code == 404
    assert api.get("/system/documents", params=OF_COMPANY).json() == []


def test_flags_are_taken_in_both_spellings(api: httpx.Client) -> None:
    for spelling in ("readOnlyFlay", "ReadOnlyFlag"):
        fields = {**OF_COMPANY, "privateFlag": "false", spelling: "true"}
        document = upload(api, fields, file=PDF).json()
        assert (document["publicFlag"], document["readOnlyFlag"]) == (True, True)


def test_a_link_instead_of_a_file(api: httpx.Client) -> None:
    document = api.post(
        "/system/documents",
        files={name: (None, value) for name, value in {**OF_COMPANY, "url": "https://docs.example/1"}.items()},
    ).json()
    assert (document["urlFlag"], document["title"]) == (True, "https://docs.example/1")


def test_a_document_of_a_ticket_shows_there(psa: PsaSimulator, api: httpx.Client) -> None:
    ticket = psa.records("service/tickets")[0]["id"]
    document = upload(api, {"recordType": "Ticket", "recordId": str(ticket)}, file=PDF).json()
    shown = api.get(f"/service/tickets/{ticket}/documents").json()
    assert [(row["id"], row["name"]) for row in shown] == [(document["id"], "quote.pdf")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"recordId": "250"}, "recordType"),
        ({"recordType": "Company"}, "recordId"),
        ({"recordType": "Moon", "recordId": "250"}, "recordType"),
        ({"recordType": "Company", "recordId": "9"}, "recordId"),
    ],
)
def test_a_document_needs_its_record(api: httpx.Client, fields: dict[str, str], field: str) -> None:
    refused = upload(api, fields, file=PDF)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == field
    if field == "recordType" or "recordId" not in fields:
        assert api.get("/system/documents", params=fields).status_code == 400


def test_json_is_no_document(api: httpx.Client) -> None:
    assert api.post("/system/documents", json=OF_COMPANY).status_code == 415


def test_a_bundle_gives_each_read_its_own_result(psa: PsaSimulator, api: httpx.Client) -> None:
    ids = [row["id"] for row in psa.records("company/companies")]
    read = {"filters": {"conditions": f"id in ({ids[0]},{ids[1]})"}, "fields": "id,name"}
    requests = [
        {"sequenceNumber": 1, "resourceType": "Company", "version": "2025.1", "apiRequest": read},
        {"sequenceNumber": 2, "resourceType": "ticket", "apiRequest": {"id": 1}},
        {"sequenceNumber": 3, "resourceType": "companySite", "apiRequest": {"parentId": ids[2]}},
        {"SequenceNumber": 4, "ResourceType": "Member", "ApiRequest": {"Filters": {"conditions": "nothing=1"}}},
        {"sequenceNumber": 5, "resourceType": "unicorn", "apiRequest": {}},
        {"sequenceNumber": 6, "resourceType": "ticket", "apiRequest": {"page": {"page": 2, "pageSize": 20}}},
    ]
    results = api.post("/system/bundles", json={"requests": requests}).json()["results"]
    assert [result["statusCode"] for result in results] == [200, 404, 200, 400, 400, 200]
    assert [result["sequenceNumber"] for result in results] == [1, 2, 3, 4, 5, 6]
    assert [set(row) for row in results[0]["entities"]] == [{"id", "name"}] * 2
    assert results[1]["error"]["message"] == "Ticket 1 not found"
    assert results[2]["entities"][0]["company"]["id"] == ids[2]
    assert len(results[5]["entities"]) == 10
    counted = api.post("/system/bundles/count", json={"requests": requests[:1]}).json()["results"]
    assert counted[0]["count"] == 2
    assert api.post("/system/bundles", json=[]).status_code == 400


def test_records_and_settings_are_within_reach_of_other_processes(psa: PsaSimulator) -> None:
    control = f"{psa.url}/_simulator"
    fields = {"identifier": "Far", "name": "Far", "city": "Tampa"}
    made = httpx.post(f"{control}/records", json={"path": "company/companies", "fields": fields})
    assert made.status_code == 201
    record = {"path": "company/companies", "id": made.json()["id"]}
    assert httpx.patch(f"{control}/records", json={**record, "fields": {"name": "Near"}}).json()["name"] == "Near"
    assert httpx.request("DELETE", f"{control}/records", json=record).status_code == 204
    assert httpx.request("DELETE", f"{control}/records", json=record).status_code == 404
    assert httpx.patch(f"{control}/settings", json={"codebase": "v2027_1/"}).json()["codebase"] == "v2027_1/"
    assert psa.settings.codebase == psa.data.settings.codebase == "v2027_1/"
    assert httpx.patch(f"{control}/settings", json={"colour": 1}).status_code == 400
    assert httpx.get(f"{control}/ignored").json() == []
    assert httpx.post(f"{control}/records", json={"path": "no/where"}).status_code == 400
    assert httpx.get(f"{control}/nothing").status_code == 404
    assert psa.requests == {}
