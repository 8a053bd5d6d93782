"""Contacts and their communication items: contract sections 3 and 7."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator

EMAIL, DIRECT, FAX, MOBILE = ({"id": number} for number in (1, 2, 3, 4))


def item(kind: dict[str, int], value: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, **more}


@pytest.fixture
def contact(api: httpx.Client) -> dict[str, Any]:
    body = {
        "firstName": "Estella",
        "lastName": "Mcdowell",
        "company": {"id": "250"},
        "communicationItems": [
            item({"id": "1"}, "estella@example.com", communicationType="Email"),  # type: ignore[dict-item]
            item(DIRECT, "8135550100", extension="12"),
            item(MOBILE, "8135550101"),
        ],
    }
    answer = api.post("/company/contacts", json=body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def items(record: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(each["type"]["name"], each["value"], each["defaultFlag"]) for each in record["communicationItems"]]


def patch(api: httpx.Client, contact: dict[str, Any], *operations: dict[str, Any]) -> httpx.Response:
    return api.patch(f"/company/contacts/{contact['id']}", json=list(operations))


def test_the_first_item_of_a_kind_is_its_default(contact: dict[str, Any]) -> None:
    assert items(contact) == [
        ("Email", "estella@example.com", True),
        ("Direct", "8135550100", True),
        ("Mobile", "8135550101", False),
    ]
    assert [each["communicationType"] for each in contact["communicationItems"]] == ["Email", "Phone", "Phone"]
    assert contact["communicationItems"][0]["domain"] == "@example.com"
    shown = (contact["defaultPhoneType"], contact["defaultPhoneNbr"], contact["defaultPhoneExtension"])
    assert shown == ("Direct", "8135550100", "12")
    assert contact["site"]["name"] == "Main"


def test_a_contact_needs_a_first_name(api: httpx.Client) -> None:
    answer = api.post("/company/contacts", json={"lastName": "Mcdowell"})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "InvalidObject",
        "message": "contact object is invalid",
        "errors": [
            {
                "code": "MissingRequiredField",
                "message": "The firstName field is required.",
                "resource": "contact",
                "field": "firstName",
            }
        ],
    }


def test_a_contact_that_is_not_there_is_told_in_the_vendors_words(api: httpx.Client) -> None:
    answer = api.delete("/company/contacts/57919")
    assert (answer.status_code, answer.json()) == (404, {"code": "NotFound", "message": "Contact 57919 not found"})


def test_items_are_addressed_by_index(api: httpx.Client, contact: dict[str, Any]) -> None:
    replaced = {"op": "replace", "path": "/communicationItems/1/value", "value": "8135550199"}
    added = {"op": "add", "path": "/communicationItems/3", "value": item(FAX, "8135550102")}
    removed = {"op": "remove", "path": "/communicationItems/0"}
    changed = patch(api, contact, replaced, added, removed).json()
    assert items(changed) == [
        ("Direct", "8135550199", True),
        ("Mobile", "8135550101", False),
        ("Fax", "8135550102", True),
    ]
    kept = [each["id"] for each in changed["communicationItems"][:2]]
    assert kept == [each["id"] for each in contact["communicationItems"][1:]]
    assert patch(api, contact, {"op": "remove", "path": "/communicationItems/9"}).status_code == 400


def test_a_new_default_clears_the_old_one_of_its_kind(api: httpx.Client, contact: dict[str, Any]) -> None:
    new = item(MOBILE, "8135550105", defaultFlag=True)
    changed = patch(api, contact, {"op": "add", "path": "/communicationItems/3", "value": new}).json()
    assert items(changed) == [
        ("Email", "estella@example.com", True),
        ("Direct", "8135550100", False),
        ("Mobile", "8135550101", False),
        ("Mobile", "8135550105", True),
    ]
    assert changed["defaultPhoneNbr"] == "8135550105"


def test_an_item_needs_type_and_value(api: httpx.Client, contact: dict[str, Any]) -> None:
    for wrong in ({"type": EMAIL}, {"value": "x"}, {"type": {"id": 99}, "value": "x"}):
        answer = patch(api, contact, {"op": "add", "path": "/communicationItems/3", "value": wrong})
        assert answer.json()["errors"][0]["field"] == "communicationItems"


def test_communications_are_another_door_to_the_items(api: httpx.Client, contact: dict[str, Any]) -> None:
    path = f"/company/contacts/{contact['id']}"
    listed = api.get(f"{path}/communications").json()
    assert [row["id"] for row in listed] == [each["id"] for each in contact["communicationItems"]]
    made = api.post(f"{path}/communications", json=item(EMAIL, "e@example.com", defaultFlag=True)).json()
    assert made["contactId"] == contact["id"]
    assert items(api.get(path).json())[0] == ("Email", "estella@example.com", False)
    assert items(api.get(path).json())[3] == ("Email", "e@example.com", True)
    api.patch(
        f"{path}/communications/{made['id']}", json=[{"op": "replace", "path": "value", "value": "f@example.com"}]
    )
    assert items(api.get(path).json())[3] == ("Email", "f@example.com", True)
    assert api.delete(f"{path}/communications/{made['id']}").status_code == 204
    assert len(api.get(path).json()["communicationItems"]) == 3


def test_a_twin_needs_to_be_meant(psa: PsaSimulator, api: httpx.Client, contact: dict[str, Any]) -> None:
    twin = {"firstName": "ESTELLA", "lastName": "mcdowell", "company": {"id": 250}}
    refused = api.post("/company/contacts", json=twin)
    assert refused.json()["errors"][0]["code"] == "ObjectExists"
    assert api.post("/company/contacts", json={**twin, "ignoreDuplicates": True}).status_code == 201
    assert api.post("/company/contacts", json={**twin, "company": {"id": 251}}).status_code == 201
    assert psa.ignored == []


def test_types_by_association_and_by_type_ids(api: httpx.Client, contact: dict[str, Any]) -> None:
    made = api.post("/company/contacts", json={"firstName": "A", "lastName": "B", "typeIds": [1, 3]}).json()
    assert [each["name"] for each in made["types"]] == ["Decision Maker", "Technical"]
    path = f"/company/contacts/{contact['id']}"
    link = api.post(f"{path}/typeAssociations", json={"type": {"id": 2}}).json()
    assert [each["name"] for each in api.get(path).json()["types"]] == ["End User"]
    api.delete(f"{path}/typeAssociations/{link['id']}")
    assert api.get(path).json()["types"] == []


def test_the_default_contact_does_not_hold_a_contact_but_a_ticket_does(
    psa: PsaSimulator, api: httpx.Client, contact: dict[str, Any]
) -> None:
    psa.edit("company/companies", 250, defaultContact={"id": contact["id"]})
    ticket = psa.add("service/tickets", summary="x", company={"id": 250})
    assert ticket["contact"]["name"] == "Estella Mcdowell"
    assert ticket["contactEmailAddress"] == "estella@example.com"
    assert api.delete(f"/company/contacts/{contact['id']}").status_code == 409
    psa.delete("service/tickets", ticket["id"])
    assert api.delete(f"/company/contacts/{contact['id']}").status_code == 204
