"""Custom fields: contract sections 3 and 6."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator

COMPANY = "/company/companies/250"


@pytest.fixture
def fields(psa: PsaSimulator) -> dict[str, int]:
    """Ids of three definitions by caption."""
    defined = [
        psa.define_custom_field("company/companies", "Sales rep"),
        psa.define_custom_field("company/companies", "On hold", "Checkbox"),
        psa.define_custom_field("company/companies", "Tier", options=("Gold", "Silver")),
    ]
    return {row["caption"]: row["id"] for row in defined}


def values(record: dict[str, Any]) -> dict[str, Any]:
    return {each["caption"]: each["value"] for each in record["customFields"]}


def patch(api: httpx.Client, value: Any, *more: dict[str, Any]) -> httpx.Response:
    return api.patch(COMPANY, json=[{"op": "replace", "path": "/customFields", "value": value}, *more])


def test_no_definitions_no_custom_fields(api: httpx.Client) -> None:
    assert "customFields" not in api.get(COMPANY).json()


def test_every_record_carries_all_defined_fields(api: httpx.Client, fields: dict[str, int]) -> None:
    shown = api.get(COMPANY).json()["customFields"]
    assert values({"customFields": shown}) == {"Sales rep": None, "On hold": None, "Tier": None}
    assert {"id", "caption", "type", "entryMethod", "numberOfDecimals", "value"} <= set(shown[0])
    assert [each["type"] for each in shown] == ["Text", "Checkbox", "Text"]
    assert shown[2]["entryMethod"] == "List"


def test_sent_whole_they_are_kept(api: httpx.Client, fields: dict[str, int]) -> None:
    whole = api.get(COMPANY).json()["customFields"]
    for each, value in zip(whole, ["Jo", True, "Gold"], strict=True):
        each["value"] = value
    answer = patch(api, whole)
    assert answer.status_code == 200
    assert values(answer.json()) == {"Sales rep": "Jo", "On hold": True, "Tier": "Gold"}
    assert values(patch(api, []).json()) == {"Sales rep": "Jo", "On hold": True, "Tier": "Gold"}
    audit = api.get("/system/audittrail", params={"type": "Company", "id": 250}).json()
    assert 'Sales rep was changed from "" to "Jo".' in [entry["text"] for entry in audit]


def test_a_part_of_them_is_refused_or_where_set_so_merged(
    psa: PsaSimulator, api: httpx.Client, fields: dict[str, int]
) -> None:
    part = [{"id": fields["Tier"], "value": "Gold"}]
    assert patch(api, part).status_code == 400
    psa.settings.custom_fields_whole = False
    assert values(patch(api, part).json()) == {"Sales rep": None, "On hold": None, "Tier": "Gold"}
    other = [{"caption": "Sales rep", "value": "Jo"}]
    assert values(patch(api, other).json()) == {"Sales rep": "Jo", "On hold": None, "Tier": "Gold"}


def test_a_patch_may_be_refused_for_not_naming_them(
    psa: PsaSimulator, api: httpx.Client, fields: dict[str, int]
) -> None:
    psa.settings.patch_needs_custom_fields = True
    rename = {"op": "replace", "path": "name", "value": "x"}
    assert api.patch(COMPANY, json=[rename]).status_code == 400
    assert patch(api, [], rename).json()["name"] == "x"


@pytest.mark.parametrize(
    ("caption", "value"), [("Sales rep", 5), ("On hold", "true"), ("Tier", "Bronze"), ("Sales rep", ["a"])]
)
def test_a_value_of_the_wrong_kind(api: httpx.Client, fields: dict[str, int], caption: str, value: Any) -> None:
    whole = [{"id": record, "value": value if name == caption else None} for name, record in fields.items()]
    answer = patch(api, whole)
    assert answer.status_code == 400
    assert caption in answer.json()["errors"][0]["message"]


def test_a_field_that_is_not_defined(api: httpx.Client, fields: dict[str, int]) -> None:
    assert patch(api, [{"id": 9999, "value": "x"}]).status_code == 400


def test_by_index(api: httpx.Client, fields: dict[str, int]) -> None:
    answer = api.patch(COMPANY, json=[{"op": "replace", "path": "/customFields/2/value", "value": "Silver"}])
    assert values(answer.json())["Tier"] == "Silver"


def test_on_create_a_part_is_enough(api: httpx.Client, fields: dict[str, int]) -> None:
    body = {
        "identifier": "N",
        "name": "N",
        "city": "Tampa",
        "customFields": [{"id": fields["Sales rep"], "value": "Jo"}],
    }
    assert values(api.post("/company/companies", json=body).json())["Sales rep"] == "Jo"


def test_put_leaves_them_untouched_where_absent(api: httpx.Client, fields: dict[str, int]) -> None:
    patch(api, [{"id": record, "value": "Jo" if name == "Sales rep" else None} for name, record in fields.items()])
    answer = api.put(COMPANY, json={"identifier": "N", "name": "N", "city": "Tampa"})
    assert values(answer.json())["Sales rep"] == "Jo"


def test_definitions_are_listed_and_belong_to_one_entity(
    psa: PsaSimulator, api: httpx.Client, fields: dict[str, int]
) -> None:
    listed = api.get("/system/userDefinedFields").json()
    assert [row["caption"] for row in listed] == ["Sales rep", "On hold", "Tier"]
    assert "customFields" not in api.get("/service/tickets").json()[0]
    psa.define_custom_field("company/companies/*/sites", "Location number")
    site = api.get(f"{COMPANY}/sites").json()[0]
    assert values(site) == {"Location number": None}
